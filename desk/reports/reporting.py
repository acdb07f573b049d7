"""Computes reports: what was measured in a period, step by step and by whatever it is asked to be told apart by."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from connectors.message import JSON
from desk.reports import statistics
from desk.reports.measures import MEASURES, REPORTS, SCORES, Measure
from desk.reports.periods import Period, Step
from storage import figures, orders
from storage.figures import QUARTER, Wanted

DIMENSIONS = (*figures.FILTERS, "hour")
"""What figures can be told apart by: a filter, or the hour of the day."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A report by its id. `by`: one of `DIMENSIONS`, or nothing; `personal`: only what says something of an agent."""

    report: str
    period: Period
    step: Step = "day"
    by: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    compare: bool = False
    personal: bool = False


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure, of `n`; None of nothing. `low` and `high`: its 95 % confidence interval; `p90`: of durations."""

    n: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p90: float | None = None

    def to_json(self) -> JSON:
        """As JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one measure came to. `groups` and `groups_before` (of the previous period) are by key, in order of size."""

    measure: Measure
    total: Figure
    before: Figure | None
    series: tuple[tuple[str, Figure], ...]
    groups: tuple[tuple[str, Figure], ...]
    groups_before: Mapping[str, Figure]


@dataclass
class _Sample:
    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    values: list[int] = field(default_factory=list)

    def figure(self, measure: Measure) -> Figure:
        kind = measure.kind
        if kind in ("count", "level"):
            return Figure(n=self.n, value=self.total)
        if not self.n:
            return Figure()
        if kind == "duration":
            ordered = sorted(self.values)
            value, p90 = statistics.quantile(ordered, 0.5), statistics.quantile(ordered, 0.9)
            return _figure(self.n, value, statistics.median(ordered), p90)
        sure = (
            statistics.share(self.total, self.n)
            if kind == "share"
            else statistics.mean(self.n, self.total, self.squares, SCORES)
        )
        return _figure(self.n, self.total / self.n, sure)


@dataclass
class _Counted:
    """Facts as they come in, into all the places where they are shown."""

    step_of: Callable[[int], str]
    hour_of: Callable[[int], str]
    by: str
    total: _Sample = field(default_factory=_Sample)
    series: dict[str, _Sample] = field(default_factory=lambda: defaultdict(_Sample))
    groups: dict[str, _Sample] = field(default_factory=lambda: defaultdict(_Sample))
    _steps: dict[int, _Sample] = field(default_factory=dict)
    _hours: dict[int, str] = field(default_factory=dict)

    def places(self, quarter: int, key: str) -> Iterable[_Sample]:
        """Where a fact counts."""
        step = self._steps.get(quarter)
        if step is None:
            step = self._steps[quarter] = self.series[self.step_of(quarter * QUARTER)]
            self._hours[quarter] = self.hour_of(quarter * QUARTER)
        if not self.by:
            return self.total, step
        return self.total, step, self.groups[self._hours[quarter] if self.by == "hour" else key]


def report(tx: Connection, asked: Asked) -> tuple[Figures, ...]:
    """The measures of a report that can be told apart, and restricted, as it is asked."""
    with figures.room(tx):
        found = [_figures(tx, MEASURES[name], asked) for name in REPORTS[asked.report]]
    return tuple(each for each in found if each is not None)


def _figures(tx: Connection, measure: Measure, asked: Asked) -> Figures | None:
    wanted = _wanted(asked)
    if (asked.personal and not measure.personal) or not figures.answers(measure.facts(wanted), wanted):
        return None
    if measure.kind == "level" and asked.by == "hour":
        return None
    if measure.id == "repurchase" and not orders.known(tx):
        return None
    now = _counted(tx, measure, asked)
    earlier = _counted(tx, measure, replace(asked, period=asked.period.previous)) if asked.compare else None
    shown = {key: sample.figure(measure) for key, sample in now.groups.items() if key}
    order = (lambda key: (key,)) if asked.by == "hour" else (lambda key: (-now.groups[key].n, key))
    return Figures(
        measure=measure,
        total=now.total.figure(measure),
        before=earlier.total.figure(measure) if earlier else None,
        series=tuple((step, now.series[step].figure(measure)) for step in asked.period.steps(asked.step)),
        groups=tuple((key, shown[key]) for key in sorted(shown, key=order)),
        groups_before={key: each.figure(measure) for key, each in earlier.groups.items()} if earlier else {},
    )


def _wanted(asked: Asked) -> Wanted:
    by = "" if asked.by == "hour" else asked.by
    return Wanted(since=asked.period.since, until=asked.period.until, by=by, filters=asked.filters)


def _counted(tx: Connection, measure: Measure, asked: Asked) -> _Counted:
    if not measure.parted or asked.by not in ("tier", "agent"):
        return _added_up(tx, measure, asked)
    whole = _added_up(tx, measure, replace(asked, by=""))
    return replace(whole, groups=_added_up(tx, measure, asked).groups)


def _added_up(tx: Connection, measure: Measure, asked: Asked) -> _Counted:
    wanted = _wanted(asked)
    counted = _Counted(lambda at: asked.period.step_of(at, asked.step), asked.period.hour_of, asked.by)
    facts = measure.facts(wanted)
    if measure.kind == "duration":
        for quarter, key, value in figures.values(tx, facts, wanted):
            for sample in counted.places(quarter, key):
                sample.n += 1
                sample.values.append(value)
        return counted
    for tally in figures.tallies(tx, facts, wanted):
        for sample in counted.places(tally.quarter, tally.key):
            sample.n += tally.n
            sample.total += tally.total
            sample.squares += tally.squares
    return _levels(tx, counted, asked, wanted) if measure.kind == "level" else counted


def _levels(tx: Connection, counted: _Counted, asked: Asked, wanted: Wanted) -> _Counted:
    """Changes become levels: what there was before, and all changes since."""
    before = figures.open_before(tx, wanted)
    for key, count in before.items():
        counted.total.total += count
        if asked.by:
            counted.groups[key].total += count
    level = float(sum(before.values()))
    for step in asked.period.steps(asked.step):
        level += counted.series[step].total
        counted.series[step].total = level
    for sample in (counted.total, *counted.series.values(), *counted.groups.values()):
        sample.n = round(sample.total)
    return counted


def _figure(n: int, value: float, sure: statistics.Interval | None, p90: float | None = None) -> Figure:
    low, high = sure or (None, None)
    return Figure(n=n, value=value, low=low, high=high, p90=p90)
