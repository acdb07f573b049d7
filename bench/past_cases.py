"""A desk's past, made up: cases with all the facts that reports are computed from, the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, insert

from storage.conversations import conversation
from storage.customers import customer
from storage.handoffs import handoff, rating
from storage.passages import passage
from storage.sla import sla_clock
from storage.surveys import survey
from storage.tickets import ticket

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
AGENTS = tuple(f"agent{n:02}" for n in range(20))
CHANNELS, CATEGORIES = ("web", "wechat", "email"), ("order", "payment", "delivery", "returns", "other")
AT_ONCE = 2_000


@dataclass(kw_only=True)
class Talk:
    """A conversation; `said`: what its customer answered when the bot asked whether it had helped, `score` then."""

    id: str
    person: str
    at: int
    channel: str
    language: str
    said: str = ""
    score: int | None = None


@dataclass(kw_only=True)
class Past:
    """A customer's ticket, and what became of it. `clocks`: metric, start, elapsed, met, breached."""

    id: str
    talk: Talk
    at: int
    category: str
    urgency: str
    way: list[tuple[int, str, str, str]] = field(default_factory=list)  # at, place, tier, agent
    clocks: list[tuple[str, int, int, int | None, int | None]] = field(default_factory=list)
    state: str = "queued"
    closed_at: int | None = None
    first_reply_at: int | None = None
    escalations: int = 0
    bounces: int = 0
    reopened: int = 0
    score: int | None = None
    scored_at: int | None = None
    asked_at: int | None = None
    outcome: str = ""


def talks(random_: random.Random, count: int, since: int, days: int) -> list[Talk]:
    """Conversations of about two thirds as many persons, by the minute."""
    made = []
    for n in range(count):
        said = random_.choices(("", "solved", "not_solved", "silent"), (5, 2, 1, 2))[0]
        made.append(
            Talk(
                id=f"talk{n:08}", person=f"person{random_.randrange(max(1, count * 2 // 3)):08}",
                at=since + random_.randrange(days * 24 * 60) * MINUTE, channel=random_.choice(CHANNELS),
                language=random_.choice(("en", "zh")), said=said,
                score=random_.randint(1, 5) if said == "solved" and random_.random() < 0.5 else None,
            )
        )  # fmt: skip
    return made


def cases(random_: random.Random, of: list[Talk], count: int) -> list[Past]:
    """Tickets of the first `count` of some conversations."""
    return [_case(random_, n, talk) for n, talk in enumerate(of[:count])]


def _case(random_: random.Random, n: int, talk: Talk) -> Past:
    one = Past(
        id=f"ticket{n:08}", talk=talk, at=talk.at + random_.randrange(30) * MINUTE, category=random_.choice(CATEGORIES),
        urgency=random_.choice(("low", "normal", "high", "urgent")),
    )  # fmt: skip
    tier, agent, at = "front_line", random_.choice(AGENTS), one.at
    one.way.append((at, "queue", tier, ""))
    fate = random_.random()
    if fate < 0.05:
        one.clocks.append(("first_response", one.at, 0, None, None))
        return one
    at += random_.randrange(1, 40) * MINUTE
    if fate < 0.12:
        one.state, one.closed_at = ("abandoned", at) if fate < 0.09 else ("withdrawn", at)
        one.way.append((at, one.state, tier, ""))
        return one
    one.way.append((at, "agent", tier, agent))
    at += random_.randrange(1, 20) * MINUTE
    one.first_reply_at = at
    _clock(random_, one, "first_response", one.at, at, 15 * MINUTE)
    if random_.random() < 0.6:
        asked = at + random_.randrange(1, 60) * MINUTE
        at = asked + random_.randrange(1, 50) * MINUTE
        _clock(random_, one, "next_response", asked, at, 30 * MINUTE)
    if random_.random() < 0.2:
        one.escalations, tier, agent = 1, "senior", random_.choice(AGENTS)
        at += random_.randrange(1, 30) * MINUTE
        one.way.append((at, "queue", tier, ""))
        at += random_.randrange(1, 30) * MINUTE
        one.way.append((at, "agent", tier, agent))
        one.bounces = int(random_.random() < 0.2)
    if random_.random() < 0.05:
        one.state = "open"
        return one
    at += random_.randrange(1, 600) * MINUTE
    one.state, one.closed_at, one.reopened = "resolved", at, int(random_.random() < 0.1)
    one.way.append((at, "resolved", tier, agent))
    _clock(random_, one, "resolution", one.at, at, 8 * HOUR)
    one.asked_at, one.outcome = at, random_.choice(("", "solved", "not_solved", "silent", "moot"))
    if one.outcome == "solved" and random_.random() < 0.7:
        one.score, one.scored_at = random_.choices((1, 2, 3, 4, 5), (1, 1, 2, 4, 6))[0], at + HOUR
    return one


