"""Days that are not as their weekday: public holidays of countries, Chinese make-up workdays, and calendar files.

The arrangement of Chinese holidays, with the weekends that are worked instead, is announced each autumn and known to
`chinese_calendar` from then on. Of a year it does not know, only the days that the law names are taken as holidays, and
`unknown_years` says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays
import recurring_ical_events
from chinese_calendar.constants import workdays as announced
from icalendar import Calendar, Event

from desk.hours import DAY_MINUTES, Span

CHINA = "CN"
_KNOWN = frozenset(day.year for day in announced)

Minutes = tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class Special:
    """The dates of a year that are closed, and the free days that are worked for them."""

    closed: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()


def is_country(code: str) -> bool:
    """Whether public holidays are known for `CN`, or for a part of a country such as `DE-BY`."""
    country, _, part = code.partition("-")
    parts = holidays.list_supported_countries().get(country)
    return parts is not None and (not part or part in parts)


@lru_cache(maxsize=64)
def of_country(code: str, year: int) -> Special:
    """The public holidays of a year, and the free days that are worked for them."""
    if code == CHINA and year in _KNOWN:
        first = date(year, 1, 1)
        days = [first + timedelta(days=each) for each in range((date(year + 1, 1, 1) - first).days)]
        return Special(
            closed=frozenset(day for day in days if chinese_calendar.is_in_lieu(day) or _is_holiday(day)),
            worked=frozenset(day for day in days if day.weekday() >= 5 and chinese_calendar.is_workday(day)),
        )
    country, _, part = code.partition("-")
    lawful = holidays.country_holidays(country, subdiv=part or None, years=year, observed=country != CHINA)
    return Special(closed=frozenset(day for day in lawful if day.year == year))


def unknown_years(codes: Iterable[str], today: date) -> list[int]:
    """Of this year and the next one, those whose Chinese make-up workdays are not known yet."""
    return [year for year in (today.year, today.year + 1) if CHINA in codes and year not in _KNOWN]


def _is_holiday(day: date) -> bool:
    _, name = chinese_calendar.get_holiday_detail(day)
    return name is not None and not chinese_calendar.is_workday(day)


@dataclass(frozen=True, kw_only=True)
class CalendarFile:
    """Events of an iCalendar file (RFC 5545). While one lasts, the desk is closed; those that are cancelled, or that
    the file itself calls free time (TRANSP:TRANSPARENT), are left aside.
    """

    calendar: Calendar

    def closures(self, first: date, last: date, zone: ZoneInfo) -> dict[date, Minutes]:
        """Dates from `first` to before `last` with what of them is taken, repeated events too."""
        taken: dict[date, list[Span]] = {}
        for event in recurring_ical_events.of(self.calendar).between(first, last):
            if _counts(event):
                for day, span in _days(event, zone):
                    if first <= day < last:
                        taken.setdefault(day, []).append(span)
        return {day: tuple(spans) for day, spans in taken.items()}


@lru_cache(maxsize=16)
def _parsed(content: bytes) -> CalendarFile:
    file = CalendarFile(calendar=Calendar.from_ical(content))
    file.closures(date(2000, 1, 1), date(2000, 1, 2), ZoneInfo("UTC"))  # a rule that cannot be read shows here
    return file


def read_calendar(path: Path) -> CalendarFile:
    """A calendar from a file. Raises ValueError with what is wrong."""
    try:
        return _parsed(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    except Exception as error:  # the parser raises whatever it stumbles over
        raise ValueError(f"{path} is not an iCalendar file: {error}") from error


def without(spans: Sequence[Span], taken: Sequence[Span]) -> Minutes:
    """What is left of opening spans when others are taken out."""
    left = list(spans)
    for off in taken:
        parts = [(span.start, min(span.end, off.start)) for span in left]
        parts += [(max(span.start, off.end), span.end) for span in left]
        left = sorted({Span(start, end) for start, end in parts if start < end})
    return tuple(left)


def _counts(event: Event) -> bool:
    return str(event.get("TRANSP", "OPAQUE")).upper() != "TRANSPARENT" and (
        str(event.get("STATUS", "CONFIRMED")).upper() != "CANCELLED"
    )


def _days(event: Event, zone: ZoneInfo) -> list[tuple[date, Span]]:
    """The dates of an event, each with the minutes it takes."""
    begins, ends = _local(event.start, zone), _local(event.end, zone)
    found = []
    day = begins.date()
    while datetime.combine(day, time()) < ends:
        midnight = datetime.combine(day, time())
        start = max(0, int((begins - midnight).total_seconds() // 60))
        end = min(DAY_MINUTES, -int(-(ends - midnight).total_seconds() // 60))
        if start < end:
            found.append((day, Span(start, end)))
        day += timedelta(days=1)
    return found


def _local(moment: date | datetime, zone: ZoneInfo) -> datetime:
    """Wall-clock time in the desk's zone; a time without one is meant there."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


def this_year() -> int:
    """The year now; that of the desk differs for hours at most."""
    return datetime.now(UTC).year
