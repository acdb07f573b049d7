"""A desk that is somewhere else: opens its tickets once, and looks for what has changed there.

Every request may be cut off between leaving and being answered. So what is about to leave is noted in the ledger first
(`connectors.desk_ports`), and what was cut off is looked for before it is sent again. `connectors.helpdesk` is this for
helpdesks whose tickets are read entry by entry; a desk that tells everything itself (`connectors.desks.webhook`) builds
on it directly.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import ClassVar

import structlog

from connectors.channel import Standing
from connectors.desk import AcceptNews, Handoff, Line, Look, Reading, TicketChange, TicketRef
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desk_settings import HelpdeskSettings
from connectors.errors import OutcomeUnknown, Rejected, SendError, TryLater, Undeliverable
from connectors.helpdesk_model import Draft, Features, RemoteFile, TicketState, Upload
from connectors.http import ComeBackLater
from connectors.message import JSON, Attachment
from connectors.pace import Pace
from connectors.packet_document import Render, as_file
from connectors.ticket_fields import placed
from connectors.vendor import collected

log = structlog.get_logger(__name__)

WHOLE = 20_000_000  # bytes of all files of one entry, at most
KEY = 160  # characters that the ledger has room for
STATES = {
    TicketChange.WITHDRAWN: TicketState.RESOLVED,
    TicketChange.ABANDONED: TicketState.RESOLVED,
    TicketChange.REOPENED: TicketState.OPEN,
}
"""What a ticket becomes by what its customer does."""


class RemoteDesk(ABC):
    """What all desks elsewhere do alike. `Settings` is the vendor's own; it is made with `(settings, ports)`."""

    Settings: ClassVar[type[HelpdeskSettings]]
    features: ClassVar[Features]
    standing: ClassVar[Standing]

    def __init__(self, settings: HelpdeskSettings, ports: DeskPorts) -> None:
        self.name = ports.name
        self._common, self._ports, self._ledger = settings, ports, ports.ledger
        self._pace = Pace(ports.name, settings.requests_per_minute)

    # what a vendor writes

    @abstractmethod
    async def find(self, attempt: Attempt) -> Opened | None:
        """The ticket that an earlier attempt has made, by the handoff's id or reference. Raises `SendError`."""

    @abstractmethod
    async def create(self, draft: Draft) -> Opened:
        """Make the ticket, with one request that creates. Raises `SendError`."""

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """The ids of tickets that have changed since a cursor (empty: from now on), and the next cursor; for helpdesks
        with `Features.polls`. Raises `SendError`.
        """
        return (), since

    def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of a file there; for helpdesks with `Features.files_in`. Raises `SendError`."""
        raise Undeliverable(f"{self.name} gives no files")

    @abstractmethod
    async def close(self) -> None:
        """Release connections. May be called twice."""

    @abstractmethod
    async def append(self, ticket_id: str, line: Line) -> None:
        """Add what was said, once."""

    @abstractmethod
    async def change(self, ticket_id: str, change: TicketChange, data: JSON) -> None:
        """Tell what became of the customer, once."""

    @abstractmethod
    async def read(self, ticket_id: str) -> Reading:
        """What its people did since the last reading; the caller stores all of it at once, with what it causes."""

    # what the core calls

    async def open(self, handoff: Handoff) -> TicketRef:
        """Open the ticket, once; the customer knows it by the handoff's reference."""
        async with self._ledger.hold(f"open:{handoff.id}"):
            opened = await self._opened(handoff)
            try:
                await self._after_opening(opened.ticket_id, handoff)
            except Undeliverable as error:  # what it does not take makes it no less open
                log.error("desk.incomplete", desk=self.name, reference=handoff.reference, error=str(error))
        return TicketRef(
            desk=self.name, ticket_id=opened.ticket_id, number=handoff.reference, url=opened.url, in_line=False
        )  # fmt: skip

    async def run(self, accept: AcceptNews) -> None:
        """Look for what has changed, again and again."""
        while self.features.polls:
            kept = await self._ports.state.get("changed") or {}
            pause = self._common.poll_s
            try:
                tickets, cursor = await self.changed(str(kept.get("cursor") or ""))
                for ticket_id in dict.fromkeys(tickets):
                    await accept(Look(ticket_id=ticket_id))
                if cursor != kept.get("cursor"):
                    await self._ports.state.put("changed", {"cursor": cursor})
            except TryLater as error:
                pause = max(error.after or 0, pause)
            except OutcomeUnknown:
                pass  # nothing was changed by asking
            await asyncio.sleep(pause)
        await asyncio.Event().wait()

    # the steps

    async def _after_opening(self, ticket_id: str, handoff: Handoff) -> None:  # noqa: B027 - most need nothing more
        """What a new ticket gets besides the packet; as often as it is opened."""

    async def _opened(self, handoff: Handoff) -> Opened:
        attempt = await self._ledger.attempt(handoff.id)
        if attempt is not None and attempt.opened is not None:
            return attempt.opened
        found = await self._found(attempt) if attempt is not None else None
        if found is None:
            draft = await self._draft(handoff)
            await self._ledger.begin(handoff.id)
            try:
                found = await self.create(draft)
            except (OutcomeUnknown, Rejected, asyncio.CancelledError) as error:
                await self._ledger.begin(handoff.id)  # from now on the search needs its time
                if isinstance(error, Rejected):
                    raise OutcomeUnknown(f"{self.name} answered what it does not document: {error}") from error
                raise
            except SendError:
                await self._ledger.retract(handoff.id)
                raise
        await self._ledger.opened(handoff.id, found)
        return found

    async def _found(self, attempt: Attempt) -> Opened | None:
        """What an attempt has made that was cut off, as soon as the helpdesk's search can know of it."""
        left = attempt.began_at / 1000 + self.features.finds_after_s - time.time()
        if left > self.features.finds_after_s:  # the clock was set back since
            await self._ledger.begin(attempt.handoff_id)
            left = self.features.finds_after_s
        if left > 0:
            raise TryLater(f"{self.name} may have the ticket already, and is asked in a while", after=left)
        try:
            return await self.find(attempt)
        except Undeliverable as error:  # it may be there all the same: people have to put right why we can't see it
            raise TryLater(f"{self.name} may have the ticket already, and does not let us look: {error}") from error

    async def _draft(self, handoff: Handoff) -> Draft:
        where = placed(handoff, self._common)
        files, _ = await self._uploads(handoff.attachments)
        return Draft(
            handoff=handoff, queue=where.queue, priority=where.priority, tags=where.tags, fields=where.fields,
            files=files,
        )  # fmt: skip

    async def _uploads(self, attachments: Sequence[Attachment]) -> tuple[tuple[Upload, ...], list[Attachment]]:
        """Files that can go along, and those that only a link leads to."""
        uploads: list[Upload] = []
        linked: list[Attachment] = []
        room = WHOLE
        for each in attachments:
            if (
                self.features.file_links
                or not self.features.files_out
                or each.size > min(self.features.file_bytes, room)
            ):
                linked.append(each)
                continue
            try:
                data = await collected(self._ports.files.read(each), min(self.features.file_bytes, room))
            except Undeliverable:  # it is gone: there is nothing that a link could lead to either
                continue
            room -= len(data)
            uploads.append(Upload(name=each.name, media_type=each.media_type, data=data))
        return tuple(uploads), linked

    async def _received(self, conversation_id: str, files: Sequence[RemoteFile]) -> tuple[Attachment, ...]:
        """The files of a reply, kept by us; what may not be kept is left away."""
        kept: list[Attachment] = []
        for file in files if self.features.files_in else ():
            try:
                kept.append(await self._ports.files.save(conversation_id, file.name, self.fetch(file)))
            except ComeBackLater as error:
                raise TryLater("files cannot be taken just now") from error
            except (Rejected, Undeliverable):
                continue
        return tuple(replace(each, url="") for each in kept)

    async def _of(self, ticket_id: str) -> Attempt:
        attempt = await self._ledger.of_ticket(ticket_id)
        if attempt is None:
            raise Undeliverable(f"{self.name} has no ticket of ours by that id")
        return attempt

    def _document(self, handoff: Handoff, render: Render, *, transcript: bool = True) -> str:
        """The packet as people there read it (`packet_document.as_html`, `as_markdown`, `as_text`)."""
        link, language, zone = self._ports.handoff_url(handoff.id), self._common.language, self._common.time_zone
        return render(handoff, language, link=link, transcript=transcript, zone=zone)

    def _packet_file(self, handoff: Handoff) -> Upload:
        """The packet as programs read it, to go along as a file."""
        return as_file(handoff, link=self._link, url=self._ports.handoff_url(handoff.id))

    def _link(self, attachment: Attachment) -> str:
        """A link that works for a week, as its people may open it late."""
        return f"{self._ports.public_url}{self._ports.files.link(attachment, kept=True)}"

    def _shown(self, name: str) -> str:
        """How customers read an agent's name."""
        match self._common.agent_names:
            case "name":
                return name
            case "first_name":
                return name.split()[0] if name.split() else ""
            case _:
                return ""
