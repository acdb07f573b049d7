"""Messages on their way to vendors, and what became of them.

A row is written in the transaction that stores the message. `sending` is committed before the request leaves, so
after a crash a `sending` row is one whose outcome nobody knows: it becomes `unknown`, is shown, and is never repeated
blindly. A message may leave in several parts, each committed by itself; `part` counts those that have left.

    pending ⇄ sending → sent → delivered → read
       ↑        ├→ unknown | undeliverable | dead
       └─ held ←┘  the vendor does not let us write before the customer does; → expired when it was nothing lasting
"""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    update,
)

from storage.clock import now_ms
from storage.tables import insert_once, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("message_id", String(26), ForeignKey("message.id"), primary_key=True),
    Column("conversation_id", String(26), nullable=False),
    Column("seq", Integer, nullable=False),  # the message's number: the order of sending
    Column("channel", String(32), nullable=False),
    Column("address", String(254), nullable=False),
    Column("status", String(16), nullable=False),
    Column("part", Integer, nullable=False, default=0, server_default="0"),  # how many parts have left
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", BigInteger, nullable=False),
    Column("vendor_id", String(160), nullable=False, default=""),
    Column("error", Text, nullable=False, default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("delivered_at", BigInteger),  # as the vendor reports it
    Column("read_at", BigInteger),
)
receipt = Table(
    "receipt",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("vendor_id", String(160), primary_key=True),
    Column("message_id", String(26), ForeignKey("message.id"), nullable=False, index=True),
)
"""The vendor's id of every part that it took: reports name it, and so do replies and echoes."""
# Written out, not bound: an index over some rows serves only a condition that is known when the query is planned.
PENDING = outbox.c.status == literal_column("'pending'")
OPEN = outbox.c.status.in_((literal_column("'pending'"), literal_column("'sending'")))
UNSENT = ("held", "undeliverable", "unknown", "dead", "expired")
"""Statuses in which a message has ended, or rests, without anybody knowing that it arrived."""
NOT_SENT = outbox.c.status != literal_column("'sent'")
HELD = outbox.c.status == literal_column("'held'")
Index("ix_outbox_held", outbox.c.conversation_id, sqlite_where=HELD, postgresql_where=HELD)
Index("ix_outbox_open", outbox.c.conversation_id, outbox.c.seq, sqlite_where=OPEN, postgresql_where=OPEN)
Index("ix_outbox_not_sent", outbox.c.status, sqlite_where=NOT_SENT, postgresql_where=NOT_SENT)


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A message to be sent; a conversation's messages leave in the order of `seq`."""

    message_id: str
    conversation_id: str
    seq: int
    channel: str
    address: str
    status: str
    attempts: int
    due_at: int
    created_at: int
    part: int


_HEAD = (
    select(*(outbox.c[name] for name in Parcel.__dataclass_fields__))
    .where(outbox.c.conversation_id == bindparam("conversation_id"), OPEN)
    .order_by(outbox.c.seq)
    .limit(1)
)
_CLAIM = (
    update(outbox)
    .where(outbox.c.message_id == bindparam("which"), PENDING)
    .values(status="sending", attempts=outbox.c.attempts + 1)
)
# A part that has left is noted only of a message that is still on that way: not when its failure was reported
# meanwhile, or it was given up for lost and goes another way.
_LEFT = update(outbox).where(
    outbox.c.message_id == bindparam("which"),
    outbox.c.status.in_((literal_column("'sending'"), literal_column("'unknown'"))),
)
_ADVANCE = _LEFT.values(status="pending", part=outbox.c.part + 1, attempts=0)
_SET = update(outbox).where(outbox.c.message_id == bindparam("which"))
_WHOLE = select(outbox).where(outbox.c.message_id == bindparam("which")).with_for_update()
_RECEIPT = select(receipt.c.message_id).where(
    receipt.c.channel == bindparam("channel"), receipt.c.vendor_id == bindparam("vendor_id")
)
ID, ERROR = 160, 500
"""Characters that are kept of a vendor's id and of an error."""


def add(tx: Connection, *, message_id: str, conversation_id: str, seq: int, channel: str, address: str) -> bool:
    """Promise to send a message; False when that was promised before."""
    now = now_ms()
    return insert_once(
        tx, outbox, message_id=message_id, conversation_id=conversation_id, seq=seq, channel=channel,
        address=address, status="pending", attempts=0, due_at=now, vendor_id="", error="", created_at=now,
    )  # fmt: skip


def head(tx: Connection, conversation_id: str) -> Parcel | None:
    """The first message of a conversation that is not settled, due or not; `sending` is one that nobody is sending any
    more, for whoever asks has the conversation to themselves.
    """
    row = tx.execute(_HEAD, {"conversation_id": conversation_id}).one_or_none()
    return Parcel(**row._mapping) if row else None


