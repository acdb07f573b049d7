"""Re-sync: what a helpdesk has of us against what we know of it, ticket by ticket, and what is to be done where they
differ.

Nothing is sent from here: what is to be repaired is promised as work, which the service does as it does all work.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection

from connectors.desk import Desk, Handoff, ReadingDesk
from connectors.desk_ports import Attempt
from connectors.errors import SendError, Undeliverable
from connectors.message import JSON, Author
from frontdoor import packet
from frontdoor.desk_intake import read_lane
from storage import desk_ledger, handoffs, messages, work
from storage.database import Database
from storage.handoffs import HandoffRow
from storage.messages import Message
from storage.tables import new_id

BATCH = 100
MESSAGES = 2_000
LIVE = frozenset({"requested", "open", "resolved"})


class Difference(StrEnum):
    """What is not alike."""

    NEVER_OPENED = "never opened"  # the handoff waits, and no work is left that would open it
    UNKNOWN_OUTCOME = "an attempt whose outcome was unknown"
    GONE = "deleted there"
    MISSING = "messages missing there"
    UNREAD = "replies or changes not read yet"
    UNREACHABLE = "could not be asked"


REPAIRS: dict[Difference, str] = {
    Difference.NEVER_OPENED: "it is opened",
    Difference.UNKNOWN_OUTCOME: "it is looked for, and opened where it is not there",
    Difference.GONE: "a new ticket is opened, unless it was over",
    Difference.MISSING: "they are added",
    Difference.UNREAD: "they are read",
    Difference.UNREACHABLE: "nothing can be said of it; try again when the helpdesk answers",
}


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One handoff. `count`: of messages or replies, where that says something."""

    handoff_id: str
    reference: str
    ticket_id: str
    differences: tuple[Difference, ...] = ()
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class _Ours:
    """What we know of a handoff at the desk."""

    row: HandoffRow
    attempt: Attempt | None
    opening: bool  # work is left that opens it
    missing: tuple[Message, ...]


async def compare(desk: Desk, database: Database, *, closed: bool = False) -> AsyncIterator[Compared]:
    """Every handoff of a desk, those that are over only where `closed`; changes nothing."""
    after = ""
    while ids := await database.read(handoffs.of_desk, desk.name, after, BATCH):
        after = ids[-1]
        for handoff_id in ids:
            ours = await database.read(_ours, desk.name, handoff_id)
            if closed or ours.row.status in LIVE:
                yield await _compared(desk, ours)


async def repair(desk: Desk, database: Database, found: Compared) -> None:
    """Promise what makes both sides alike."""
    await database.write(_repair, desk.name, found)


async def _compared(desk: Desk, ours: _Ours) -> Compared:
    row, attempt = ours.row, ours.attempt
    ticket_id = attempt.opened.ticket_id if attempt and attempt.opened else row.ticket_id
    differences: list[Difference] = []
    count = 0
    if row.status == "requested" and not ours.opening:
        differences.append(Difference.NEVER_OPENED)
    if attempt is not None and attempt.opened is None and not ours.opening:
        differences.append(Difference.UNKNOWN_OUTCOME)
    if ticket_id and isinstance(desk, ReadingDesk):
        try:
            reading = await desk.read(ticket_id)
            if reading.events:
                differences.append(Difference.UNREAD)
                count = len(reading.events)
        except Undeliverable:
            differences.append(Difference.GONE)
        except SendError:
            differences.append(Difference.UNREACHABLE)
    if ours.missing and Difference.GONE not in differences:
        differences.append(Difference.MISSING)
        count = len(ours.missing)
    return Compared(
        handoff_id=row.id, reference=row.reference, ticket_id=ticket_id, differences=tuple(differences), count=count
    )


def _ours(tx: Connection, desk: str, handoff_id: str) -> _Ours:
    row = handoffs.find(tx, handoff_id)
    if row is None:
        raise LookupError("a handoff that does not exist")
    attempt = desk_ledger.find_attempt(tx, desk, handoff_id)
    opening = work.is_pending(tx, f"open:{handoff_id}")
    return _Ours(row=row, attempt=attempt, opening=opening, missing=tuple(_missing(tx, row, attempt)))


def _missing(tx: Connection, row: HandoffRow, attempt: Attempt | None) -> Iterable[Message]:
    """What the customer said since the packet and the desk was to be told, and neither is there nor on its way. What
    was meant for the bot alone, or for another desk, was never promised to this one.
    """
    if attempt is None or attempt.opened is None or row.status not in {"open", "resolved"}:
        return
    there = {entry.message_id for entry in desk_ledger.entries_of(tx, row.desk, attempt.opened.ticket_id)}
    promised = work.promised(tx, f"append:{row.id}:")
    on_its_way = {_message_of(key) for key, pending in promised.items() if pending}
    wanted = {_message_of(key) for key in promised} - on_its_way - there
    for message in messages.after(tx, row.conversation_id, row.seq, MESSAGES):
        if message.author is Author.CUSTOMER and message.id in wanted:
            yield message


def _message_of(key: str) -> str:
    """The message that the work with this key appends."""
    return key.split(":")[2]


def _repair(tx: Connection, desk: str, found: Compared) -> None:
    row = handoffs.find(tx, found.handoff_id)
    if row is None:
        return
    lane = work.desk_lane(row.conversation_id)
    for difference in found.differences:
        match difference:
            case Difference.GONE if row.status in handoffs.UNDER_WAY:
                desk_ledger.erase(tx, [row.id])
                whole, seq = _whole(tx, row)
                handoffs.change(tx, row.id, status="requested", ticket_id="", number="", packet=whole, seq=seq)
                _promise(tx, lane, "desk_open", f"open:{row.id}", {"handoff_id": row.id})
            case Difference.NEVER_OPENED | Difference.UNKNOWN_OUTCOME if row.status == "requested":
                _promise(tx, lane, "desk_open", f"open:{row.id}", {"handoff_id": row.id})
            case Difference.MISSING:
                attempt = desk_ledger.find_attempt(tx, desk, row.id)
                for message in _missing(tx, row, attempt):
                    line: JSON = {"handoff_id": row.id, "line": packet.line(message).to_json()}
                    _promise(tx, lane, "desk_append", f"append:{row.id}:{message.id}", line)
            case Difference.UNREAD:
                payload: JSON = {"desk": desk, "ticket_id": found.ticket_id}
                _promise(tx, read_lane(desk, found.ticket_id), "desk_read", f"desk_read:{row.id}", payload)


def _whole(tx: Connection, row: HandoffRow) -> tuple[JSON, int]:
    """The packet with its transcript again, up to the last message, and that one's number."""
    said = messages.latest(tx, row.conversation_id, packet.TRANSCRIPT)
    kept = Handoff.from_json(handoffs.packet_of(tx, row.id))
    lines = tuple(packet.line(message) for message in said)
    return replace(kept, transcript=lines).to_json(), max((message.seq for message in said), default=row.seq)


def _promise(tx: Connection, lane: str, kind: str, key: str, payload: JSON) -> None:
    work.enqueue(tx, lane=lane, kind=kind, key=f"{key}:{new_id()}", payload=payload)
