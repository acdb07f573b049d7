"""Reports by mail: who gets them, when and in which language. A section of tiers.yml."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from desk.hours import DAYS
from desk.section import Section

Address = Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$", max_length=254)]


class ReportMails(Section):
    """The section `reports`. `weekday` counts for weekly ones; the hour is that of the desk's time zone."""

    recipients: tuple[Address, ...] = ()
    every: Literal["day", "week"] = "week"
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    hour: Annotated[int, Field(ge=0, le=23)] = 8
    language: Literal["en", "zh"] = "en"

    @property
    def weekday_number(self) -> int:
        """Monday is 0."""
        return DAYS.index(self.weekday)

    def problems(self) -> Iterator[tuple[str, str]]:
        """(where, what) for everything that contradicts itself."""
        known: set[str] = set()
        for index, recipient in enumerate(self.recipients):
            if recipient.lower() in known:
                yield f"reports.recipients.{index}", f"{recipient} is listed more than once"
            known.add(recipient.lower())
