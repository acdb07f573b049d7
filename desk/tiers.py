"""The tiers of the desk as tiers.yml describes them: who there is, when they are there, and which handoffs they get."""

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from connectors.desk import Handoff
from connectors.message import JSON
from desk.aftersales_settings import AfterSales
from desk.assignment_settings import Assignment
from desk.calendars import unknown_years
from desk.escalation_settings import ESCALATION, EscalationRule, dangling
from desk.growth_settings import Growth, Quality
from desk.hours import Hours
from desk.opening import OpeningHours
from desk.reports_settings import ReportMails
from desk.section import Id, Section, Text
from desk.sla_settings import SlaSettings
from desk.tier_models import CATEGORIES, Category, Otherwise, Rule, Tier
from desk.triage_settings import TriageSettings
from desk.wrap_up_settings import WrapUp

PRIORITY = {"low": 0, "normal": 1, "high": 2, "urgent": 3}


class TiersError(Exception):
    """The tiers cannot be used; `problems` are (where, what) for everything that is wrong."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"tiers.yml: {where}: {what}" for where, what in problems))
        self.problems = tuple(problems)


class Tiers(Section):
    """The whole of tiers.yml."""

    hours: OpeningHours
    grades: Annotated[dict[Id, Text], Field(min_length=1)]
    skills: Annotated[dict[Id, Text], Field(default_factory=dict)]
    categories: dict[Id, Category] = CATEGORIES
    tiers: Annotated[dict[Id, Tier], Field(min_length=1)]
    rules: tuple[Rule, ...] = ()
    otherwise: Otherwise
    escalation: tuple[EscalationRule, ...] = ESCALATION
    wrap_up: WrapUp = WrapUp()
    aftersales: AfterSales = AfterSales()
    assignment: Assignment = Assignment()
    sla: SlaSettings = SlaSettings()
    reports: ReportMails = ReportMails()
    triage: TriageSettings = TriageSettings()
    growth: Growth = Growth()
    quality: Quality = Quality()

    def classify(self, handoff: Handoff, found: Mapping[str, str] | None = None) -> tuple[str, JSON, int]:
        """Tier, why (in both languages) and priority of a handoff; `found` is what triage says of it."""
        found = found or {}
        chosen = next((rule for rule in self.rules if rule.when.fits(handoff, found)), self.otherwise)
        urgency = found.get("urgency") or handoff.urgency
        return chosen.tier, chosen.because.model_dump(), PRIORITY.get(urgency, PRIORITY["normal"])

    @property
    def follow_up_tier(self) -> str:
        """Which tier gets in touch again with customers who were not helped."""
        return self.aftersales.follow_up_tier or self.otherwise.tier

    def unknown_years(self, today: datetime.date) -> list[int]:
        """Of this year and the next one, those of which a calendar does not know all days; weekly hours hold there."""
        groups = [self.hours, *(tier.hours for tier in self.tiers.values() if tier.hours)]
        return unknown_years({code for hours in groups for code in hours.calendar}, today)

    def hours_of(self, tier: str) -> Hours:
        """Opening hours of a tier: its own, else the desk's."""
        known = self.tiers.get(tier)
        return (known.hours if known and known.hours else self.hours).compiled()


def parse_tiers(data: object, folder: Path = Path()) -> Tiers:
    """Check what a YAML file holds; calendar files lie in `folder`. Raises `TiersError` with every problem."""
    try:
        tiers = Tiers.model_validate(data, context={"folder": folder})
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
    return parse_tiers(data, path.parent)


def _dangling(tiers: Tiers) -> Iterator[tuple[str, str]]:
    """What only shows when the parts of the file are seen together."""
    follows = tiers.aftersales.follow_up_tier
    if follows is not None and follows not in tiers.tiers:
        yield "aftersales.follow_up_tier", f"there is no tier {follows!r}; the tiers are {', '.join(tiers.tiers)}"
    yield from _unknown(tiers)
    yield from _routes(tiers)
    yield from _unreachable(tiers)
    yield from _circles(tiers)
    yield from _never_open(tiers)
    for name in tiers.assignment.tiers:
        if name not in tiers.tiers:
            yield f"assignment.tiers.{name}", _no_such("tier", name, tiers.tiers)
    yield from dangling(tiers.escalation, tiers.tiers)
    yield from tiers.sla.problems(tiers.tiers)
    yield from tiers.reports.problems()
    yield from tiers.wrap_up.problems(tiers.tiers)
    yield from tiers.growth.problems(tiers.grades, tiers.quality)


