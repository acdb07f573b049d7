"""Trainings: questions about articles, who has to answer them until when, and how that went."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    delete,
    func,
    select,
    types,
    update,
)

from connectors.message import JSON
from storage.tables import insert_once, metadata

DRAFT, ASSIGNED, CLOSED = "draft", "assigned", "closed"

training = Table(
    "training",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("title", String(120), nullable=False),
    Column("state", String(8), nullable=False),  # draft | assigned | closed: no article of it is left
    Column("articles", types.JSON, nullable=False),  # {article id: hash of what it said}
    Column("questions", types.JSON, nullable=False),  # [desk.quiz.Question]
    Column("pass_mark", Integer, nullable=False),  # percent
    Column("tries", Integer, nullable=False),
    Column("hours", Float, nullable=False),  # of each person
    Column("cost", Float, nullable=False),  # of the whole
    Column("by_id", String(26), nullable=False),
    Column("by_name", String(60), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("renewed_at", BigInteger),  # an article changed
    Column("version", Integer, nullable=False),
)
Index("ix_training_state", training.c.state)

training_task = Table(
    "training_task",
    metadata,
    Column("training_id", String(26), ForeignKey("training.id"), primary_key=True),
    Column("agent_id", String(26), primary_key=True),
    Column("assigned_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("tried", Integer, nullable=False),  # since it was assigned or became due again
    Column("score", Integer),  # percent, of the last try
    Column("passed_at", BigInteger),
    Column("expired_at", BigInteger),  # when an earlier pass ceased to hold
)
Index("ix_training_task_agent_id", training_task.c.agent_id)

training_try = Table(
    "training_try",
    metadata,
    Column("agent_id", String(26), primary_key=True),
    Column("client_id", String(64), primary_key=True),
    Column("training_id", String(26), ForeignKey("training.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("score", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("wrong", types.JSON, nullable=False),  # ids of questions
)
Index("ix_training_try_training_id", training_try.c.training_id)
Index("ix_training_try_at", training_try.c.at)


@dataclass(frozen=True, kw_only=True)
class Training:
    """One of them; `version` rises with every change."""

    id: str
    title: str
    state: str
    articles: JSON
    questions: list[JSON]
    pass_mark: int
    tries: int
    hours: float
    cost: float
    by_id: str
    by_name: str
    created_at: int
    renewed_at: int | None = None
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one person has to do; times in ms."""

    training_id: str
    agent_id: str
    assigned_at: int
    due_at: int
    tried: int = 0
    score: int | None = None
    passed_at: int | None = None
    expired_at: int | None = None


@dataclass(frozen=True, kw_only=True)
class Try:
    """One go at the questions; `wrong` are ids of questions."""

    agent_id: str
    client_id: str
    training_id: str
    at: int
    score: int
    passed: bool
    wrong: list[str]


_trainings = tuple(training.c[name] for name in Training.__dataclass_fields__)
_tasks = tuple(training_task.c[name] for name in Task.__dataclass_fields__)
_tries = tuple(training_try.c[name] for name in Try.__dataclass_fields__)


def add(tx: Connection, row: Training) -> None:
    """Store a new one."""
    tx.execute(training.insert().values(vars(row)))


