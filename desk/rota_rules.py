"""What is wrong with a rota: too few people, double shifts, too little rest, shifts while the tier is closed. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from desk.hours import Hours
from storage.shifts import Absence, Shift

HOUR_MS = 3_600_000
BREAK_MS = 4 * HOUR_MS
"""Up to so long is a break within a day's work: split shifts are one day."""
REST_MS = 11 * HOUR_MS
"""Between two working days, as the EU's Working Time Directive (2003/88/EC, article 3) has it."""

Need = Mapping[tuple[str, int, int], int]
"""People on the rota by tier, weekday (Monday 0) and hour of the day."""


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """`kind`: `uncovered` (a tier has `planned` people and needs `needed`), `double`, `rest`, `closed` or `absent` (a
    shift lies in an absence). From `at` until `until` (ms).
    """

    kind: str
    at: int
    until: int
    tier: str = ""
    agent_id: str = ""
    shift_id: str = ""
    needed: int = 0
    planned: float = 0.0


def at_work(shifts: Sequence[Shift], absences: Sequence[Absence]) -> list[Shift]:
    """What is left of shifts when absences are taken out; a shift may become two."""
    away: defaultdict[str, list[Absence]] = defaultdict(list)
    for each in absences:
        away[each.agent_id].append(each)
    left: list[Shift] = []
    for shift in shifts:
        parts = [(shift.starts_at, shift.ends_at)]
        for gone in away[shift.agent_id]:
            cut = [(start, min(end, gone.starts_at)) for start, end in parts]
            cut += [(max(start, gone.ends_at), end) for start, end in parts]
            parts = [(start, end) for start, end in cut if start < end]
        left += [replace(shift, starts_at=start, ends_at=end) for start, end in sorted(set(parts))]
    return left


def people(there: Sequence[Shift], tier: str, at: int, until: int) -> float:
    """How many people of a tier are there on average; nobody counts twice."""
    spans: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for each in there:
        if tier in each.tiers and each.starts_at < until and each.ends_at > at:
            spans[each.agent_id].append((max(at, each.starts_at), min(until, each.ends_at)))
    return sum(_length(own) for own in spans.values()) / (until - at)


def expected(there: Sequence[Shift], now: int) -> dict[str, set[str]]:
    """Who should be there now, by tier."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for each in there:
        if each.starts_at <= now < each.ends_at:
            for tier in each.tiers:
                found[tier].add(each.agent_id)
    return dict(found)


def flaws(
    shifts: Sequence[Shift], absences: Sequence[Absence], need: Need, hours: Mapping[str, Hours], since: int, until: int
) -> list[Flaw]:
    """Everything that is wrong from `since` until `until` (ms), in order of time."""
    there = at_work(shifts, absences)
    found = [*_uncovered(there, need, hours, since, until), *_of_people(there), *_closed(there, hours)]
    found += [
        Flaw(kind="absent", at=shift.starts_at, until=shift.ends_at, agent_id=shift.agent_id, shift_id=shift.id)
        for shift in shifts
        if any(_overlap(shift, gone) for gone in absences if gone.agent_id == shift.agent_id)
    ]
    return sorted(
        (each for each in found if each.at < until and each.until > since), key=lambda each: (each.at, each.kind)
    )


def _uncovered(
    there: Sequence[Shift], need: Need, hours: Mapping[str, Hours], since: int, until: int
) -> Iterator[Flaw]:
    """Open hours with fewer people than the plan needs; those that follow each other and lack the same are one."""
    for tier in {tier for tier, _, _ in need}:
        last: Flaw | None = None
        for at in range(since - since % HOUR_MS, until, HOUR_MS):
            if not (tier in hours and hours[tier].business_ms(at, at + HOUR_MS)):
                continue
            local = datetime.fromtimestamp(at / 1000, hours[tier].zone)
            needed = need.get((tier, local.weekday(), local.hour), 0)
            start = at if hours[tier].is_open(at) else hours[tier].opens_at(at) or at
            planned = round(people(there, tier, start, start + hours[tier].business_ms(at, at + HOUR_MS)), 1)
            if planned >= needed:
                continue
            if last and last.until == at and (last.needed, last.planned) == (needed, planned):
                last = replace(last, until=at + HOUR_MS)
                continue
            if last:
                yield last
            last = Flaw(kind="uncovered", at=at, until=at + HOUR_MS, tier=tier, needed=needed, planned=planned)
        if last:
            yield last


def _of_people(there: Sequence[Shift]) -> Iterator[Flaw]:
    """Two shifts at once, and pauses that are longer than a break and too short for a night."""
    ends: dict[str, int] = {}
    for each in sorted(there, key=lambda shift: shift.starts_at):
        before = ends.get(each.agent_id)
        ends[each.agent_id] = max(each.ends_at, before or 0)
        if before is None:
            continue
        pause = each.starts_at - before
        if pause < 0:
            yield Flaw(
                kind="double",
                at=each.starts_at,
                until=min(before, each.ends_at),
                agent_id=each.agent_id,
                shift_id=each.id,
            )
        elif BREAK_MS < pause < REST_MS:
            yield Flaw(kind="rest", at=before, until=each.starts_at, agent_id=each.agent_id, shift_id=each.id)


def _closed(there: Sequence[Shift], hours: Mapping[str, Hours]) -> Iterator[Flaw]:
    """Shifts of which more than an hour lies outside the opening hours of all their tiers."""
    for each in there:
        opened = max((hours[t].business_ms(each.starts_at, each.ends_at) for t in each.tiers if t in hours), default=0)
        if each.ends_at - each.starts_at - opened > HOUR_MS:
            yield Flaw(kind="closed", at=each.starts_at, until=each.ends_at, agent_id=each.agent_id, shift_id=each.id)


def _overlap(shift: Shift, gone: Absence) -> bool:
    return shift.starts_at < gone.ends_at and shift.ends_at > gone.starts_at


def _length(spans: Sequence[tuple[int, int]]) -> int:
    total, reached = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
