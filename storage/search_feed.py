"""Makes documents of what was noted since (`storage.search_triggers`): the newest first, a part at a time.

What is indexed is held against being deleted meanwhile. What somebody is just deleting is left for the next time.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, cast, delete, func, select, tuple_

from connectors.message import JSON, Author
from storage.conversations import conversation
from storage.customers import customer
from storage.messages import message
from storage.search_docs import CONVERSATION, ENTRY, MESSAGE, TICKET, TIME_BITS, search_doc, search_pending
from storage.ticket_entries import MESSAGE as SAID
from storage.ticket_entries import entry
from storage.tickets import ticket
from storage.words import digits_of, words

TOLD = ("note", "briefing", "tried", "asked")
"""Words of colleagues that an event carries."""
LOWEST = (1 << TIME_BITS) - 1

Doc = dict[str, Any]
Source = tuple[Select[Any], Callable[[Any], Doc]]


def index_some(tx: Connection, limit: int) -> int:
    """Index up to `limit` of what was noted; how many of that are dealt with, 0 when nothing is left."""
    noted = tx.execute(
        select(search_pending).order_by(search_pending.c.n.desc()).limit(limit).with_for_update(skip_locked=True)
    ).all()
    docs: list[Doc] = []
    busy: set[tuple[str, str]] = set()
    for kind, source in _SOURCES.items():
        if refs := sorted({row.ref for row in noted if row.kind == kind}):
            found, left = _read(tx, source, kind, refs)
            docs += found
            busy |= {(kind, ref) for ref in left}
    ready = [row for row in noted if (row.kind, row.ref) not in busy]
    for kind in _SOURCES:
        anew = [row.ref for row in ready if row.kind == kind]
        if anew:
            tx.execute(delete(search_doc).where(search_doc.c.kind == kind, search_doc.c.ref.in_(anew)))
    if ready:
        tx.execute(delete(search_pending).where(search_pending.c.n.in_([row.n for row in ready])))
    docs = _numbered(tx, docs)
    if docs:
        postgres = tx.dialect.name == "postgresql"
        tx.execute(search_doc.insert(), [doc | {"words": _kept(doc["words"], postgres)} for doc in docs])
    return len(ready)


def waiting(tx: Connection) -> int:
    """How much was noted and is not indexed yet."""
    return tx.execute(select(func.count()).select_from(search_pending)).scalar_one()


def said_in(content: JSON) -> str:
    """What of a message's content is searched: its words, the names of its files, the article's title."""
    files = [each.get("name", "") for each in content.get("attachments") or ()]
    title = (content.get("article") or {}).get("title", "")
    return "\n".join(filter(None, (content.get("text", ""), title, *files)))


def told_in(content: JSON, data: JSON) -> str:
    """What of a timeline's entry is searched."""
    return "\n".join(filter(None, (said_in(content), *(str(data.get(name) or "") for name in TOLD))))


def _read(tx: Connection, source: Source, kind: str, refs: Sequence[str]) -> tuple[list[Doc], set[str]]:
    """The documents of what exists, and what somebody is just deleting."""
    query, document = source
    query = query.where(_named(kind, refs))
    rows = tx.execute(query.with_for_update(read=True, key_share=True, skip_locked=True, of=_HELD[kind])).all()
    found = [document(row) | {"kind": kind, "ref": row.ref} for row in rows]
    left: set[str] = set()
    if tx.dialect.name == "postgresql" and len(rows) < len(refs):
        left = set(tx.execute(query).scalars()) - {row.ref for row in rows}
    return [doc for doc in found if doc["words"].strip()], left


def _named(kind: str, refs: Sequence[str]) -> ColumnElement[bool]:
    if kind == ENTRY:
        return tuple_(entry.c.ticket_id, entry.c.n).in_(
            [(each.split(":")[0], int(each.split(":")[1])) for each in refs]
        )
    return _HELD[kind].c.id.in_(refs)


