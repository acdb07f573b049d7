"""A helpdesk that the company already has, as a desk: the order of steps is here, a vendor's class asks and translates.

Every request may be cut off between leaving and being answered. So what is about to leave is noted in the ledger first
(`connectors.desk_ports`); what was cut off is looked for before it is sent again; and what happened over there is never
taken from a webhook but read from the ticket, entry by entry, against what the ledger knows (`helpdesk_reading`).
docs/desks/adding.md shows a whole helpdesk.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import ClassVar

from connectors.channel import Standing
from connectors.desk import AcceptNews, Handoff, Line, Look, Reading, TicketChange, TicketRef
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desk_settings import HelpdeskSettings
from connectors.desk_wording import said_by, told
from connectors.errors import OutcomeUnknown, Rejected, SendError, TryLater, Undeliverable
from connectors.helpdesk_model import Draft, Features, Post, Remark, RemoteFile, Thread, TicketState, Transcript, Upload
from connectors.helpdesk_reading import compare, digest
from connectors.message import JSON, Attachment, Author
from connectors.pace import Pace
from connectors.ticket_fields import placed
from connectors.vendor import collected

WHOLE = 20_000_000  # bytes of all files of one entry, at most
KEY = 160  # characters that the ledger has room for
STATES = {
    TicketChange.WITHDRAWN: TicketState.RESOLVED,
    TicketChange.ABANDONED: TicketState.RESOLVED,
    TicketChange.REOPENED: TicketState.OPEN,
}
"""What a ticket becomes by what its customer does."""


class Helpdesk(ABC):
    """What all helpdesks do alike. `Settings` is the vendor's own; it is made with `(settings, ports)`."""

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

    @abstractmethod
    async def post(self, ticket_id: str, post: Post) -> str:
        """Add an entry that only its people see; its id there. Raises `SendError`."""

    @abstractmethod
    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The ticket with what was said since a cursor. Raises `SendError`, `Undeliverable` when it is gone."""

    @abstractmethod
    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Resolve or reopen the ticket; a repeat changes nothing. Raises `SendError`."""

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

    # what the core calls

    async def open(self, handoff: Handoff) -> TicketRef:
        """Open the ticket, once; the customer knows it by the handoff's reference."""
        async with self._ledger.hold(f"open:{handoff.id}"):
            opened = await self._opened(handoff)
            if self.features.transcript is Transcript.MESSAGES and self._common.transcript_messages:
                for line in handoff.transcript[-self._common.transcript_messages :]:
                    await self._say(opened.ticket_id, line)
        return TicketRef(desk=self.name, ticket_id=opened.ticket_id, number=handoff.reference, url=opened.url)

    async def append(self, ticket_id: str, line: Line) -> None:
        """Add what was said, once."""
        attempt = await self._of(ticket_id)
        async with self._ledger.hold(f"open:{attempt.handoff_id}"):
            await self._say(ticket_id, line)

    async def change(self, ticket_id: str, change: TicketChange, data: JSON) -> None:
        """Note what became of the customer, and resolve or reopen the ticket where that follows."""
        attempt = await self._of(ticket_id)
        state, text = STATES.get(change), told(change, data, self._common.language)
        async with self._ledger.hold(f"open:{attempt.handoff_id}"):
            if text:
                key = str(data.get("change_id") or f"{change}:{attempt.progress.turns}:{digest(text)}")[:KEY]
                note = Post(message_id=key, author=Author.SYSTEM, author_name="", at=_now(), heading="", text=text)
                await self._post_once(ticket_id, note)
            if state is not None:
                await self._ledger.expect(ticket_id, state)
                await self.move(ticket_id, state)
                await self._ledger.moved(ticket_id, state)

    async def read(self, ticket_id: str) -> Reading:
        """What its people did since the last reading; the caller stores all of it at once, with what it causes."""
        attempt = await self._of(ticket_id)
        async with self._ledger.hold(f"open:{attempt.handoff_id}"):
            attempt = await self._of(ticket_id)
            thread = await self.thread(ticket_id, attempt.progress.cursor)
            known = await self._ledger.entries(ticket_id)
        shown = {each.author_id: self._shown(each.author_name) for each in thread.remarks}
        shown |= {thread.owner_id: self._shown(thread.owner_name)}
        news = compare(self.name, ticket_id, thread, known, attempt.progress, shown)
        files = {
            remark.id: await self._received(attempt.conversation_id, remark) for _, remark in news.replies
        }  # fmt: skip
        return Reading(events=news.events(files), entries=news.entries, progress=news.progress)

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
            except OutcomeUnknown:
                raise
            except SendError:
                await self._ledger.retract(handoff.id)
                raise
        await self._ledger.opened(handoff.id, found)
        return found

    async def _found(self, attempt: Attempt) -> Opened | None:
        """What an attempt has made that was cut off, as soon as the helpdesk's search can know of it."""
        left = attempt.began_at / 1000 + self.features.finds_after_s - time.time()
        if left > 0:
            raise TryLater(f"{self.name} may have the ticket already, and is asked in a while", after=left)
        return await self.find(attempt)

    async def _draft(self, handoff: Handoff) -> Draft:
        where = placed(handoff, self._common)
        files, _ = await self._uploads(handoff.attachments)
        return Draft(
            handoff=handoff, queue=where.queue, priority=where.priority, tags=where.tags, fields=where.fields,
            files=files,
        )  # fmt: skip

    async def _say(self, ticket_id: str, line: Line) -> None:
        """Add a line of the conversation, unless it is there."""
        files, linked = await self._uploads(line.content.attachments)
        parts = [line.content.text, *(f"· {button.title}" for button in line.content.buttons)]
        parts += [f"{each.name}: {self._link(each)}" for each in linked]
        post = Post(
            message_id=line.message_id, author=line.author, author_name=line.author_name, at=line.at,
            heading=said_by(line, self._common.language), text="\n".join(part for part in parts if part), files=files,
        )  # fmt: skip
        await self._post_once(ticket_id, post)

    async def _post_once(self, ticket_id: str, post: Post) -> None:
        mark = digest(self.written(post))
        known = {entry.message_id: entry for entry in await self._ledger.entries(ticket_id) if entry.ours}
        if (before := known.get(post.message_id)) is not None:
            if before.external_id:
                return
            if (there := await self._already(ticket_id, before.digest)) is not None:
                await self._ledger.sent(ticket_id, post.message_id, there, before.digest)
                return
        await self._ledger.sending(ticket_id, post.message_id, mark)
        try:
            external_id = await self.post(ticket_id, self._fitting(post))
        except OutcomeUnknown:
            raise
        except SendError:
            await self._ledger.not_sent(ticket_id, post.message_id)
            raise
        await self._ledger.sent(ticket_id, post.message_id, external_id, mark)

    async def _already(self, ticket_id: str, mark: str) -> str | None:
        """The entry that a try has left which was cut off: ours, in these words, and not known as another."""
        thread = await self.thread(ticket_id, "")
        taken = {entry.external_id for entry in await self._ledger.entries(ticket_id)}
        free = [each for each in thread.remarks if each.ours and each.id not in taken]
        return next((each.id for each in free if digest(each.text) == mark), None)

    def written(self, post: Post) -> str:
        """An entry as the helpdesk gives it back (`Remark.text`): by this one that was cut off is found again."""
        fitting = self._fitting(post)
        return f"{fitting.heading}\n{fitting.text}"

    def _fitting(self, post: Post) -> Post:
        """No longer than an entry may be there; what is too long goes along whole, as a file."""
        most = self.features.text_length
        if most is None or len(post.heading) + len(post.text) + 1 <= most:
            return post
        whole = Upload(name="message.txt", media_type="text/plain", data=post.text.encode())
        files = (*post.files, whole) if self.features.files_out else post.files
        return replace(post, text=post.text[: most - len(post.heading) - 2] + "…", files=files)

    async def _uploads(self, attachments: Sequence[Attachment]) -> tuple[tuple[Upload, ...], list[Attachment]]:
        """Files that can go along, and those that only a link leads to."""
        uploads: list[Upload] = []
        linked: list[Attachment] = []
        room = WHOLE
        for each in attachments:
            if not self.features.files_out or each.size > min(self.features.file_bytes, room):
                linked.append(each)
                continue
            try:
                data = await collected(self._ports.files.read(each), min(self.features.file_bytes, room))
            except Undeliverable:  # it is gone: there is nothing that a link could lead to either
                continue
            room -= len(data)
            uploads.append(Upload(name=each.name, media_type=each.media_type, data=data))
        return tuple(uploads), linked

    async def _received(self, conversation_id: str, remark: Remark) -> tuple[Attachment, ...]:
        """The files of a reply, kept by us; what may not be kept is left away."""
        kept: list[Attachment] = []
        for file in remark.files if self.features.files_in else ():
            try:
                kept.append(await self._ports.files.save(conversation_id, file.name, self.fetch(file)))
            except (Rejected, Undeliverable):
                continue
        return tuple(replace(each, url="") for each in kept)

    async def _of(self, ticket_id: str) -> Attempt:
        attempt = await self._ledger.of_ticket(ticket_id)
        if attempt is None:
            raise Undeliverable(f"{self.name} has no ticket of ours by that id")
        return attempt

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


def _now() -> int:
    return int(time.time() * 1000)
