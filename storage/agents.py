"""The people of the built-in desk: who they are, what they may do, and whether they are there."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    String,
    Table,
    bindparam,
    func,
    select,
    types,
    update,
)

from storage.clock import now_ms
from storage.tables import insert_once, metadata, new_id

ALIVE_MS = 45_000
"""A console that has not been heard of for this long is closed."""

agent = Table(
    "agent",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("login", String(40), nullable=False, unique=True),
    Column("name", String(60), nullable=False),
    Column("email", String(254), nullable=False, default=""),
    Column("role", String(16), nullable=False),  # one of desk/permissions.py
    Column("tiers", types.JSON, nullable=False),
    Column("grade", String(32), nullable=False, default=""),
    Column("languages", types.JSON, nullable=False),
    Column("skills", types.JSON, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("language", String(8), nullable=False),
    Column("password", String(200), nullable=False),  # argon2id
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("presence", String(8), nullable=False),  # online | away: what they chose
    Column("alive_at", BigInteger, nullable=False),  # when one of their consoles was last heard of
    Column("created_at", BigInteger, nullable=False),
    Column("last_login_at", BigInteger),
)


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A person of the desk, without their password. `name` is what customers see; `capacity` in conversations."""

    id: str
    login: str
    name: str
    email: str
    role: str
    tiers: tuple[str, ...]
    grade: str
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: int
    language: str
    must_change: bool
    disabled: bool
    presence: str
    alive_at: int
    created_at: int
    last_login_at: int | None

    def seen_as(self, now: int) -> str:
        """`online`, `away` or `offline` at `now` (ms)."""
        return "offline" if self.disabled or self.alive_at < now - ALIVE_MS else self.presence


_lists = ("tiers", "languages", "skills")
_columns = tuple(agent.c[name] for name in Agent.__dataclass_fields__)
_BY_ID = select(*_columns).where(agent.c.id == bindparam("wanted"))
_EVERYONE = select(*_columns).order_by(func.lower(agent.c.name), agent.c.id)
_ENABLED = _EVERYONE.where(~agent.c.disabled)


def add_agent(
    tx: Connection, *, login: str, name: str, email: str, role: str, tiers: tuple[str, ...], grade: str,
    languages: tuple[str, ...], skills: tuple[str, ...], capacity: int, language: str, password: str,
) -> Agent | None:  # fmt: skip
    """Add a person who must change the password at the first log-in; None when the login is taken."""
    agent_id = new_id()
    added = insert_once(
        tx, agent, id=agent_id, login=login, name=name, email=email, role=role, tiers=list(tiers), grade=grade,
        languages=list(languages), skills=list(skills), capacity=capacity, language=language, password=password,
        must_change=True, disabled=False, presence="online", alive_at=0, created_at=now_ms(), last_login_at=None,
    )  # fmt: skip
    return find_agent(tx, agent_id) if added else None


def find_agent(tx: Connection, agent_id: str) -> Agent | None:
    """The person with this id, or None."""
    row = tx.execute(_BY_ID, {"wanted": agent_id}).one_or_none()
    return _agent(row) if row else None


def find_login(tx: Connection, login: str) -> tuple[Agent, str] | None:
    """The person with this login and their password's hash, or None."""
    row = tx.execute(select(*_columns, agent.c.password).where(agent.c.login == login)).one_or_none()
    return (_agent(row[:-1]), row[-1]) if row else None


def password_of(tx: Connection, agent_id: str) -> str:
    """The password's hash."""
    return str(tx.execute(select(agent.c.password).where(agent.c.id == agent_id)).scalar_one())


def all_agents(tx: Connection, *, disabled: bool = True) -> list[Agent]:
    """Everyone by name; without the disabled ones when `disabled` is false."""
    return [_agent(row) for row in tx.execute(_EVERYONE if disabled else _ENABLED)]


def change_agent(tx: Connection, /, agent_id: str, **values: Any) -> Agent | None:
    """Set fields (`password` is a hash); None when there is no such person."""
    stored = {name: list(value) if name in _lists else value for name, value in values.items()}
    tx.execute(update(agent).where(agent.c.id == agent_id).values(**stored))
    return find_agent(tx, agent_id)


def lock_agent(tx: Connection, agent_id: str) -> None:
    """Nobody else changes this person until the transaction ends."""
    tx.execute(select(agent.c.id).where(agent.c.id == agent_id).with_for_update())


def lock_admins(tx: Connection) -> list[str]:
    """Ids of the enabled admins; nobody else can change them until the transaction ends."""
    query = select(agent.c.id).where(agent.c.role == "admin", ~agent.c.disabled).order_by(agent.c.id)
    return list(tx.execute(query.with_for_update()).scalars())


def mark_alive(tx: Connection, agent_ids: list[str], at: int) -> None:
    """A console of each of these people is open at `at` (ms)."""
    tx.execute(update(agent).where(agent.c.id.in_(agent_ids)).values(alive_at=at))


def mark_leaving(tx: Connection, agent_id: str, alive_at: int) -> None:
    """The last console here was closed: unless another one is heard of, the person is gone sooner."""
    tx.execute(update(agent).where(agent.c.id == agent_id, agent.c.alive_at > alive_at).values(alive_at=alive_at))


def _agent(row: Any) -> Agent:
    values = dict(zip(Agent.__dataclass_fields__, row, strict=True))
    return Agent(**values | {name: tuple(values[name]) for name in _lists})
