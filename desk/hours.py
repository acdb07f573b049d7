"""When a desk is open: weekly hours in a time zone, and holidays. All instants are milliseconds since 1970 (UTC).

Wall-clock times that a change to summer time skips mean the moment of the change; of those it repeats, opening means
the first and closing the second.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

HORIZON = 400  # days searched for the next opening
HORIZON_YEARS = 30  # looked through for the end of a stretch of business time
DAY_MINUTES = 24 * 60
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, order=True)
class Span:
    """Open from `start` until before `end`, in minutes after midnight; `end` may be 24:00."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read `09:00-18:00`. Raises ValueError with what is wrong."""
        match = _SPAN.fullmatch(text.strip())
        if not match:
            raise ValueError(f"{text!r} is not a time span; write it like 09:00-18:00")
        hours, minutes, until_hours, until_minutes = (int(part) for part in match.groups())
        span = cls(hours * 60 + minutes, until_hours * 60 + until_minutes)
        if minutes > 59 or until_minutes > 59 or span.end > DAY_MINUTES:
            raise ValueError(f"{text!r} holds a time that does not exist; the latest is 24:00")
        if span.start >= span.end:
            raise ValueError(f"{text!r} ends before it starts; split a night at midnight: 22:00-24:00 and 00:00-06:00")
        return span


@dataclass(frozen=True, kw_only=True)
class _Year:
    """One year's business time: the stretches that are open in it, which touch nowhere, and how much was open before
    each of them (and, as the last member, in all).
    """

    starts: list[int]
    ends: list[int]
    before: list[int]

    def open_until(self, at: int) -> int:
        """How much of the year is open before `at`."""
        index = bisect_right(self.starts, at) - 1
        return self.before[index] + min(at, self.ends[index]) - self.starts[index] if index >= 0 else 0

    def reaches(self, amount: int) -> int:
        """When so much of the year, more than none, has been open."""
        index = bisect_right(self.before, amount - 1) - 1
        return self.starts[index] + amount - self.before[index]


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Opening hours. `weekly` has seven members, Monday first; `special` replaces the spans of single dates."""

    zone: ZoneInfo
    weekly: tuple[tuple[Span, ...], ...]
    special: dict[date, tuple[Span, ...]]
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_open(self, at: int) -> bool:
        """Whether the desk is open at `at`."""
        return any(start <= at < end for day in self._days(at, 2) for start, end in self._openings(day))

    def closes_at(self, at: int) -> int | None:
        """When the desk closes next, if it is open at `at`; None if closed, or never within the horizon."""
        if not self.is_open(at):
            return None
        until = at
        for day in self._days(at, HORIZON):
            for start, end in self._openings(day):
                if start > until:
                    return until
                until = max(until, end)  # Friday until 24:00 and Saturday from 00:00 are one
        return None

    def opens_at(self, at: int) -> int | None:
        """When the desk opens next, if it is closed at `at`; None if it is open or stays closed within the horizon."""
        if self.is_open(at):
            return None
        openings = (start for day in self._days(at, HORIZON) for start, _ in self._openings(day))
        return next((start for start in openings if start > at), None)

    def business_ms(self, start: int, end: int) -> int:
        """How long the desk is open between two instants; 0 when `end` comes first."""
        if end <= start:
            return 0
        first, last = self._year_of(start), self._year_of(end)
        passed = sum(self._year(year).before[-1] for year in range(first, last))
        return passed + self._year(last).open_until(end) - self._year(first).open_until(start)

    def add_business_ms(self, start: int, amount: int) -> int | None:
        """The first instant before which the desk was open for `amount` since `start`: `start` itself for nothing or
        less; None when the desk is not open for so long within the next 30 years.
        """
        if amount <= 0:
            return start
        first = self._year_of(start)
        amount += self._year(first).open_until(start)
        for year in range(first, first + HORIZON_YEARS):
            known = self._year(year)
            if amount <= known.before[-1]:
                return known.reaches(amount)
            amount -= known.before[-1]
        return None

    def _year_of(self, at: int) -> int:
        return datetime.fromtimestamp(at / 1000, self.zone).year

    def _year(self, year: int) -> _Year:
        """Computed once: a year is asked for with every message."""
        if year not in self._years:
            self._years[year] = self._computed(year)
        return self._years[year]

    def _computed(self, year: int) -> _Year:
        new_year = date(year, 1, 1)
        start, end = self._instant(new_year, 0, 0), self._instant(date(year + 1, 1, 1), 0, 0)
        days = (new_year + timedelta(days=offset) for offset in range(-1, (date(year + 1, 1, 1) - new_year).days + 1))
        starts: list[int] = []
        ends: list[int] = []
        for opens, closes in sorted(opening for day in days for opening in self._openings(day)):
            # Where an hour comes twice, a span may begin before the one in front of it ends.
            begins, finishes = max(opens, start, ends[-1] if ends else start), min(closes, end)
            if ends and begins == ends[-1] < finishes:
                ends[-1] = finishes
            elif begins < finishes:
                starts.append(begins)
                ends.append(finishes)
        before = list(accumulate((closes - opens for opens, closes in zip(starts, ends, strict=True)), initial=0))
        return _Year(starts=starts, ends=ends, before=before)

    def _days(self, at: int, count: int) -> Iterator[date]:
        """The date of `at` in the desk's zone, the date before, and those that follow."""
        day = datetime.fromtimestamp(at / 1000, self.zone).date()
        return (day + timedelta(days=offset) for offset in range(-1, count))

    def _openings(self, day: date) -> list[tuple[int, int]]:
        """The spans of a date as instants, in order; a span that a time change swallows is left out."""
        spans = self.special.get(day, self.weekly[day.weekday()])
        instants = [(self._instant(day, span.start, 0), self._instant(day, span.end, 1)) for span in sorted(spans)]
        return [(start, end) for start, end in instants if start < end]

    def _instant(self, day: date, minutes: int, fold: int) -> int:
        wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
        instant = _milliseconds(wall.replace(tzinfo=self.zone, fold=fold))
        if datetime.fromtimestamp(instant / 1000, self.zone).replace(tzinfo=None) == wall:
            return instant
        return self._change_between(
            _milliseconds(wall.replace(tzinfo=self.zone, fold=1)), _milliseconds(wall.replace(tzinfo=self.zone, fold=0))
        )

    def _change_between(self, before: int, after: int) -> int:
        """The instant between two others at which the zone's offset changes."""
        old = datetime.fromtimestamp(before / 1000, self.zone).utcoffset()
        while after - before > 1:
            middle = (before + after) // 2
            if datetime.fromtimestamp(middle / 1000, self.zone).utcoffset() == old:
                before = middle
            else:
                after = middle
        return after


def _milliseconds(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1000)
