"""How people grow: what their next grade asks for, what they have, who is due, and the promotion itself, which is
always a supervisor's act.
"""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from connectors.message import JSON
from desk.errors import Refused, bad_field
from desk.growth_settings import Criteria, Growth
from desk.permissions import STAFF
from desk.service import DeskService
from desk.signin import SignedIn
from storage import agents, audit, growth, reviews, trainings
from storage.agents import Agent
from storage.growth import Worked
from storage.tickets import Ticket

DAY_MS = 86_400_000
SHOWN = 30
"""How many of the cases behind a number are listed."""
ITEMS = ("workload", "support", "recommend")
"""What the agents' own survey asks, 1 to 5."""
ENOUGH = 5
"""From so many answers on, the survey's figures are shown."""


NOTHING = Worked()


@dataclass(frozen=True, kw_only=True)
class Record:
    """What somebody has: in the period, and (`trainings`, `months`) now."""

    worked: Worked = NOTHING
    quality: float = 0.0
    reviews: int = 0
    trainings: int = 0
    months: int = 0


@dataclass(frozen=True, kw_only=True)
class Check:
    """One criterion. `of`: on how many it rests, `of_need`: on how many it must; 0 for those that are counts."""

    name: str
    have: float
    need: float
    of: int = 0
    of_need: int = 0

    @property
    def met(self) -> bool:
        """Whether it is fulfilled."""
        return self.have >= self.need and self.of >= self.of_need

    def to_json(self) -> JSON:
        """As the console shows it."""
        return asdict(self) | {"met": self.met}


def checks(criteria: Criteria, record: Record) -> list[Check]:
    """What a grade asks for beside what somebody has. A mean of too few is no mean; a share of none is none."""
    worked = record.worked
    found = []
    if criteria.solved:
        found.append(Check(name="solved", have=worked.solved, need=criteria.solved))
    if criteria.rating is not None:
        found.append(
            Check(name="rating", have=worked.rating, need=criteria.rating, of=worked.ratings, of_need=criteria.ratings)
        )
    if criteria.quality is not None:
        found.append(
            Check(
                name="quality", have=record.quality, need=criteria.quality, of=record.reviews, of_need=criteria.reviews
            )
        )
    if criteria.sla is not None:
        share = worked.kept / worked.promises if worked.promises else 0.0
        found.append(Check(name="sla", have=share, need=criteria.sla, of=worked.promises, of_need=1))
    if criteria.trainings:
        found.append(Check(name="trainings", have=record.trainings, need=criteria.trainings))
    if criteria.months:
        found.append(Check(name="months", have=record.months, need=criteria.months))
    return found


def months_between(since: int, until: int, zone: ZoneInfo) -> int:
    """Whole months of the calendar from one instant (ms) to another."""
    start, end = (datetime.datetime.fromtimestamp(at / 1000, zone).date() for at in (since, until))
    return max(0, (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day))


def quarter_of(at: int, zone: ZoneInfo) -> str:
    """Such as 2026-Q4."""
    day = datetime.datetime.fromtimestamp(at / 1000, zone)
    return f"{day.year}-Q{(day.month + 2) // 3}"


