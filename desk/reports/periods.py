"""Days of the company, and the steps they are shown in. All instants are milliseconds since 1970 (UTC)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Step = Literal["hour", "day", "week"]

MOST_DAYS = 366
MOST_DAYS_BY_HOUR = 14


@dataclass(frozen=True, kw_only=True)
class Period:
    """Whole days from `first` to `last`, both of them in it, where the company is."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def since(self) -> int:
        """When it begins."""
        return self._midnight(self.first)

    @property
    def until(self) -> int:
        """Before when it ends."""
        return self._midnight(self.last + timedelta(days=1))

    @property
    def previous(self) -> "Period":
        """The same number of days just before."""
        by = timedelta(days=self.days)
        return Period(first=self.first - by, last=self.last - by, zone=self.zone)

    def steps(self, step: Step) -> Iterator[str]:
        """The names of all steps in order, such as `2026-11-27T14`, `2026-11-27`, or the Monday of a week."""
        days = [self.first + timedelta(days=each) for each in range(self.days)]
        if step == "hour":
            yield from (f"{day}T{hour:02}" for day in days for hour in range(24))
        else:
            yield from dict.fromkeys(_of_day(day, step) for day in days)

    def step_of(self, at: int, step: Step) -> str:
        """The step in which an instant is."""
        local = datetime.fromtimestamp(at / 1000, self.zone)
        return f"{local.date()}T{local.hour:02}" if step == "hour" else _of_day(local.date(), step)

    def hour_of(self, at: int) -> str:
        """The hour of the day, 00 to 23."""
        return f"{datetime.fromtimestamp(at / 1000, self.zone).hour:02}"

    def _midnight(self, day: date) -> int:
        return round(datetime.combine(day, time(), self.zone).astimezone(UTC).timestamp() * 1000)


def _of_day(day: date, step: Step) -> str:
    return str(day - timedelta(days=day.weekday()) if step == "week" else day)
