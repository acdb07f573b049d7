"""What was said: the messages of a conversation, and the deliveries they came by."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON as JSONColumn,
)
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    literal_column,
    select,
    update,
)

from connectors.message import JSON, Author, Content
from storage.clock import now_ms
from storage.conversations import conversation
from storage.customers import customer
from storage.outbox import outbox
from storage.tables import insert_once, metadata, new_id

message = Table(
    "message",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("conversation_id", String(26), ForeignKey("conversation.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("author", String(8), nullable=False),
    Column("author_name", String(160), nullable=False, default=""),
    Column("content", JSONColumn, nullable=False),
    Column("client_id", String(160), nullable=False, default=""),
    Column("language", String(8), nullable=False, default=""),
    Column("evidence", JSONColumn),  # of a customer's message: what the bot made of it
    Column("helpful", Boolean),
    # By which channel it came, or was to leave; empty: of an earlier version, and the conversation's own.
    Column("channel", String(32), nullable=False, default="", server_default=""),
    UniqueConstraint("conversation_id", "seq"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("channel", String(32), nullable=False),
    Column("address", String(160), nullable=False),
    Column("external_id", String(160), nullable=False),
    Column("conversation_id", String(26), nullable=False),
    Column("message_id", String(26), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("channel", "address", "external_id"),
)
Index("ix_delivery_at", delivery.c.at)
# Written out, not bound: an index over some rows serves only a condition that is known when the query is planned.
FROM_AGENT = message.c.author == literal_column("'agent'")
Index("ix_message_from_agent", message.c.at, sqlite_where=FROM_AGENT, postgresql_where=FROM_AGENT)


_ADD = message.insert()
_FIND = select(message).where(
    message.c.id == bindparam("id"), message.c.conversation_id == bindparam("conversation_id")
)
_AFTER = (
    select(message)
    .where(message.c.conversation_id == bindparam("conversation_id"), message.c.seq > bindparam("seq"))
    .order_by(message.c.seq)
    .limit(bindparam("limit"))
)
_KEEP_EVIDENCE = update(message).where(message.c.id == bindparam("which")).values(evidence=bindparam("evidence"))


@dataclass(frozen=True, kw_only=True)
class Message:
    """A stored message; `at` in ms, `seq` without gaps from 1."""

    id: str
    conversation_id: str
    seq: int
    at: int
    author: Author
    author_name: str
    content: Content
    client_id: str
    language: str
    evidence: JSON | None
    helpful: bool | None
    channel: str = ""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The first time something arrived: what it became."""

    conversation_id: str
    message_id: str
    seq: int


def find_delivery(tx: Connection, channel: str, address: str, external_id: str) -> Delivery | None:
    """What an earlier delivery with this id became, or None."""
    row = tx.execute(
        select(delivery.c.conversation_id, delivery.c.message_id, delivery.c.seq).where(
            delivery.c.channel == channel, delivery.c.address == address, delivery.c.external_id == external_id
        )
    ).one_or_none()
    return Delivery(**row._mapping) if row else None


def record_delivery(tx: Connection, channel: str, address: str, external_id: str, became: Delivery) -> bool:
    """Remember a delivery; False when another transaction was first."""
    return insert_once(
        tx, delivery, channel=channel, address=address, external_id=external_id,
        conversation_id=became.conversation_id, message_id=became.message_id, seq=became.seq, at=now_ms(),
    )  # fmt: skip


def add(
    tx: Connection, *, conversation_id: str, seq: int, author: Author, content: Content, author_name: str = "",
    client_id: str = "", language: str = "", message_id: str = "", channel: str = "",
) -> Message:  # fmt: skip
    """Store message number `seq`. The caller holds the conversation's row and counts on, so numbers have no gaps."""
    row = Message(
        id=message_id or new_id(), conversation_id=conversation_id, seq=seq, at=now_ms(), author=author,
        author_name=author_name, content=content, client_id=client_id, language=language, evidence=None, helpful=None,
        channel=channel,
    )  # fmt: skip
    tx.execute(_ADD, {**row.__dict__, "content": content.to_json(), "author": str(author)})
    return row


def find(tx: Connection, conversation_id: str, message_id: str) -> Message | None:
    """A message of this conversation, or None."""
    row = tx.execute(_FIND, {"id": message_id, "conversation_id": conversation_id}).one_or_none()
    return _message(row._mapping) if row else None


