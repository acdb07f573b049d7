"""Messages on their way to vendors, and what became of them.

A row is written in the transaction that stores the message. `sending` is committed before the request leaves, so
after a crash a
`sending` row is one whose outcome nobody knows: it becomes `unknown`, is shown, and is never repeated blindly.
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
    Column("status", String(16), nullable=False),  # pending | sending | sent | unknown | undeliverable | dead
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", BigInteger, nullable=False),
    Column("vendor_id", String(160), nullable=False, default=""),
    Column("error", Text, nullable=False, default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
)
# Written out, not bound: an index over some rows serves only a condition that is known when the query is planned.
PENDING = outbox.c.status == literal_column("'pending'")
OPEN = outbox.c.status.in_((literal_column("'pending'"), literal_column("'sending'")))
NOT_SENT = outbox.c.status != literal_column("'sent'")
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
_SET = update(outbox).where(outbox.c.message_id == bindparam("which"))


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


def claim(tx: Connection, message_id: str) -> bool:
    """Commit to sending now; False when someone else did."""
    return tx.execute(_CLAIM, {"which": message_id}).rowcount == 1


def settle(tx: Connection, message_id: str, status: str, *, vendor_id: str = "", error: str = "") -> None:
    """Write down what became of a message: sent, unknown, undeliverable or dead."""
    sent_at = now_ms() if status == "sent" else None
    tx.execute(
        _SET,
        {"which": message_id, "status": status, "vendor_id": vendor_id, "error": error[:500], "sent_at": sent_at},
    )


def postpone(tx: Connection, message_id: str, *, due_at: int, error: str) -> None:
    """It certainly was not delivered: try again at `due_at` (ms)."""
    tx.execute(_SET, {"which": message_id, "status": "pending", "due_at": due_at, "error": error[:500]})


def open_conversations(tx: Connection) -> list[str]:
    """Conversations that have something to send, or whose sending was cut off."""
    return list(tx.execute(select(outbox.c.conversation_id).where(OPEN).distinct().limit(1_000)).scalars())


def counts(tx: Connection) -> dict[str, int]:
    """Messages per status, without the sent ones."""
    rows = tx.execute(select(outbox.c.status, func.count()).where(NOT_SENT).group_by(outbox.c.status))
    return {row.status: row[1] for row in rows}
