"""Openings: until when, and how many more times, a vendor lets us write to a customer. The outbox obeys them.

Rows exist only where a vendor has such a rule (WeChat: 48 hours and 5 messages, WhatsApp: 24 hours), one for each
address, whichever conversation it leads to.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    case,
    select,
    update,
)

from connectors.message import Opening
from storage.clock import now_ms
from storage.messages import message
from storage.outbox import HELD, outbox
from storage.tables import insert_once, metadata

opening = Table(
    "opening",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("address", String(160), primary_key=True),
    Column("until", BigInteger, nullable=False),
    Column("left", Integer),  # messages; none: any number; `ASKED`
)
_FIND = select(opening.c.until, opening.c.left).where(
    opening.c.channel == bindparam("of_channel"), opening.c.address == bindparam("of_address")
)
ASKED = -1
"""Nothing may be written, and the customer has been asked to write again, by the vendor's own means."""


@dataclass(frozen=True, kw_only=True)
class OpeningRow:
    """`until` in ms; `left` messages, None when their number does not matter."""

    until: int
    left: int | None

    @property
    def closed(self) -> bool:
        """Whether nothing may be written now."""
        return self.until <= now_ms() or self.left in {0, ASKED}


def begin(tx: Connection, channel: str, address: str, new: Opening) -> None:
    """The customer has done something that lets us write. A wider opening that is still there stays."""
    until = now_ms() + new.seconds * 1000
    present = find(tx, channel, address)
    if present is None and insert_once(tx, opening, channel=channel, address=address, until=until, left=new.messages):
        return
    if present is not None and not present.closed and _wider(present, until, new.messages):
        return
    tx.execute(update(opening).where(_of(channel, address)).values(until=until, left=new.messages))


def find(tx: Connection, channel: str, address: str) -> OpeningRow | None:
    """The opening of an address, past or present; None where its vendor has no such rule."""
    row = tx.execute(_FIND, {"of_channel": channel, "of_address": address}).one_or_none()
    return OpeningRow(**row._mapping) if row else None


def shut(tx: Connection, channel: str, address: str) -> None:
    """The vendor says that nothing may be written, whatever we have counted."""
    ours = _of(channel, address) & (opening.c.left.is_(None) | (opening.c.left != ASKED))
    tx.execute(update(opening).where(ours).values(left=0))


def spend(tx: Connection, channel: str, address: str) -> None:
    """One message has been written."""
    ours = _of(channel, address) & (opening.c.left > 0)
    tx.execute(update(opening).where(ours).values(left=opening.c.left - 1))


def ask(tx: Connection, channel: str, address: str) -> bool:
    """The customer is going to be asked to write; False when they have been since they last wrote."""
    if insert_once(tx, opening, channel=channel, address=address, until=0, left=ASKED):
        return True
    again = _of(channel, address) & (opening.c.left.is_(None) | (opening.c.left != ASKED))
    return tx.execute(update(opening).where(again).values(left=ASKED)).rowcount == 1


def release(tx: Connection, conversation_id: str, channel: str, address: str, *, lasting: Collection[str]) -> bool:
    """The customer has written from an address, so what was held may leave, to there: the messages of authors who are
    `lasting`; the rest (that somebody joined, that a place in the line changed) is nothing any more. Whether anything
    may leave now.
    """
    ours = HELD & (outbox.c.conversation_id == conversation_id)
    if tx.execute(select(outbox.c.message_id).where(ours).limit(1)).first() is None:
        return False
    lasts = outbox.c.message_id.in_(
        select(message.c.id).where(message.c.conversation_id == conversation_id, message.c.author.in_(lasting))
    )
    same = (outbox.c.channel == channel) & (outbox.c.address == address)
    now = now_ms()
    values = {"status": "pending", "due_at": now, "created_at": now, "attempts": 0}
    values |= {"channel": channel, "address": address, "part": case((same, outbox.c.part), else_=0)}
    freed = tx.execute(update(outbox).where(ours, lasts).values(**values))
    tx.execute(update(outbox).where(ours).values(status="expired"))
    return bool(freed.rowcount)


def _wider(present: OpeningRow, until: int, count: int | None) -> bool:
    """One for any number of messages is wider than one for a few; else the longer one is."""
    if (present.left is None) is not (count is None):
        return present.left is None
    return present.until > until


def _of(channel: str, address: str) -> ColumnElement[bool]:
    return and_(opening.c.channel == channel, opening.c.address == address)