def _numbered(tx: Connection, docs: list[Doc]) -> list[Doc]:
    """With numbers that nothing else has."""
    for doc in docs:
        doc["id"] = (doc.pop("at") << TIME_BITS) | (zlib.crc32(f"{doc['kind']}:{doc['ref']}".encode()) & LOWEST)
    taken = set(tx.execute(select(search_doc.c.id).where(search_doc.c.id.in_([doc["id"] for doc in docs]))).scalars())
    for doc in docs:
        while doc["id"] in taken:
            doc["id"] = next(n for n in range(doc["id"] + 1, doc["id"] + LOWEST) if n not in taken and not _has(tx, n))
        taken.add(doc["id"])
    return docs


def _has(tx: Connection, number: int) -> bool:
    return tx.execute(select(search_doc.c.id).where(search_doc.c.id == number)).first() is not None


def _kept(text: str, postgres: bool) -> str:
    said = words(text)
    if postgres:
        return " ".join(f"'{word.text}':{place}" for place, word in enumerate(said, 1))
    return " ".join(word.text for word in said)


def _of_message(row: Any) -> Doc:
    return _doc(row, said=row.ref, author=row.author, text=said_in(row.content))


def _of_entry(row: Any) -> Doc:
    """What is a message as well is found as one."""
    text = "" if row.message_id else told_in(row.content, row.data)
    author = row.author if row.kind == SAID else str(Author.AGENT)
    return _doc(row, said=row.entry_id, author=author, ticket_id=row.ticket_id, text=text)


def _of_ticket(row: Any) -> Doc:
    slots = [str(value) for value in (row.packet.get("slots") or {}).values() if isinstance(value, str | int)]
    about = (row.number, row.customer_name, row.customer_email, *slots)
    return _doc(row, said="", author="", ticket_id=row.ref, text="\n".join(about))


def _of_conversation(row: Any) -> Doc:
    about = (row.name, row.email, row.phone, row.user_id, *digits_of(row.phone))
    return _doc(row, said="", author="", text="\n".join(about))


def _doc(row: Any, *, said: str, author: str, text: str, ticket_id: str = "") -> Doc:
    return {
        "conversation_id": row.conversation_id, "ticket_id": ticket_id, "said": said, "author": author,
        "channel": row.channel, "at": row.at, "words": text,
    }  # fmt: skip


_HELD = {MESSAGE: message, ENTRY: entry, TICKET: ticket, CONVERSATION: conversation}
_SOURCES: dict[str, Source] = {
    MESSAGE: (
        select(
            message.c.id.label("ref"), message.c.conversation_id, message.c.author, message.c.content, message.c.at,
            func.coalesce(func.nullif(message.c.channel, ""), conversation.c.channel).label("channel"),
        )
        .join_from(message, conversation, conversation.c.id == message.c.conversation_id),
        _of_message,
    ),
    ENTRY: (
        select(
            (entry.c.ticket_id + ":" + cast(entry.c.n, String)).label("ref"), entry.c.ticket_id,
            entry.c.id.label("entry_id"), entry.c.kind, entry.c.author, entry.c.content, entry.c.data, entry.c.at,
            ticket.c.conversation_id, ticket.c.channel, message.c.id.label("message_id"),
        )
        .join_from(entry, ticket, ticket.c.id == entry.c.ticket_id)
        .outerjoin(message, message.c.id == entry.c.id),
        _of_entry,
    ),
    TICKET: (
        select(
            ticket.c.id.label("ref"), ticket.c.conversation_id, ticket.c.channel, ticket.c.number,
            ticket.c.customer_name, ticket.c.customer_email, ticket.c.packet, ticket.c.created_at.label("at"),
        ),
        _of_ticket,
    ),
    CONVERSATION: (
        select(
            conversation.c.id.label("ref"), conversation.c.id.label("conversation_id"), conversation.c.channel,
            conversation.c.created_at.label("at"), customer.c.name, customer.c.email, customer.c.phone,
            customer.c.user_id,
        )
        .join_from(conversation, customer, customer.c.id == conversation.c.customer_id),
        _of_conversation,
    ),
}  # fmt: skip
