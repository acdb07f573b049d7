"""A helpdesk that the company already has, as a desk: the order of steps is here, a vendor's class asks and translates.

`connectors.remote_desk` opens the ticket, once. What is said is posted as entries, each once; and what happened over
there is never taken from a webhook but read from the ticket, entry by entry, against what the ledger knows
(`helpdesk_reading`). docs/desks/adding.md shows a whole helpdesk.
"""

import time
from abc import abstractmethod
from contextlib import suppress
from dataclasses import replace

from connectors.desk import Entry, Handoff, Line, Reading, TicketChange
from connectors.desk_wording import said_by, told, words_of
from connectors.errors import OutcomeUnknown, Rejected, SendError, TryLater, Undeliverable
from connectors.helpdesk_model import Draft, Post, Remark, Thread, TicketState, Transcript, Upload
from connectors.helpdesk_reading import compare, digest, short_id
from connectors.message import JSON, Attachment, Author
from connectors.packet_document import as_text
from connectors.remote_desk import KEY, STATES, RemoteDesk

PATIENCE_S = 300.0  # how long a reply waits for a file that cannot be had just now


class Helpdesk(RemoteDesk):
    """What all helpdesks do alike whose tickets can be read."""

    # what a vendor writes

    @abstractmethod
    async def post(self, ticket_id: str, post: Post) -> str:
        """Add an entry that only its people see; its id there. Raises `SendError`."""

    @abstractmethod
    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The ticket with what was said since a cursor. Raises `SendError`, `Undeliverable` when it is gone."""

    @abstractmethod
    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Resolve or reopen the ticket; a repeat changes nothing. Raises `SendError`."""

    async def complete(self, ticket_id: str, draft: Draft) -> None:
        """Give a new ticket what it takes only once it is made, such as its priority (`Features.packet_apart`); a
        repeat changes nothing. Raises `SendError`.
        """

    def packet(self, handoff: Handoff) -> str:
        """The packet, as the entry that follows (`Features.packet_apart`) has it."""
        whole = self.features.transcript is Transcript.DOCUMENT
        return self._document(handoff, as_text, transcript=whole)

    # what the core calls

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
            try:
                thread = await self.thread(ticket_id, attempt.progress.cursor)
            except Rejected as error:
                raise TryLater(f"{self.name} answered what it does not document: {error}") from error
            known = await self._ledger.entries(ticket_id)
        thread = replace(thread, owner_id=short_id(thread.owner_id))
        named = [(each.author_id, each.author_name) for each in thread.remarks] + [(thread.owner_id, thread.owner_name)]
        shown = {who: self._shown(name) for who, name in named if name}  # one that is not told erases none
        news = compare(self.name, ticket_id, thread, known, attempt.progress, shown)
        files = {remark.id: await self._files_of(remark, attempt.conversation_id) for _, remark in news.replies}
        return Reading(events=news.events(files), entries=news.entries, progress=news.progress)

    # the steps

    async def _files_of(self, remark: Remark, conversation_id: str) -> tuple[Attachment, ...]:
        """What came with a reply; what cannot be had for a while is waited for, but not for ever."""
        try:
            return await self._received(conversation_id, remark.files)
        except TryLater:
            if _now() - remark.at < PATIENCE_S * 1000:
                raise
            return ()

    async def _after_opening(self, ticket_id: str, handoff: Handoff) -> None:
        """The packet, where it could not go along; the last lines, where the helpdesk shows them one by one."""
        if self.features.packet_apart:
            await self._completed(ticket_id, handoff)
        if self.features.transcript is Transcript.MESSAGES and self._common.transcript_messages:
            for line in handoff.transcript[-self._common.transcript_messages :]:
                with suppress(Undeliverable):  # the packet has it
                    await self._say(ticket_id, line)

    async def _completed(self, ticket_id: str, handoff: Handoff) -> None:
        """All that follows the request which made the ticket; the packet comes last and so says that it was done."""
        key = f"packet:{handoff.id}"[:KEY]
        if any(each.message_id == key and each.external_id for each in await self._ledger.entries(ticket_id)):
            return
        draft = await self._draft(handoff)
        with suppress(Undeliverable):  # the packet matters more than, say, the priority
            await self.complete(ticket_id, draft)
        packet = Post(
            message_id=key, author=Author.SYSTEM, author_name="", at=_now(), heading="", text=self.packet(handoff),
            files=(self._packet_file(handoff), *draft.files),
        )  # fmt: skip
        await self._post_once(ticket_id, packet)

    async def _say(self, ticket_id: str, line: Line) -> None:
        """Add a line of the conversation, unless it is there."""
        files, linked = await self._uploads(line.content.attachments)
        parts = [words_of(line), *(f"· {button.title}" for button in line.content.buttons)]
        parts += [f"{each.name}: {self._link(each)}" for each in linked]
        heading = said_by(line, self._common.language, self._common.time_zone)
        post = Post(
            message_id=line.message_id, author=line.author, author_name=line.author_name, at=line.at, heading=heading,
            text="\n".join(part for part in parts if part), files=files,
        )  # fmt: skip
        await self._post_once(ticket_id, post)

    async def _post_once(self, ticket_id: str, post: Post) -> None:
        mark = digest(self.written(post))
        known = {entry.message_id: entry for entry in await self._ledger.entries(ticket_id) if entry.ours}
        before = known.get(post.message_id)
        if before is not None:
            if before.external_id:
                return
            if (there := await self._already(ticket_id, before)) is not None:
                await self._ledger.sent(ticket_id, post.message_id, there, before.digest)
                return
        await self._ledger.sending(ticket_id, post.message_id, mark)
        try:
            external_id = await self.post(ticket_id, replace(self._fitting(post), again=before is not None))
        except OutcomeUnknown:
            raise
        except Rejected as error:
            raise OutcomeUnknown(f"{self.name} answered what it does not document: {error}") from error
        except SendError:
            await self._ledger.not_sent(ticket_id, post.message_id)
            raise
        await self._ledger.sent(ticket_id, post.message_id, external_id, mark)

    async def _already(self, ticket_id: str, before: Entry) -> str | None:
        """The entry that a try has left which was cut off: ours, in these words, and not known as another. A reading
        may come to know it meanwhile.
        """
        thread = await self.thread(ticket_id, "")
        others = [each for each in await self._ledger.entries(ticket_id) if each.message_id != before.message_id]
        taken = {entry.external_id for entry in others}
        free = [each for each in thread.remarks if each.ours and each.id not in taken]
        return next((each.id for each in free if digest(each.text) == before.digest), None)

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


def _now() -> int:
    return int(time.time() * 1000)