def _unknown(tiers: Tiers) -> Iterator[tuple[str, str]]:
    """Names of tiers, skills and categories that the file does not have."""
    for name, tier in tiers.tiers.items():
        if tier.escalates_to is not None and tier.escalates_to not in tiers.tiers:
            yield f"tiers.{name}.escalates_to", _no_such("tier", tier.escalates_to, tiers.tiers)
    asked = [(f"tiers.{name}.skills", tier.skills) for name, tier in tiers.tiers.items()]
    asked += [(f"categories.{name}.skills", category.skills) for name, category in tiers.categories.items()]
    for where, skills in asked:
        for skill in skills:
            if skill not in tiers.skills:
                yield where, _no_such("skill", skill, tiers.skills)
    for index, rule in enumerate(tiers.rules):
        for category in rule.when.category:
            if category not in tiers.categories:
                yield f"rules.{index}.when.category", _no_such("category", category, tiers.categories)
    if "other" not in tiers.categories:
        yield "categories", "needs `other`, for what fits nowhere else"


def _routes(tiers: Tiers) -> Iterator[tuple[str, str]]:
    """Rules that lead to where nobody can answer."""
    named = [(f"rules.{index}.tier", rule.tier, rule.when.language) for index, rule in enumerate(tiers.rules)]
    for where, name, languages in [*named, ("otherwise.tier", tiers.otherwise.tier, ())]:
        tier = tiers.tiers.get(name)
        if tier is None:
            yield where, _no_such("tier", name, tiers.tiers)
        elif not tier.faces_customer:
            yield where, f"{name!r} does not talk to customers (faces_customer: false); choose another tier"
        elif silent := sorted(set(languages) - set(tier.languages)):
            yield where, f"{name!r} does not speak {', '.join(silent)}, which this rule is about"
    spoken = {language for tier in tiers.tiers.values() if tier.faces_customer for language in tier.languages}
    for language in sorted({"en", "zh"} - spoken):
        yield "tiers", f"no tier that talks to customers speaks {language}; add it to the languages of one"
    offered = {skill for tier in tiers.tiers.values() for skill in tier.skills}
    for name, category in tiers.categories.items():
        for skill in category.skills:
            if skill in tiers.skills and skill not in offered:
                yield f"categories.{name}.skills", f"no tier has the skill {skill!r}; add it to the skills of one"


def _unreachable(tiers: Tiers) -> Iterator[tuple[str, str]]:
    """Tiers for customers that neither rules nor escalations lead to. The others are asked by colleagues."""
    reached = {tiers.otherwise.tier, *(rule.tier for rule in tiers.rules)}
    waiting = list(reached)
    while waiting:
        tier = tiers.tiers.get(waiting.pop())
        if tier and tier.escalates_to and tier.escalates_to not in reached:
            reached.add(tier.escalates_to)
            waiting.append(tier.escalates_to)
    for name, tier in tiers.tiers.items():
        if tier.faces_customer and name not in reached:
            yield f"tiers.{name}", "no rule and no `escalates_to` leads here; add one, or take the tier out"


def _circles(tiers: Tiers) -> Iterator[tuple[str, str]]:
    """Escalations that come back to where they began; each circle once."""
    told: set[str] = set()
    for name in tiers.tiers:
        path = [name]
        while (tier := tiers.tiers.get(path[-1])) and tier.escalates_to and tier.escalates_to not in path:
            path.append(tier.escalates_to)
        back = tier.escalates_to if tier else None
        circle = path[path.index(back) :] if back in path else []
        if circle and not told & set(circle):
            told |= set(circle)
            shown = " → ".join([*circle, circle[0]])
            yield f"tiers.{circle[-1]}.escalates_to", f"goes round in a circle: {shown}; leave one of them out"


def _never_open(tiers: Tiers) -> Iterator[tuple[str, str]]:
    groups = [("hours", tiers.hours)]
    groups += [(f"tiers.{name}.hours", tier.hours) for name, tier in tiers.tiers.items() if tier.hours]
    for where, hours in groups:
        dates = [holiday.date for holiday in hours.holidays]
        for repeated in sorted({date for date in dates if dates.count(date) > 1}):
            yield f"{where}.holidays", f"{repeated} is listed more than once"
        if not any(hours.weekly.values()):
            yield f"{where}.weekly", "the desk would never open; give hours for at least one day"


def _no_such(what: str, name: str, known: Mapping[str, object]) -> str:
    plural = what.removesuffix("y") + "ies" if what.endswith("y") else f"{what}s"
    return f"there is no {what} {name!r}; the {plural} are {', '.join(known) or 'none'}"


def _where(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc if part != "[key]") or "file"


def _what(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return "is not a known name here; check the spelling" if text == "Extra inputs are not permitted" else text
