"""Getting in: log-in with lock-out, sessions, changing the password, and links that set a new one."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.rates import network_of
from desk.errors import Refused
from desk.passwords import Passwords, weakness
from storage import agent_sessions as sessions
from storage import agents
from storage.agent_sessions import Session
from storage.agents import Agent
from storage.audit import Actor
from storage.bus import Bus
from storage.database import Database
from storage.tables import new_id

HOUR_MS = 3_600_000
IDLE_MS = 12 * HOUR_MS
LIFE_MS = 7 * 24 * HOUR_MS
TOUCH_MS = 60_000  # how exactly the last use of a session is known
RESET_MS = 24 * HOUR_MS
LOCK_MS = 15 * 60_000
ACCOUNT_ATTEMPTS, ADDRESS_ATTEMPTS = 5, 20


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A person and the session they are in; `token` is the cookie's value, `csrf` what changes must be sent with."""

    agent: Agent
    session: Session
    token: str

    @property
    def csrf(self) -> str:
        """Derived from the session's token, which scripts cannot read: known to our pages only."""
        return hashlib.sha256(f"csrf:{self.token}".encode()).hexdigest()

    @property
    def actor(self) -> Actor:
        """The person as the audit trail names them."""
        return Actor(id=self.agent.id, name=self.agent.name, address=self.session.address)

    def proves(self, csrf: str) -> bool:
        """Whether a request carries the right CSRF token."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode())


class SignIn:
    """Sessions of the desk. All methods raise `desk.errors.Refused`."""

    def __init__(self, db: Database, bus: Bus, passwords: Passwords, clock: Callable[[], int]) -> None:
        self._db, self._bus, self._passwords, self._clock = db, bus, passwords, clock

    async def log_in(self, login: str, password: str, *, address: str, browser: str) -> SignedIn:
        """Check a password and begin a session."""
        account, place = f"account:{login}", f"address:{network_of(address)}"
        now = await self._knock({account: ACCOUNT_ATTEMPTS, place: ADDRESS_ATTEMPTS})
        found = await self._db.read(agents.find_login, login)
        agent, stored = found or (None, None)
        if not await self._passwords.matches(stored, password) or agent is None or stored is None or agent.disabled:
            raise Refused("bad_login")
        renewed = await self._passwords.hash(password) if self._passwords.outdated(stored) else ""
        return await self._db.write(self._enter, agent.id, stored, renewed, (account, place, now), address, browser)

    async def find(self, token: str) -> SignedIn:
        """Who a cookie belongs to. Raises `signed_out`."""
        now = self._clock()
        signed_in = await self._db.read(self._find, token, now)
        if signed_in is None:
            raise Refused("signed_out")
        if signed_in.session.seen_at < now - TOUCH_MS:
            await self._db.write(sessions.touch_sessions, [signed_in.session.id], now)
        return signed_in

    async def sessions(self, agent_id: str) -> list[Session]:
        """Where a person is signed in."""
        now = self._clock()
        return await self._db.read(
            sessions.sessions_of, agent_id, created_after=now - LIFE_MS, seen_after=now - IDLE_MS
        )

    async def sign_out(self, agent_id: str, session_id: str) -> None:
        """End one session. Raises `not_found`."""
        if not await self._db.write(sessions.end_session, agent_id, session_id):
            raise Refused("not_found")
        await self._bus.publish("desk", {"type": "sessions"})

    async def sign_out_everywhere(self, agent_id: str) -> None:
        """End all sessions of a person."""
        await self._db.write(sessions.end_sessions, agent_id)
        await self._bus.publish("desk", {"type": "sessions"})

    async def change_password(self, who: SignedIn, current: str, new: str, *, address: str, browser: str) -> SignedIn:
        """Set a new password; every other session ends and this one is replaced."""
        account = f"change:{who.agent.id}"
        now = await self._knock({account: ACCOUNT_ATTEMPTS})
        stored = await self._db.read(agents.password_of, who.agent.id)
        if not await self._passwords.matches(stored, current):
            raise Refused("wrong_password", field="current")
        if current == new:
            raise Refused("weak_password", field="new", problem="password_same")
        _require_strong(new, who.agent)
        hashed = await self._passwords.hash(new)
        attempt = (account, account, now)
        signed_in = await self._db.write(self._replace, who.agent.id, stored, hashed, attempt, address, browser)
        await self._bus.publish("desk", {"type": "sessions"})
        return signed_in

    async def issue_reset(self, agent_id: str) -> tuple[str, int]:
        """A token that sets a new password once, and when it expires (ms)."""
        token, expires_at = secrets.token_urlsafe(32), self._clock() + RESET_MS
        await self._db.write(sessions.add_reset, agent_id, token, expires_at)
        return token, expires_at

    async def use_reset(self, token: str, new: str) -> None:
        """Set a new password with a token; all sessions end."""
        agent_id = await self._db.read(sessions.reset_of, token, self._clock())
        agent = await self._db.read(agents.find_agent, agent_id) if agent_id else None
        if agent is None:
            raise Refused("bad_token")
        _require_strong(new, agent)
        hashed = await self._passwords.hash(new)
        await self._db.write(self._reset, token, agent, hashed)
        await self._bus.publish("desk", {"type": "sessions"})

    async def tidy(self) -> None:
        """Forget what has expired."""
        await self._db.write(self._tidy, self._clock())

    async def _knock(self, doors: dict[str, int]) -> int:
        now = self._clock()
        oldest = await self._db.write(sessions.knock, doors, since=now - LOCK_MS, at=now)
        if oldest:
            seconds = max(1, -(-(oldest + LOCK_MS - now) // 1000))
            raise Refused("too_many", retry_after=seconds, minutes=-(-seconds // 60))
        return now

    def _find(self, tx: Connection, token: str, now: int) -> SignedIn | None:
        session = sessions.find_session(tx, token, created_after=now - LIFE_MS, seen_after=now - IDLE_MS)
        agent = agents.find_agent(tx, session.agent_id) if session else None
        if session is None or agent is None or agent.disabled:
            return None
        return SignedIn(agent=agent, session=session, token=token)

    def _enter(
        self, tx: Connection, agent_id: str, stored: str, renewed: str, attempt: tuple[str, str, int],
        address: str, browser: str,
    ) -> SignedIn:  # fmt: skip
        agent = agents.find_agent(tx, agent_id)
        if agent is None or agent.disabled or agents.password_of(tx, agent_id) != stored:
            raise Refused("bad_login")
        sessions.forgive(tx, *attempt)
        values = {"password": renewed} if renewed else {}
        return self._begin(tx, agent_id, address, browser, **values)

    def _replace(
        self, tx: Connection, agent_id: str, stored: str, hashed: str, attempt: tuple[str, str, int],
        address: str, browser: str,
    ) -> SignedIn:  # fmt: skip
        if agents.password_of(tx, agent_id) != stored:
            raise Refused("wrong_password", field="current")
        sessions.forgive(tx, *attempt)
        sessions.end_sessions(tx, agent_id)
        sessions.drop_resets(tx, agent_id)
        return self._begin(tx, agent_id, address, browser, password=hashed, must_change=False)

    def _begin(self, tx: Connection, agent_id: str, address: str, browser: str, **values: object) -> SignedIn:
        now = self._clock()
        token = secrets.token_urlsafe(32)
        session = Session(
            id=new_id(), agent_id=agent_id, created_at=now, seen_at=now, address=address[:64], browser=browser[:200]
        )
        sessions.add_session(tx, session, token)
        agent = agents.change_agent(tx, agent_id, last_login_at=now, **values)
        if agent is None:
            raise Refused("signed_out")
        return SignedIn(agent=agent, session=session, token=token)

    def _reset(self, tx: Connection, token: str, agent: Agent, hashed: str) -> None:
        if not sessions.use_reset(tx, token):
            raise Refused("bad_token")
        sessions.end_sessions(tx, agent.id)
        sessions.forgive(tx, f"account:{agent.login}", "", 0)
        agents.change_agent(tx, agent.id, password=hashed, must_change=False)

    def _tidy(self, tx: Connection, now: int) -> None:
        sessions.drop_expired(tx, created_before=now - LIFE_MS, seen_before=now - IDLE_MS, now=now)
        sessions.drop_failures(tx, now - LOCK_MS)


def _require_strong(password: str, agent: Agent) -> None:
    if problem := weakness(password, login=agent.login, name=agent.name):
        raise Refused("weak_password", field="new", problem=problem)
