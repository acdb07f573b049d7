"""A ticket's timeline: the bot's transcript, then what customer, bot and agents said, notes, and what happened."""

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    select,
    types,
)

from connectors.message import JSON, Author, Content
from storage.conversations import conversation
from storage.messages import message
from storage.tables import metadata
from storage.tickets import Ticket, change_ticket

MESSAGE, NOTE, EVENT, CONSULT = "message", "note", "event", "consult"
EXCERPT = 160  # characters of the last message that lists show

entry = Table(
    "ticket_entry",
    metadata,
    Column("ticket_id", String(26), ForeignKey("ticket.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("id", String(64), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("event", String(16), nullable=False),
    Column("author", String(8), nullable=False),
    Column("name", String(160), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("before", Boolean, nullable=False),
    Column("content", types.JSON, nullable=False),
    Column("data", types.JSON, nullable=False),
    Column("text", Text, nullable=False),  # what the search looks at
    Column("agent_id", String(26), nullable=False),
    Column("client_id", String(64), nullable=False),
    UniqueConstraint("ticket_id", "id"),
)
Index(
    "uq_ticket_entry_client_id", entry.c.ticket_id, entry.c.client_id, unique=True,
    sqlite_where=entry.c.client_id != "", postgresql_where=entry.c.client_id != "",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing on a ticket's timeline. `n` counts from 1; `client_id` is the request's own id, if it had one."""

    ticket_id: str
    n: int = 0
    id: str
    kind: str
    event: str = ""
    author: Author
    name: str = ""
    at: int
    before: bool = False  # said before the handoff
    content: Content = field(default_factory=Content)
    data: JSON = field(default_factory=dict)
    agent_id: str = ""
    client_id: str = ""


_columns = tuple(entry.c[name] for name in Entry.__dataclass_fields__)
_ADD = entry.insert()
_ONE = select(*_columns).where(entry.c.ticket_id == bindparam("of_ticket"), entry.c.id == bindparam("wanted"))


def add_entry(tx: Connection, held: Ticket, new: Entry, **changes: Any) -> tuple[Ticket, Entry] | None:
    """Append to the timeline of a ticket whose row the caller holds, and set its fields `changes`; None if it is there.

    `new.n` is given here.
    """
    if find_entry(tx, held.id, new.id):
        return None
    if new.kind == MESSAGE:
        changes["last"] = last_message(new.author, new.content, new.at)
    added = replace(new, n=held.entries + 1)
    tx.execute(_ADD, _values(added))
    return change_ticket(tx, held.id, at=new.at, entries=added.n, **changes), added


def add_first(tx: Connection, entries: list[Entry]) -> None:
    """Store the first entries of a new ticket, numbered as given."""
    tx.execute(_ADD, [_values(each) for each in entries])


def timeline(tx: Connection, ticket_id: str, after: int = 0, limit: int = 5_000) -> list[Entry]:
    """Entries numbered above `after`, in order."""
    query = select(*_columns).where(entry.c.ticket_id == ticket_id, entry.c.n > after).order_by(entry.c.n).limit(limit)
    return [_entry(row) for row in tx.execute(query)]


def find_entry(tx: Connection, ticket_id: str, entry_id: str) -> Entry | None:
    """The entry, or None."""
    row = tx.execute(_ONE, {"of_ticket": ticket_id, "wanted": entry_id}).one_or_none()
    return _entry(row) if row else None


def events_of(tx: Connection, ticket_id: str, event: str) -> list[Entry]:
    """Every time something happened to a ticket, in order."""
    query = select(*_columns).where(entry.c.ticket_id == ticket_id, entry.c.kind == EVENT, entry.c.event == event)
    return [_entry(row) for row in tx.execute(query.order_by(entry.c.n))]


def consultation_of(tx: Connection, ticket_id: str) -> list[Entry]:
    """What colleagues asked each other on a ticket, in order."""
    query = select(*_columns).where(entry.c.ticket_id == ticket_id, entry.c.kind == CONSULT).order_by(entry.c.n)
    return [_entry(row) for row in tx.execute(query)]


def find_by_client_id(tx: Connection, ticket_id: str, client_id: str) -> Entry | None:
    """What a request with this `client_id` became, or None."""
    return _one(tx, entry.c.ticket_id == ticket_id, entry.c.client_id == client_id)


def last_question(tx: Connection, ticket_id: str) -> str:
    """The customer's latest words since the handoff, or nothing: what was asked before is in the packet."""
    said = (entry.c.kind == MESSAGE, entry.c.author == str(Author.CUSTOMER), entry.c.text != "", ~entry.c.before)
    query = select(entry.c.content).where(entry.c.ticket_id == ticket_id, *said)
    content = tx.execute(query.order_by(entry.c.n.desc()).limit(1)).scalar_one_or_none()
    return str(content.get("text", "")) if content else ""


def written_since(tx: Connection, ticket_id: str, n: int) -> int:
    """How many messages of the customer's there are numbered above `n`."""
    said = (entry.c.kind == MESSAGE, entry.c.author == str(Author.CUSTOMER), entry.c.n > n)
    query = select(func.count()).select_from(entry).where(entry.c.ticket_id == ticket_id, *said)
    return tx.execute(query).scalar_one()


def seen_up_to(tx: Connection, held: Ticket, seq: int) -> str:
    """The newest entry a customer has seen who has seen the conversation up to message `seq`; empty when none."""
    query = (
        select(entry.c.id)
        .join(message, message.c.id == entry.c.id)
        .where(entry.c.ticket_id == held.id, message.c.conversation_id == held.conversation_id, message.c.seq <= seq)
    )
    return tx.execute(query.order_by(entry.c.n.desc()).limit(1)).scalar_one_or_none() or ""


def customer_seen(tx: Connection, held: Ticket) -> str:
    """The newest entry the customer has seen; empty when none."""
    query = select(conversation.c.customer_seen).where(conversation.c.id == held.conversation_id)
    return seen_up_to(tx, held, tx.execute(query).scalar_one_or_none() or 0)


def last_message(author: Author, content: Content, at: int) -> JSON:
    """What lists show of the latest message."""
    text = content.text or ", ".join(each.name for each in content.attachments)
    return {"author": str(author), "text": text[:EXCERPT], "at": at}


def storable(text: str) -> str:
    """Text as every database takes it: PostgreSQL refuses NUL, which a channel may let through."""
    return text.replace("\x00", "")


def _values(each: Entry) -> JSON:
    text = " ".join((each.content.text, *(file.name for file in each.content.attachments))).strip()
    values = {**each.__dict__, "author": str(each.author), "content": each.content.to_json(), "text": storable(text)}
    return values | {"name": storable(each.name)}


def _one(tx: Connection, *conditions: Any) -> Entry | None:
    row = tx.execute(select(*_columns).where(*conditions)).one_or_none()
    return _entry(row) if row else None


def _entry(row: Any) -> Entry:
    values = dict(row._mapping)
    return Entry(**values | {"author": Author(values["author"]), "content": Content.from_json(values["content"])})
