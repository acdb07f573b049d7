"""Who the provider of single sign-on calls whom, and log-ins that are on their way through it."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, String, Table, delete, func, select

from storage.agent_sessions import hashed
from storage.agents import agent
from storage.tables import insert_once, metadata

subject = Table(
    "agent_subject",
    metadata,
    Column("issuer", String(200), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("agent_id", String(26), ForeignKey("agent.id"), nullable=False, unique=True),
    Column("linked_at", BigInteger, nullable=False),
)

attempt = Table(
    "sso_attempt",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("browser_hash", String(64), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(128), nullable=False),
    Column("agent_id", String(26), nullable=False),  # who links their account; empty: a log-in
    Column("created_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A browser that was sent to the provider. `agent_id` is who links their account; empty at a log-in."""

    nonce: str
    verifier: str
    agent_id: str


def begin_attempt(tx: Connection, what: Attempt, *, state: str, browser: str, at: int) -> None:
    """Note that a browser goes to the provider; `state` and `browser` are the secrets it comes back with."""
    tx.execute(
        attempt.insert().values(**what.__dict__, state_hash=hashed(state), browser_hash=hashed(browser), created_at=at)
    )


def end_attempt(tx: Connection, *, state: str, browser: str, since: int) -> Attempt | None:
    """The attempt a browser comes back from: once, in the same browser, begun after `since` (ms). Else None."""
    here = (attempt.c.state_hash == hashed(state)) & (attempt.c.browser_hash == hashed(browser))
    row = tx.execute(
        select(attempt.c.nonce, attempt.c.verifier, attempt.c.agent_id).where(here, attempt.c.created_at > since)
    ).one_or_none()
    if row is None or tx.execute(delete(attempt).where(here)).rowcount != 1:
        return None
    return Attempt(**row._mapping)


def drop_attempts(tx: Connection, before: int) -> None:
    """Forget browsers that did not come back."""
    tx.execute(delete(attempt).where(attempt.c.created_at <= before))


def agent_of(tx: Connection, issuer: str, name: str) -> str | None:
    """Whose account a subject of the provider is."""
    mine = select(subject.c.agent_id).where(subject.c.issuer == issuer, subject.c.subject == name)
    return tx.execute(mine).scalar_one_or_none()


def linked_at(tx: Connection, agent_id: str) -> int | None:
    """Since when (ms) a person logs in by the provider; None: they don't."""
    return tx.execute(select(subject.c.linked_at).where(subject.c.agent_id == agent_id)).scalar_one_or_none()


def all_linked(tx: Connection) -> set[str]:
    """Ids of everybody who logs in by the provider."""
    return set(tx.execute(select(subject.c.agent_id)).scalars())


def link(tx: Connection, issuer: str, name: str, agent_id: str, at: int) -> bool:
    """Let a subject of the provider be a person; False when either belongs to somebody else already."""
    if linked_at(tx, agent_id) is not None:
        return agent_of(tx, issuer, name) == agent_id
    return insert_once(tx, subject, issuer=issuer, subject=name, agent_id=agent_id, linked_at=at) or (
        agent_of(tx, issuer, name) == agent_id
    )


def unlink(tx: Connection, agent_id: str) -> bool:
    """Part a person from the provider; False when they were not linked."""
    return tx.execute(delete(subject).where(subject.c.agent_id == agent_id)).rowcount == 1


def with_email(tx: Connection, email: str) -> list[str]:
    """Ids of the enabled people with this address, in any case of letters, that no subject belongs to yet."""
    free = ~select(subject.c.agent_id).where(subject.c.agent_id == agent.c.id).exists()
    mine = select(agent.c.id).where(func.lower(agent.c.email) == email.lower(), ~agent.c.disabled, free)
    return list(tx.execute(mine).scalars())