def find(tx: Connection, message_id: str) -> Parcel | None:
    """The message as it is on its way, or None."""
    columns = (outbox.c[name] for name in Parcel.__dataclass_fields__)
    row = tx.execute(select(*columns).where(outbox.c.message_id == message_id)).one_or_none()
    return Parcel(**row._mapping) if row else None


def claim(tx: Connection, message_id: str) -> bool:
    """Commit to sending now; False when someone else did."""
    return tx.execute(_CLAIM, {"which": message_id}).rowcount == 1


def settle(tx: Connection, message_id: str, status: str, *, vendor_id: str = "", error: str = "") -> None:
    """Write down what became of a message: sent, held, unknown, undeliverable, dead or expired."""
    sent_at = now_ms() if status == "sent" else None
    values = {"status": status, "vendor_id": _fitting(vendor_id, ID), "error": _fitting(error, ERROR)}
    tx.execute(_SET, {"which": message_id, **values, "sent_at": sent_at})


def sent(tx: Connection, message_id: str, vendor_id: str) -> None:
    """The last part has left."""
    values = {"status": "sent", "vendor_id": _fitting(vendor_id, ID), "error": "", "sent_at": now_ms()}
    tx.execute(_LEFT, {"which": message_id, **values})


def advance(tx: Connection, message_id: str) -> None:
    """One more part has left; the next one is pending."""
    tx.execute(_ADVANCE, {"which": message_id})


def keep_receipt(tx: Connection, *, channel: str, vendor_id: str, message_id: str) -> None:
    """Remember the vendor's id of a part that it took."""
    insert_once(tx, receipt, channel=channel, vendor_id=_fitting(vendor_id, ID), message_id=message_id)


def find_receipt(tx: Connection, channel: str, vendor_id: str) -> str | None:
    """The message whose part has this id at the vendor."""
    return tx.execute(_RECEIPT, {"channel": channel, "vendor_id": _fitting(vendor_id, ID)}).scalar_one_or_none()


def report(tx: Connection, message_id: str, vendor_id: str, outcome: str, error: str) -> str:
    """Note what a vendor reports of a part that it took, by its id there: delivered, read or failed. A message has
    arrived when its last part has, and has failed when any has. The conversation in which that is news, else empty.
    """
    row = tx.execute(_WHOLE, {"which": message_id}).one_or_none()
    if row is None or (row.status == "pending" and not row.part):  # it has not left yet, or goes another way
        return ""
    parts, now = row.part > 0, now_ms()
    if parts and outcome != "failed" and row.vendor_id != _fitting(vendor_id, ID):
        return ""
    match outcome:
        case "delivered" if row.delivered_at is None:
            values: dict[str, object] = {"delivered_at": now}
        case "read" if row.read_at is None:
            values = {"delivered_at": row.delivered_at or now, "read_at": now}
        case "failed" if (parts or row.read_at is None) and row.status not in {"undeliverable", "dead"}:
            values = {"status": "undeliverable", "error": _fitting(error, ERROR)}
        case _:
            return ""
    if outcome != "failed" and row.status == "unknown":
        values["status"] = "sent"
    tx.execute(update(outbox).where(outbox.c.message_id == message_id).values(**values))
    return str(row.conversation_id)


def reroute(tx: Connection, message_id: str, *, seen: Parcel, channel: str, address: str) -> bool:
    """Send the very same message to another address, from its first part on; False when it is not as `seen` any more
    (somebody was faster, or it may leave as it was). What vendors still report of the former way is nothing any more.
    """
    ours = (
        outbox.c.message_id == message_id,
        outbox.c.status == seen.status,
        outbox.c.channel == seen.channel,
        outbox.c.address == seen.address,
        outbox.c.status.in_(UNSENT),
    )
    values = {"status": "pending", "part": 0, "attempts": 0, "due_at": now_ms(), "error": "", "vendor_id": ""}
    values |= {"channel": channel, "address": address, "sent_at": None, "delivered_at": None, "read_at": None}
    if not tx.execute(update(outbox).where(*ours).values(**values, created_at=now_ms())).rowcount:
        return False
    tx.execute(receipt.delete().where(receipt.c.message_id == message_id))
    return True


def postpone(tx: Connection, message_id: str, *, due_at: int, error: str) -> None:
    """It certainly was not delivered: try again at `due_at` (ms)."""
    tx.execute(_SET, {"which": message_id, "status": "pending", "due_at": due_at, "error": _fitting(error, ERROR)})


def open_conversations(tx: Connection) -> list[str]:
    """Conversations that have something to send, or whose sending was cut off."""
    return list(tx.execute(select(outbox.c.conversation_id).where(OPEN).distinct().limit(1_000)).scalars())


def counts(tx: Connection) -> dict[str, int]:
    """Messages per status, without the sent ones."""
    rows = tx.execute(select(outbox.c.status, func.count()).where(NOT_SENT).group_by(outbox.c.status))
    return {row.status: row[1] for row in rows}


def _fitting(given: str, length: int) -> str:
    """What a column takes of something that a vendor says."""
    return given.replace("\0", "")[:length]
