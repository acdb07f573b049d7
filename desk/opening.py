"""Opening hours as tiers.yml writes them: weekly hours, public holidays, calendar files, and dates listed by hand."""

import datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from desk.calendars import CalendarFile, is_country, of_country, read_calendar, this_year, without
from desk.hours import DAYS, Hours, Span
from desk.section import Section, Text


def _zone(name: Any) -> Any:
    try:
        return ZoneInfo(name)
    except Exception as error:
        raise ValueError(f"{name!r} is not a time zone; write one like Asia/Shanghai or Europe/Berlin") from error


def _spans(values: tuple[Span, ...]) -> tuple[Span, ...]:
    ordered = sorted(values)
    if any(later.start < earlier.end for earlier, later in pairwise(ordered)):
        raise ValueError("two time spans overlap")
    return tuple(ordered)


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Spans = Annotated[
    tuple[Annotated[Span, BeforeValidator(lambda text: Span.parse(str(text)))], ...], AfterValidator(_spans)
]
YEARS = 4
"""From now on, for which days that differ are worked out when the service starts."""
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Holiday(Section):
    """A date with hours of its own; without `open` the desk is closed all day."""

    date: datetime.date
    name: Text
    open: Spans = ()


def _country(code: str) -> str:
    if not is_country(code):
        raise ValueError(f"{code!r} is no country whose holidays are known; write CN, DE or, for a part, DE-BY")
    return code


def _file(path: Any, info: ValidationInfo) -> CalendarFile:
    if not isinstance(path, str):
        raise ValueError("must be the path of an .ics file, beside tiers.yml")
    return read_calendar(Path((info.context or {}).get("folder", ".")) / path)


def _listed(paths: Any) -> Any:
    return [paths] if isinstance(paths, str) else paths


class OpeningHours(Section):
    """Weekly hours, and days that differ. A day that is not named is closed. `calendar`: countries on whose public
    holidays the desk is closed; a weekend that is worked instead has the hours of `workdays_like`. `ics`: while its
    events last, the desk is closed. `holidays` come before both.
    """

    time_zone: Zone
    weekly: dict[Day, Spans]
    calendar: tuple[Annotated[str, AfterValidator(_country)], ...] = ()
    workdays_like: Day = "mon"
    ics: Annotated[tuple[Annotated[CalendarFile, BeforeValidator(_file)], ...], BeforeValidator(_listed)] = ()
    holidays: tuple[Holiday, ...] = ()

    @cached_property
    def _compiled(self) -> Hours:
        return Hours(
            zone=self.time_zone,
            weekly=tuple(self.weekly.get(day, ()) for day in DAYS),  # type: ignore[call-overload]
            special=self.special(this_year()),
        )

    def compiled(self) -> Hours:
        """The form that is asked for instants; days that differ are known from last year until `YEARS` from now."""
        return self._compiled

    def special(self, year: int) -> dict[datetime.date, Spans]:
        """The hours of days that differ from their weekday, from the year before on."""
        days: dict[datetime.date, Spans] = {}
        for each in range(year - 1, year + YEARS):
            for code in self.calendar:
                known = of_country(code, each)
                days |= dict.fromkeys(known.worked, self.weekly.get(self.workdays_like, ()))
                days |= dict.fromkeys(known.closed, ())
        first, last = datetime.date(year - 1, 1, 1), datetime.date(year + YEARS, 1, 1)
        for file in self.ics:
            for day, taken in file.closures(first, last, self.time_zone).items():
                usual = self.weekly.get(DAYS[day.weekday()], ())  # type: ignore[call-overload]
                days[day] = without(days.get(day, usual), taken)
        return days | {holiday.date: holiday.open for holiday in self.holidays}
