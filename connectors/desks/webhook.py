"""The webhook desk: any helpdesk, or program of the company's own, that speaks our signed JSON.

docs/handoff/webhook.md, with the schemas beside it, is all that the other side needs; `frontdoor desk conformance`
tells whether it does it right. Every request may be repeated, and then changes nothing more.
"""

import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from connectors.channel import Finding, Request, Standing
from connectors.desk import DeskEvent, DeskEventKind, Entry, Line, News, Reading, TicketChange
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desk_protocol import (
    ID_HEADER,
    LONGEST_ID,
    VERSION,
    Told,
    entry_id,
    events_in,
    is_known,
    news_in,
    ticket_of,
    told_in,
)
from connectors.desk_wording import told as note_of
from connectors.desks.webhook_settings import WebhookDeskSettings
from connectors.errors import Malformed, OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.findings import failed, good
from connectors.helpdesk_model import Draft, Features, RemoteFile, TicketState, Transcript
from connectors.helpdesk_reading import digest
from connectors.message import JSON, Attachment, Content
from connectors.portable import line_document, to_document
from connectors.remote_desk import KEY, STATES, RemoteDesk
from connectors.stamps import HEADER, check, stamp
from connectors.vendor import VendorAnswer, VendorClient

PATIENCE_S = 300.0  # how long a reply waits for a file that cannot be had just now
PAGES = 50  # of events, in one reading