def find(tx: Connection, training_id: str, *, lock: bool = False) -> Training | None:
    """The training, or None; `lock`: nobody else changes it until the transaction ends."""
    query = select(*_trainings).where(training.c.id == training_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return Training(**row._mapping) if row else None


def everything(tx: Connection) -> list[Training]:
    """All of them, the newest first."""
    return [Training(**row._mapping) for row in tx.execute(select(*_trainings).order_by(training.c.id.desc()))]


def assigned(tx: Connection) -> list[Training]:
    """Those that somebody has to take."""
    return [Training(**row._mapping) for row in tx.execute(select(*_trainings).where(training.c.state == ASSIGNED))]


def change(tx: Connection, training_id: str, **values: Any) -> None:
    """Set fields; the caller holds the row."""
    raised = {**values, "version": training.c.version + 1}
    tx.execute(update(training).where(training.c.id == training_id).values(**raised))


def drop(tx: Connection, training_id: str) -> None:
    """Delete one that nobody has to take."""
    tx.execute(delete(training).where(training.c.id == training_id))


def assign(tx: Connection, training_id: str, agent_ids: Collection[str], *, at: int, due_at: int) -> int:
    """Give it to people; how many did not have it. Who had it and has not passed gets all tries again."""
    c, new = training_task.c, 0
    again = update(training_task).where(
        c.training_id == training_id, c.agent_id.in_(list(agent_ids)), c.passed_at.is_(None)
    )
    tx.execute(again.values(due_at=due_at, tried=0))
    for agent_id in agent_ids:
        new += insert_once(
            tx, training_task, training_id=training_id, agent_id=agent_id, assigned_at=at, due_at=due_at, tried=0,
            score=None, passed_at=None, expired_at=None,
        )  # fmt: skip
    return new


def task_of(tx: Connection, training_id: str, agent_id: str, *, lock: bool = False) -> Task | None:
    """What somebody has to do of it, or None."""
    c = training_task.c
    query = select(*_tasks).where(c.training_id == training_id, c.agent_id == agent_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return Task(**row._mapping) if row else None


def tasks(tx: Connection, *, training_id: str = "", agent_id: str = "") -> list[Task]:
    """Of a training, of a person, or all."""
    asked = [training_task.c.training_id == training_id] if training_id else []
    asked += [training_task.c.agent_id == agent_id] if agent_id else []
    return [Task(**row._mapping) for row in tx.execute(select(*_tasks).where(*asked).order_by(training_task.c.due_at))]


def change_task(tx: Connection, task: Task, **values: Any) -> None:
    """Set fields; the caller holds the row."""
    c = training_task.c
    where = (c.training_id == task.training_id, c.agent_id == task.agent_id)
    tx.execute(update(training_task).where(*where).values(**values))


def expire(tx: Connection, training_id: str, *, at: int, due_at: int) -> None:
    """What was passed holds no more, and everybody has all tries again."""
    c = training_task.c
    of_it = update(training_task).where(c.training_id == training_id)
    tx.execute(of_it.where(c.passed_at.is_not(None)).values(expired_at=at, due_at=due_at, passed_at=None, tried=0))
    tx.execute(of_it.where(c.tried > 0).values(tried=0))


def keep_try(tx: Connection, row: Try) -> bool:
    """Store a try; False for a repeat of the same request."""
    return insert_once(tx, training_try, **vars(row))


def find_try(tx: Connection, agent_id: str, client_id: str) -> Try | None:
    """What a request became, or None."""
    c = training_try.c
    row = tx.execute(select(*_tries).where(c.agent_id == agent_id, c.client_id == client_id)).one_or_none()
    return Try(**row._mapping) if row else None


def passed_counts(tx: Connection) -> dict[str, int]:
    """How many trainings hold for everybody now."""
    c = training_task.c
    query = select(c.agent_id, func.count()).where(c.passed_at.is_not(None)).group_by(c.agent_id)
    return {row[0]: row[1] for row in tx.execute(query)}


def spent(tx: Connection, since: int, until: int) -> tuple[float, float]:
    """Hours of people who passed from `since` until before `until` (ms), and cost of the trainings made then."""
    within = (training_try.c.passed, training_try.c.at >= since, training_try.c.at < until)
    people = select(training_try.c.training_id, training_try.c.agent_id).where(*within).distinct().subquery()
    hours = select(func.coalesce(func.sum(training.c.hours), 0)).join(people, people.c.training_id == training.c.id)
    made = (training.c.state != DRAFT, training.c.created_at >= since, training.c.created_at < until)
    cost = select(func.coalesce(func.sum(training.c.cost), 0)).where(*made)
    return float(tx.execute(hours).scalar_one()), float(tx.execute(cost).scalar_one())
