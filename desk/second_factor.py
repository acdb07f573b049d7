"""The second step of a log-in: codes of an authenticator app (RFC 6238), and recovery codes for when it is lost."""

import hmac
import secrets
from collections.abc import Callable

import pyotp
import segno
import structlog
from sqlalchemy import Connection

from connectors.message import JSON
from desk.access import OFF, Access
from desk.errors import Refused
from desk.sealing import Seal, Unreadable
from storage import agent_sessions, agents, factors
from storage.agents import Agent
from storage.audit import Actor, record
from storage.bus import Bus
from storage.database import Database

log = structlog.get_logger(__name__)

STEP_S = 30
DRIFT = 1  # steps a person's clock may be wrong by
CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


class SecondFactor:
    """All methods raise `desk.errors.Refused`. Codes are counted by who calls: `desk.signin`."""

    def __init__(self, db: Database, bus: Bus, clock: Callable[[], int], access: Access) -> None:
        self._db, self._bus, self._clock, self._access = db, bus, clock, access
        self._seal = Seal(access.key)

    async def status(self, agent: Agent) -> JSON:
        """What a person sees of their own second step."""
        factor, left = await self._db.read(_status, agent.id)
        return {
            "offered": self._access.two_factor != OFF,
            "required": self._access.demands(agent),
            "since": factor.confirmed_at if factor else None,
            "codes_left": left,
        }

    async def begin(self, agent: Agent) -> JSON:
        """A new secret for the person's app, as text and as a picture to scan; not in force before a code proves it."""
        if self._access.two_factor == OFF:
            raise Refused("two_factor_off")
        secret = pyotp.random_base32()
        if not await self._db.write(factors.begin_factor, agent.id, self._seal.close(secret, agent.id), self._clock()):
            raise Refused("two_factor_on")
        address = pyotp.TOTP(secret).provisioning_uri(name=agent.login, issuer_name=self._access.company)
        return {"secret": secret, "uri": address, "picture": _picture(address)}

    def confirm(self, tx: Connection, who: Actor, code: str) -> list[str]:
        """Put the begun secret in force; the recovery codes, which nobody sees again. Raises `bad_code`."""
        factor = factors.find_factor(tx, who.id)
        if factor is None:
            raise Refused("bad_code", field="code")
        if factor.confirmed_at is not None:
            raise Refused("two_factor_on")
        step = self._step(factor, code)
        if step is None or not factors.confirm_factor(tx, who.id, factor.secret, step, self._clock()):
            raise Refused("bad_code", field="code")
        record(tx, who, "two_factor.enrolled", at=self._clock(), subject=who.id, subject_name=who.name)
        return self._new_codes(tx, who.id)

    def passes(self, tx: Connection, who: Actor, code: str) -> bool:
        """Whether `code` is one of the app or a recovery code; it is used up then, whoever else tries the same."""
        factor = factors.find_factor(tx, who.id)
        if factor is None or factor.confirmed_at is None:
            return False
        step = self._step(factor, code)
        if step is not None:
            return factors.use_step(tx, who.id, step)
        spelled = "".join(code.lower().replace("-", "").split())
        if not factors.use_code(tx, who.id, self._seal.hashed(spelled, who.id)):
            return False
        left = {"left": factors.codes_left(tx, who.id)}
        record(tx, who, "two_factor.code_used", at=self._clock(), subject=who.id, subject_name=who.name, details=left)
        return True

    async def renew_codes(self, who: Actor) -> list[str]:
        """New recovery codes instead of the old ones."""

        def renew(tx: Connection) -> list[str]:
            if not factors.enrolled(tx, who.id):
                raise Refused("two_factor_none")
            record(tx, who, "two_factor.codes_renewed", at=self._clock(), subject=who.id, subject_name=who.name)
            return self._new_codes(tx, who.id)

        return await self._db.write(renew)

    async def take_away(self, who: Actor, agent_id: str) -> None:
        """Remove a person's second step; when somebody else does it, the person is signed out everywhere."""

        def remove(tx: Connection) -> None:
            agent = agents.find_agent(tx, agent_id)
            if agent is None:
                raise Refused("not_found")
            if not factors.drop_factor(tx, agent_id):
                raise Refused("two_factor_none")
            own = agent_id == who.id
            if not own:
                agent_sessions.end_sessions(tx, agent_id)
            action = "two_factor.disabled" if own else "two_factor.reset"
            record(tx, who, action, at=self._clock(), subject=agent_id, subject_name=agent.name)

        await self._db.write(remove)
        await self._bus.publish("desk", {"type": "sessions"})

    def _step(self, factor: factors.Factor, code: str) -> int | None:
        """The time step whose code this is, within the drift."""
        digits = "".join(code.split())
        if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
            return None
        try:
            totp = pyotp.TOTP(self._seal.open(factor.secret, factor.agent_id))
        except Unreadable:  # the key was changed: an admin must take the factor away
            log.error("two_factor.unreadable", agent=factor.agent_id)
            return None
        now = self._clock() // 1000 // STEP_S
        near = range(now - DRIFT, now + DRIFT + 1)
        return next((step for step in near if hmac.compare_digest(totp.generate_otp(step), digits)), None)

    def _new_codes(self, tx: Connection, agent_id: str) -> list[str]:
        codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(CODES)]
        factors.set_codes(tx, agent_id, [self._seal.hashed(code, agent_id) for code in codes])
        return [f"{code[:5]}-{code[5:]}" for code in codes]


def _status(tx: Connection, agent_id: str) -> tuple[factors.Factor | None, int]:
    return factors.find_factor(tx, agent_id), factors.codes_left(tx, agent_id)


def _picture(text: str) -> JSON:
    """A QR code: an SVG path of its dark squares in a picture of `size` by `size`."""
    code = segno.make(text, error="m", micro=False)
    rows = enumerate(code.matrix_iter(border=4))
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in rows for x, dark in enumerate(row) if dark)
    return {"size": code.symbol_size(border=4)[0], "path": path}