class WebhookDesk(RemoteDesk):
    """Posts JSON of the schema, and hears what is told."""

    Settings = WebhookDeskSettings
    standing = Standing.OWN
    features = Features(
        transcript=Transcript.MESSAGES,
        calls_us="HMAC-SHA256 over time and body",
        finds="by the handoff's id; asking again gives the same ticket",
        file_links=True,
        forgets=True,
        returns="the event `returned`, with a briefing",
    )

    def __init__(self, settings: WebhookDeskSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings = settings
        self._client = VendorClient(ports.name, settings.url)

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the handoff's id."""
        asked = {"handoff_id": attempt.handoff_id, "reference": attempt.reference}
        answer = await self._ask("find", f"find:{attempt.handoff_id}", asked)
        return _opened(answer) if answer.status < 300 and answer.json().get("ticket_id") else None

    async def create(self, draft: Draft) -> Opened:
        """The packet, and where it shall go; the handoff's id is the key."""
        placed = {
            "queue": draft.queue, "priority": draft.priority, "tags": list(draft.tags), "fields": draft.fields
        }  # fmt: skip
        url = self._ports.handoff_url(draft.handoff.id)
        document = to_document(draft.handoff, link=self._link, url=url)
        return _opened(_taken(self.name, await self._ask("open", draft.handoff.id, placed | {"handoff": document})))

    async def append(self, ticket_id: str, line: Line) -> None:
        """One message; its own id is the key."""
        await self._of(ticket_id)
        said = {"ticket_id": ticket_id, "line": line_document(line, link=self._link)}
        _taken(self.name, await self._ask("append", line.message_id, said))
        await self._ledger.sent(ticket_id, line.message_id, line.message_id, digest(line.content.text))

    async def change(self, ticket_id: str, change: TicketChange, data: JSON) -> None:
        """What became of the customer, as a word, as a sentence, and with what belongs to it."""
        attempt = await self._of(ticket_id)
        note, state = note_of(change, data, self._common.language), STATES.get(change)
        key = str(data.get("change_id") or f"{change}:{attempt.progress.turns}:{digest(note)}")[:KEY]
        values = {name: value for name, value in data.items() if name != "change_id"}
        told = {"ticket_id": ticket_id, "change": str(change), "note": note, "data": values}
        if state is not None:
            await self._ledger.expect(ticket_id, state)
        _taken(self.name, await self._ask("change", key, told))
        if state is not None:
            await self._ledger.moved(ticket_id, state)

    async def forget(self, ticket_id: str) -> None:
        """Have the ticket deleted, with all that is in it."""
        answer = await self._ask("forget", f"forget:{ticket_id}", {"ticket_id": ticket_id})
        if answer.status != 404:
            _taken(self.name, answer)

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """The tickets of the events since then, where the other side keeps them."""
        events, cursor = await self._events(since)
        return [ticket_id for ticket_id, _ in events], cursor

    async def check(self) -> list[Finding]:
        """Whether the other side is there, and takes what we sign."""
        try:
            _taken(self.name, await self._ask("ping", f"ping-{time.time_ns()}", {}))
            found = [good("url takes a signed ping")]
            if self._settings.poll:
                await self._events("")
                found.append(good("events can be asked for"))
        except SendError as error:
            remedy = "Look at url and secret on both sides, and its log; `frontdoor desk conformance` looks closely."
            return [failed("url takes no signed request", error, remedy)]
        return found

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """From where `url` is, from `file_hosts`, or from anywhere public."""
        async for chunk in self._client.download(file.ref, hosts=self._settings.file_hosts):
            yield chunk

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    # what is told here

    def verify(self, request: Request) -> None:
        """Both sides have the secret."""
        check(request.headers.get(HEADER.lower(), ""), request.body, self._secrets, time.time())

    def parse(self, request: Request) -> Sequence[News]:
        """Up to a hundred events, in order."""
        news = news_in(request.body, self.name)
        return [
            replace(each, agent_name=self._shown(each.agent_name)) if isinstance(each, DeskEvent) else each
            for each in news
        ]

    async def hear(self, ticket_id: str, told: Sequence[JSON]) -> Reading:
        """What is new of it; what was told before, by whichever way, is known by its id."""
        return await self._heard(ticket_id, [Told.from_json(each) for each in told])

    async def read(self, ticket_id: str) -> Reading:
        """All events of the ticket, where the other side keeps them."""
        attempt = await self._of(ticket_id)
        events, cursor = await self._events(attempt.progress.cursor, ticket_id=ticket_id)
        told = [each for of, each in events if of == ticket_id and each is not None]
        reading = await self._heard(ticket_id, [each for each in told if each.kind is not DeskEventKind.TYPING])
        return replace(reading, progress=replace(reading.progress, cursor=cursor))

    async def _heard(self, ticket_id: str, told: Sequence[Told]) -> Reading:
        attempt = await self._of(ticket_id)
        known = {entry.external_id for entry in await self._ledger.entries(ticket_id)}
        events: list[DeskEvent] = []
        entries: list[Entry] = []
        state = attempt.progress.state or TicketState.OPEN
        for each in told:
            if each.entry_id in known:
                continue
            known.add(each.entry_id)
            entries.append(Entry(external_id=each.entry_id, message_id=each.id))
            becomes, same = _becomes(each), (state, attempt.progress.expected)
            if (each.reply_id and entry_id(each.reply_id) not in known) or (becomes and becomes in same):
                continue  # of a reply that the customer never got; or it is so already, mostly by ourselves
            state = becomes or state
            files = await self._files(attempt.conversation_id, each)
            events.append(self._event(ticket_id, each, files))
        progress = replace(attempt.progress, state=str(state), since=attempt.progress.turns)
        return Reading(events=tuple(events), entries=tuple(entries), progress=progress)

    async def _files(self, conversation_id: str, told: Told) -> tuple[Attachment, ...]:
        """The files of a reply; one that cannot be had for a while is waited for, but not for ever."""
        try:
            return await self._received(conversation_id, told.files)
        except TryLater:
            if time.time() * 1000 - told.came_at < PATIENCE_S * 1000:
                raise
            return ()

    def _event(self, ticket_id: str, told: Told, files: tuple[Attachment, ...]) -> DeskEvent:
        missing = "" if told.text or files else "\n".join(f"📎 {each.name}" for each in told.files)
        return DeskEvent(
            id=told.id, desk=self.name, ticket_id=ticket_id, kind=told.kind, agent_id=told.agent_id,
            agent_name=self._shown(told.agent_name), content=Content(text=told.text or missing, attachments=files),
            briefing=told.briefing, message_id=told.reply_id,
        )  # fmt: skip

    async def _events(self, after: str, **asked: str) -> tuple[list[tuple[str, Told | None]], str]:
        """Events since a cursor with their tickets, None for what is of no interest here, and the cursor behind them;
        none where the other side keeps none.
        """
        found: list[tuple[str, Told | None]] = []
        for _ in range(PAGES if self._settings.poll else 0):
            answer = _taken(self.name, await self._ask("events", f"events-{time.time_ns()}", {"after": after, **asked}))
            try:
                events, cursor = events_in(answer.body)
                found += [(ticket_of(each), told_in(each) if is_known(each) else None) for each in events]
            except Malformed as error:
                raise TryLater(f"{self.name} gives events that are not as the schema says: {error.field}") from None
            if cursor in {"", after}:
                break
            after = cursor
        return found, after

    @property
    def _secrets(self) -> list[bytes]:
        known = (self._settings.secret.get_secret_value(), self._settings.previous_secret.get_secret_value())
        return [each.encode() for each in known if each]

    async def _ask(self, kind: str, key: str, values: JSON) -> VendorAnswer:
        """Post one request. Raises what `VendorClient.call` raises; statuses from 300 to 499 are for the caller."""
        body = json.dumps({"version": VERSION, "type": kind, "id": key} | values, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", ID_HEADER: key}
        async with self._pace.turn():
            headers[HEADER] = stamp(self._secrets, body, int(time.time()))
            return await self._client.call("POST", self._settings.url, refuse=False, data=body, headers=headers)


def _becomes(told: Told) -> TicketState | None:
    """The state that a ticket has by what was told."""
    match told.type:
        case "resolved":
            return TicketState.RESOLVED
        case "returned":
            return TicketState.RETURNED
        case "reopened":
            return TicketState.OPEN
    return None


def _taken(desk: str, answer: VendorAnswer) -> VendorAnswer:
    """The answer, unless it refuses. Raises `Undeliverable`."""
    if answer.status > 299:
        raise Undeliverable(f"{desk} answered {answer.status}")
    return answer


def _opened(answer: VendorAnswer) -> Opened:
    """The ticket in an answer. Raises `OutcomeUnknown` where none is named: it may be there all the same."""
    found = answer.json()
    ticket_id, number, url = (str(found.get(name) or "").strip() for name in ("ticket_id", "number", "url"))
    if not 0 < len(ticket_id) <= LONGEST_ID or not ticket_id.isprintable() or " " in ticket_id:
        raise OutcomeUnknown(f"the answer names no ticket_id of at most {LONGEST_ID} characters")
    return Opened(
        ticket_id=ticket_id, number=number[:LONGEST_ID], url=url if url.startswith(("https://", "http://")) else ""
    )  # fmt: skip
