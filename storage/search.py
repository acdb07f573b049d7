"""Searching everything that was said and is known: which documents match, and what stands in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    table,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.expression import bindparam

from storage.conversations import conversation
from storage.customers import customer
from storage.messages import message
from storage.search_docs import ENTRY, FARTHEST, MESSAGE, TIME_BITS, search_doc
from storage.search_feed import said_in, told_in
from storage.ticket_entries import entry
from storage.ticket_lists import Scope, tagged, visible
from storage.tickets import HELD, Ticket, columns, ticket, ticket_of
from storage.words import Term

_index = table("search_words", column("rowid"), column("words"))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is searched for; empty members don't restrict. Times in ms: from `after` on, up to but without `before`."""

    terms: tuple[Term, ...] = ()
    authors: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A document that matches. `said`: the message or entry it is, empty for what is known of a ticket or customer."""

    id: int
    kind: str
    ref: str
    conversation_id: str
    ticket_id: str
    said: str
    author: str
    channel: str

    @property
    def at(self) -> int:
        """When it was said, in ms."""
        return self.id >> TIME_BITS


_hit = tuple(search_doc.c[name] for name in Hit.__dataclass_fields__)


@dataclass(frozen=True, kw_only=True)
class About:
    """Whose conversation it is, and its tickets that one may see, the newest first."""

    conversation_id: str
    channel: str
    customer_name: str
    tickets: tuple[Ticket, ...]


def find(tx: Connection, scope: Scope, wanted: Wanted, limit: int) -> list[Hit]:
    """The newest documents that match and that a person may see."""
    query = select(*_hit)
    if wanted.terms and tx.dialect.name == "sqlite":
        query = query.join_from(_index, search_doc, search_doc.c.id == _index.c.rowid)
        query = query.where(literal_column("search_words").op("MATCH")(_for_sqlite(wanted.terms)))
        query = query.order_by(_index.c.rowid.desc())
    else:
        if wanted.terms:
            match = func.cast(bindparam("match", _for_postgres(wanted.terms)), TSQUERY)
            query = query.where(search_doc.c.words.op("@@")(match))
        query = query.order_by(search_doc.c.id.desc())
    query = query.where(*_narrowed(wanted), _may_see(tx, scope))
    return [Hit(**row._mapping) for row in tx.execute(query.limit(limit))]


def texts(tx: Connection, hits: Sequence[Hit]) -> dict[int, str]:
    """What stands in documents that were said, by their numbers. What was deleted meanwhile is absent."""
    by_ref = {(hit.kind, hit.ref): hit.id for hit in hits}
    found: dict[int, str] = {}
    said = [ref for kind, ref in by_ref if kind == MESSAGE]
    for row in tx.execute(select(message.c.id, message.c.content).where(message.c.id.in_(said))):
        found[by_ref[MESSAGE, row.id]] = said_in(row.content)
    pairs = [(ref.split(":")[0], int(ref.split(":")[1])) for kind, ref in by_ref if kind == ENTRY]
    told = select(entry.c.ticket_id, entry.c.n, entry.c.content, entry.c.data)
    for note in tx.execute(told.where(tuple_(entry.c.ticket_id, entry.c.n).in_(pairs))) if pairs else ():
        found[by_ref[ENTRY, f"{note.ticket_id}:{note.n}"]] = told_in(note.content, note.data)
    return found


def about(tx: Connection, scope: Scope, conversation_ids: Sequence[str]) -> dict[str, About]:
    """Whose conversations they are, by id."""
    query = select(*columns).where(ticket.c.conversation_id.in_(conversation_ids), visible(scope))
    tickets: dict[str, list[Ticket]] = {}
    for row in tx.execute(query.order_by(ticket.c.id.desc())):
        tickets.setdefault(row.conversation_id, []).append(ticket_of(row))
    owners = (
        select(conversation.c.id, conversation.c.channel, customer.c.name)
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(conversation.c.id.in_(conversation_ids))
    )
    known = {row.id: (row.channel, row.name) for row in tx.execute(owners)}
    found = {}
    for each in conversation_ids:
        its = tuple(tickets.get(each, ()))
        channel, name = known.get(each, (its[0].channel, "") if its else ("", ""))
        name = name or next((row.customer_name for row in its if row.customer_name), "")
        found[each] = About(conversation_id=each, channel=channel, customer_name=name, tickets=its)
    return found


def may_see(tx: Connection, scope: Scope, conversation_id: str) -> bool:
    """Whether a person may read all that was said in a conversation."""
    if scope.tiers is None:
        return True
    seen = select(ticket.c.id).where(ticket.c.conversation_id == conversation_id, visible(scope)).limit(1)
    return tx.execute(seen).first() is not None or conversation_id in _served(tx, scope)


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.authors:
        found.append(search_doc.c.author.in_(wanted.authors))
    if wanted.channels:
        found.append(search_doc.c.channel.in_(wanted.channels))
    if wanted.after is not None:
        found.append(search_doc.c.id >= _number(wanted.after))
    if wanted.before is not None:
        found.append(search_doc.c.id < _number(wanted.before))
    found += [
        exists().where(ticket.c.conversation_id == search_doc.c.conversation_id, tagged(tag)) for tag in wanted.tags
    ]
    return found


def _number(at: int) -> int:
    """The first number of a time, also of one at which nothing can have been said."""
    return min(max(at, 0), FARTHEST) << TIME_BITS


def _may_see(tx: Connection, scope: Scope) -> ColumnElement[bool]:
    """What belongs to a ticket, such as a note, is for those who may see that ticket; the rest for those who may see
    any ticket of the conversation, or serve its customer now.
    """
    if scope.tiers is None:
        return search_doc.c.id.is_not(None)
    its_ticket = exists().where(ticket.c.id == search_doc.c.ticket_id, visible(scope))
    any_ticket = exists().where(ticket.c.conversation_id == search_doc.c.conversation_id, visible(scope))
    served = search_doc.c.conversation_id.in_(_served(tx, scope))
    return or_(
        and_(search_doc.c.ticket_id != "", its_ticket), and_(search_doc.c.ticket_id == "", or_(any_ticket, served))
    )


def _served(tx: Connection, scope: Scope) -> list[str]:
    """The conversations, on all channels, of the customers whose tickets somebody has."""
    persons = (
        select(customer.c.person_id)
        .join_from(ticket, conversation, conversation.c.id == ticket.c.conversation_id)
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(ticket.c.agent_id == scope.agent_id, ticket.c.state.in_(HELD))
    )
    theirs = select(conversation.c.id).join(customer, customer.c.id == conversation.c.customer_id)
    return list(tx.execute(theirs.where(customer.c.person_id.in_(persons))).scalars())


def _for_sqlite(terms: Sequence[Term]) -> str:
    return " AND ".join(f'"{" ".join(term.words)}"{"*" if term.prefix else ""}' for term in terms)


def _for_postgres(terms: Sequence[Term]) -> str:
    return " & ".join(
        f"({' <-> '.join(f'{chr(39)}{word}{chr(39)}' for word in term.words)}{':*' if term.prefix else ''})"
        for term in terms
    )
