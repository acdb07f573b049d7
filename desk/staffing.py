"""The staffing plan of a tier: how many agents each hour of a week needs, by Erlang C, checked by simulation.

Where the simulation says that the target is missed, an agent is added to that hour and the day is simulated again,
until both agree. Pure; desk/staffing_work.py reads what it needs and runs it off the event loop.
"""

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta

from connectors.message import JSON
from desk.erlang import agents_needed, answered_within, with_shrinkage
from desk.forecast import HOUR_MS, SHORT_WEEKS, Forecast, Rate, forecast
from desk.handling import TierWork
from desk.hours import Hours
from desk.simulation import Day, Handling, Level, Stretch, Z, simulate

USUAL = Handling(mean_s=600.0, sigma=0.9)
"""Handling times of a tier that has not finished enough tickets to know its own."""
ENOUGH_HANDLED = 30
ROUNDS = 12  # agents that are added to an hour at most, because the simulation asks for them
NO_RATE = Rate(mean=0.0, low=0.0, high=3.0, count=0, pooled=True)

Run = Callable[[Day, int], list[Level]]


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A share of `target` of all tickets is answered within `within_s`; people are away `shrinkage` of their time.
    Each day is simulated `runs` times.
    """

    target: float
    within_s: float
    shrinkage: float
    runs: int


@dataclass(frozen=True, kw_only=True)
class Need:
    """One open hour, or the open part of one, from `at` until `until` (ms). `agents` are at work, `rostered` on the
    rota; `by_erlang` is what Erlang C alone asks for; `least` and `most` are that for the ends of the
    interval of arrivals.
    """

    at: int
    until: int
    weekday: int
    hour: int
    arrivals: Rate
    by_erlang: int
    least: int
    most: int
    agents: int
    rostered: int
    predicted: float
    simulated: Level


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a plan stands on. `handled` 0..29: too few, so the usual handling time is assumed."""

    weeks: float
    arrivals: int
    handled: int
    handling: Handling
    concurrency: float
    patience_s: float | None
    trend: float
    thin: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A tier's week."""

    tier: str
    goal: Goal
    basis: Basis
    needs: tuple[Need, ...]
    days: dict[str, Level]

    def to_json(self) -> JSON:
        """As docs/protocol/console.md has it."""
        return {
            "tier": self.tier,
            "goal": asdict(self.goal),
            "basis": asdict(self.basis),
            "hours": [asdict(need) for need in self.needs],
            "days": {day: asdict(level) for day, level in self.days.items()},
        }


def basis_of(work: TierWork, ahead: Forecast) -> Basis:
    """What history says of a tier."""
    logs = [math.log(seconds) for seconds in work.handling_s]
    known = len(logs) >= ENOUGH_HANDLED
    # Fitted by the logarithms, but with the mean that was measured: it decides the load.
    fitted = Handling(mean_s=statistics.fmean(work.handling_s), sigma=statistics.stdev(logs)) if known else USUAL
    return Basis(
        weeks=ahead.weeks,
        arrivals=len(work.arrivals),
        handled=len(logs),
        handling=fitted,
        concurrency=work.concurrency,
        patience_s=work.waited_s / work.left if work.left else None,
        trend=ahead.trend,
        thin=ahead.weeks < SHORT_WEEKS or not known,
    )


def planned(
    tier: str, work: TierWork, hours: Hours, history: tuple[int, int], monday: date, goal: Goal,
    told: Callable[[float], None] = lambda _: None, run: Run = simulate,
) -> Plan:  # fmt: skip
    """The plan of the week that begins with `monday`. `history` is the stretch (ms) that `work` is of; `told` hears how
    far it is (0 to 1).
    """
    ahead = forecast(work.arrivals, hours, *history)
    basis = basis_of(work, ahead)
    needs: list[Need] = []
    days: dict[str, Level] = {}
    for number in range(7):
        day = monday + timedelta(days=number)
        first = [_need(at, until, hours, ahead, basis, goal) for at, until in open_hours(hours, day)]
        if first:
            checked, level = _checked(first, basis, goal, run)
            needs += checked
            days[day.isoformat()] = level
        told((number + 1) / 7)
    return Plan(tier=tier, goal=goal, basis=basis, needs=tuple(needs), days=days)


def open_hours(hours: Hours, day: date) -> Iterator[tuple[int, int]]:
    """The hours of a date in which a tier is open, each with the part of it that is."""
    begins, ends = (
        round(datetime.combine(each, time(), hours.zone).timestamp() * 1000) for each in (day, day + timedelta(days=1))
    )
    for at in range(begins, ends, HOUR_MS):
        if opened := hours.business_ms(at, at + HOUR_MS):
            start = at if hours.is_open(at) else hours.opens_at(at) or at
            yield start, start + opened


def _need(at: int, until: int, hours: Hours, ahead: Forecast, basis: Basis, goal: Goal) -> Need:
    local = datetime.fromtimestamp(at / 1000, hours.zone)
    rate = ahead.rates.get((local.weekday(), local.hour), NO_RATE)
    handling = basis.handling.mean_s

    def agents(per_hour: float) -> int:
        return agents_needed(per_hour * handling / 3600, handling, goal.within_s, goal.target)

    enough = agents(rate.mean)
    return Need(
        at=at, until=until, weekday=local.weekday(), hour=local.hour, arrivals=rate, by_erlang=enough,
        least=agents(rate.low), most=agents(rate.high), agents=enough, rostered=with_shrinkage(enough, goal.shrinkage),
        predicted=1.0, simulated=Level(share=None, low=0.0, high=1.0),
    )  # fmt: skip


def _checked(needs: Sequence[Need], basis: Basis, goal: Goal, run: Run) -> tuple[list[Need], Level]:
    """Hours of one day with as many agents as the simulation asks for, and the level of the whole day."""
    current = list(needs)
    for _ in range(ROUNDS + 1):
        levels = run(_day(current, basis, goal), goal.runs)
        current = [_told(need, level, basis, goal) for need, level in zip(current, levels, strict=False)]
        short = [need for need in current if _misses(need, goal) and need.agents < need.by_erlang + ROUNDS]
        if not short:
            break
        current = [replace(need, agents=need.agents + 1) if need in short else need for need in current]
    return current, levels[-1]


def _misses(need: Need, goal: Goal) -> bool:
    """Whether fewer were answered in time than wanted, by more than a standard error."""
    level = need.simulated
    return level.share is not None and level.share + (level.high - level.share) / Z < goal.target


def _told(need: Need, level: Level, basis: Basis, goal: Goal) -> Need:
    load = need.arrivals.mean * basis.handling.mean_s / 3600
    predicted = answered_within(need.agents, load, basis.handling.mean_s, goal.within_s)
    rostered = with_shrinkage(need.agents, goal.shrinkage)
    return replace(need, predicted=predicted, simulated=level, rostered=rostered)


def _day(needs: Sequence[Need], basis: Basis, goal: Goal) -> Day:
    begins = needs[0].at
    stretches = tuple(
        Stretch(
            start=(need.at - begins) / 1000, end=(need.until - begins) / 1000,
            per_hour=need.arrivals.mean, agents=need.agents,
        )
        for need in needs
    )  # fmt: skip
    return Day(stretches=stretches, handling=basis.handling, within_s=goal.within_s, patience_s=basis.patience_s)
