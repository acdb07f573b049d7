"""The tiers of the desk as tiers.yml describes them: who there is, when they are there, and which handoffs they get."""

import datetime
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from connectors.desk import Handoff, Reason
from connectors.message import JSON
from desk.hours import DAYS, Hours, Span

PRIORITY = {"low": 0, "normal": 1, "high": 2, "urgent": 3}


class TiersError(Exception):
    """The tiers cannot be used; `problems` are (where, what) for everything that is wrong."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"tiers.yml: {where}: {what}" for where, what in problems))
        self.problems = tuple(problems)


class Section(BaseModel):
    """A frozen part of the file that refuses names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Section):
    """The same in both languages."""

    en: Annotated[str, Field(min_length=1, max_length=300)]
    zh: Annotated[str, Field(min_length=1, max_length=300)]


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
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Spans = Annotated[
    tuple[Annotated[Span, BeforeValidator(lambda text: Span.parse(str(text)))], ...], AfterValidator(_spans)
]


class Holiday(Section):
    """A date with hours of its own; without `open` the desk is closed all day."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    date: datetime.date
    name: Text
    open: Spans = ()


class OpeningHours(Section):
    """Weekly hours and holidays. A day that is not named is closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    time_zone: Zone
    weekly: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], Spans]
    holidays: tuple[Holiday, ...] = ()

    def compiled(self) -> Hours:
        """The form that is asked for instants."""
        return Hours(
            zone=self.time_zone,
            weekly=tuple(self.weekly.get(day, ()) for day in DAYS),  # type: ignore[call-overload]
            special={holiday.date: holiday.open for holiday in self.holidays},
        )


class Tier(Section):
    """A group of agents. `faces_customer` is false for those who never talk to customers."""

    name: Text
    about: Text
    faces_customer: bool = True
    hours: OpeningHours | None = None


class When(Section):
    """What a handoff must be like; every member that is given must fit."""

    reason: tuple[Reason, ...] = ()
    urgency: tuple[Literal["low", "normal", "high", "urgent"], ...] = ()
    sentiment: tuple[Literal["negative", "neutral", "positive"], ...] = ()
    language: tuple[Literal["en", "zh"], ...] = ()
    channel: tuple[str, ...] = ()

    def fits(self, handoff: Handoff) -> bool:
        """Whether a handoff is like this."""
        return all(not wanted or getattr(handoff, name) in wanted for name, wanted in self)


class Rule(Section):
    """Handoffs like `when` go to `tier`; `because` is what agents read."""

    when: When
    tier: Id
    because: Text


class Otherwise(Section):
    """Where everything goes that no rule fits."""

    tier: Id
    because: Text


class Tiers(Section):
    """The whole of tiers.yml."""

    hours: OpeningHours
    grades: Annotated[dict[Id, Text], Field(min_length=1)]
    tiers: Annotated[dict[Id, Tier], Field(min_length=1)]
    rules: tuple[Rule, ...] = ()
    otherwise: Otherwise

    def classify(self, handoff: Handoff) -> tuple[str, JSON, int]:
        """Tier, why (in both languages) and priority of a handoff."""
        chosen = next((rule for rule in self.rules if rule.when.fits(handoff)), self.otherwise)
        return chosen.tier, chosen.because.model_dump(), PRIORITY.get(handoff.urgency, PRIORITY["normal"])

    def hours_of(self, tier: str) -> Hours:
        """Opening hours of a tier: its own, else the desk's."""
        known = self.tiers.get(tier)
        return (known.hours if known and known.hours else self.hours).compiled()


def parse_tiers(data: object) -> Tiers:
    """Check what a YAML file holds. Raises `TiersError` with every problem."""
    try:
        tiers = Tiers.model_validate(data)
    except ValidationError as error:
        problems = [(_where(item["loc"]), _what(item["msg"])) for item in error.errors()]
        raise TiersError(problems) from error
    if problems := list(_dangling(tiers)):
        raise TiersError(problems)
    return tiers


def load_tiers(path: Path) -> Tiers:
    """Read and check a file. Raises `TiersError` with every problem."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TiersError([("file", f"cannot be read: {error.strerror}")]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TiersError([("file", f"is not YAML: {error}")]) from error
    return parse_tiers(data)


def _dangling(tiers: Tiers) -> Iterator[tuple[str, str]]:
    named = [(f"rules.{index}.tier", rule.tier) for index, rule in enumerate(tiers.rules)]
    for where, name in [*named, ("otherwise.tier", tiers.otherwise.tier)]:
        tier = tiers.tiers.get(name)
        if tier is None:
            yield where, f"there is no tier {name!r}; the tiers are {', '.join(tiers.tiers)}"
        elif not tier.faces_customer:
            yield where, f"{name!r} does not talk to customers (faces_customer: false); choose another tier"
    groups = [("hours", tiers.hours)]
    groups += [(f"tiers.{name}.hours", tier.hours) for name, tier in tiers.tiers.items() if tier.hours]
    for where, hours in groups:
        dates = [holiday.date for holiday in hours.holidays]
        for repeated in sorted({date for date in dates if dates.count(date) > 1}):
            yield f"{where}.holidays", f"{repeated} is listed more than once"
        if not any(hours.weekly.values()):
            yield f"{where}.weekly", "the desk would never open; give hours for at least one day"


def _where(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc if part != "[key]") or "file"


def _what(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return "is not a known name here; check the spelling" if text == "Extra inputs are not permitted" else text
