"""How people of the desk get in: sessions, links to set a new password, and the failures that lock a door.

Tokens are random and only their SHA-256 is stored, so that a copy of the database lets nobody in.
"""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    delete,
    func,
    select,
    update,
)

from storage.agents import agent
from storage.tables import metadata

session = Table(
    "agent_session",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("agent_id", String(26), ForeignKey("agent.id"), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("address", String(64), nullable=False),
    Column("browser", String(200), nullable=False),
    Column("way", String(8), nullable=False, default="password"),
    Column("awaits_code", Boolean, nullable=False, default=False),
    Column("proved_at", BigInteger, nullable=False, default=0),
)

reset = Table(
    "agent_reset",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("agent_id", String(26), ForeignKey("agent.id"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
)

failure = Table(
    "login_failure",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("door", String(80), nullable=False),
    Column("at", BigInteger, nullable=False),
)
Index("ix_login_failure_door_at", failure.c.door, failure.c.at)


@dataclass(frozen=True, kw_only=True)
class Session:
    """One browser that is logged in, by `password` or `sso`. `browser` is what it said it is; `awaits_code`: the second
    step of the log-in is still to come; `proved_at`: when the person last proved who they are. Times in ms.
    """

    id: str
    agent_id: str
    created_at: int
    seen_at: int
    address: str
    browser: str
    way: str = "password"
    awaits_code: bool = False
    proved_at: int = 0


_columns = tuple(session.c[name] for name in Session.__dataclass_fields__)


def hashed(token: str) -> str:
    """What is stored instead of a token."""
    return sha256(token.encode()).hexdigest()


def add_session(tx: Connection, row: Session, token: str) -> None:
    """Store a new session."""
    tx.execute(session.insert().values(**row.__dict__, token_hash=hashed(token)))


def find_session(tx: Connection, token: str, *, created_after: int, seen_after: int) -> Session | None:
    """The session a token belongs to, unless it is older or has been idle longer than given (ms)."""
    row = tx.execute(
        select(*_columns).where(
            session.c.token_hash == hashed(token),
            session.c.created_at > created_after,
            session.c.seen_at > seen_after,
        )
    ).one_or_none()
    return Session(**row._mapping) if row else None


def living_sessions(tx: Connection, session_ids: list[str], *, created_after: int) -> dict[str, str]:
    """Which of these sessions still exist, each with its person."""
    rows = tx.execute(
        select(session.c.id, session.c.agent_id).where(
            session.c.id.in_(session_ids), session.c.created_at > created_after
        )
    )
    return {row[0]: row[1] for row in rows}


def sessions_of(tx: Connection, agent_id: str, *, created_after: int, seen_after: int) -> list[Session]:
    """A person's sessions, the latest used first."""
    rows = tx.execute(
        select(*_columns)
        .where(session.c.agent_id == agent_id, session.c.created_at > created_after, session.c.seen_at > seen_after)
        .where(~session.c.awaits_code)
        .order_by(session.c.seen_at.desc(), session.c.id)
    )
    return [Session(**row._mapping) for row in rows]


def touch_sessions(tx: Connection, session_ids: list[str], at: int) -> None:
    """Note that sessions were used."""
    tx.execute(update(session).where(session.c.id.in_(session_ids)).values(seen_at=at))


def prove_session(tx: Connection, session_id: str, at: int) -> None:
    """Note that the person of a session has just proved who they are."""
    tx.execute(update(session).where(session.c.id == session_id).values(proved_at=at))


def end_session(tx: Connection, agent_id: str, session_id: str) -> bool:
    """End one session of a person; False when there is none."""
    ended = tx.execute(delete(session).where(session.c.id == session_id, session.c.agent_id == agent_id))
    return ended.rowcount == 1


def end_sessions(tx: Connection, agent_id: str, *, but: str = "", way: str = "") -> None:
    """Sign a person out everywhere, `but` in one session; with a `way`, where they logged in like that."""
    theirs = delete(session).where(session.c.agent_id == agent_id, session.c.id != but)
    tx.execute(theirs.where(session.c.way == way) if way else theirs)


def drop_expired(tx: Connection, *, created_before: int, seen_before: int, now: int) -> None:
    """Forget sessions, links and failures that no longer mean anything."""
    tx.execute(delete(session).where((session.c.created_at <= created_before) | (session.c.seen_at <= seen_before)))
    tx.execute(delete(reset).where(reset.c.expires_at <= now))


def add_reset(tx: Connection, agent_id: str, token: str, expires_at: int) -> None:
    """Store a link to set a new password; older links of this person stop working."""
    tx.execute(delete(reset).where(reset.c.agent_id == agent_id))
    tx.execute(reset.insert().values(token_hash=hashed(token), agent_id=agent_id, expires_at=expires_at))


def reset_of(tx: Connection, token: str, now: int) -> str | None:
    """Whose link this is, unless it expired or was used."""
    return tx.execute(
        select(reset.c.agent_id)
        .join(agent, agent.c.id == reset.c.agent_id)
        .where(reset.c.token_hash == hashed(token), reset.c.expires_at > now, ~agent.c.disabled)
    ).scalar_one_or_none()


def use_reset(tx: Connection, token: str) -> bool:
    """Use a link up; False when somebody else just did."""
    return tx.execute(delete(reset).where(reset.c.token_hash == hashed(token))).rowcount == 1


def used_since(tx: Connection, since: int) -> set[str]:
    """Whose sessions, of people who are not disabled, were used at `since` (ms) or later."""
    query = select(session.c.agent_id).join(agent, agent.c.id == session.c.agent_id)
    return set(tx.execute(query.where(session.c.seen_at >= since, ~agent.c.disabled)).scalars())


def drop_resets(tx: Connection, agent_id: str) -> None:
    """Make all links of a person useless."""
    tx.execute(delete(reset).where(reset.c.agent_id == agent_id))


def knock(tx: Connection, doors: dict[str, int], *, since: int, at: int) -> int:
    """Count an attempt at each door (an account, an address; with the most attempts it allows) before it is made.

    Returns 0, or for a locked door the time (ms) of the oldest attempt that locks it. Counting first means that many
    attempts at once get no further than many in a row.
    """
    for door, limit in doors.items():
        if tx.dialect.name == "postgresql":  # where writers run side by side, those at one door form a line
            tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(door))))
        query = select(failure.c.at).where(failure.c.door == door, failure.c.at > since)
        latest = list(tx.execute(query.order_by(failure.c.at.desc()).limit(limit)).scalars())
        if len(latest) >= limit:
            return int(latest[-1])
    for door in doors:
        tx.execute(failure.insert().values(door=door, at=at))
    return 0


def forgive(tx: Connection, account: str, address: str, at: int) -> None:
    """The attempt of `at` was right: forget those at the account, and this one at the address."""
    tx.execute(delete(failure).where(failure.c.door == account))
    tx.execute(delete(failure).where(failure.c.door == address, failure.c.at == at))


def drop_failures(tx: Connection, before: int) -> None:
    """Forget failures before a time (ms)."""
    tx.execute(delete(failure).where(failure.c.at <= before))
