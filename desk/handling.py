"""How long tickets keep people busy, and when they come, from what the desk did.

**Attention.** A held ticket has its holder's attention from when it came, and from each message or note in it, for ten
minutes: who waits for a customer overnight is not busy. Only the tier's opening hours count.
**Effective handling time.** A moment in which an agent attends to several tickets is shared by them equally, so the
effective handling times of all tickets add up to the time in which their agents were busy.
**Arrivals.** A ticket arrives in a tier when it comes to its queue, or to its agents, from elsewhere; back into the
same tier's queue is no new arrival, reopened after an end is one. Outside opening hours it counts when the tier opens.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from desk.hours import Hours
from storage.passages import AGENT, QUEUE, Passage
from storage.workload import Workload

ATTENTION_MS = 600_000
WAITING = (QUEUE, AGENT)
LEFT = ("abandoned", "withdrawn")

Interval = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Stint:
    """An agent attended to a ticket of a tier, where it arrived at `arrived`, from `start` until `end` (ms)."""

    agent_id: str
    ticket_id: str
    tier: str
    arrived: int
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class TierWork:
    """Of one tier: when tickets arrived (ms), how long each of their visits took (effective, s), how many tickets a
    busy agent attended to on average, how many customers left the queue and how long all of them waited in it (s),
    and who attended when.
    """

    arrivals: tuple[int, ...]
    handling_s: tuple[float, ...]
    concurrency: float
    left: int
    waited_s: float
    stints: tuple[Stint, ...]


def tier_work(work: Workload, tier: str, hours: Hours, until: int) -> TierWork:
    """What one tier did before `until` (ms)."""
    ways = [list(group) for _, group in groupby(work.passages, key=lambda each: each.ticket_id)]
    stints = [stint for way in ways for stint in _stints(way, work.said.get(way[0].ticket_id, ()), until)]
    effective = _effective(stints, hours)
    own = [stint for stint in stints if stint.tier == tier]
    here = {way[-1].ticket_id: visits[-1] for way in ways if (visits := _visits(way)) and way[-1].place in WAITING}
    by_visit: defaultdict[tuple[str, int], float] = defaultdict(float)
    for stint in own:
        by_visit[stint.ticket_id, stint.arrived] += effective[stint]
    finished = tuple(ms / 1000 for (ticket, arrived), ms in by_visit.items() if ms > 0 and here.get(ticket) != arrived)
    busy = sum(by_visit.values())
    attended = sum(hours.business_ms(stint.start, stint.end) for stint in own)
    waits = [wait for way in ways for wait in _waits(way, tier, hours.business_ms)]
    return TierWork(
        arrivals=tuple(sorted(at for way in ways for at in _arrivals(way, tier, hours))),
        handling_s=finished,
        concurrency=attended / busy if busy else 1.0,
        left=sum(gone for _, gone in waits),
        waited_s=sum(ms for ms, _ in waits) / 1000,
        stints=tuple(own),
    )


def _arrivals(way: Sequence[Passage], tier: str, hours: Hours) -> Iterator[int]:
    for each, arrived in zip(way, _visits(way), strict=True):
        if each.at == arrived and each.place in WAITING and each.tier == tier:
            yield each.at if hours.is_open(each.at) else hours.opens_at(each.at) or each.at


def _visits(way: Sequence[Passage]) -> list[int]:
    """For each place of a ticket's way, when the ticket arrived in the tier it is in."""
    found: list[int] = []
    before: Passage | None = None
    for each in way:
        stays = before is not None and before.tier == each.tier and {before.place, each.place} <= set(WAITING)
        found.append(found[-1] if stays else each.at)
        before = each
    return found


def _waits(way: Sequence[Passage], tier: str, open_ms: Callable[[int, int], int]) -> Iterator[tuple[int, bool]]:
    """How long it was in the tier's queue each time, and whether the customer left from there."""
    for one, following in pairwise(way):
        if one.place == QUEUE and one.tier == tier:
            yield open_ms(one.at, following.at), following.place in LEFT


def _stints(way: Sequence[Passage], said: Sequence[int], until: int) -> Iterator[Stint]:
    for one, following, arrived in zip(way, [*way[1:], None], _visits(way), strict=True):
        if one.place != AGENT:
            continue
        end = following.at if following else until
        moments = [one.at, *(at for at in said if one.at < at < end)]
        start = moments[0]
        for at, later in zip(moments, [*moments[1:], None], strict=True):
            lasts = min(at + ATTENTION_MS, end)
            if later is None or later > lasts:
                if start < lasts:
                    yield Stint(
                        agent_id=one.agent_id,
                        ticket_id=one.ticket_id,
                        tier=one.tier,
                        arrived=arrived,
                        start=start,
                        end=lasts,
                    )
                start = later if later is not None else lasts


def _effective(stints: Sequence[Stint], hours: Hours) -> dict[Stint, float]:
    """Each stint's share of its agent's time, in ms of opening hours."""
    shares: defaultdict[Stint, float] = defaultdict(float)
    by_agent: defaultdict[str, list[Stint]] = defaultdict(list)
    for stint in stints:
        by_agent[stint.agent_id].append(stint)
    for own in by_agent.values():
        changes = sorted(
            [(stint.start, 1, stint) for stint in own] + [(stint.end, 0, stint) for stint in own], key=_when
        )
        attended: dict[Stint, None] = {}
        before = 0
        for at, begins, stint in changes:
            for each in attended:
                shares[each] += hours.business_ms(before, at) / len(attended)
            before = at
            if begins:
                attended[stint] = None
            else:
                attended.pop(stint, None)
    return shares


def _when(change: tuple[int, int, Stint]) -> Interval:
    return change[0], change[1]
