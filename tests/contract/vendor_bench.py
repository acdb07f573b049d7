"""A vendor's channel with everything real around it: the core, its store, and HTTP on both sides of it."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Connection, select

from connectors.channel import Channel, RunningChannel, WebhookChannel
from connectors.message import JSON, Event
from frontdoor import channels as channels_of
from frontdoor.brain import Brain
from frontdoor.core import Core, CoreSettings
from frontdoor.doors import Rules
from frontdoor.files import FileStore
from frontdoor.quota import CustomersFiles, Quota
from frontdoor.readiness import Readiness
from frontdoor.runners import keep_running
from frontdoor.settings import Settings, load
from frontdoor.web import Face, application
from storage import messages
from storage.bus import MemoryBus
from storage.channel_state import ChannelState
from storage.database import Database
from storage.migrate import upgrade
from storage.outbox import outbox
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.fakes.vendors.base import FakeVendor, Said

PUBLIC_URL = "https://support.hearthline.example"
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "channels"
CUSTOMER = "ann"


@dataclass(frozen=True, kw_only=True)
class Hook:
    """One call of a vendor's to our webhook; `path` is what stands behind its URL."""

    method: str = "POST"
    path: str = ""
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def json(cls, payload: object, **headers: str) -> "Hook":
        """A call with a JSON body; header names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(
            headers={"Content-Type": "application/json", **named},
            body=json.dumps(payload, ensure_ascii=False).encode(),
        )


class VendorBench:
    """One vendor, as the suite and the journeys use it. A subclass names `kind`, `vendor`, `settings` and `message`;
    the rest has defaults that fit vendors with a signature over the body.
    """

    kind: str
    vendor_class: type[FakeVendor]
    secrets: tuple[str, ...] = ()
    """What must never be seen anywhere: tokens, keys, passwords."""

    def __init__(self, vendor: FakeVendor) -> None:
        self.vendor = vendor

    def settings(self) -> JSON:
        """What stands in channels.yml."""
        raise NotImplementedError

    def sign(self, hook: Hook) -> Hook:
        """The call with the vendor's proof on it."""
        return hook

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        """A customer's text, signed."""
        raise NotImplementedError

    def address_of(self, customer: str) -> str:
        """The address that the channel gives a customer, where the vendor's ids are not names."""
        return customer

    def press(self, said: Said, index: int, message_id: str, address: str = CUSTOMER) -> Hook | None:
        """A customer presses a button; None where the vendor has none, and they type its number."""
        return None

    def listens(self) -> None:
        """The customer waits for what comes. Most vendors show it anyway; at some one has to ask."""

    async def leaves(self) -> None:
        """The customer goes, and whatever the bench has running for them ends."""

    def forged(self) -> Iterable[Hook]:
        """Calls without, and with wrong, proof."""
        hook = self.message("let me in", "forged-1")
        yield replace(hook, headers={"Content-Type": hook.headers.get("Content-Type", "")})
        yield replace(hook, body=hook.body + b" ")

    def malformed(self) -> Iterable[Hook]:
        """Signed calls that are not as documented."""
        yield self.sign(Hook(headers={"Content-Type": "application/json"}, body=b"{"))
        yield self.sign(Hook.json([]))

    def echoes(self) -> Iterable[Hook]:
        """Signed calls in which the vendor tells us what we said ourselves. Empty: this vendor never does."""
        return ()

    def unsupported(self) -> Iterable[Hook]:
        """Signed calls of kinds that the channel does not know."""
        return ()

    def blocked(self) -> Iterable[object]:
        """What the vendor answers (a `Trouble`) when the customer does not want to hear from us."""
        return ()

    def limited(self) -> object | None:
        """What the vendor answers (a `Trouble`) to more than it allows, asking for a pause of a second or less."""
        return None

    async def deliver(self, house: "House", hook: Hook) -> int:
        """The vendor delivers; the status it gets. A vendor that is polled puts it where it is fetched."""
        async with house.client.request(
            hook.method,
            f"/webhooks/{house.channel.name}/webhook{hook.path}",
            params=hook.query,
            headers=hook.headers,
            data=hook.body,
        ) as response:
            await response.read()
            return response.status

    def fixtures(self) -> list[Path]:
        """Recorded or documented payloads with the events that they are."""
        return sorted((FIXTURES / self.kind).glob("*.json"))

    def recorded(self, fixture: JSON) -> Hook:
        """The call that a fixture describes: `payload` (JSON) or `body` (text), `query`, `headers`."""
        body = fixture["body"].encode() if "body" in fixture else json.dumps(fixture["payload"]).encode()
        kind = "application/json" if "payload" in fixture else fixture.get("content_type", "text/xml")
        headers = {"Content-Type": kind, **fixture.get("headers", {})}
        return self.sign(Hook(query=fixture.get("query", {}), headers=headers, body=body))


