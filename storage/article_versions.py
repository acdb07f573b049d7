"""Versions: every article that was ever published, rolled back or withdrawn in the console, by whom and why. Rows are
only added.
"""

from dataclasses import dataclass

from sqlalchemy import JSON as JSONColumn
from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Text, select

from connectors.message import JSON
from storage import article_drafts, article_log, audit
from storage.article_drafts import Draft, Outdated
from storage.article_log import FILE, PUBLISHED, WITHDRAWN, ArticleRow
from storage.audit import Actor
from storage.tables import metadata

article_version = Table(
    "article_version",
    metadata,
    Column("article_id", String(80), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("revision", BigInteger, nullable=False, unique=True),
    Column("action", String(12), nullable=False),  # published | rolled_back | withdrawn
    Column("content", JSONColumn(none_as_null=True)),  # the whole of it; none of a withdrawal
    Column("by", String(26), nullable=False),  # an agent's id
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("replay", JSONColumn(none_as_null=True)),
)


@dataclass(frozen=True, kw_only=True)
class Move:
    """Who does something to an article, when (ms), and why."""

    article_id: str
    who: Actor
    at: int
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One step of an article's history. `replay`: `{"asked", "changed", "worse"}`, if questions were asked again."""

    article_id: str
    number: int
    revision: int
    action: str
    content: JSON | None
    by: str
    at: int
    note: str
    replay: JSON | None


_columns = tuple(article_version.c[name] for name in Version.__dataclass_fields__)


def publish(tx: Connection, move: Move, draft: Draft, content: JSON, replay: JSON | None) -> Version:
    """Make `content`, which is the draft's in its tidy form, the article. Raises `Outdated` when somebody has published
    since the draft was begun, or has saved or dropped it since it was read."""
    article_log.lock(tx)
    last, now = article_log.find(tx, move.article_id), article_drafts.find(tx, move.article_id)
    version = last.version if last else 0
    if draft.base != version or now is None or now.at != draft.at:
        raise Outdated(version, now)
    article_drafts.drop(tx, move.article_id)
    return _add(tx, move, "published", content, state=PUBLISHED, shown=content, replay=replay)


def roll_back(
    tx: Connection, move: Move, content: JSON, *, to_file: bool = False, replay: JSON | None = None
) -> Version:
    """Make an earlier content the article again; `to_file`: it is the folder's, which counts from now on."""
    return _add(tx, move, "rolled_back", content, state=FILE if to_file else PUBLISHED, shown=content, replay=replay)


def withdraw(tx: Connection, move: Move, said: JSON | None, replay: JSON | None = None) -> Version:
    """Let the article answer no more, even if the folder has it. `said` is what it did until now."""
    return _add(tx, move, "withdrawn", None, state=WITHDRAWN, shown=said, replay=replay)


def find(tx: Connection, article_id: str, number: int) -> Version | None:
    """One version."""
    ours = (article_version.c.article_id == article_id) & (article_version.c.number == number)
    row = tx.execute(select(*_columns).where(ours)).one_or_none()
    return Version(**row._mapping) if row else None


def history(tx: Connection, article_id: str, limit: int) -> list[Version]:
    """The last `limit` versions, the newest first."""
    query = select(*_columns).where(article_version.c.article_id == article_id)
    newest = query.order_by(article_version.c.number.desc()).limit(limit)
    return [Version(**row._mapping) for row in tx.execute(newest)]


def _add(
    tx: Connection, move: Move, action: str, content: JSON | None, *, state: str, shown: JSON | None,
    replay: JSON | None = None,
) -> Version:  # fmt: skip
    revision = article_log.count_up(tx)
    last = article_log.find(tx, move.article_id)
    number = last.version + 1 if last else 1
    added = Version(
        article_id=move.article_id, number=number, revision=revision, action=action, content=content, by=move.who.id,
        at=move.at, note=move.note, replay=replay,
    )  # fmt: skip
    tx.execute(article_version.insert().values(vars(added)))
    now = ArticleRow(id=move.article_id, version=number, state=state, content=shown, revision=revision, at=move.at)
    article_log.put(tx, now)
    details = {"version": number} | ({"note": move.note} if move.note else {})
    audit.record(tx, move.who, f"article.{action}", at=move.at, subject=move.article_id, details=details)
    return added
