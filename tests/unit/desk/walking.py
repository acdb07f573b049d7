"""SLA clocks the straightforward way, to compare with: walks through time in steps, and asks the wall clock at each.

Shares nothing with the desk but the definitions of docs/desk/sla.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from storage.sla import Metric

HOUR = 3_600_000
RESPONSES: tuple[Metric, ...] = ("first_response", "next_response")
CLOSED = {"resolved", "returned", "abandoned", "withdrawn"}

Open = Callable[[int], bool]
"""Whether time counts at an instant (ms)."""


def wall_clock(
    zone: ZoneInfo, weekly: Sequence[Sequence[tuple[int, int]]], special: Mapping[date, Sequence[tuple[int, int]]],
    stride: int,
) -> Open:  # fmt: skip
    """Looks at the clock on the wall every `stride` ms of a day: open from when it first shows a span's start or later
    until it last shows a time before the span's end (minutes after midnight).
    """

    @cache
    def open_on(day: date) -> frozenset[int]:
        around = round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        moments = range(around - 30 * HOUR, around + 54 * HOUR, stride)
        shown = [(at, datetime.fromtimestamp(at / 1000, zone)) for at in moments]
        times = [(at, wall.hour * 60 + wall.minute) for at, wall in shown if wall.date() == day]
        found: set[int] = set()
        for start, end in special.get(day, weekly[day.weekday()]):
            began = next((at for at, time in times if time >= start), None)
            last = next((at for at, time in reversed(times) if time < end), None)
            if began is not None and last is not None:
                found |= set(range(began, last + stride, stride))
        return frozenset(found)

    return lambda at: at in open_on(datetime.fromtimestamp(at / 1000, zone).date())


@dataclass(frozen=True)
class Step:
    """What happened at `at`. `act`: customer | person | close | reopen | other; the rest is how the ticket is then."""

    at: int
    act: str
    state: str
    target: Mapping[Metric, int]
    counts: Mapping[Metric, Open]
    snoozed_until: int = 0


@dataclass
class Walked:
    """One clock as the walk saw it. `reached_at`: its time is just up, and nobody is late yet."""

    metric: Metric
    n: int
    target: int
    waits: bool = True
    elapsed: int = 0
    state: str = "running"
    broken_at: int | None = None
    reached_at: int | None = None


def walk(steps: Sequence[Step], until: int, stride: int, *, internal: bool = False) -> list[Walked]:
    """Every clock there has been, at `until`. All times must be multiples of `stride` (ms)."""
    clocks: list[Walked] = []
    pending, answered = list(steps), False
    current = steps[0]
    for now in range(steps[0].at, until + stride, stride):
        while pending and pending[0].at == now:
            current = pending.pop(0)
            answered = _happened(clocks, current, answered, internal)
        if now == until:
            break
        for clock in clocks:
            if clock.waits and not _stands_still(clock, current, now):
                _tick(clock, current.counts[clock.metric](now), now, stride)
            else:
                clock.reached_at = None
    for clock in clocks:
        if clock.waits:
            clock.state = "paused" if _stands_still(clock, current, until) else "running"
        if clock.broken_at is not None:
            clock.state = "breached"
    return clocks


def _tick(clock: Walked, counts: bool, now: int, stride: int) -> None:
    if clock.reached_at is None and clock.elapsed >= clock.target:
        clock.reached_at = now
    if clock.reached_at is not None and clock.broken_at is None:
        clock.broken_at = clock.reached_at
    clock.elapsed += stride if counts else 0
    if clock.reached_at is None and clock.elapsed >= clock.target:
        clock.reached_at = now + stride


def _stands_still(clock: Walked, current: Step, now: int) -> bool:
    return current.state == "waiting_customer" or (clock.metric == "resolution" and now < current.snoozed_until)


def _happened(clocks: list[Walked], step: Step, answered: bool, internal: bool) -> bool:
    newest = {clock.metric: clock for clock in clocks}
    if not clocks:
        metrics: list[Metric] = ["resolution"] if internal else ["first_response", "resolution"]
        clocks += [Walked(metric, 1, step.target[metric]) for metric in metrics]
    if step.act == "person":
        for metric in RESPONSES:
            if metric in newest and newest[metric].waits:
                newest[metric].waits, newest[metric].state = False, "met"
        answered = True
    if step.act == "reopen":
        newest["resolution"].waits = True
    if step.act in {"customer", "reopen"} and not internal:
        if not answered:
            newest["first_response"].waits = True
        elif "next_response" not in newest or not newest["next_response"].waits:
            n = newest["next_response"].n + 1 if "next_response" in newest else 1
            clocks.append(Walked("next_response", n, step.target["next_response"]))
    for clock in clocks:
        if clock.waits and step.state in CLOSED:
            met = clock.metric == "resolution" and step.state == "resolved"
            clock.waits, clock.state = False, "met" if met else "stopped"
        if clock.waits and clock.broken_at is None and clock.target != step.target[clock.metric]:
            clock.target, clock.reached_at = step.target[clock.metric], None
    return answered