class House:
    """A service with one vendor's channel."""

    def __init__(
        self,
        *,
        bench: VendorBench,
        settings: Settings,
        core: Core,
        channel: Any,
        client: "TestClient[Any, Any]",
        database: Database,
        rasa: ScriptedRasa,
        desk: TableDesk,
    ) -> None:
        self.bench, self.settings, self.core, self.channel = bench, settings, core, channel
        self.client, self.database, self.rasa, self.desk = client, database, rasa, desk

    @property
    def vendor(self) -> FakeVendor:
        return self.bench.vendor

    async def says(self, text: str, message_id: str, address: str = CUSTOMER) -> int:
        """A customer writes."""
        return await self.bench.deliver(self, self.bench.message(text, message_id, address))

    async def sees(self, part: str, address: str = CUSTOMER, *, within_s: float = 10) -> Said:
        """Wait until the customer has been shown `part`."""
        await until(lambda: any(part in text for text in self.vendor.texts(address)), self.explain, within_s=within_s)
        return next(each for each in self.vendor.said if each.address == address and part in each.text)

    async def stored(self) -> list[str]:
        """The texts of all messages of customers, in order."""
        return await self.database.read(_texts_of_customers)

    async def statuses(self) -> dict[str, int]:
        """How many messages are in each status of the outbox."""
        return await self.database.read(_statuses)

    async def settled(self, *, within_s: float = 10) -> dict[str, int]:
        """The statuses once nothing is pending or being sent."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            found = await self.statuses()
            if found and not {"pending", "sending"} & set(found):
                return found
            await asyncio.sleep(0.01)
        raise AssertionError(f"still on its way: {await self.statuses()}; {self.explain()}")

    def explain(self) -> str:
        """For the message of a failed test."""
        return f"said {self.vendor.said}, asked {self.vendor.requests[-20:]}, wrong {self.vendor.wrongs}"


async def until(happened: Callable[[], object], explain: Callable[[], str] = str, *, within_s: float = 10) -> None:
    """Wait until something has happened."""
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, f"it did not happen in time: {explain()}"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def house_of(bench: VendorBench, root: Path, template: Path) -> AsyncIterator[House]:
    """A running service in `root` whose only channel is the bench's; `template` is an empty migrated database."""
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
        store = FileStore(
            database,
            root / "attachments",
            key="k" * 32,
            max_bytes=settings.limits.file_bytes,
            types=frozenset(settings.limits.file_types),
        )
        quota = Quota(files_per_hour=100, bytes_per_day=1 << 30, all_bytes=1 << 32)
        files = CustomersFiles(database, store, quota, public_url=PUBLIC_URL)
        core = Core(
            _core_settings(settings), database=database, bus=bus, brain=brain, link=store.link, discard=store.discard
        )
        own = channels_of.vendors(settings.channels)[bench.kind]
        state = ChannelState(database, core.locks, bench.kind)
        channel: Channel = channels_of.vendor(settings, bench.kind, own, core.portal, files, state)
        stack.push_async_callback(channel.close)
        desk = TableDesk(database, bus)
        app = application(
            _face(settings, core, channel, database, store, brain, root), channels_of.routes({bench.kind: channel})
        )
        client = await stack.enter_async_context(TestClient(TestServer(app)))
        await stack.enter_async_context(core.running({bench.kind: channel}, {desk.name: desk}, files))
        if isinstance(channel, RunningChannel):
            listening = partial(channel.run, core.intake.accept)
            running = asyncio.create_task(keep_running(f"channel:{channel.name}", core.locks, listening))
            stack.push_async_callback(partial(_ended, running))
        yield House(
            bench=bench, settings=settings, core=core, channel=channel, client=client, database=database, rasa=rasa,
            desk=desk,
        )  # fmt: skip


async def template_of(folder: Path) -> Path:
    """An empty database at the present schema."""
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}")
    await upgrade(database)
    await database.close()
    return path


def shape(event: Event) -> JSON:
    """An event as fixtures write it: what it is, and every part that says something."""
    return {"event": type(event).__name__, **{name: part for name, part in _parts(event).items() if name != "raw"}}


def _parts(value: Any) -> JSON:
    own = {each.name: each.default for each in fields(value)}
    found = {name: _plain(each) for name, each in vars(value).items() if each is not own[name]}
    return {name: each for name, each in found.items() if each not in ("", None, [], {}, ()) and name != "channel"}


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return _parts(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value) if isinstance(value, str) else value


def _settings(bench: VendorBench, root: Path) -> Settings:
    own = bench.settings()
    files = {
        "frontdoor.yml": {"public_url": PUBLIC_URL},
        "channels.yml": {"web": {"enabled": False}, bench.kind: own},
        "desks.yml": {},
    }
    for name, content in files.items():
        (root / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load(root, {})


def _core_settings(settings: Settings) -> CoreSettings:
    return CoreSettings(
        desk="table",
        text_limit=settings.limits.text,
        abandoned_after_s=900,
        idle_after_s=600,
        zone="Asia/Shanghai",
        public_url=PUBLIC_URL,
        brand={"en": "Hearthline", "zh": "暖居家电"},
        refusal_values={"text": settings.limits.text, "megabytes": settings.limits.file_bytes >> 20},
    )


def _face(
    settings: Settings, core: Core, channel: Channel, database: Database, store: FileStore, brain: Brain, root: Path
) -> Face:
    pages = root / "pages"
    for name in ("widget", "demo", "desk"):
        (pages / name).mkdir(parents=True)
    return Face(
        database=database,
        accept=core.intake.accept,
        files=store,
        readiness=Readiness(database, brain),
        webhooks={channel.name: channel} if isinstance(channel, WebhookChannel) else {},
        desk_webhooks={},
        accept_news=core.desk_intake.accept,
        pages=pages,
        public_url=PUBLIC_URL,
        internal_token="a-token-of-the-tests",
        metrics_token="",
        body_bytes=settings.limits.body_bytes,
        requests_per_ip_per_min=100_000,
        rules=Rules(connections_per_ip=500, request_s=20),
    )


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _texts_of_customers(tx: Connection) -> list[str]:
    query = select(messages.message.c.content).where(messages.message.c.author == "customer")
    return [row.content.get("text", "") for row in tx.execute(query.order_by(messages.message.c.id))]


def _statuses(tx: Connection) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in tx.execute(select(outbox.c.status)):
        found[row.status] = found.get(row.status, 0) + 1
    return found
