"""Drafts: what somebody is writing of an article, one for each article, beside what is published."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import JSON as JSONColumn
from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Text, delete, select, update

from connectors.message import JSON
from storage import article_log
from storage.tables import metadata

article_draft = Table(
    "article_draft",
    metadata,
    Column("article_id", String(80), primary_key=True),
    Column("content", JSONColumn, nullable=False),  # as it was written: it need not be right yet
    Column("base", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("by", String(26), nullable=False),  # an agent's id
    Column("at", BigInteger, nullable=False),
    Column("replay", JSONColumn(none_as_null=True)),
    Column("conversations", JSONColumn(none_as_null=True)),
)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """`base`: the version it began from, 0 for the file or nothing. `at` (ms) is another one after every save.
    `replay` is what the last replay of exactly this content found. `conversations`: whose words it was begun with, as
    long as nobody has saved it since.
    """

    article_id: str
    content: JSON
    base: int
    note: str
    by: str
    at: int
    replay: JSON | None = None
    conversations: list[str] | None = None


class Outdated(Exception):
    """Somebody was faster: the article now has another `version`, or its draft was saved by somebody else."""

    def __init__(self, version: int, draft: Draft | None = None) -> None:
        super().__init__(f"version {version}")
        self.version, self.draft = version, draft


_columns = tuple(article_draft.c[name] for name in Draft.__dataclass_fields__)


def find(tx: Connection, article_id: str) -> Draft | None:
    """The draft of an article."""
    row = tx.execute(select(*_columns).where(article_draft.c.article_id == article_id)).one_or_none()
    return Draft(**row._mapping) if row else None


def everything(tx: Connection) -> list[Draft]:
    """All drafts, the newest first."""
    return [Draft(**row._mapping) for row in tx.execute(select(*_columns).order_by(article_draft.c.at.desc()))]


def save(tx: Connection, draft: Draft, over: int | None = None) -> Draft:
    """Keep a draft in place of the one saved at `over` (0: of none; None: of whatever there is). Raises `Outdated`."""
    article_log.lock(tx)
    last, published = find(tx, draft.article_id), article_log.find(tx, draft.article_id)
    version = published.version if published else 0
    if draft.base != version or (over is not None and over != (last.at if last else 0)):
        raise Outdated(version, last)
    kept = replace(draft, at=max(draft.at, last.at + 1)) if last else draft
    tx.execute(delete(article_draft).where(article_draft.c.article_id == draft.article_id))
    tx.execute(article_draft.insert().values(vars(kept)))
    return kept


def keep_replay(tx: Connection, draft: Draft, replay: JSON) -> bool:
    """Note what a replay found, unless the draft was saved again meanwhile."""
    same = (article_draft.c.article_id == draft.article_id) & (article_draft.c.at == draft.at)
    return tx.execute(update(article_draft).where(same).values(replay=replay)).rowcount == 1


def forget(tx: Connection, conversation_ids: Collection[str]) -> None:
    """Nobody who is forgotten is quoted: drafts that were begun with their words and not saved by anybody since go, and
    so do all replays."""
    begun = select(article_draft.c.article_id, article_draft.c.at, article_draft.c.conversations)
    for row in tx.execute(begun.where(article_draft.c.conversations.is_not(None))).all():
        if not set(conversation_ids).isdisjoint(row.conversations):
            same = (article_draft.c.article_id == row.article_id) & (article_draft.c.at == row.at)
            tx.execute(delete(article_draft).where(same))
    tx.execute(update(article_draft).where(article_draft.c.replay.is_not(None)).values(replay=None))


def drop(tx: Connection, article_id: str) -> bool:
    """Throw a draft away; whether there was one."""
    article_log.lock(tx)
    return tx.execute(delete(article_draft).where(article_draft.c.article_id == article_id)).rowcount == 1
