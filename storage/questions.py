"""What customers asked the bot, and what happened after that: read from the messages themselves, so that what is
forgotten there is forgotten here. Ids of messages are ULIDs: in the order of time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from ulid import ULID

from connectors.message import JSON, Author
from storage.conversations import conversation
from storage.customers import customer
from storage.handoffs import handoff
from storage.messages import message


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message, as much of it as is looked at: a customer's `text` and what the bot made of it (`evidence`, None if it
    did not read it), or the `article` that the bot showed. `verified`: the customer is known."""

    id: str
    conversation_id: str
    seq: int
    at: int
    author: Author
    text: str
    article: JSON
    evidence: JSON | None
    helpful: bool | None
    verified: bool


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """A handoff: after which message of the conversation, when, and why."""

    conversation_id: str
    seq: int
    at: int
    reason: str


LOOKED_AT = ("decision", "intent", "language")  # of the evidence

_SAID = (
    select(
        *(message.c[name] for name in ("id", "conversation_id", "seq", "at", "author", "content", "evidence")),
        message.c.helpful,
        (customer.c.user_id != "").label("verified"),
    )
    .join(conversation, conversation.c.id == message.c.conversation_id)
    .join(customer, customer.c.id == conversation.c.customer_id)
    .where(message.c.author.in_((str(Author.CUSTOMER), str(Author.BOT))))
)


def floor(at: int) -> str:
    """What the ids of messages since then (ms) are at least."""
    return str(ULID.from_timestamp(max(at, 0) / 1000))[:10] + "0" * 16


def said_before(tx: Connection, before: str, since: str, limit: int) -> list[Said]:
    """The last `limit` messages with ids from `since` to below `before`, newest first; `before` empty: until now."""
    query = _SAID.where(message.c.id >= since)
    if before:
        query = query.where(message.c.id < before)
    rows = tx.execute(query.order_by(message.c.id.desc()).limit(limit))
    return [_said(row._mapping) for row in rows]


def handed_over_since(tx: Connection, at: int) -> list[HandedOver]:
    """The handoffs since then (ms)."""
    columns = (handoff.c.conversation_id, handoff.c.seq, handoff.c.created_at.label("at"), handoff.c.reason)
    return [HandedOver(**row._mapping) for row in tx.execute(select(*columns).where(handoff.c.id >= floor(at)))]


def evidence_of(tx: Connection, message_ids: Sequence[str]) -> dict[str, JSON | None]:
    """What the bot made of messages, by id."""
    rows = tx.execute(select(message.c.id, message.c.evidence).where(message.c.id.in_(message_ids)))
    return {row.id: row.evidence for row in rows}


def _said(row: Any) -> Said:
    author, content = Author(row["author"]), row["content"]
    own = {name: row[name] for name in ("id", "conversation_id", "seq", "at", "helpful")}
    if author is Author.BOT:
        return Said(**own, author=author, text="", article=content.get("article") or {}, evidence=None, verified=False)
    evidence = row["evidence"] and {name: found for name in LOOKED_AT if (found := row["evidence"].get(name))}
    return Said(
        **own, author=author, text=str(content.get("text", "")), article={}, evidence=evidence,
        verified=bool(row["verified"]),
    )  # fmt: skip
