"""Opening hours as tiers.yml writes them: weekly hours, public holidays, calendar files, and dates listed by hand."""

import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

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
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Holiday(Section):
    """A date with hours of its own; without `open` the desk is closed all day."""

    date: datetime.date
    name: Text
    open: Spans = ()


class OpeningHours(Section):
    """Weekly hours and holidays. A day that is not named is closed."""

    time_zone: Zone
    weekly: dict[Day, Spans]
    holidays: tuple[Holiday, ...] = ()

    def compiled(self) -> Hours:
        """The form that is asked for instants."""
        return Hours(
            zone=self.time_zone,
            weekly=tuple(self.weekly.get(day, ()) for day in DAYS),  # type: ignore[call-overload]
            special={holiday.date: holiday.open for holiday in self.holidays},
        )
