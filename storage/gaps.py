"""Gaps: groups of questions that the knowledge base did not answer. A question is kept as the id of its message, with
its vector and no words, and goes with the message.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import JSON as JSONColumn
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    delete,
    exists,
    select,
    update,
)

from connectors.message import JSON, Content
from storage.messages import message
from storage.tables import metadata

OPEN, DISMISSED, ANSWERED = "open", "dismissed", "answered"

gap = Table(
    "gap",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("status", String(12), nullable=False),  # open | dismissed | answered: the knowledge base does so by now
    Column("centre", LargeBinary, nullable=False),  # the mean of its questions' vectors
    Column("model", String(200), nullable=False),  # whose vectors they are
    Column("nearest", JSONColumn(none_as_null=True)),  # {"id", "title"}: the article that comes closest
    Column("article_id", String(80), nullable=False),  # the draft that was begun from it; empty: none
    Column("by", String(26), nullable=False),  # the agent who dismissed it
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),  # when it last had a question
)

question = Table(
    "gap_question",
    metadata,
    Column("message_id", String(26), ForeignKey("message.id"), primary_key=True),
    Column("gap_id", String(26), nullable=False, index=True),  # empty: nobody else asked that
    Column("vector", LargeBinary, nullable=False),
    Column("model", String(200), nullable=False),
    Column("near", Float, nullable=False),  # cosine to the centre of its gap
    Column("outcome", String(12), nullable=False),  # none | clarified | handed_over
    Column("language", String(8), nullable=False),
    Column("at", BigInteger, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A row of `gap`; times in ms."""

    id: str
    status: str
    centre: bytes
    model: str
    nearest: JSON | None
    article_id: str
    by: str
    created_at: int
    seen_at: int


@dataclass(frozen=True, kw_only=True)
class GapQuestion:
    """A row of `gap_question`."""

    message_id: str
    gap_id: str
    vector: bytes
    model: str
    near: float
    outcome: str
    language: str
    at: int


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question of a gap with its words."""

    gap_id: str
    conversation_id: str
    text: str
    near: float
    outcome: str
    language: str
    at: int


def all_gaps(tx: Connection) -> list[Gap]:
    """Every gap."""
    return [Gap(**row._mapping) for row in tx.execute(select(*_gap).order_by(gap.c.id))]


def find(tx: Connection, gap_id: str) -> Gap | None:
    """The gap, or None."""
    row = tx.execute(select(*_gap).where(gap.c.id == gap_id)).one_or_none()
    return Gap(**row._mapping) if row else None


def all_questions(tx: Connection) -> list[GapQuestion]:
    """Every question, of a gap or not."""
    return [GapQuestion(**row._mapping) for row in tx.execute(select(*_question).order_by(question.c.message_id))]


def asked(tx: Connection, *, gap_id: str = "", status: str = OPEN) -> list[Asked]:
    """The questions of one gap, or of all with a status, those nearest to the centre first."""
    columns = (question.c.gap_id, question.c.near, question.c.outcome, question.c.language, question.c.at)
    query = (
        select(*columns, message.c.content, message.c.conversation_id)
        .join(message, message.c.id == question.c.message_id)
        .join(gap, gap.c.id == question.c.gap_id)
        .order_by(question.c.gap_id, question.c.near.desc(), question.c.message_id)
    )
    rows = tx.execute(query.where(gap.c.id == gap_id) if gap_id else query.where(gap.c.status == status))
    found = []
    for row in rows:
        values = dict(row._mapping)
        text = Content.from_json(values.pop("content")).text
        found.append(Asked(text=text, **values))
    return found


def replace_all(tx: Connection, gaps: Sequence[Gap], questions: Sequence[GapQuestion]) -> None:
    """Keep what was found, instead of what was found before. What people have done to a gap meanwhile stays, and so
    does what was forgotten: both are locked, the messages in the order in which `retention.erase` locks them."""
    people_did = select(gap.c.id, gap.c.status, gap.c.article_id, gap.c.by).order_by(gap.c.id).with_for_update()
    known = {row.id: row for row in tx.execute(people_did)}
    ids, there = sorted(each.message_id for each in questions), set[str]()
    for at in range(0, len(ids), 500):
        part = select(message.c.id).where(message.c.id.in_(ids[at : at + 500])).order_by(message.c.id)
        there |= set(tx.execute(part.with_for_update(read=True, key_share=True)).scalars())
    tx.execute(delete(gap).where(gap.c.id.not_in([each.id for each in gaps])))
    for each in gaps:
        if (row := known.get(each.id)) is None:
            tx.execute(gap.insert().values(**vars(each)))
            continue
        values = {**vars(each), "article_id": row.article_id, "by": row.by}
        if row.status == DISMISSED:
            values["status"] = DISMISSED
        tx.execute(update(gap).where(gap.c.id == each.id).values(**values))
    tx.execute(delete(question))
    if kept := [vars(each) for each in questions if each.message_id in there]:
        tx.execute(question.insert(), kept)


def dismiss(tx: Connection, gap_id: str, by: str) -> bool:
    """Show a gap no more; False when there is none."""
    return tx.execute(update(gap).where(gap.c.id == gap_id).values(status=DISMISSED, by=by)).rowcount == 1


def draft_begun(tx: Connection, gap_id: str, article_id: str) -> None:
    """Note the article that is to close a gap."""
    tx.execute(update(gap).where(gap.c.id == gap_id).values(article_id=article_id))


def count_open(tx: Connection) -> int:
    """How many gaps are open and still have questions."""
    has_some = exists().where(question.c.gap_id == gap.c.id)
    return len(tx.execute(select(gap.c.id).where(gap.c.status == OPEN, has_some)).all())


_gap = tuple(gap.c[name] for name in Gap.__dataclass_fields__)
_question = tuple(question.c[name] for name in GapQuestion.__dataclass_fields__)
