"""A helpdesk with everything real around it: the core, its store, and HTTP on both sides of the connector."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Connection, func, select

from connectors.desk import Desk, Look, RunningDesk, WebhookDesk
from connectors.desk_settings import HelpdeskSettings
from connectors.message import JSON, Attachment, Content, Inbound, Profile
from connectors.ports import Accepted
from connectors.privacy_settings import Privacy
from connectors.remote_desk import RemoteDesk
from connectors.vendor import chunks
from frontdoor import desks as desks_of
from frontdoor.brain import Brain
from frontdoor.core import Core, CoreSettings
from frontdoor.doors import Rules
from frontdoor.files import FileStore
from frontdoor.privacy.private_desk import private
from frontdoor.readiness import Readiness
from frontdoor.runners import keep_running
from frontdoor.settings import Settings, load
from frontdoor.web import Face, application
from storage import work
from storage.bus import MemoryBus
from storage.channel_state import ChannelState
from storage.database import Database
from storage.desk_ledger import DeskLedger, desk_ticket
from storage.handoffs import handoff
from tests.contract.vendor_bench import PUBLIC_URL, Hook, until
from tests.fakes.desks.base import FakeFile
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.unit.frontdoor.conftest import Customer, Page

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


def settings(**changes: object) -> pytest.MarkDecorator:
    """A test with other settings: for benches that take them through the parameter of their fixture `house`."""
    return pytest.mark.parametrize("house", [changes], indirect=True, ids=[""])


class HelpdeskBench:
    """One helpdesk, as the suite uses it: what stands in desks.yml, and what its people do behind the counter. The real
    servers' benches do the same over their APIs.
    """

    kind: str
    secrets: tuple[str, ...] = ()
    """What must never be seen anywhere: tokens, keys, passwords."""
    search_lag_s: float = 0.2
    """After which its search knows a new ticket, where it takes a while; in earnest it takes longer."""

    def settings(self) -> JSON:
        """What stands in desks.yml, `poll_s` included where the helpdesk is polled (0.2)."""
        raise NotImplementedError

    async def tickets_of(self, reference: str) -> list[str]:
        """The ids of the tickets whose subject has a reference."""
        raise NotImplementedError

    async def shown(self, ticket_id: str) -> str:
        """All that its people can read in a ticket: subject, packet, entries, in order."""
        raise NotImplementedError

    async def files(self, ticket_id: str) -> dict[str, bytes]:
        """The files in a ticket, by name."""
        raise NotImplementedError

    async def resolved(self, ticket_id: str) -> bool:
        """Whether nobody works on the ticket any more."""
        raise NotImplementedError

    async def takes(self, ticket_id: str, agent: str = "a1") -> None:
        """An agent becomes the ticket's owner."""
        raise NotImplementedError

    async def replies(self, ticket_id: str, text: str, files: Sequence[FakeFile] = (), agent: str = "a1") -> str:
        """An agent answers the customer; the reply's id."""
        raise NotImplementedError

    async def notes(self, ticket_id: str, text: str, agent: str = "a1") -> None:
        """An agent writes what only colleagues see."""
        raise NotImplementedError

    async def edits(self, ticket_id: str, reply_id: str, text: str) -> None:
        """An agent changes a reply."""
        raise NotImplementedError

    async def deletes(self, ticket_id: str, reply_id: str) -> None:
        """An agent deletes a reply."""
        raise NotImplementedError

    async def resolves(self, ticket_id: str) -> None:
        """An agent calls it solved."""
        raise NotImplementedError

    async def reopens(self, ticket_id: str) -> None:
        """An agent takes that back."""
        raise NotImplementedError

    def call(self, ticket_id: str) -> Hook | None:
        """The call that the helpdesk makes after a change in a ticket, signed; None: it is only polled."""
        return None

    def forged(self, ticket_id: str) -> Iterable[Hook]:
        """Calls without, and with wrong, proof."""
        hook = self.call(ticket_id)
        assert hook is not None
        yield replace(hook, headers={"Content-Type": "application/json"})

    def malformed(self) -> Iterable[Hook]:
        """Genuine calls that are not as documented."""
        return ()

    def trouble(self, *troubles: object) -> None:
        """What happens to the next requests that write something (`Trouble`, of fakes only)."""
        raise NotImplementedError

    async def goes_down(self) -> None:
        """Nobody answers there any more."""
        raise NotImplementedError

    async def comes_back(self) -> None:
        """It is there again, with everything it had, at the same address."""
        raise NotImplementedError

    def wrongs(self) -> list[str]:
        """What was asked and is not as documented."""
        return []


