"""Getting in: log-in with lock-out, sessions, changing the password, and links that set a new one."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.message import JSON
from connectors.rates import network_of
from desk.access import OFF, Access
from desk.errors import Refused
from desk.passwords import Passwords, weakness
from desk.permissions import ADMIN
from storage import agent_sessions as sessions
from storage import agents, factors, single_sign_on
from storage.agent_sessions import Session
from storage.agents import Agent
from storage.audit import Actor, record
from storage.bus import Bus
from storage.database import Database
from storage.tables import new_id

HOUR_MS = 3_600_000
IDLE_MS = 12 * HOUR_MS
LIFE_MS = 7 * 24 * HOUR_MS
TOUCH_MS = 60_000  # how exactly the last use of a session is known
RESET_MS = 24 * HOUR_MS
LOCK_MS = 15 * 60_000
CODE_MS = 10 * 60_000  # for the second step of a log-in, and for a log-in by the provider
PROVED_MS = 15 * 60_000  # how long dangerous things may be done after proving who one is
ACCOUNT_ATTEMPTS, ADDRESS_ATTEMPTS = 5, 20
PROVIDER_ATTEMPTS = 600
PASSWORD, SSO = "password", "sso"
AWAITS_CODE, MUST_CHANGE, MUST_ENROL = "awaits_code", "must_change", "must_enrol"


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A person and the session they are in; `token` is the cookie's value, `csrf` what changes must be sent with.

    `stage` is what they must do before anything else, empty for nothing; `proved`: dangerous things may be done.
    """

    agent: Agent
    session: Session
    token: str
    stage: str = ""
    proved: bool = True

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

    def __init__(self, db: Database, bus: Bus, passwords: Passwords, clock: Callable[[], int], access: Access) -> None:
        self._db, self._bus, self._passwords, self._clock, self._access = db, bus, passwords, clock, access

    async def log_in(self, login: str, password: str, *, address: str, browser: str) -> SignedIn:
        """Check a password and begin a session, which awaits a code where the account has a second step."""
        attempt = await self.knock(login, address)
        found = await self._db.read(agents.find_login, login)
        agent, stored = found or (None, None)
        if not await self._passwords.matches(stored, password) or agent is None or stored is None or agent.disabled:
            await self.failed(agent, "password", address)
            raise Refused("bad_login")
        if self._access.sso and self._access.sso.only and agent.role != ADMIN:
            raise Refused("sso_only")
        renewed = await self._passwords.hash(password) if self._passwords.outdated(stored) else ""
        return await self._db.write(self._enter, agent.id, stored, renewed, attempt, address, browser)

    async def knock(self, login: str, address: str) -> tuple[str, str, int]:
        """Count an attempt at an account from an address, for `forgive`. Raises `too_many`."""
        account, place = f"account:{login}", f"address:{network_of(address)}"
        return account, place, await self._knock({account: ACCOUNT_ATTEMPTS, place: ADDRESS_ATTEMPTS})

    async def knock_at_provider(self, address: str) -> None:
        """Count a browser that is sent to the provider. Raises `too_many`."""
        await self._knock({f"sso:{network_of(address)}": PROVIDER_ATTEMPTS})

    async def failed(self, agent: Agent | None, what: str, address: str) -> None:
        """Note that somebody did not get in: a wrong `what`."""
        who = Actor(address=address)
        subject, name = (agent.id, agent.login) if agent else ("", "")  # what was typed instead may be a password

        def note(tx: Connection) -> None:
            details = {"wrong": what}
            record(tx, who, "login.failed", at=self._clock(), subject=subject, subject_name=name, details=details)

        await self._db.write(note)

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

    async def sign_out(self, agent_id: str, session_id: str, by: Actor | None = None) -> None:
        """End one session, for somebody else when `by` is given. Raises `not_found`."""

        def end(tx: Connection) -> bool:
            if by is not None:
                record(tx, by, "sessions.ended", at=self._clock(), subject=agent_id, details={"session": session_id})
            return sessions.end_session(tx, agent_id, session_id)

        if not await self._db.write(end):
            raise Refused("not_found")
        await self._bus.publish("desk", {"type": "sessions"})

    async def sign_out_everywhere(self, agent_id: str) -> None:
        """End all sessions of a person."""
        await self._db.write(sessions.end_sessions, agent_id)
        await self._bus.publish("desk", {"type": "sessions"})

    async def tell_sessions(self) -> None:
        """Open consoles whose session has ended close."""
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
        signed_in = await self._db.write(self._replace, who, stored, hashed, attempt, address, browser)
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
        if session.awaits_code and session.created_at <= now - CODE_MS:
            return None
        return self._shown(tx, agent, session, token)

    def _shown(self, tx: Connection, agent: Agent, session: Session, token: str) -> SignedIn:
        has_factor = self._access.two_factor != OFF and factors.enrolled(tx, agent.id)
        by_password, stage = session.way == PASSWORD, ""
        if session.awaits_code:
            stage = AWAITS_CODE
        elif agent.must_change and by_password:
            stage = MUST_CHANGE
        elif self._access.demands(agent) and by_password and not has_factor:
            stage = MUST_ENROL
        proved = not (has_factor and by_password) or session.proved_at > self._clock() - PROVED_MS
        return SignedIn(agent=agent, session=session, token=token, stage=stage, proved=proved)

    def _enter(
        self, tx: Connection, agent_id: str, stored: str, renewed: str, attempt: tuple[str, str, int],
        address: str, browser: str,
    ) -> SignedIn:  # fmt: skip
        agent = agents.find_agent(tx, agent_id)
        if agent is None or agent.disabled or agents.password_of(tx, agent_id) != stored:
            raise Refused("bad_login")
        values = {"password": renewed} if renewed else {}
        awaits_code = self._access.two_factor != OFF and factors.enrolled(tx, agent_id)
        if not awaits_code:
            sessions.forgive(tx, *attempt)
        return self.begin(tx, agent_id, address, browser, awaits_code=awaits_code, values=values)

    def _replace(
        self, tx: Connection, who: SignedIn, stored: str, hashed: str, attempt: tuple[str, str, int],
        address: str, browser: str,
    ) -> SignedIn:  # fmt: skip
        agent_id, was = who.agent.id, who.session
        if agents.password_of(tx, agent_id) != stored:
            raise Refused("wrong_password", field="current")
        sessions.forgive(tx, *attempt)
        sessions.end_sessions(tx, agent_id)
        sessions.drop_resets(tx, agent_id)
        record(tx, who.actor, "password.changed", at=self._clock(), subject=agent_id, subject_name=who.agent.name)
        new: JSON = {"password": hashed, "must_change": False}
        return self.begin(tx, agent_id, address, browser, way=was.way, proved_at=was.proved_at, values=new)

    def begin(
        self, tx: Connection, agent_id: str, address: str, browser: str, *, way: str = PASSWORD,
        awaits_code: bool = False, proved_at: int | None = None, values: JSON | None = None,
    ) -> SignedIn:  # fmt: skip
        """Begin a session of a person who was let in, and set fields of theirs."""
        now = self._clock()
        token = secrets.token_urlsafe(32)
        session = Session(
            id=new_id(), agent_id=agent_id, created_at=now, seen_at=now, address=address[:64], browser=browser[:200],
            way=way, awaits_code=awaits_code, proved_at=now if proved_at is None else proved_at,
        )  # fmt: skip
        sessions.add_session(tx, session, token)
        new = (values or {}) | ({} if awaits_code else {"last_login_at": now})
        agent = agents.change_agent(tx, agent_id, **new) if new else agents.find_agent(tx, agent_id)
        if agent is None:
            raise Refused("signed_out")
        signed_in = self._shown(tx, agent, session, token)
        if not awaits_code and proved_at is None:
            record(
                tx, signed_in.actor, "login", at=now, subject=agent.id, subject_name=agent.name, details={"way": way}
            )
        return signed_in

    def _reset(self, tx: Connection, token: str, agent: Agent, hashed: str) -> None:
        if not sessions.use_reset(tx, token):
            raise Refused("bad_token")
        sessions.end_sessions(tx, agent.id)
        sessions.forgive(tx, f"account:{agent.login}", "", 0)
        agents.change_agent(tx, agent.id, password=hashed, must_change=False)
        record(tx, Actor(), "password.reset", at=self._clock(), subject=agent.id, subject_name=agent.name)

    def _tidy(self, tx: Connection, now: int) -> None:
        sessions.drop_expired(tx, created_before=now - LIFE_MS, seen_before=now - IDLE_MS, now=now)
        sessions.drop_failures(tx, now - LOCK_MS)
        single_sign_on.drop_attempts(tx, now - CODE_MS)


def _require_strong(password: str, agent: Agent) -> None:
    if problem := weakness(password, login=agent.login, name=agent.name):
        raise Refused("weak_password", field="new", problem=problem)
