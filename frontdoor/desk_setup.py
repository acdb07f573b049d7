"""A helpdesk as the command line uses it: looked at, and given a test ticket, of which the service knows nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp

from connectors.channel import Finding, Standing
from connectors.desk import CheckedDesk, Desk, Entry, Handoff, Line, Progress, Reason, TicketChange, WebhookDesk
from connectors.desk_ports import Attempt, Ledger, Opened
from connectors.errors import SendError
from connectors.findings import bad, failed, good
from connectors.message import Author, Content
from connectors.remote_desk import RemoteDesk
from connectors.vendor import fault
from frontdoor.desk_settings import helpdesks
from frontdoor.desks import helpdesk, state_name
from frontdoor.files import FileStore
from frontdoor.settings import Settings
from storage.channel_state import ChannelState
from storage.clock import now_ms
from storage.database import Database
from storage.desk_ledger import DeskLedger
from storage.handoffs import new_reference
from storage.locks import Locks
from storage.migrate import upgrade
from storage.tables import new_id

ASK_WITHIN_S = 10.0
PUBLIC = "Set public_url in frontdoor.yml to the https:// address under which the helpdesk reaches it."
TEST = {
    "en": "A test of the connection. Nobody waits: please close this ticket.",
    "zh": "连接测试，没有客户在等待，可直接关闭此工单。",
}


@asynccontextmanager
async def opened(settings: Settings, name: str, ledger: Ledger | None = None) -> AsyncIterator[tuple[Desk, Database]]:
    """The helpdesk as the service would make it, on the service's own store, without running it; with another `ledger`
    nothing of it is remembered. Raises KeyError.
    """
    own = helpdesks(settings.desks)[name]
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        await upgrade(database)
        locks = Locks(database)
        stack.push_async_callback(locks.close)
        files = FileStore(
            database,
            settings.data_dir / "attachments",
            key=settings.keys.session_key.get_secret_value(),
            max_bytes=settings.limits.file_bytes,
            types=frozenset(settings.limits.file_types),
        )
        state = ChannelState(database, locks, state_name(name))
        desk = helpdesk(settings, name, own, ledger or DeskLedger(database, locks, name), files, state)
        stack.push_async_callback(desk.close)
        yield desk, database


async def examine(desk: Desk, settings: Settings, *, serving: bool) -> list[Finding]:
    """Credentials and set-up there, and whether it reaches us, as far as that is known before the service has been
    started with it (`serving`). What is asked for news itself need not reach us.
    """
    found = await desk.check() if isinstance(desk, CheckedDesk) else []
    if not isinstance(desk, WebhookDesk) or (isinstance(desk, RemoteDesk) and desk.features.polls):
        return found
    return [*found, await _reachable(desk, settings.public_url)] if serving else [*found, *_public(desk, settings)]


async def trial(desk: Desk, language: str) -> list[Finding]:
    """Open a test ticket, add a line, and close it."""
    handoff = trial_handoff(language)
    said = Line(
        message_id=new_id(), author=Author.CUSTOMER, author_name="", at=now_ms(), content=Content(text=TEST[language])
    )  # fmt: skip
    try:
        ref = await desk.open(handoff)
        found = [good(f"a test ticket is there: {handoff.reference} {ref.url}".rstrip())]
        await desk.append(ref.ticket_id, said)
        found.append(good("a message was added"))
        await desk.change(ref.ticket_id, TicketChange.WITHDRAWN, {})
        return [*found, good("and it is closed")]
    except SendError as error:
        return [failed("a test ticket was not taken", error, "Compare queue, requester and what the account may do.")]


def trial_handoff(language: str) -> Handoff:
    """A packet that says that it is a test."""
    now = now_ms()
    text = TEST[language]
    said = Line(message_id=new_id(), author=Author.CUSTOMER, author_name="", at=now, content=Content(text=text))
    return Handoff(
        id=new_id(), conversation_id=new_id(), channel="web", reference=new_reference(), reason=Reason.REQUESTED,
        reason_detail=text, language=language, customer={"id": "test", "name": "Front Door"}, question=text,
        summary=text, transcript=(said,), created_at=now,
    )  # fmt: skip


@dataclass
class TrialLedger:
    """Implements `connectors.desk_ports.Ledger` in memory, for a ticket that is not a customer's."""

    attempts: dict[str, Attempt] = field(default_factory=dict)
    known: list[Entry] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Nobody else is here."""
        async with self.lock:
            yield

    async def attempt(self, handoff_id: str) -> Attempt | None:
        """What is known of a handoff here."""
        return self.attempts.get(handoff_id)

    async def begin(self, handoff_id: str) -> None:
        """The request for the ticket is about to leave."""
        self.attempts[handoff_id] = Attempt(
            handoff_id=handoff_id, conversation_id="", reference="", language="en", began_at=now_ms()
        )

    async def retract(self, handoff_id: str) -> None:
        """It certainly did nothing."""
        self.attempts.pop(handoff_id, None)

    async def opened(self, handoff_id: str, opened: Opened) -> None:
        """The ticket exists."""
        self.attempts[handoff_id] = replace(self.attempts[handoff_id], opened=opened)

    async def of_ticket(self, ticket_id: str) -> Attempt | None:
        """The handoff that became this ticket."""
        found = (each for each in self.attempts.values() if each.opened and each.opened.ticket_id == ticket_id)
        return next(found, None)

    async def entries(self, ticket_id: str) -> list[Entry]:
        """All entries that are known."""
        return list(self.known)

    async def sending(self, ticket_id: str, message_id: str, digest: str) -> None:
        """An entry of ours is about to leave."""
        self.known.append(Entry(external_id="", message_id=message_id, ours=True, digest=digest))

    async def sent(self, ticket_id: str, message_id: str, external_id: str, digest: str) -> None:
        """It is there."""
        await self.not_sent(ticket_id, message_id)
        self.known.append(Entry(external_id=external_id, message_id=message_id, ours=True, digest=digest))

    async def not_sent(self, ticket_id: str, message_id: str) -> None:
        """It certainly is not there."""
        self.known = [each for each in self.known if each.message_id != message_id]

    async def expect(self, ticket_id: str, state: str) -> None:
        """We are about to give the ticket this state."""

    async def moved(self, ticket_id: str, state: str) -> None:
        """It has this state now, by us."""
        for name, each in self.attempts.items():
            self.attempts[name] = replace(each, progress=Progress(state=state))


async def _reachable(desk: Desk, public_url: str) -> Finding:
    """Whether the webhook answers at the address that the helpdesk is given, as our own service does."""
    url = f"{public_url}/desks/{desk.name}/webhook"
    try:
        timeout = aiohttp.ClientTimeout(total=ASK_WITHIN_S)
        async with aiohttp.ClientSession(timeout=timeout) as http, http.post(url, data=b"") as response:
            status, ours = response.status, "error" in await response.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        return bad(f"{url} cannot be reached from here: {fault(error)}", f"Start the service (frontdoor up). {PUBLIC}")
    if status not in {400, 401, 403} or not ours:
        remedy = f"The service has to be restarted after a change of desks.yml. {PUBLIC}"
        return bad(f"{url} answers {status}, which our webhook does not", remedy)
    return good(f"{url} answers")


def _public(desk: Desk, settings: Settings) -> list[Finding]:
    own = isinstance(desk, RemoteDesk) and desk.standing is Standing.OWN
    if settings.public_url.startswith("https://") or own:
        return []
    return [bad(f"the service is known as {settings.public_url}, and helpdesks call https:// addresses only", PUBLIC)]
