"""The rota as the console shows it: shifts, absences, swaps, what is wrong with them, and who should be there now."""

from dataclasses import asdict

from sqlalchemy import Connection

from connectors.message import JSON
from desk import rota_calendar
from desk.errors import Refused
from desk.permissions import can
from desk.rota_moves import RotaMoves
from desk.rota_rules import Need, at_work, expected, flaws
from desk.service import DeskService
from storage import agents, settings, shifts
from storage.agents import Agent

DAY_MS = 86_400_000
AROUND_MS = 14 * DAY_MS  # who has no shift in so long does not work by a rota
FEED_MS = 400 * DAY_MS
ADOPTED, FEED = "staffing.", "rota.feed."


class Rota:
    """Raises `Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self.moves = RotaMoves(tiers=desk.tiers, clock=desk.clock)

    async def seen(self, agent: Agent, since: int, until: int) -> JSON:
        """The rota from `since` until `until` (ms): everybody's for supervisors, else one's own."""
        return await self._desk.db.read(self._seen, agent, since, until)

    async def now(self, agent: Agent) -> JSON:
        """Whether an agent works by a rota, should be there now, and is to come next."""
        return await self._desk.db.read(self._now, agent)

    async def feed_path(self, agent: Agent, *, renew: bool) -> str:
        """The path of an agent's private calendar; renewed, the one before is none any more. Raises `not_found` where
        nothing can be signed.
        """
        key = self._desk.ports.access.key
        if not key:
            raise Refused("not_found")
        db = self._desk.db
        generation = await (db.write(self._renewed, agent.id) if renew else db.read(self._generation, agent.id))
        return f"/desk/api/rota/feed/{rota_calendar.token(key, agent.id, generation)}.ics"

    async def feed(self, token: str) -> bytes:
        """An agent's shifts as a calendar. Raises `not_found` for links that are not ours or not valid any more."""
        known = rota_calendar.of_token(self._desk.ports.access.key, token) if self._desk.ports.access.key else None
        if known is None:
            raise Refused("not_found")
        return await self._desk.db.read(self._feed, *known)

    def _seen(self, tx: Connection, agent: Agent, since: int, until: int) -> JSON:
        everything = can(agent, "supervise")
        only = "" if everything else agent.id
        # Rest and doubles are between a shift and the ones around it.
        around = shifts.shifts_between(tx, since - DAY_MS, until + DAY_MS, only)
        away = shifts.absences_between(tx, since - DAY_MS, until + DAY_MS, only)
        need = adopted(tx, tuple(self._desk.tiers.tiers)) if everything else {}
        hours = {tier: self._desk.tiers.hours_of(tier) for tier in self._desk.tiers.tiers}
        swaps = shifts.swaps_since(tx, self._desk.clock() - AROUND_MS, only)
        concerned = {each.shift_id for each in swaps} | {each.in_return for each in swaps if each.in_return}
        staff = [each for each in agents.all_agents(tx, disabled=False) if can(each, "take")]
        known = {each.id: each for each in around}
        return {
            "shifts": [asdict(each) for each in around if each.starts_at < until and each.ends_at > since],
            "absences": [asdict(each) for each in away if each.starts_at < until and each.ends_at > since],
            "swaps": [asdict(each) for each in swaps],
            "swapped": {
                each: asdict(row) for each in concerned if (row := known.get(each) or shifts.read_shift(tx, each))
            },
            "warnings": [asdict(each) for each in flaws(around, away, need, hours, since, until)],
            "agents": [{"id": each.id, "name": each.name, "tiers": list(each.tiers)} for each in staff],
            "time_zone": self._desk.tiers.hours.time_zone.key,
        }

    def _now(self, tx: Connection, agent: Agent) -> JSON:
        now = self._desk.clock()
        own = shifts.shifts_between(tx, now - AROUND_MS, now + AROUND_MS, agent.id)
        there = at_work(own, shifts.absences_between(tx, now - AROUND_MS, now + AROUND_MS, agent.id))
        coming = next((each for each in there if each.starts_at > now), None)
        return {
            "by_rota": bool(own),
            "on_shift": any(each.starts_at <= now < each.ends_at for each in there),
            "next_at": coming.starts_at if coming else None,
        }

    def _generation(self, tx: Connection, agent_id: str) -> int:
        return int(settings.read_setting(tx, FEED + agent_id, 1))

    def _renewed(self, tx: Connection, agent_id: str) -> int:
        generation = self._generation(tx, agent_id) + 1
        settings.write_setting(tx, FEED + agent_id, generation)
        return generation

    def _feed(self, tx: Connection, agent_id: str, generation: int) -> bytes:
        agent = agents.find_agent(tx, agent_id)
        if agent is None or agent.disabled or generation != self._generation(tx, agent_id):
            raise Refused("not_found")
        now = self._desk.clock()
        own = shifts.shifts_between(tx, now - 31 * DAY_MS, now + FEED_MS, agent_id)
        away = shifts.absences_between(tx, now - 31 * DAY_MS, now + FEED_MS, agent_id)
        language = "zh" if agent.language == "zh" else "en"
        names = {name: getattr(tier.name, language) for name, tier in self._desk.tiers.tiers.items()}
        return rota_calendar.written(at_work(own, away), agent.name, names, now)


def adopted(tx: Connection, tiers: tuple[str, ...]) -> Need:
    """The plan that supervisors chose to keep to: people on the rota by tier, weekday and hour."""
    need: dict[tuple[str, int, int], int] = {}
    for tier in tiers:
        for day, by_hour in enumerate(settings.read_setting(tx, ADOPTED + tier, [])):
            need |= {(tier, day, hour): people for hour, people in enumerate(by_hour) if people}
    return need


def should_be_here(tx: Connection, now: int) -> dict[str, set[str]]:
    """Ids of the agents who should be there now, by tier."""
    return expected(at_work(shifts.shifts_between(tx, now, now + 1), shifts.absences_between(tx, now, now + 1)), now)