class HelpdeskHouse:
    """A service with one helpdesk."""

    def __init__(
        self, bench: HelpdeskBench, settings: Settings, core: Core, desk: RemoteDesk, client: "TestClient[Any, Any]",
        database: Database, store: FileStore,
    ) -> None:  # fmt: skip
        self.bench, self.settings, self.core, self.desk, self.client = bench, settings, core, desk, client
        self.database, self.store = database, store
        self.customer = Customer(core)

    def somebody(self, address: str, language: str = "en") -> Customer:
        """Another customer."""
        return Customer(self.core, address, language)

    async def handed_over(self, customer: Customer | None = None, text: str = "I want a human") -> str:
        """A customer is passed on to the helpdesk; the id of the ticket there."""
        customer = customer or self.customer
        await customer.say(text)
        await customer.reaches("queued")
        return await self.ticket_of(customer)

    async def ticket_of(self, customer: Customer) -> str:
        """The id of the ticket that a customer's conversation has at the helpdesk."""
        conversation = (await customer.snapshot())["conversation"]["id"]
        found = await self.database.read(_ticket_of, conversation)
        assert found, "there is no ticket"
        return found

    async def reference(self, customer: Customer | None = None) -> str:
        """The number that the customer was told."""
        return str((await (customer or self.customer).snapshot())["conversation"]["ticket"])

    async def looks(self, ticket_id: str) -> None:
        """The helpdesk tells us of a change, or is polled by itself."""
        hook = self.bench.call(ticket_id)
        if hook is not None:
            assert await self.deliver(hook) == 200

    async def deliver(self, hook: Hook) -> int:
        """The helpdesk calls us; the status it gets."""
        async with self.client.request(
            hook.method, f"/desks/{self.desk.name}/webhook{hook.path}", params=hook.query, headers=hook.headers,
            data=hook.body,
        ) as response:  # fmt: skip
            await response.read()
            return response.status

    async def read_now(self, ticket_id: str) -> None:
        """Have the ticket read, whoever noticed the change, and wait until that is done."""
        await self.core.desk_intake.accept(self.desk.name)(Look(ticket_id=ticket_id))
        await self.settled()

    async def settled(self, *, within_s: float = 10) -> None:
        """Wait until no work is left."""

        async def pending() -> int:
            return int((await self.database.read(work.counts))["pending"])

        deadline = asyncio.get_running_loop().time() + within_s
        while await pending():
            assert asyncio.get_running_loop().time() < deadline, f"still at work; {await self.explain()}"
            await asyncio.sleep(0.01)

    async def attach(self, customer: Customer, name: str, data: bytes) -> Attachment:
        """A customer has uploaded a file."""
        conversation = (await customer.snapshot())["conversation"]["id"]
        return await self.store.save(conversation, name, chunks(data))

    async def send_file(self, customer: Customer, file: Attachment, text: str = "") -> Accepted:
        """A customer sends a file."""
        customer.sent += 1
        inbound = Inbound(
            channel="web", address=customer.address, external_id=f"client-{customer.sent:04}",
            profile=Profile(language=customer.language), content=Content(text=text, attachments=(file,)),
        )  # fmt: skip
        return await self.core.inbox.accept(inbound)

    async def until(self, happened: Any, *, within_s: float = 10) -> None:
        """Wait until something asynchronous is so."""
        deadline = asyncio.get_running_loop().time() + within_s
        while not await happened():
            assert asyncio.get_running_loop().time() < deadline, f"it did not happen: {await self.explain()}"
            await asyncio.sleep(0.02)

    async def attempts(self) -> int:
        """How many handoffs have a ticket here, or may have."""
        return await self.database.read(
            lambda tx: tx.execute(select(func.count()).select_from(desk_ticket)).scalar_one()
        )

    async def explain(self) -> str:
        """For the message of a failed test."""
        rows = await self.database.read(
            lambda tx: tx.execute(
                select(work.work.c.kind, work.work.c.attempts, work.work.c.error, work.work.c.status)
            ).all()
        )
        return f"work {rows}, said {await self.customer.transcript()}, wrong {self.bench.wrongs()}"


