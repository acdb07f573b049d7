"""The second step of a log-in: the shared secret of a person's app, and the codes for the day they lose it.

The secret is stored encrypted, recovery codes as keyed hashes: a copy of the database gives away neither.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, String, Table, delete, func, select, update

from storage.tables import insert_once, metadata

factor = Table(
    "agent_factor",
    metadata,
    Column("agent_id", String(26), ForeignKey("agent.id"), primary_key=True),
    Column("secret", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),
    Column("last_step", BigInteger, nullable=False),
)

recovery = Table(
    "agent_recovery_code",
    metadata,
    Column("agent_id", String(26), ForeignKey("agent.id"), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
)


@dataclass(frozen=True, kw_only=True)
class Factor:
    """An app that makes codes. `secret` is encrypted; in force since `confirmed_at` (ms), before that only begun."""

    agent_id: str
    secret: str
    created_at: int
    confirmed_at: int | None
    last_step: int


_columns = tuple(factor.c[name] for name in Factor.__dataclass_fields__)


def find_factor(tx: Connection, agent_id: str) -> Factor | None:
    """A person's factor, begun or in force."""
    row = tx.execute(select(*_columns).where(factor.c.agent_id == agent_id)).one_or_none()
    return Factor(**row._mapping) if row else None


def enrolled(tx: Connection, agent_id: str) -> bool:
    """Whether a person's log-in has a second step."""
    found = find_factor(tx, agent_id)
    return found is not None and found.confirmed_at is not None


def all_enrolled(tx: Connection) -> set[str]:
    """Everybody whose log-in has a second step."""
    return set(tx.execute(select(factor.c.agent_id).where(factor.c.confirmed_at.is_not(None))).scalars())


def begin_factor(tx: Connection, agent_id: str, secret: str, at: int) -> bool:
    """Begin with a new secret, instead of one that was begun before; False when one is in force."""
    tx.execute(delete(factor).where(factor.c.agent_id == agent_id, factor.c.confirmed_at.is_(None)))
    return insert_once(tx, factor, agent_id=agent_id, secret=secret, created_at=at, confirmed_at=None, last_step=0)


def confirm_factor(tx: Connection, agent_id: str, secret: str, step: int, at: int) -> bool:
    """Put a begun factor in force; False when it is not this one any more, or is in force already."""
    begun = update(factor).where(
        factor.c.agent_id == agent_id, factor.c.secret == secret, factor.c.confirmed_at.is_(None)
    )
    return tx.execute(begun.values(confirmed_at=at, last_step=step)).rowcount == 1


def use_step(tx: Connection, agent_id: str, step: int) -> bool:
    """Use the code of a time step up; False when it or a later one was used: the row decides who was first."""
    later = update(factor).where(factor.c.agent_id == agent_id, factor.c.last_step < step)
    return tx.execute(later.values(last_step=step)).rowcount == 1


def drop_factor(tx: Connection, agent_id: str) -> bool:
    """Take the second step away, recovery codes too; False when there is none in force."""
    was = enrolled(tx, agent_id)
    tx.execute(delete(recovery).where(recovery.c.agent_id == agent_id))
    tx.execute(delete(factor).where(factor.c.agent_id == agent_id))
    return was


def set_codes(tx: Connection, agent_id: str, hashes: list[str]) -> None:
    """Give a person new recovery codes; older ones stop working."""
    tx.execute(delete(recovery).where(recovery.c.agent_id == agent_id))
    tx.execute(recovery.insert(), [{"agent_id": agent_id, "code_hash": each} for each in hashes])


def use_code(tx: Connection, agent_id: str, code_hash: str) -> bool:
    """Use a recovery code up; False when there is none, or somebody was faster."""
    mine = delete(recovery).where(recovery.c.agent_id == agent_id, recovery.c.code_hash == code_hash)
    return tx.execute(mine).rowcount == 1


def codes_left(tx: Connection, agent_id: str) -> int:
    """How many recovery codes a person has."""
    mine = select(func.count()).select_from(recovery).where(recovery.c.agent_id == agent_id)
    return int(tx.execute(mine).scalar_one())