class People:
    """All methods raise `desk.errors.Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def of(self, agent_id: str) -> JSON:
        """Somebody's grade, what the next one asks for, the work behind it, and the way so far."""
        return await self._desk.db.read(self._of, agent_id)

    async def team(self) -> JSON:
        """Everybody who talks to customers, with who is due."""
        return await self._desk.db.read(self._team)

    async def promote(self, who: SignedIn, agent_id: str, *, grade: str, note: str, despite: bool) -> JSON:
        """The next grade for somebody. Raises `not_due` for what is not met, unless that is to be so."""
        if who.agent.id == agent_id:
            raise Refused("forbidden")
        if grade not in self._settings.grades:
            raise bad_field("grade", "unknown_grade")
        if not note:
            raise bad_field("note", "note_needed")
        await self._desk.db.write(self._promote, who, agent_id, grade, note, despite)
        await self._desk.bus.publish("desk", {"type": "user", "agent_id": agent_id})
        return await self.of(agent_id)

    async def survey(self, agent: Agent, scores: Mapping[str, int]) -> JSON:
        """Count somebody's answers of this quarter. Raises `answered` for a second time."""
        quarter = quarter_of(self._desk.clock(), self._zone)
        if not await self._desk.db.write(growth.answer, agent.id, quarter, scores):
            raise Refused("answered")
        return await self.survey_of(agent)

    async def survey_of(self, agent: Agent) -> JSON:
        """Whether somebody has answered in this quarter."""
        quarter = quarter_of(self._desk.clock(), self._zone)
        done = await self._desk.db.read(growth.answered, agent.id, quarter)
        return {"quarter": quarter, "answered": done, "items": list(ITEMS)}

    async def figures(self, days: int) -> JSON:
        """Promotions, trainings and the survey, for the report."""
        now = self._desk.clock()
        return await self._desk.db.read(self._figures, now - days * DAY_MS, now)

    @property
    def _settings(self) -> Growth:
        return self._desk.tiers.growth

    @property
    def _grades(self) -> Mapping[str, object]:
        return self._desk.tiers.grades

    @property
    def _zone(self) -> ZoneInfo:
        return self._desk.tiers.hours.time_zone

    def _period(self) -> tuple[int, int]:
        now = self._desk.clock()
        return now - self._settings.period_days * DAY_MS, now + 1

    def _records(self, tx: Connection, people: list[Agent]) -> dict[str, Record]:
        since, until = self._period()
        only = people[0].id if len(people) == 1 else ""
        worked = growth.worked(tx, since, until, only)
        scored, passed, stepped = reviews.settled(tx, since, until), trainings.passed_counts(tx), growth.last_steps(tx)
        found = {}
        for each in people:
            count, mean = scored.get(each.id, (0, 0.0))
            found[each.id] = Record(
                worked=worked.get(each.id, NOTHING), quality=mean, reviews=count, trainings=passed.get(each.id, 0),
                months=months_between(stepped.get(each.id, each.created_at), until, self._zone),
            )  # fmt: skip
        return found

    def _shown(self, agent: Agent, record: Record) -> JSON:
        following = self._settings.following(agent.grade, self._grades)
        found = checks(self._settings.grades[following], record) if following else []
        return {
            "id": agent.id, "name": agent.name, "tiers": list(agent.tiers), "grade": agent.grade, "next": following,
            "checks": [each.to_json() for each in found], "due": bool(found) and all(each.met for each in found),
        }  # fmt: skip

    def _of(self, tx: Connection, agent_id: str) -> JSON:
        agent = agents.find_agent(tx, agent_id)
        if agent is None:
            raise Refused("not_found")
        since, until = self._period()
        shown = self._shown(agent, self._records(tx, [agent])[agent_id])
        solved = growth.solved_cases(tx, agent_id, since, until, SHOWN)
        rated = growth.rated_cases(tx, agent_id, since, until, SHOWN)
        return shown | {
            "period_days": self._settings.period_days,
            "solved": [_case(each) for each in solved],
            "rated": [_case(each) for each in rated],
            "history": [asdict(each) for each in growth.steps_of(tx, agent_id)],
        }

    def _team(self, tx: Connection) -> JSON:
        people = [each for each in agents.all_agents(tx, disabled=False) if each.role in STAFF]
        records = self._records(tx, people) if people else {}
        shown = [self._shown(each, records[each.id]) for each in people]
        return {"people": sorted(shown, key=lambda each: not each["due"]), "period_days": self._settings.period_days}

    def _promote(
        self, tx: Connection, who: SignedIn, agent_id: str, grade: str, note: str, despite: bool
    ) -> None:  # fmt: skip
        agents.lock_agent(tx, agent_id)
        agent = agents.find_agent(tx, agent_id)
        if agent is None or agent.disabled or agent.role not in STAFF:
            raise Refused("not_found")
        if self._settings.following(agent.grade, self._grades) != grade:
            raise Refused("other_grade")
        shown = self._shown(agent, self._records(tx, [agent])[agent_id])
        missing = [each["name"] for each in shown["checks"] if not each["met"]]
        if missing and not despite:
            raise Refused("not_due")
        now = self._desk.clock()
        agents.change_agent(tx, agent_id, grade=grade)
        growth.add_step(
            tx, agent_id=agent_id, from_grade=agent.grade, to_grade=grade, promotion=True, at=now, by_id=who.agent.id,
            by_name=who.agent.name, note=note, missing=missing,
        )  # fmt: skip
        details = {"from": agent.grade, "to": grade, "missing": missing}
        audit.record(
            tx, who.actor, "growth.promoted", at=now, subject=agent_id, subject_name=agent.name, details=details
        )

    def _figures(self, tx: Connection, since: int, until: int) -> JSON:
        people = [each for each in agents.all_agents(tx, disabled=False) if each.role in STAFF]
        able = sum(bool(self._settings.following(each.grade, self._grades)) for each in people)
        promoted = growth.promoted(tx, since, until + 1)
        hours, cost = trainings.spent(tx, since, until + 1)
        return {
            "people": len(people), "promoted": promoted,
            "promotion_rate": promoted / (able + promoted) if able + promoted else None,
            "training_hours": hours, "training_cost": cost,
            "survey": _quarters(growth.answers(tx), quarter_of(until, self._zone)),
        }  # fmt: skip


def _case(row: Ticket) -> JSON:
    score = row.rating["score"] if row.rating else None
    return {"id": row.id, "number": row.number, "closed_at": row.closed_at, "confirmed": row.confirmed, "score": score}


def _quarters(found: Mapping[str, Mapping[str, Mapping[int, int]]], now: str) -> list[JSON]:
    """A quarter's means are told when it is over: else what one more answer changes would tell that answer."""
    shown = []
    for quarter, items in found.items():
        count = max((sum(scores.values()) for scores in items.values()), default=0)
        told = quarter < now and count >= ENOUGH
        means = {
            item: sum(score * n for score, n in scores.items()) / sum(scores.values()) for item, scores in items.items()
        }
        shown.append({"quarter": quarter, "answers": count if told else None, "means": means if told else None})
    return shown