def _clock(random_: random.Random, one: Past, metric: str, since: int, met: int, target: int) -> None:
    elapsed = max(0, met - since - random_.randrange(3) * MINUTE)
    breached = since + target if elapsed > target else None
    one.clocks.append((metric, since, elapsed, met, breached))


def store(tx: Connection, spoken: list[Talk], past: list[Past]) -> None:
    """Put all of it into an empty database."""
    persons = {talk.person for talk in spoken}
    alone = {talk.id for talk in spoken} - {one.talk.id for one in past}
    _add(tx, customer, map(_customer, sorted(persons)))
    _add(tx, conversation, map(_conversation, spoken))
    _add(tx, ticket, map(_ticket, past))
    _add(tx, handoff, (_handoff(one) for one in past if one.score))
    _add(tx, passage, (row for one in past for row in _passages(one)))
    _add(tx, sla_clock, (row for one in past for row in _clocks(one)))
    _add(tx, rating, (_rating(one) for one in past if one.score))
    of_cases = (_survey(each.talk, f"s{each.id}", f"h{each.id}", each.asked_at, each.outcome) for each in past)
    _add(tx, survey, (row for row in of_cases if row["asked_at"]))
    of_bot = (_survey(each, f"s{each.id}", "", each.at + HOUR, each.said, each.score) for each in spoken)
    _add(tx, survey, (row for row in of_bot if row["outcome"] and row["conversation_id"] in alone))


def _customer(id_: str) -> dict[str, Any]:
    return {"id": id_, "person_id": id_, "channel": "web", "address": id_, "user_id": f"u{id_}", "created_at": 0}


def _passages(one: Past) -> Iterator[dict[str, Any]]:
    for n, (at, place, tier, agent) in enumerate(one.way):
        yield {"id": f"{one.id}:{n:02}", "ticket_id": one.id, "at": at, "place": place, "tier": tier, "agent_id": agent}


def _clocks(one: Past) -> Iterator[dict[str, Any]]:
    for metric, since, elapsed, met, breached in one.clocks:
        yield {
            "ticket_id": one.id, "metric": metric, "n": 1, "started_at": since, "elapsed": elapsed, "target": HOUR,
            "met_at": met, "stopped_at": met, "breached_at": breached,
        }  # fmt: skip


def _rating(one: Past) -> dict[str, Any]:
    return {"handoff_id": f"h{one.id}", "score": one.score, "comment": "", "at": one.scored_at}


def _add(tx: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    while part := list(islice(rows, AT_ONCE)):
        tx.execute(insert(table), part)


def _conversation(talk: Talk) -> dict[str, Any]:
    return {
        "id": talk.id, "channel": talk.channel, "address": talk.id, "customer_id": talk.person, "state": "bot",
        "epoch": 0, "language": talk.language, "seq": 3, "customer_seen": 0, "agent_seen": 0, "created_at": talk.at,
        "customer_at": talk.at, "present_at": talk.at,
    }  # fmt: skip


def _ticket(one: Past) -> dict[str, Any]:
    last = one.way[-1]
    return {
        "id": one.id, "handoff_id": f"h{one.id}", "conversation_id": one.talk.id, "number": one.id,
        "channel": one.talk.channel, "state": one.state, "tier": last[2], "tier_because": {}, "priority": 1,
        "urgency": one.urgency, "language": one.talk.language, "reason": "no_answer", "sentiment": "neutral",
        "question": "", "summary": "", "customer_name": "", "customer_email": "", "verified": False, "packet": {},
        "agent_id": last[3] or None, "agent_name": "", "online": False, "unread": 0, "entries": 0, "version": 1,
        "last": {}, "rating": {"score": one.score} if one.score else None, "reopened": one.reopened,
        "category": one.category, "escalations": one.escalations, "bounces": one.bounces,
        "first_reply_at": one.first_reply_at, "created_at": one.at, "queued_at": one.at, "taken_at": None,
        "closed_at": one.closed_at, "updated_at": last[0],
    }  # fmt: skip


def _handoff(one: Past) -> dict[str, Any]:
    return {
        "id": f"h{one.id}", "conversation_id": one.talk.id, "reference": one.id[-12:], "reason": "no_answer",
        "status": "resolved", "packet": {}, "seq": 3, "desk": "built_in", "created_at": one.at, "updated_at": one.at,
    }  # fmt: skip


def _survey(
    talk: Talk, id_: str, handoff_id: str, at: int | None, outcome: str, score: int | None = None
) -> dict[str, Any]:
    return {
        "id": id_, "conversation_id": talk.id, "person_id": talk.person, "handoff_id": handoff_id,
        "channel": talk.channel, "solved_by": "both" if handoff_id else "bot", "asked_at": at, "outcome": outcome,
        "comment": "", "score": score, "rated_at": at if score else None,
    }  # fmt: skip
