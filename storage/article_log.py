"""The log of publications: one number for each, without gaps, in the order in which they are committed, so that a
reader who has seen number n asks for what came after it.

Also the articles as the console has them now. A sequence of the database would not do: numbers drawn from it are
committed in any order, and a reader would pass over the slower one. Here a locked row counts, which lets one
transaction at a time publish.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import JSON as JSONColumn
from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, delete, select, update

from connectors.message import JSON
from storage.tables import metadata

PUBLISHED, WITHDRAWN, FILE = "published", "withdrawn", "file"
"""What the console says of an article: this content, none at all, or what the folder has."""

article_log = Table(
    "article_log",
    metadata,
    Column("id", String(26), primary_key=True),  # tells this database's numbers from another's
    Column("revision", BigInteger, nullable=False),
)
article = Table(
    "article",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("content", JSONColumn(none_as_null=True)),  # of a withdrawn one: what it said last
    Column("revision", BigInteger, nullable=False, unique=True),
    Column("at", BigInteger, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class ArticleRow:
    """An article as the console has it: `revision` is the number of its last publication, `at` its time (ms). Only of
    a published one `content` is in force.
    """

    id: str
    version: int
    state: str
    content: JSON | None
    revision: int
    at: int

    @property
    def in_force(self) -> JSON | None:
        """What it says now."""
        return self.content if self.state == PUBLISHED else None


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a reader is told. `complete`: what is not among the `rows` (or those that follow) is not there; `more`:
    more rows follow after the last one."""

    log: str
    revision: int
    complete: bool
    more: bool
    rows: tuple[ArticleRow, ...]


_columns = tuple(article.c[name] for name in ArticleRow.__dataclass_fields__)


def lock(tx: Connection) -> None:
    """Nobody else writes articles or drafts until the transaction ends."""
    tx.execute(select(article_log.c.revision).with_for_update()).one()


def count_up(tx: Connection) -> int:
    """The next number; locks, too."""
    raised = update(article_log).values(revision=article_log.c.revision + 1).returning(article_log.c.revision)
    return int(tx.execute(raised).scalar_one())


def revision(tx: Connection) -> int:
    """The number of the last publication."""
    return int(tx.execute(select(article_log.c.revision)).scalar_one())


def find(tx: Connection, article_id: str) -> ArticleRow | None:
    """An article; None while the console has never published it."""
    row = tx.execute(select(*_columns).where(article.c.id == article_id)).one_or_none()
    return ArticleRow(**row._mapping) if row else None


def everything(tx: Connection) -> list[ArticleRow]:
    """All articles that the console ever published, by id."""
    return [ArticleRow(**row._mapping) for row in tx.execute(select(*_columns).order_by(article.c.id))]


def over_the_folder(tx: Connection) -> Mapping[str, JSON | None]:
    """What lies over the folder: contents by id, None for articles that were withdrawn."""
    return {row.id: row.in_force for row in everything(tx) if row.state != FILE}


def put(tx: Connection, row: ArticleRow) -> None:
    """Make this the article. Under the lock."""
    tx.execute(delete(article).where(article.c.id == row.id))
    tx.execute(article.insert().values(vars(row)))


def changes(tx: Connection, log: str, after: int, limit: int) -> Changes:
    """Up to `limit` articles that were published after number `after` of `log`, by number; all that there are when
    that log is not ours or has not come so far."""
    ours = tx.execute(select(article_log.c.id, article_log.c.revision)).one()
    complete = after == 0 or log != ours.id or after > ours.revision
    if not complete and after == ours.revision:
        return Changes(log=ours.id, revision=after, complete=False, more=False, rows=())
    seen = 0 if complete else after
    query = select(*_columns).where(article.c.revision > seen).order_by(article.c.revision).limit(limit + 1)
    found = [ArticleRow(**row._mapping) for row in tx.execute(query)]
    rows, more = tuple(found[:limit]), len(found) > limit
    reached = rows[-1].revision if more else ours.revision
    return Changes(log=ours.id, revision=reached, complete=complete, more=more, rows=rows)
