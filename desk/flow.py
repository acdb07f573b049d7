"""The process made visible: the way of one ticket, and of all of them together as a flow from step to step."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from sqlalchemy import Connection

from connectors.message import JSON
from desk.announcer import Act
from storage import conversations, passages, ticket_entries
from storage.agents import find_agent
from storage.passages import BotAlone, Passage, Which
from storage.ticket_entries import EVENT
from storage.tickets import RESOLVED, Ticket

STEPS = 7
"""Steps that the flow shows; what comes after is one last place, `more`."""

BOT, ALONE, SOLVED, NOT_SOLVED, MORE = "bot", "bot_alone", "bot_solved", "bot_not_solved", "more"

MARKS = frozenset(
    {"escalated", "bounced", "transferred", "taken_over", "sla_breached", "reopened", "rated", "merged", "snoozed"}
)
"""Events that are marked on a ticket's way."""


@dataclass(frozen=True, order=True)
class Place:
    """A place at a step of the way: `tier` is empty where it says nothing."""

    step: int
    name: str
    tier: str = ""


def observe(tx: Connection, act: Act, now: int) -> Act:
    """A consequence of every act: note where the ticket has come to, if that is another place."""
    before, row = act.before, act.ticket
    if before is None or (before.state and _spot(before) == _spot(row)):
        return act
    passages.came_to(tx, row, now)
    return act


def way(tx: Connection, row: Ticket, now: int) -> JSON:
    """One ticket's way: stretches with their beginning and end (ms), and what happened on it."""
    been = passages.of_ticket(tx, row.id)
    conversation = conversations.find(tx, row.conversation_id)
    stretches: list[JSON] = []
    if conversation and been and conversation.created_at < been[0].at:
        stretches.append(_stretch(BOT, "", "", conversation.created_at, been[0].at))
    agents = (find_agent(tx, agent_id) for agent_id in {each.agent_id for each in been if each.agent_id})
    known = {agent.id: agent.name for agent in agents if agent}
    for one, following in zip(been, [*been[1:], None], strict=True):
        until = following.at if following else (one.at if not row.live else now)
        stretches.append(_stretch(one.place, one.tier, known.get(one.agent_id, ""), one.at, until))
    happened = (each for each in ticket_entries.timeline(tx, row.id) if each.kind == EVENT and each.event in MARKS)
    marks = [{"event": each.event, "at": each.at, "name": each.name, "entry_id": each.id} for each in happened]
    return {"stretches": stretches, "marks": marks, "now": now}


def flow(tx: Connection, which: Which) -> JSON:
    """All those tickets together: who went from which place to which, and how long (median, ms) they were there."""
    counted: Counter[tuple[Place, Place]] = Counter()
    stayed: defaultdict[Place, list[int]] = defaultdict(list)
    reached: Counter[str] = Counter()
    for _, group in groupby(passages.of_tickets(tx, which), key=lambda each: each.ticket_id):
        been = list(group)
        reached.update(_reached(been))
        places = list(_places(been))
        counted.update(zip([place for place, _ in places], [place for place, _ in places[1:]], strict=False))
        for place, stay in places:
            if stay is not None:
                stayed[place].append(stay)
    alone = passages.bot_alone(tx, which) if not which.category and not which.tier else None
    counted.update(_of_bot(alone) if alone else {})
    places_seen = sorted({place for link in counted for place in link})
    return {
        "tickets": reached["people"],
        "funnel": _funnel(reached, alone, passages.rated(tx, which)),
        "bot": asdict(alone) if alone else None,
        "places": [_place(place, counted, stayed.get(place, ())) for place in places_seen],
        "links": [
            {"from": _name(one), "to": _name(other), "count": count} for (one, other), count in sorted(counted.items())
        ],
    }


def _reached(been: Sequence[Passage]) -> Iterator[str]:
    """The stages of the funnel that one ticket came to."""
    places = {each.place for each in been}
    yield "people"
    if passages.AGENT in places:
        yield "taken"
    if places & {RESOLVED, passages.CONFIRMED}:
        yield "resolved"
    if passages.CONFIRMED in places:
        yield "confirmed"


def _funnel(reached: Counter[str], alone: BotAlone | None, rated: int) -> list[JSON]:
    """From all conversations to those whose customers rated what people did."""
    stages = [{"stage": name, "count": reached[name]} for name in ("people", "taken", "resolved", "confirmed")]
    all_of_them = [{"stage": "conversations", "count": alone.conversations + reached["people"]}] if alone else []
    return [*all_of_them, *stages, {"stage": "rated", "count": rated}]


def _spot(row: Ticket) -> tuple[str, str, str]:
    return passages.place_of(row), row.tier, (row.agent_id or "") if row.held else ""


def _stretch(place: str, tier: str, agent: str, since: int, until: int) -> JSON:
    return {"place": place, "tier": tier, "agent": agent, "from": since, "to": max(since, until)}


def _places(been: Sequence[Passage]) -> Iterator[tuple[Place, int | None]]:
    """The steps of one ticket, each with how long it was there; None for where it still is, or ended."""
    yield Place(0, BOT), None
    one_by_one = [list(group) for _, group in groupby(been, key=lambda each: (each.place, _tier(each)))]
    for step, stretch in enumerate(one_by_one, 1):
        if step == STEPS:
            yield Place(step, MORE), None
            return
        following = one_by_one[step][0].at if step < len(one_by_one) else None
        stay = following - stretch[0].at if following is not None else None
        yield Place(step, stretch[0].place, _tier(stretch[0])), stay


def _tier(one: Passage) -> str:
    return one.tier if one.place in (passages.QUEUE, passages.AGENT) else ""


def _of_bot(alone: BotAlone) -> dict[tuple[Place, Place], int]:
    rest = alone.conversations - alone.solved - alone.not_solved
    ends = {SOLVED: alone.solved, NOT_SOLVED: alone.not_solved, ALONE: max(0, rest)}
    return {(Place(0, BOT), Place(1, name)): count for name, count in ends.items() if count}


def _place(place: Place, counted: Counter[tuple[Place, Place]], stays: Iterable[int]) -> JSON:
    arrived = sum(count for (_, other), count in counted.items() if other == place)
    left = sum(count for (one, _), count in counted.items() if one == place)
    known = list(stays)
    return {
        "id": _name(place), "step": place.step, "place": place.name, "tier": place.tier, "count": max(arrived, left),
        "median_ms": round(statistics.median(known)) if known else None,
    }  # fmt: skip


def _name(place: Place) -> str:
    return f"{place.step}:{place.name}:{place.tier}"
