"""The second step of getting in, as one session after another takes it: a code at log-in, one before something
dangerous, and the first one, which puts it in force.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from desk.errors import Refused
from desk.second_factor import SecondFactor
from desk.signin import AWAITS_CODE, SignedIn, SignIn
from storage import agent_sessions as sessions
from storage.bus import Bus
from storage.database import Database

Attempt = tuple[str, str, int]
Then = Callable[[Connection, Attempt], SignedIn]


class SecondStep:
    """Wrong codes count like wrong passwords, at the same account and address. All methods raise `Refused`."""

    def __init__(self, db: Database, bus: Bus, sign_in: SignIn, factor: SecondFactor) -> None:
        self._db, self._bus, self._sign_in, self._factor = db, bus, sign_in, factor

    async def enter(self, who: SignedIn, code: str, *, address: str, browser: str) -> SignedIn:
        """Let somebody in who gave their password before: the session that awaits a code is replaced."""
        if who.stage != AWAITS_CODE:
            return who

        def let_in(tx: Connection, attempt: Attempt) -> SignedIn:
            if not sessions.end_session(tx, who.agent.id, who.session.id):
                raise Refused("signed_out")
            sessions.forgive(tx, *attempt)
            return self._sign_in.begin(tx, who.agent.id, address, browser)

        attempt = await self._sign_in.knock(who.agent.login, address)
        entered = await self._db.write(self._if_right, who, code, attempt, let_in)
        return await self._told(entered, who, address)

    async def prove(self, who: SignedIn, code: str, *, address: str) -> None:
        """Let a session do dangerous things for a while."""

        def note(tx: Connection, attempt: Attempt) -> SignedIn:
            sessions.forgive(tx, *attempt)
            sessions.prove_session(tx, who.session.id, attempt[2])
            return who

        attempt = await self._sign_in.knock(who.agent.login, address)
        await self._told(await self._db.write(self._if_right, who, code, attempt, note), who, address)

    async def enrol(self, who: SignedIn, code: str, *, address: str) -> list[str]:
        """Put the person's app in force; their recovery codes. Their other sessions end."""

        def begin(tx: Connection, attempt: Attempt) -> list[str]:
            codes = self._factor.confirm(tx, who.actor, code)
            sessions.forgive(tx, *attempt)
            sessions.end_sessions(tx, who.agent.id, but=who.session.id)
            sessions.prove_session(tx, who.session.id, attempt[2])
            return codes

        codes = await self._db.write(begin, await self._sign_in.knock(who.agent.login, address))
        await self._bus.publish("desk", {"type": "sessions"})
        return codes

    def _if_right(self, tx: Connection, who: SignedIn, code: str, attempt: Attempt, then: Then) -> SignedIn | None:
        return then(tx, attempt) if self._factor.passes(tx, who.actor, code) else None

    async def _told(self, entered: SignedIn | None, who: SignedIn, address: str) -> SignedIn:
        if entered is None:
            await self._sign_in.failed(who.agent, "code", address)
            raise Refused("bad_code", field="code")
        return entered