def _ticket_of(tx: Connection, conversation_id: str) -> str:
    query = select(desk_ticket.c.ticket_id).join(handoff, handoff.c.id == desk_ticket.c.handoff_id)
    query = query.where(handoff.c.conversation_id == conversation_id).order_by(desk_ticket.c.began_at.desc())
    return str(tx.execute(query.limit(1)).scalar_one_or_none() or "")


@asynccontextmanager
async def helpdesk_house(bench: HelpdeskBench, root: Path, template: Path) -> AsyncIterator[HelpdeskHouse]:
    """A running service in `root` whose only desk is the bench's; `template` is an empty migrated database."""
    async with AsyncExitStack() as stack:
        settings = _settings(bench, root)
        shutil.copy(template, root / "frontdoor.db")
        database = Database(f"sqlite:///{root / 'frontdoor.db'}")
        stack.push_async_callback(database.close)
        bus = MemoryBus()
        stack.push_async_callback(bus.close)
        rasa = await stack.enter_async_context(ScriptedRasa())
        brain = Brain(rasa.url, TOKEN, timeout_s=5)
        stack.push_async_callback(brain.close)
        types = frozenset(settings.limits.file_types)
        store = FileStore(database, root / "attachments", key="k" * 32, max_bytes=10 << 20, types=types)
        core_settings = CoreSettings(
            desk=bench.kind, text_limit=4000, abandoned_after_s=900, idle_after_s=600, zone="Asia/Shanghai",
            public_url=PUBLIC_URL,
        )  # fmt: skip
        core = Core(
            core_settings, database=database, bus=bus, brain=brain, link=store.link, discard=store.discard
        )  # fmt: skip
        own = desks_of.helpdesks(settings.desks)[bench.kind]
        ledger, state = (
            DeskLedger(database, core.locks, bench.kind),
            ChannelState(database, core.locks, desks_of.state_name(bench.kind)),
        )
        desk = desks_of.helpdesk(settings, bench.kind, own, ledger, store, state)
        assert isinstance(desk, RemoteDesk)
        stack.push_async_callback(desk.close)
        client = await stack.enter_async_context(
            TestClient(TestServer(application(_face(core, desk, database, store, brain, root), ())))
        )
        desks = {desk.name: _as_policy(desk, own, database, store)}
        await stack.enter_async_context(core.running({"web": Page()}, desks))
        if isinstance(desk, RunningDesk) and desk.features.polls:
            listening = partial(desk.run, core.desk_intake.accept(desk.name))
            running = asyncio.create_task(keep_running(f"desk:{desk.name}", core.locks, listening))
            stack.push_async_callback(partial(_ended, running))
        yield HelpdeskHouse(bench, settings, core, desk, client, database, store)


def _as_policy(desk: Desk, own: HelpdeskSettings, database: Database, store: FileStore) -> Desk:
    """The desk behind its policy, where the bench has one: what masks takes a second to load."""
    if own.privacy == Privacy():
        return desk
    return private(desk, own.privacy, database, lambda file: f"{PUBLIC_URL}{store.link(file, kept=True)}")


def _settings(bench: HelpdeskBench, root: Path) -> Settings:
    files = {
        "frontdoor.yml": {"public_url": PUBLIC_URL},
        "channels.yml": {"web": {"enabled": False}},
        "desks.yml": {"built_in": {"enabled": False}, bench.kind: bench.settings()},
    }
    for name, content in files.items():
        (root / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load(root, {})


def _face(core: Core, desk: RemoteDesk, database: Database, store: FileStore, brain: Brain, root: Path) -> Face:
    pages = root / "pages"
    for name in ("widget", "demo", "desk"):
        (pages / name).mkdir(parents=True)
    return Face(
        database=database,
        accept=core.intake.accept,
        files=store,
        readiness=Readiness(database, brain),
        webhooks={},
        desk_webhooks={desk.name: desk} if isinstance(desk, WebhookDesk) else {},
        accept_news=core.desk_intake.accept,
        pages=pages,
        public_url=PUBLIC_URL,
        internal_token="a-token-of-the-tests",
        metrics_token="",
        body_bytes=256 << 10,
        requests_per_ip_per_min=100_000,
        rules=Rules(connections_per_ip=500, request_s=20),
    )


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


__all__ = ["PICTURE", "HelpdeskBench", "HelpdeskHouse", "helpdesk_house", "until"]
