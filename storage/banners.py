"""Banners: what every customer is told while something is wrong, and to whom the bot has said it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    or_,
    select,
    types,
    update,
)

from storage.tables import alone, insert_once, metadata, new_id

PUTTING_UP = 0x464442
"""The number of a lock: any of our own."""

banner = Table(
    "banner",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("text", types.JSON, nullable=False),  # {"en", "zh"}
    Column("words", types.JSON, nullable=False),  # told to those who write one of them; none: to everybody
    Column("by_id", String(26), nullable=False),
    Column("by_name", String(60), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),  # by itself; None: when somebody ends it
    Column("ended_at", BigInteger),
    Column("ended_by", String(60), nullable=False),
)
Index("ix_banner_created_at", banner.c.created_at)

told = Table(
    "banner_told",
    metadata,
    Column("banner_id", String(26), ForeignKey("banner.id"), primary_key=True),
    Column("conversation_id", String(26), ForeignKey("conversation.id"), primary_key=True, index=True),
)


@dataclass(frozen=True, kw_only=True)
class Banner:
    """A banner; times in ms. `words` empty: for everybody."""

    id: str
    text: dict[str, str]
    words: tuple[str, ...]
    by_id: str
    by_name: str
    created_at: int
    ends_at: int | None
    ended_at: int | None
    ended_by: str

    def stands(self, now: int) -> bool:
        """Whether it is to be told at `now`."""
        return self.ended_at is None and (self.ends_at is None or now < self.ends_at)

    def concerns(self, said: str) -> bool:
        """Whether it is for somebody who says this."""
        return not self.words or any(word.casefold() in said.casefold() for word in self.words)


_columns = tuple(banner.c[name] for name in Banner.__dataclass_fields__)


def hold(tx: Connection) -> None:
    """Be the only one who puts banners up, until the transaction ends."""
    alone(tx, PUTTING_UP)


def add_banner(
    tx: Connection, *, text: dict[str, str], words: tuple[str, ...], by_id: str, by_name: str, at: int,
    ends_at: int | None,
) -> Banner:  # fmt: skip
    """Put a banner up."""
    row = Banner(
        id=new_id(), text=text, words=words, by_id=by_id, by_name=by_name, created_at=at, ends_at=ends_at,
        ended_at=None, ended_by="",
    )  # fmt: skip
    tx.execute(banner.insert().values(**row.__dict__ | {"words": list(words)}))
    return row


def end_banner(tx: Connection, banner_id: str, *, by: str, at: int) -> bool:
    """Take a banner down; False when none of this id stands."""
    ended = update(banner).where(banner.c.id == banner_id, banner.c.ended_at.is_(None))
    return tx.execute(ended.values(ended_at=at, ended_by=by)).rowcount > 0


def standing(tx: Connection, now: int) -> list[Banner]:
    """Those that are to be told at `now`, oldest first."""
    lasts = or_(banner.c.ends_at.is_(None), banner.c.ends_at > now)
    query = select(*_columns).where(banner.c.ended_at.is_(None), lasts).order_by(banner.c.created_at, banner.c.id)
    return [_banner(row) for row in tx.execute(query)]


def latest(tx: Connection, limit: int) -> list[Banner]:
    """The newest, those that are over too."""
    query = select(*_columns).order_by(banner.c.created_at.desc(), banner.c.id.desc()).limit(limit)
    return [_banner(row) for row in tx.execute(query)]


def tell_once(tx: Connection, banner_id: str, conversation_id: str) -> bool:
    """Whether this conversation has not been told yet; from now on it has."""
    return insert_once(tx, told, banner_id=banner_id, conversation_id=conversation_id)


def _banner(row: Any) -> Banner:
    values = dict(row._mapping)
    return Banner(**values | {"words": tuple(values["words"])})
