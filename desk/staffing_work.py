"""Makes staffing plans: reads the desk's history, simulates in a process of its own so that the desk goes on answering,
and sets beside the plan who is on the rota and who was there.
"""

import asyncio
import multiprocessing
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from connectors.message import JSON
from desk.forecast import WEEK_MS
from desk.handling import TierWork, tier_work
from desk.rota import ADOPTED, adopted
from desk.rota_rules import at_work, people
from desk.service import DeskService
from desk.simulation import Day, Level, simulate
from desk.staffing import Goal, Plan, planned
from desk.tiers import Tiers
from storage import settings, shifts
from storage.audit import Actor, record
from storage.database import Database
from storage.workload import workload

WEEKS = 8
TARGET, SHRINKAGE, RUNS = 0.9, 0.3, 100


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which plan is asked for: a tier's, for the week that begins with `monday`, from so many weeks of history."""

    tier: str
    monday: date
    goal: Goal
    weeks: int = WEEKS


def usual_goal(tiers: Tiers, tier: str) -> Goal:
    """What tiers.yml promises: first responses to tickets of normal urgency."""
    within_s = tiers.sla.target_ms("first_response", "normal", tier, "") / 1000
    return Goal(target=TARGET, within_s=within_s, shrinkage=SHRINKAGE, runs=RUNS)


async def work_of(db: Database, tiers: Tiers, question: Question, now: int) -> tuple[TierWork, tuple[int, int]]:
    """A tier's work, and the stretch (ms) it is of."""
    since = now - question.weeks * WEEK_MS
    done = await db.read(workload, since, now)
    hours = tiers.hours_of(question.tier)
    return await asyncio.to_thread(tier_work, done, question.tier, hours, now), (since, now)


def plan(
    tiers: Tiers, question: Question, work: TierWork, history: tuple[int, int], told: Callable[[float], None],
    run: Callable[[Day, int], list[Level]] = simulate,
) -> Plan:  # fmt: skip
    """The plan that is asked for; it takes some seconds."""
    hours = tiers.hours_of(question.tier)
    return planned(question.tier, work, hours, history, question.monday, question.goal, told, run)


class Staffing:
    """For those who may supervise. Raises `Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self._one = asyncio.Lock()  # a plan keeps a core busy

    async def make(self, question: Question) -> AsyncGenerator[JSON]:
        """How far it is (`progress`, 0 to 1), and last the `plan`."""
        async with self._one:
            yield {"progress": 0.0}
            desk = self._desk
            work, history = await work_of(desk.db, desk.tiers, question, desk.clock())
            loop, heard = asyncio.get_running_loop(), asyncio.Queue[float]()
            simulator = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))

            def simulated(day: Day, runs: int) -> list[Level]:
                return simulator.submit(simulate, day, runs).result()

            def told(share: float) -> None:
                loop.call_soon_threadsafe(heard.put_nowait, share)

            making = asyncio.create_task(asyncio.to_thread(plan, desk.tiers, question, work, history, told, simulated))
            making.add_done_callback(lambda _: heard.put_nowait(1.0))
            try:
                share = 0.0
                while share < 1:
                    share = await heard.get()
                    yield {"progress": round(share, 3)}
                made = await making
            finally:
                making.cancel()
                simulator.shutdown(wait=False, cancel_futures=True)
            yield {"plan": made.to_json() | await desk.db.read(self._beside, made, work)}

    async def adopt(self, who: Actor, tier: str, by_day: list[list[int]]) -> None:
        """Keep to a plan: what the rota is measured against."""
        await self._desk.db.write(self._adopt, who, tier, by_day)

    def _adopt(self, tx: Connection, who: Actor, tier: str, by_day: list[list[int]]) -> None:
        settings.write_setting(tx, ADOPTED + tier, by_day)
        record(tx, who, "staffing.adopted", at=self._desk.clock(), subject=tier)

    def _beside(self, tx: Connection, made: Plan, work: TierWork) -> JSON:
        """By hour: how many are on the rota, and of hours that are over how many attended to tickets."""
        if not made.needs:
            return {"planned": [], "actual": [], "adopted": False}
        since, until, now = made.needs[0].at, made.needs[-1].until, self._desk.clock()
        there = at_work(shifts.shifts_between(tx, since, until), shifts.absences_between(tx, since, until))
        return {
            "planned": [round(people(there, made.tier, need.at, need.until), 1) for need in made.needs],
            "actual": [_busy(work, need.at, need.until) if need.until <= now else None for need in made.needs],
            "adopted": bool(adopted(tx, (made.tier,))),
        }


def this_monday(tiers: Tiers, now: int) -> date:
    """The Monday of this week in the desk's zone."""
    today = datetime.fromtimestamp(now / 1000, tiers.hours.time_zone).date()
    return today - timedelta(days=today.weekday())


def _busy(work: TierWork, at: int, until: int) -> int:
    return len({stint.agent_id for stint in work.stints if stint.start < until and stint.end > at})
