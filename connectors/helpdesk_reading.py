"""What a ticket says against what we knew of it: replies, corrections, and what its people did, each told once.

Ids are made of what the helpdesk and the ledger have, so that a reading that was cut off and is done again tells the
same.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from connectors.desk import DeskEvent, DeskEventKind, Entry, Progress
from connectors.helpdesk_model import Remark, Thread, TicketState
from connectors.message import Attachment, Content

PERSON = 64  # characters of the id of somebody who works there
MEETS = 24  # characters of a digest in an id
_Event = Callable[..., DeskEvent]


@dataclass(frozen=True, kw_only=True)
class News:
    """What is to be told of a ticket, and remembered. `replies` are remarks whose files are still to be fetched."""

    replies: tuple[tuple[DeskEvent, Remark], ...]
    before: tuple[DeskEvent, ...]  # somebody has it now
    after: tuple[DeskEvent, ...]  # corrections, and how it ended
    entries: tuple[Entry, ...]
    progress: Progress

    def events(self, files: Mapping[str, tuple[Attachment, ...]]) -> tuple[DeskEvent, ...]:
        """All of it in order, with the files of remarks by their ids."""
        told = [
            replace(event, content=_with_files(event.content, remark, files.get(remark.id, ())))
            for event, remark in self.replies
        ]
        return (*self.before, *told, *self.after)


def compare(
    desk: str, ticket_id: str, thread: Thread, known: Iterable[Entry], progress: Progress, shown: Mapping[str, str]
) -> News:
    """What is new in `thread`. `shown` are the names by which customers know its authors, by their ids."""
    entries = list(known)
    by_id = {entry.external_id: entry for entry in entries if entry.external_id}
    cut_off = {entry.digest: entry for entry in entries if entry.ours and not entry.external_id}
    replies: list[tuple[DeskEvent, Remark]] = []
    corrected: list[DeskEvent] = []
    learned: list[Entry] = []

    def event(name: str, kind: DeskEventKind, remark: Remark, **values: object) -> DeskEvent:
        values = {"agent_id": remark.author_id, "agent_name": shown.get(remark.author_id, ""), **values}
        return DeskEvent(id=f"{ticket_id}:{name}", desk=desk, ticket_id=ticket_id, kind=kind, **values)  # type: ignore[arg-type]

    for remark in sorted(thread.remarks, key=lambda each: (each.at, each.id)):
        said, now = by_id.get(remark.id), digest(remark.text)
        if said is None and remark.ours:
            mine = cut_off.get(now)
            learned.append(_noted(remark, now, mine.message_id if mine else ""))
        elif said is None and remark.public and not remark.deleted:
            replies.append((event(remark.id, DeskEventKind.REPLIED, remark, content=Content(text=remark.text)), remark))
            learned.append(_noted(remark, now, f"{ticket_id}:{remark.id}"))
        elif said is not None and said.message_id and not said.ours and said.digest != DELETED:
            if remark.deleted or not remark.public:
                corrected.append(_taken_back(event, remark, said))
                learned.append(replace(said, digest=DELETED))
            elif said.digest != now:
                changed = event(
                    f"{remark.id}:{now[:MEETS]}", DeskEventKind.EDITED, remark, message_id=said.message_id,
                    content=Content(text=remark.text),
                )  # fmt: skip
                corrected.append(changed)
                learned.append(replace(said, digest=now))
    if thread.complete:
        there = {remark.id for remark in thread.remarks}
        for said in entries:
            if said.external_id and said.external_id not in there and _is_reply(said):
                gone = Remark(id=said.external_id, at=said.at, deleted=True)
                corrected.append(_taken_back(event, gone, said))
                learned.append(replace(said, digest=DELETED))
    before, after, moved = _turns(desk, ticket_id, thread, progress, shown)
    return News(
        replies=tuple(replies), before=before, after=(*corrected, *after), entries=tuple(learned),
        progress=replace(moved, cursor=thread.cursor, since=progress.turns),
    )  # fmt: skip


def _with_files(content: Content, remark: Remark, files: tuple[Attachment, ...]) -> Content:
    """What was said with its files; where nothing else is left of it, with their names."""
    missing = "" if content.text or files else "\n".join(f"📎 {each.name}" for each in remark.files)
    return replace(content, text=content.text or missing, attachments=files)


DELETED = "deleted"
"""The digest of a reply that was taken back."""


def digest(text: str) -> str:
    """What tells a text from another, however a helpdesk lays it out."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()


def short_id(name: str) -> str:
    """An id of somebody there as we have room for it; a longer one, such as an e-mail address, becomes a digest."""
    return name if len(name) <= PERSON else hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _is_reply(said: Entry) -> bool:
    return not said.ours and bool(said.message_id) and said.digest != DELETED


def _noted(remark: Remark, now: str, message_id: str) -> Entry:
    return Entry(external_id=remark.id, message_id=message_id, ours=remark.ours, digest=now, at=remark.at)


def _taken_back(event: _Event, remark: Remark, said: Entry) -> DeskEvent:
    return event(f"{remark.id}:deleted", DeskEventKind.DELETED, remark, message_id=said.message_id)


def _turns(
    desk: str, ticket_id: str, thread: Thread, progress: Progress, shown: Mapping[str, str]
) -> tuple[tuple[DeskEvent, ...], tuple[DeskEvent, ...], Progress]:
    """Who has it now, and how it stands; what we did ourselves is no news."""
    before: list[DeskEvent] = []
    after: list[DeskEvent] = []
    turns, was = progress.turns, progress.state or TicketState.OPEN
    told = thread.state != was and thread.state != progress.expected

    def turn(kind: DeskEventKind) -> DeskEvent:
        return DeskEvent(
            id=f"{ticket_id}:turn:{turns}", desk=desk, ticket_id=ticket_id, kind=kind, agent_id=thread.owner_id,
            agent_name=shown.get(thread.owner_id, ""),
        )  # fmt: skip

    taken = thread.owner_id and thread.owner_id != progress.owner and thread.state == TicketState.OPEN
    reopened = told and thread.state == TicketState.OPEN
    if taken or reopened:
        turns += 1
        before.append(turn(DeskEventKind.TAKEN))
    if told and thread.state == TicketState.RESOLVED:
        turns += 1
        after.append(turn(DeskEventKind.RESOLVED))
    if told and thread.state == TicketState.RETURNED:
        turns += 1
        after.append(turn(DeskEventKind.RETURNED))
    expected = "" if thread.state == progress.expected else progress.expected
    moved = replace(
        progress, state=str(thread.state), owner=thread.owner_id, turns=turns, expected=expected if not told else ""
    )  # fmt: skip
    return tuple(before), tuple(after), moved
