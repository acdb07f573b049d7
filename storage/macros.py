"""Macros: canned replies with places for what is different each time, and what else is done with them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    delete,
    false,
    or_,
    select,
    types,
    update,
)

from connectors.message import JSON
from storage.tables import metadata

PERSONAL, TIER, EVERYONE = "personal", "tier", "everyone"

macro = Table(
    "macro",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("scope", String(8), nullable=False),  # personal | tier | everyone
    Column("owner_id", String(26), nullable=False),  # whose it is, when personal; else who wrote it
    Column("tier", String(32), nullable=False),
    Column("shortcut", String(32), nullable=False),
    Column("folder", String(60), nullable=False),
    Column("tags", types.JSON, nullable=False),
    Column("titles", types.JSON, nullable=False),  # {"en", "zh"}; one of them may be missing
    Column("texts", types.JSON, nullable=False),
    Column("actions", types.JSON, nullable=False),  # [{"do": "tag", "value": …}, …]
    Column("retired", Boolean, nullable=False, server_default=false()),
    Column("used", Integer, nullable=False, server_default="0"),
    Column("used_at", BigInteger),
    Column("version", Integer, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
Index("ix_macro_shortcut", macro.c.shortcut)


@dataclass(frozen=True, kw_only=True)
class Macro:
    """A macro; `titles`, `texts` by language. `used` counts how often it was inserted; times in ms."""

    id: str
    scope: str
    owner_id: str
    tier: str
    shortcut: str
    folder: str
    tags: list[str]
    titles: JSON
    texts: JSON
    actions: list[JSON]
    retired: bool = False
    used: int = 0
    used_at: int | None = None
    version: int = 1
    updated_at: int


_columns = tuple(macro.c[name] for name in Macro.__dataclass_fields__)


def add(tx: Connection, row: Macro) -> None:
    """Store a new one."""
    tx.execute(macro.insert().values(vars(row)))


def find(tx: Connection, macro_id: str, *, lock: bool = False) -> Macro | None:
    """The macro, or None; `lock`: nobody else changes it until the transaction ends."""
    query = select(*_columns).where(macro.c.id == macro_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return Macro(**row._mapping) if row else None


def everything(tx: Connection) -> list[Macro]:
    """All of them, the most used first; for those who look after them."""
    return _listed(tx)


def usable(tx: Connection, agent_id: str, tiers: tuple[str, ...] | None) -> list[Macro]:
    """What an agent may insert, the most used first; `tiers`: None means those of every tier."""
    of_tier = macro.c.scope == TIER
    if tiers is not None:
        of_tier &= macro.c.tier.in_(tiers)
    mine = (macro.c.scope == PERSONAL) & (macro.c.owner_id == agent_id)
    return _listed(tx, or_(macro.c.scope == EVERYONE, of_tier, mine))


def with_shortcut(tx: Connection, shortcut: str) -> list[Macro]:
    """Those that are called by this shortcut."""
    return _listed(tx, macro.c.shortcut == shortcut)


def change(tx: Connection, macro_id: str, **values: Any) -> None:
    """Set fields."""
    tx.execute(update(macro).where(macro.c.id == macro_id).values(**values, version=macro.c.version + 1))


def drop(tx: Connection, macro_id: str) -> bool:
    """Delete one; False when it is gone already."""
    return bool(tx.execute(delete(macro).where(macro.c.id == macro_id)).rowcount)


def count_use(tx: Connection, macro_id: str, at: int) -> None:
    """It was inserted."""
    tx.execute(update(macro).where(macro.c.id == macro_id).values(used=macro.c.used + 1, used_at=at))


def _listed(tx: Connection, *conditions: Any) -> list[Macro]:
    query = select(*_columns).where(*conditions).order_by(macro.c.used.desc(), macro.c.id)
    return [Macro(**row._mapping) for row in tx.execute(query)]
