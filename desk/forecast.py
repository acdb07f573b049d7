"""How many tickets a tier can expect in each hour, from when they came: means by weekday and hour, and a trend.

An hour of the week in which fewer than 30 tickets came is pooled: the mean of its weekday is spread over the hours as
on all days together; with less than two weeks of history all weekdays are pooled too. With four weeks or more, the mean
of the last two weeks over that of all scales everything (between a half and twice). Only open time counts, so holidays
are left out on both sides. The interval is Poisson's, from the tickets of that hour alone: the thinner, the wider.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.hours import Hours

HOUR_MS = 3_600_000
QUARTER_MS = HOUR_MS // 4  # zones differ by quarters of an hour
WEEK_MS = 7 * 24 * HOUR_MS
ENOUGH = 30  # tickets in an hour of the week
SHORT_WEEKS, TREND_WEEKS, RECENT_WEEKS = 2, 4, 2
CONFIDENCE = 0.9

Slot = tuple[int, int]
"""Weekday (Monday 0) and hour of the day."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Tickets an hour with a 90 % interval; `pooled`: there were too few to stand on their own."""

    mean: float
    low: float
    high: float
    count: int
    pooled: bool


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """`weeks` of history stand behind it; `trend` is the factor of the last two weeks."""

    rates: dict[Slot, Rate]
    weeks: float
    trend: float


def forecast(arrivals: Sequence[int], hours: Hours, since: int, until: int) -> Forecast:
    """What to expect by what came from `since` until `until` (ms). History begins with the first arrival."""
    begins = max(since, min(arrivals, default=until)) // QUARTER_MS * QUARTER_MS
    exposure = _exposure(hours, begins, until)
    counts = Counter(_slot(at, hours) for at in arrivals)
    weeks = (until - begins) / WEEK_MS
    trend = _trend(arrivals, hours, begins, until) if weeks >= TREND_WEEKS else 1.0
    rates = {}
    for slot, open_hours in exposure.items():
        count = counts[slot]
        own = count >= ENOUGH and weeks >= SHORT_WEEKS
        mean = count / open_hours if own else _pooled(slot, counts, exposure, by_weekday=weeks >= SHORT_WEEKS)
        low, high = (bound / open_hours for bound in poisson_interval(count))
        rates[slot] = Rate(
            mean=mean * trend,
            low=min(low, mean) * trend,
            high=max(high, mean) * trend,
            count=count,
            pooled=not own,
        )
    return Forecast(rates=rates, weeks=weeks, trend=trend)


def poisson_interval(count: int) -> tuple[float, float]:
    """Between which means a count lies, with 90 % confidence (Garwood's exact interval)."""
    tail = (1 - CONFIDENCE) / 2
    from scipy.stats import chi2  # SciPy: in memory only where plans are made

    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    return low, float(chi2.ppf(1 - tail, 2 * (count + 1))) / 2


def _pooled(slot: Slot, counts: Counter[Slot], exposure: dict[Slot, float], *, by_weekday: bool) -> float:
    """The hour's mean over all weekdays, times how busy its weekday is against them in the same hours."""
    weekday, hour = slot
    same_hour = [each for each in exposure if each[1] == hour]
    mean = _mean(same_hour, counts, exposure)
    if not by_weekday:
        return mean
    of_day = [each for each in exposure if each[0] == weekday]
    usual = sum(
        _mean([other for other in exposure if other[1] == each[1]], counts, exposure) * exposure[each]
        for each in of_day
    )
    return mean * sum(counts[each] for each in of_day) / usual if usual else mean


def _mean(slots: Sequence[Slot], counts: Counter[Slot], exposure: dict[Slot, float]) -> float:
    return sum(counts[each] for each in slots) / sum(exposure[each] for each in slots)


def _trend(arrivals: Sequence[int], hours: Hours, begins: int, until: int) -> float:
    recent = until - RECENT_WEEKS * WEEK_MS
    open_all, open_recent = hours.business_ms(begins, until), hours.business_ms(recent, until)
    if not arrivals or not open_recent:
        return 1.0
    ratio = (sum(at >= recent for at in arrivals) / open_recent) / (len(arrivals) / open_all)
    return min(2.0, max(0.5, ratio))


def _exposure(hours: Hours, begins: int, until: int) -> dict[Slot, float]:
    """How long the tier was open in each hour of the week, in hours."""
    found: dict[Slot, float] = {}
    for at in range(begins, until, QUARTER_MS):
        if opened := hours.business_ms(at, min(at + QUARTER_MS, until)):
            slot = _slot(at, hours)
            found[slot] = found.get(slot, 0.0) + opened / HOUR_MS
    return found


def _slot(at: int, hours: Hours) -> Slot:
    local = datetime.fromtimestamp(at / 1000, hours.zone)
    return local.weekday(), local.hour
