"""The desk's people as admins and the command line manage them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from connectors.message import JSON
from desk.errors import Refused, bad_field
from desk.passwords import Passwords, new_password, weakness
from desk.tiers import Tiers
from storage import agent_sessions, agents, growth
from storage.agents import Agent
from storage.audit import Actor, record
from storage.bus import Bus
from storage.clock import now_ms
from storage.database import Database

COMMAND_LINE = Actor(name="command line")
"""Who does something in the shell of the machine itself."""


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """Who shall be added. An empty `password` is generated; empty `grade` means the first of tiers.yml."""

    login: str
    name: str
    role: str = "agent"
    tiers: tuple[str, ...] = ()
    email: str = ""
    grade: str = ""
    languages: tuple[str, ...] = ("zh", "en")
    skills: tuple[str, ...] = ()
    capacity: int = 4
    language: str = "en"
    password: str = ""


class People:
    """Adding, changing and disabling people. All methods raise `desk.errors.Refused`."""

    def __init__(
        self, db: Database, bus: Bus, tiers: Tiers, passwords: Passwords, clock: Callable[[], int] = now_ms
    ) -> None:
        self._db, self._bus, self._tiers, self._passwords, self._clock = db, bus, tiers, passwords, clock

    async def add(self, person: NewPerson, by: Actor = COMMAND_LINE) -> tuple[Agent, str]:
        """Add a person who chooses a new password at the first log-in; the password, if it was generated."""
        grade = person.grade or next(iter(self._tiers.grades))
        self._check(tiers=person.tiers, grade=grade)
        generated = "" if person.password else new_password()
        password = person.password or generated
        if person.password and (problem := weakness(password, login=person.login, name=person.name)):
            raise Refused("weak_password", field="password", problem=problem)
        hashed = await self._passwords.hash(password)
        added = await self._db.write(
            self._add, by, login=person.login, name=person.name, email=person.email, role=person.role,
            tiers=person.tiers, grade=grade, languages=person.languages, skills=person.skills,
            capacity=person.capacity, language=person.language, password=hashed,
        )  # fmt: skip
        if added is None:
            raise Refused("login_exists", field="login")
        await self._bus.publish("desk", {"type": "agents"})
        return added, generated

    async def all(self) -> list[Agent]:
        """Everyone, disabled ones too."""
        return await self._db.read(agents.all_agents)

    async def find(self, agent_id: str) -> Agent:
        """Raises `not_found`."""
        found = await self._db.read(agents.find_agent, agent_id)
        if found is None:
            raise Refused("not_found")
        return found

    async def find_login(self, login: str) -> Agent:
        """Raises `not_found`."""
        found = await self._db.read(agents.find_login, login)
        if found is None:
            raise Refused("not_found")
        return found[0]

    async def change(self, agent_id: str, values: JSON, by: Actor = COMMAND_LINE) -> Agent:
        """Set fields. Disabling ends all sessions; putting the person's tickets back is the caller's next step."""
        self._check(tiers=values.get("tiers"), grade=values.get("grade"))
        changed = await self._db.write(self._change, agent_id, values, by)
        for kind in ("agents", "sessions"):
            await self._bus.publish("desk", {"type": kind})
        await self._bus.publish("desk", {"type": "user", "agent_id": agent_id})
        return changed

    async def set_password(self, agent_id: str) -> str:
        """Give a person a generated password, which they change at the next log-in; all their sessions end."""
        password = new_password()
        hashed = await self._passwords.hash(password)
        await self._db.write(self._set_password, agent_id, hashed)
        await self._bus.publish("desk", {"type": "sessions"})
        return password

    def _check(self, *, tiers: tuple[str, ...] | None, grade: str | None) -> None:
        if any(tier not in self._tiers.tiers for tier in tiers or ()):
            raise bad_field("tiers", "no_such_tier")
        if grade is not None and grade not in self._tiers.grades:
            raise bad_field("grade", "unknown_grade")

    def _add(self, tx: Connection, /, by: Actor, **values: Any) -> Agent | None:
        added = agents.add_agent(tx, **values)
        if added is not None:
            details = {"login": added.login, "role": added.role, "tiers": list(added.tiers)}
            record(tx, by, "user.added", at=self._clock(), subject=added.id, subject_name=added.name, details=details)
        return added

    def _change(self, tx: Connection, agent_id: str, values: JSON, by: Actor) -> Agent:
        before = agents.find_agent(tx, agent_id)
        admins = agents.lock_admins(tx)
        demoted = values.get("disabled") or values.get("role", "admin") != "admin"
        if admins == [agent_id] and demoted:
            raise Refused("last_admin")
        changed = agents.change_agent(tx, agent_id, **values) if values else agents.find_agent(tx, agent_id)
        if changed is None or before is None:
            raise Refused("not_found")
        if details := _differences(before, changed, values):
            about = {"subject": agent_id, "subject_name": changed.name}
            record(tx, by, "user.changed", at=self._clock(), details=details, **about)
        if changed.grade != before.grade:  # nobody need say why; how long somebody has a grade counts for the next one
            growth.add_step(
                tx, agent_id=agent_id, from_grade=before.grade, to_grade=changed.grade, promotion=False,
                at=self._clock(), by_id=by.id, by_name=by.name, note="", missing=[],
            )  # fmt: skip
        if changed.disabled:
            agent_sessions.end_sessions(tx, agent_id)
            agent_sessions.drop_resets(tx, agent_id)
        return changed

    def _set_password(self, tx: Connection, agent_id: str, hashed: str) -> None:
        changed = agents.change_agent(tx, agent_id, password=hashed, must_change=True)
        if changed is None:
            raise Refused("not_found")
        agent_sessions.end_sessions(tx, agent_id)
        agent_sessions.drop_resets(tx, agent_id)
        agent_sessions.forgive(tx, f"account:{changed.login}", "", 0)


def _differences(before: Agent, after: Agent, values: JSON) -> JSON:
    """What was changed, and from what to what where that decides who may do what."""
    changed = [name for name in values if getattr(before, name) != getattr(after, name)]
    decide = [name for name in ("role", "disabled") if name in changed]
    told: JSON = {name: [getattr(before, name), getattr(after, name)] for name in decide}
    return {"changed": changed} | told if changed else {}
