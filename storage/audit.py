"""The audit trail: who did what, when and from where. Rows are only added: the database itself refuses the rest.

It says what was done to what, never what customers said: it stays when a customer is forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, String, Table, Text, select, tuple_, types

from connectors.message import JSON
from storage.tables import metadata, new_id

audit = Table(
    "audit",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("agent_id", String(26), nullable=False),  # empty: nobody who was signed in
    Column("agent_name", String(60), nullable=False),
    Column("address", String(64), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("subject_name", Text, nullable=False),
    Column("details", types.JSON, nullable=False),
)
Index("ix_audit_at", audit.c.at, audit.c.id)
Index("ix_audit_agent", audit.c.agent_id, audit.c.at)
Index("ix_audit_action", audit.c.action, audit.c.at)
Index("ix_audit_subject", audit.c.subject, audit.c.at)


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does something, and the network address they do it from."""

    id: str = ""
    name: str = ""
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One thing that was done. `action` is a word like `user.changed`; `subject` is the id of what it was done to."""

    id: str
    at: int
    agent_id: str
    agent_name: str
    address: str
    action: str
    subject: str
    subject_name: str
    details: JSON


_columns = tuple(audit.c[name] for name in Record.__dataclass_fields__)


def record(
    tx: Connection, who: Actor, action: str, *, at: int, subject: str = "", subject_name: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Note what `who` does, in the transaction that does it; `details` must be JSON and no customer's words."""
    values = {
        "id": new_id(), "at": at, "agent_id": who.id, "agent_name": who.name[:60], "address": who.address[:64],
        "action": action, "subject": subject[:200], "subject_name": subject_name, "details": dict(details or {}),
    }  # fmt: skip
    tx.execute(audit.insert().values(values))


def page(
    tx: Connection, *, agent_id: str = "", action: str = "", subject: str = "", since: int = 0, until: int = 0,
    after: tuple[int, str] | None = None, limit: int = 50,
) -> list[Record]:  # fmt: skip
    """Up to `limit` records, the newest first, older than the one at `after` (its time and id).

    `action` may be the beginning of one: `user` finds `user.added`. Times in ms; 0 means any.
    """
    query = select(*_columns).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
    if agent_id:
        query = query.where(audit.c.agent_id == agent_id)
    if action:
        query = query.where((audit.c.action == action) | audit.c.action.startswith(f"{action}.", autoescape=True))
    if subject:
        query = query.where(audit.c.subject == subject)
    if since:
        query = query.where(audit.c.at >= since)
    if until:
        query = query.where(audit.c.at < until)
    if after:
        query = query.where(tuple_(audit.c.at, audit.c.id) < tuple_(*after))
    return [Record(**row._mapping) for row in tx.execute(query)]
