"""Which conversations are reviewed: drawn by lot from what each agent closed, and those that went badly.

A month is cut into as many slices as conversations are drawn at random; each slice is drawn from when it is over, so
that every conversation of it has the same chance. The seed is made when it is drawn and kept with what was drawn:
nobody knows before, and everybody can check afterwards.
"""

import calendar
import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from desk.growth_settings import Quality
from storage.reviews import ESCALATED, LOW_RATED, RANDOM, Candidate

LATEST_MS = 62 * 86_400_000
"""After a longer pause nobody asks any more how a conversation went."""


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A part of a month, from `since` until before `until` (ms)."""

    month: str
    since: int
    until: int


@dataclass(frozen=True, kw_only=True)
class Pick:
    """A conversation that is reviewed, and why; it is one `of` so many that could have been."""

    ticket_id: str
    agent_id: str
    why: str
    of: int


def last_slice(now: int, parts: int, zone: ZoneInfo) -> Slice:
    """The newest slice that is over at `now` (ms)."""
    today = datetime.datetime.fromtimestamp(now / 1000, zone).date()
    over = [each for each in _slices(today, parts, zone) if each.until <= now]
    return over[-1] if over else _slices(today.replace(day=1) - datetime.timedelta(days=1), parts, zone)[-1]


def slices_to_draw(drawn_until: int, now: int, parts: int, zone: ZoneInfo) -> list[Slice]:
    """Those that are over and were not drawn from, the oldest first; the first time only the newest one."""
    found = [last_slice(now, parts, zone)]
    while drawn_until and found[0].since > max(drawn_until, now - LATEST_MS):
        found.insert(0, last_slice(found[0].since, parts, zone))
    return [each for each in found if each.until > drawn_until]


def draw(
    candidates: Sequence[Candidate], had: Mapping[tuple[str, str], int], quality: Quality, seed: str
) -> list[Pick]:  # fmt: skip
    """One of each agent's by lot, then low-rated and escalated ones, as many as the month still allows.

    `had`: how many were drawn this month, by agent and why.
    """
    wanted = quality.per_month
    picks = []
    for agent_id in sorted({each.agent_id for each in candidates}):
        theirs = sorted(
            (each for each in candidates if each.agent_id == agent_id), key=lambda each: lot(seed, each.ticket_id)
        )
        low = [each for each in theirs if each.score is not None and each.score <= quality.low_rating]
        kinds = (
            (RANDOM, theirs, min(1, wanted.random - had.get((agent_id, RANDOM), 0))),
            (LOW_RATED, low, wanted.low_rated - had.get((agent_id, LOW_RATED), 0)),
            (
                ESCALATED,
                [each for each in theirs if each.escalations],
                wanted.escalated - had.get((agent_id, ESCALATED), 0),
            ),
        )
        taken: set[str] = set()
        for why, among, most in kinds:
            chosen = [each for each in among if each.ticket_id not in taken][: max(0, most)]
            taken |= {each.ticket_id for each in chosen}
            picks += [Pick(ticket_id=each.ticket_id, agent_id=agent_id, why=why, of=len(among)) for each in chosen]
    return picks


def lot(seed: str, ticket_id: str) -> str:
    """A ticket's lot: the lowest is drawn."""
    return hashlib.sha256(f"{seed}:{ticket_id}".encode()).hexdigest()


def _slices(day: datetime.date, parts: int, zone: ZoneInfo) -> list[Slice]:
    days = calendar.monthrange(day.year, day.month)[1]
    borders = [round(days * part / parts) for part in range(parts)] + [days]
    start = day.replace(day=1)
    instants = [_midnight(start + datetime.timedelta(days=border), zone) for border in borders]
    month = f"{day.year}-{day.month:02}"
    return [Slice(month=month, since=since, until=until) for since, until in pairwise(instants)]


def _midnight(day: datetime.date, zone: ZoneInfo) -> int:
    return int(datetime.datetime.combine(day, datetime.time(), zone).timestamp() * 1000)
