"""Log-in by the company's own provider: out to it, back from it, and which account it is here.

An account is found by what the provider calls the person for ever (issuer and subject). A first log-in finds it by an
e-mail address only when the provider says that the address was verified, and one account alone has it.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection

from connectors.message import JSON
from connectors.oidc import Unproved
from desk.access import Access, SingleSignOn
from desk.errors import Refused
from desk.permissions import ADMIN, AGENT, abilities_of
from desk.signin import CODE_MS, SSO, SignedIn, SignIn
from desk.tiers import Tiers
from storage import agent_sessions, agents
from storage import single_sign_on as stored
from storage.agents import Agent
from storage.audit import Actor, record
from storage.database import Database
from storage.single_sign_on import Attempt

log = structlog.get_logger(__name__)

NO_PASSWORD = "!"  # what no password hashes to  # noqa: S105


@dataclass(frozen=True, kw_only=True)
class Departure:
    """Where a browser is sent, and the secret that its cookie keeps meanwhile."""

    url: str
    browser: str


class SingleSignOnFlow:
    """All methods raise `desk.errors.Refused`."""

    def __init__(self, db: Database, sign_in: SignIn, tiers: Tiers, clock: Callable[[], int], access: Access) -> None:
        self._db, self._sign_in, self._tiers, self._clock, self._access = db, sign_in, tiers, clock, access

    @property
    def _rules(self) -> SingleSignOn:
        if self._access.sso is None:
            raise Refused("sso_off")
        return self._access.sso

    async def leave(self, *, address: str, agent_id: str = "") -> Departure:
        """Send a browser to the provider: to log in, or to link the account of `agent_id`."""
        provider = self._rules.provider
        await self._sign_in.knock_at_provider(address)
        state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        try:
            url = await provider.address(state=state, nonce=nonce, verifier=verifier, again=bool(agent_id))
        except Unproved as error:
            log.warning("sso.away", problem=str(error))
            raise Refused("sso_away") from error
        attempt = Attempt(nonce=nonce, verifier=verifier, agent_id=agent_id)
        await self._db.write(stored.begin_attempt, attempt, state=state, browser=browser, at=self._clock())
        return Departure(url=url, browser=browser)

    async def come_back(self, code: str, state: str, cookie: str, *, address: str, browser: str) -> SignedIn | None:
        """Let in who the provider has proved; None: an account was linked, its session goes on."""
        provider, since = self._rules.provider, self._clock() - CODE_MS
        attempt = await self._db.write(stored.end_attempt, state=state, browser=cookie, since=since)
        if attempt is None:
            raise Refused("sso_failed")
        try:
            claims = await provider.redeem(code, nonce=attempt.nonce, verifier=attempt.verifier)
        except Unproved as error:
            log.warning("sso.unproved", problem=str(error))
            await self._sign_in.failed(None, "sso", address)
            raise Refused("sso_away" if error.away else "sso_failed") from error
        if attempt.agent_id:
            await self._db.write(self._link, attempt.agent_id, claims["sub"], address)
            return None
        try:
            return await self._db.write(self._enter, claims, address, browser)
        except Refused as refused:
            log.warning("sso.refused", reason=refused.code)
            await self._sign_in.failed(None, "sso", address)
            raise

    async def farewell(self, who: SignedIn) -> str:
        """Where the browser of somebody who came by the provider goes on to log out there, too; empty: nowhere."""
        rules = self._access.sso
        if rules is None or not rules.home or who.session.way != SSO:
            return ""
        try:
            return await rules.provider.farewell(rules.home)
        except Unproved as error:  # the session here has ended all the same
            log.warning("sso.away", problem=str(error))
            return ""

    async def unlink(self, who: Actor, agent_id: str) -> None:
        """Part a person from their account at the provider, and end the sessions that began with it."""

        def part(tx: Connection) -> None:
            agent = agents.find_agent(tx, agent_id)
            if agent is None or not stored.unlink(tx, agent_id):
                raise Refused("not_found")
            agent_sessions.end_sessions(tx, agent_id, way=SSO)
            record(tx, who, "sso.unlinked", at=self._clock(), subject=agent_id, subject_name=agent.name)

        await self._db.write(part)
        await self._sign_in.tell_sessions()

    def _link(self, tx: Connection, agent_id: str, subject: str, address: str) -> None:
        agent = agents.find_agent(tx, agent_id)
        if agent is None or agent.disabled:
            raise Refused("signed_out")
        if not stored.link(tx, self._rules.provider.issuer, subject, agent_id, self._clock()):
            raise Refused("sso_taken")
        who = Actor(id=agent_id, name=agent.name, address=address)
        record(tx, who, "sso.linked", at=self._clock(), subject=agent_id, subject_name=agent.name)

    def _enter(self, tx: Connection, claims: JSON, address: str, browser: str) -> SignedIn:
        rules, subject = self._rules, claims["sub"]
        email = str(claims.get("email", "")) if claims.get("email_verified") is True else ""
        if rules.domains and email.rpartition("@")[2].lower() not in rules.domains:
            raise Refused("sso_unknown")
        agent_id = stored.agent_of(tx, rules.provider.issuer, subject)
        if agent_id is None:
            agent_id = self._known_by_email(tx, email) or self._created(tx, claims, email)
            self._link(tx, agent_id, subject, address)
        agent = agents.find_agent(tx, agent_id)
        if agent is None or agent.disabled:
            raise Refused("sso_unknown")
        return self._sign_in.begin(tx, agent_id, address, browser, way=SSO, values=self._mapped(tx, agent, claims))

    @staticmethod
    def _known_by_email(tx: Connection, email: str) -> str | None:
        found = stored.with_email(tx, email) if email else []
        return found[0] if len(found) == 1 else None

    def _created(self, tx: Connection, claims: JSON, email: str) -> str:
        if not self._rules.create:
            raise Refused("sso_unknown")
        wanted = str(claims.get("preferred_username") or email.partition("@")[0] or "colleague").lower()
        login = re.sub(r"[^a-z0-9._-]", "", wanted.partition("@")[0])[:30]
        name = " ".join(str(claims.get("name") or login or "").split())[:60] or "Colleague"
        for candidate in (login, f"{login}.{secrets.token_hex(3)}"):
            if len(candidate) < 2:
                continue
            added = agents.add_agent(
                tx, login=candidate, name=name, email=email, role=AGENT, tiers=(), grade=next(iter(self._tiers.grades)),
                languages=("zh", "en"), skills=(), capacity=4, language="en", password=NO_PASSWORD,
            )  # fmt: skip
            if added is not None:
                record(tx, Actor(), "user.added", at=self._clock(), subject=added.id, subject_name=added.name)
                return added.id
        raise Refused("sso_unknown")

    def _mapped(self, tx: Connection, agent: Agent, claims: JSON) -> JSON:
        """Role and tiers as the provider has them; the last admin stays one, whatever it says. Raises `sso_unknown`."""
        rules = self._rules
        values: JSON = {}
        if rules.role_claim:
            mapped = {rules.roles[each] for each in _values(claims, rules.role_claim) if each in rules.roles}
            if not mapped:  # who is in none of the groups does not work here any more
                raise Refused("sso_unknown")
            role = max(mapped, key=lambda each: len(abilities_of(each)))
            if role != agent.role and not (agent.role == ADMIN and agents.lock_admins(tx) == [agent.id]):
                values["role"] = role
        if rules.tier_claim:
            tiers = tuple(
                dict.fromkeys(rules.tiers[each] for each in _values(claims, rules.tier_claim) if each in rules.tiers)
            )
            if tiers and tiers != agent.tiers:
                values["tiers"] = tiers
        if values:
            record(
                tx, Actor(), "user.changed", at=self._clock(), subject=agent.id, subject_name=agent.name, details=values
            )
        if "role" in values:
            agent_sessions.end_sessions(tx, agent.id)  # those of another role
        return values


def _values(claims: JSON, name: str) -> list[str]:
    """The words of a claim; `realm_access.roles` looks inside."""
    found: Any = claims
    for part in [name] if name in claims else name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, str):
        return [found]
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