def find_by_client(tx: Connection, conversation_id: str, client_id: str) -> Message | None:
    """The agent's message that came under this id of its desk, or None."""
    query = select(message).where(
        message.c.conversation_id == conversation_id, message.c.client_id == client_id, FROM_AGENT
    )  # fmt: skip
    row = tx.execute(query.limit(1)).first()
    return _message(row._mapping) if row else None


def is_taken(tx: Connection, message_id: str) -> bool:
    """Whether any message has this id."""
    return tx.execute(select(message.c.id).where(message.c.id == message_id)).one_or_none() is not None


def after(tx: Connection, conversation_id: str, seq: int, limit: int = 500) -> list[Message]:
    """Messages numbered above `seq`, in order."""
    rows = tx.execute(_AFTER, {"conversation_id": conversation_id, "seq": seq, "limit": limit})
    return [_message(row._mapping) for row in rows]


def latest(tx: Connection, conversation_id: str, limit: int) -> list[Message]:
    """The last `limit` messages, oldest first."""
    rows = tx.execute(
        select(message).where(message.c.conversation_id == conversation_id).order_by(message.c.seq.desc()).limit(limit)
    )
    return [_message(row._mapping) for row in rows][::-1]


def latest_before(tx: Connection, conversation_id: str, at: int, limit: int) -> list[Message]:
    """The last `limit` messages that were said before then (ms), oldest first."""
    query = select(message).where(message.c.conversation_id == conversation_id, message.c.at < at)
    rows = tx.execute(query.order_by(message.c.seq.desc()).limit(limit))
    return [_message(row._mapping) for row in rows][::-1]


def said_by(
    tx: Connection, conversation_id: str, authors: Collection[Author], limit: int, *, after: int = 0,
    before: int | None = None, since: int = 0,
) -> list[Message]:  # fmt: skip
    """The last `limit` messages of these authors that are numbered above `after` and below `before` and were said
    `since` then (ms), oldest first.
    """
    query = select(message).where(
        message.c.conversation_id == conversation_id, message.c.author.in_([str(each) for each in authors]),
        message.c.seq > after, message.c.at >= since,
    )  # fmt: skip
    query = query.where(message.c.seq < before) if before is not None else query
    rows = tx.execute(query.order_by(message.c.seq.desc()).limit(limit))
    return [_message(row._mapping) for row in rows][::-1]


def keep_evidence(tx: Connection, message_id: str, evidence: JSON) -> None:
    """Note what the bot made of a customer's message."""
    tx.execute(_KEEP_EVIDENCE, {"which": message_id, "evidence": evidence})


def change_content(tx: Connection, message_id: str, content: Content) -> None:
    """What was fetched since a message was stored belongs to it now."""
    tx.execute(update(message).where(message.c.id == message_id).values(content=content.to_json()))


def mark_helpful(tx: Connection, conversation_id: str, message_id: str, helpful: bool) -> bool:
    """Note the customer's mark on a bot answer; False when there is no such answer here."""
    return (
        tx.execute(
            update(message)
            .where(
                message.c.id == message_id,
                message.c.conversation_id == conversation_id,
                message.c.author == str(Author.BOT),
            )
            .values(helpful=helpful)
        ).rowcount
        == 1
    )


@dataclass(frozen=True, kw_only=True)
class UnseenReply:
    """A human's reply that a customer who left has not seen."""

    message_id: str
    conversation_id: str
    seq: int
    email: str


def unseen_replies(tx: Connection, *, since: int, present_before: int) -> list[UnseenReply]:
    """Replies since then (ms) not seen by customers who gave an e-mail address and whose page was last open before
    `present_before`, not mailed yet.
    """
    rows = tx.execute(
        select(message.c.id.label("message_id"), message.c.conversation_id, message.c.seq, customer.c.email)
        .join_from(message, conversation, message.c.conversation_id == conversation.c.id)
        .join(customer, conversation.c.customer_id == customer.c.id)
        .outerjoin(outbox, outbox.c.message_id == message.c.id)
        .where(
            customer.c.email != "",
            conversation.c.present_at < present_before,
            message.c.seq > conversation.c.customer_seen,
            FROM_AGENT,
            message.c.at > since,
            outbox.c.message_id.is_(None),
        )
        .limit(200)
    )
    return [UnseenReply(**row._mapping) for row in rows]


def _message(row: Any) -> Message:
    return Message(**{**row, "author": Author(row["author"]), "content": Content.from_json(row["content"])})
