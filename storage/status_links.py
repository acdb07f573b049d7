"""Status links: which ticket a customer's private link leads to. Only a hash of its token is kept."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, String, Table, select

from storage.tables import insert_once, metadata

status_link = Table(
    "status_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("handoff_id", String(26), ForeignKey("handoff.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class StatusLink:
    """A link; `created_at` in ms."""

    token_hash: str
    handoff_id: str
    created_at: int


def add(tx: Connection, link: StatusLink) -> bool:
    """Keep a link; False when it was there."""
    return insert_once(tx, status_link, **link.__dict__)


def find(tx: Connection, token_hash: str) -> StatusLink | None:
    """The link whose token has this hash, or None."""
    row = tx.execute(select(status_link).where(status_link.c.token_hash == token_hash)).one_or_none()
    return StatusLink(**row._mapping) if row else None


def known(tx: Connection, handoff_id: str) -> bool:
    """Whether a ticket's customer got a link."""
    return (
        tx.execute(select(status_link.c.token_hash).where(status_link.c.handoff_id == handoff_id)).first() is not None
    )
