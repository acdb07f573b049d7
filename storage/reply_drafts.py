"""Drafts of replies and notes: what an agent has written in a ticket and not sent, for all their devices."""

from dataclasses import dataclass, field

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    delete,
    select,
    types,
)

from storage.tables import insert_once, metadata

reply_draft = Table(
    "reply_draft",
    metadata,
    Column("agent_id", String(26), primary_key=True),
    Column("ticket_id", String(26), ForeignKey("ticket.id"), primary_key=True, index=True),
    Column("mode", String(8), nullable=False),  # reply | note: which of them is being written
    Column("reply", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("attachments", types.JSON, nullable=False),  # ids of files
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)


@dataclass(frozen=True, kw_only=True)
class ReplyDraft:
    """`version` rises with every change, from 1; 0 is a draft that is not there."""

    mode: str = "reply"
    reply: str = ""
    note: str = ""
    attachments: list[str] = field(default_factory=list)
    version: int = 0
    at: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.reply or self.note or self.attachments)


_columns = tuple(reply_draft.c[name] for name in ReplyDraft.__dataclass_fields__)


def find(tx: Connection, agent_id: str, ticket_id: str, *, lock: bool = False) -> ReplyDraft:
    """The draft; an empty one of version 0 when there is none."""
    query = select(*_columns).where(*_of(agent_id, ticket_id))
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return ReplyDraft(**row._mapping) if row else ReplyDraft()


def save(tx: Connection, agent_id: str, ticket_id: str, new: ReplyDraft, *, at: int) -> tuple[bool, ReplyDraft]:
    """Keep `new`, which was made from version `new.version`: whether that was the newest one, and the newest one now.

    An emptied draft is kept, too: its version tells other devices that it was emptied.
    """
    present = find(tx, agent_id, ticket_id, lock=True)
    if present.version != new.version:
        return False, present
    kept = ReplyDraft(**vars(new) | {"version": new.version + 1, "at": at})
    if present.version == 0:
        if insert_once(tx, reply_draft, agent_id=agent_id, ticket_id=ticket_id, **vars(kept)):
            return True, kept
        return False, find(tx, agent_id, ticket_id)
    tx.execute(reply_draft.update().where(*_of(agent_id, ticket_id)).values(**vars(kept)))
    return True, kept


def drop_old(tx: Connection, before: int) -> int:
    """Forget those that nobody has touched since `before` (ms); how many."""
    return tx.execute(delete(reply_draft).where(reply_draft.c.at < before)).rowcount


def _of(agent_id: str, ticket_id: str) -> tuple[ColumnElement[bool], ...]:
    return (reply_draft.c.agent_id == agent_id, reply_draft.c.ticket_id == ticket_id)
