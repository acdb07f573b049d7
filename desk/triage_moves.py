"""Triage of a ticket: when it is opened, when people know better, and when the customer says something grave."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.desk import Handoff
from connectors.message import JSON, Author
from desk.announcer import Act
from desk.errors import Refused, bad_field
from desk.permissions import sees
from desk.tiers import PRIORITY, Tiers
from desk.triage import Triage
from desk.triage_cues import DIMENSIONS
from storage import ticket_entries, tickets
from storage.agents import Agent
from storage.tables import new_id
from storage.ticket_entries import EVENT, MESSAGE, Entry
from storage.tickets import INTERNAL, Ticket
from storage.triage import history_of, keep_correction

DAY_MS = 86_400_000
TAG = re.compile(r"^[\w .-]{1,32}$")
"""What a tag may be; they are kept in lower case."""
MOST_TAGS = 10


def judged(tx: Connection, triage: Triage, tiers: Tiers, handoff: Handoff, now: int) -> JSON:
    """What triage says of a handoff, as fields of its ticket."""
    since = now - tiers.triage.history_days * DAY_MS
    found, seen = triage.judge(handoff, history_of(tx, handoff.conversation_id, since))
    values = {name: verdict.value for name, verdict in found.items()}
    because = {name: verdict.to_json() for name, verdict in found.items()}
    kept = {"triage": because | {"seen": dict(seen)}, "skills": tiers.categories[values["category"]].skills}
    return _routed(tiers, handoff, values) | values | kept


@dataclass(frozen=True, kw_only=True)
class TriageMoves:
    """What people correct. Raises `Refused`."""

    tiers: Tiers
    clock: Callable[[], int]

    def correct(
        self, tx: Connection, agent: Agent, ticket_id: str, said: Mapping[str, str], tags: Sequence[str] | None,
        more_tags: Sequence[str] = (),
    ) -> Act:  # fmt: skip
        """Set those of the five that are given, and the tags, to which `more_tags` come. What is given is remembered
        for learning, agreement as well as correction; while the ticket waits, it goes to where the rules send it now.
        """
        held = tickets.lock_ticket(tx, ticket_id)
        if held is None or not sees(agent, held):
            raise Refused("not_found")
        if "category" in said and said["category"] not in self.tiers.categories:
            raise bad_field("category", "unknown_category")
        now = self.clock()
        self._learn(tx, agent, held, said, now)
        changes = {name: [getattr(held, name), value] for name, value in said.items() if getattr(held, name) != value}
        tagged = tuple(dict.fromkeys((*(held.tags if tags is None else tags), *more_tags)))
        if len(tagged) > max(MOST_TAGS, len(held.tags)):
            raise bad_field("tags", "too_long", max_length=MOST_TAGS)
        if not changes and tagged == held.tags:
            return Act(ticket=held)
        values: JSON = {name: after for name, (_, after) in changes.items()}
        if "category" in changes:
            values["skills"] = self.tiers.categories[values["category"]].skills
        marked = {name: _corrected(held.triage.get(name), agent, each, now) for name, each in changes.items()}
        values |= {"tags": tagged, "triage": held.triage | marked}
        if changes:
            values |= rerouted(tx, self.tiers, held, values)
        data: JSON = {"changes": changes}
        if tagged != held.tags:
            data["tags"] = list(tagged)
        if "tier" in values:
            data |= {"from_tier": held.tier, "to_tier": values["tier"]}
        return _noted(tx, held, "triaged", data, now, values, agent)

    def _learn(self, tx: Connection, agent: Agent, held: Ticket, said: Mapping[str, str], now: int) -> None:
        seen = held.triage.get("seen")
        if seen is None:  # opened before there was triage: nothing to learn from
            return
        for name, value in said.items():
            before = held.triage[name]
            judged = before.get("judged", before["value"])
            keep_correction(
                tx, held.id, dimension=name, judged=judged, value=value, seen=seen, agent_id=agent.id, at=now
            )


@dataclass(frozen=True, kw_only=True)
class RisingRisk:
    """A consequence: what a customer says later may make a ticket one of high risk, once."""

    triage: Triage
    tiers: Tiers

    def __call__(self, tx: Connection, act: Act, now: int) -> Act:
        """Raise the risk, and the urgency with it; a ticket that waits goes to who handles such."""
        entry, held = act.entry, act.ticket
        if entry is None or (entry.kind, entry.author) != (MESSAGE, Author.CUSTOMER):
            return act
        if held.kind == INTERNAL or not held.live or held.risk == "high":
            return act
        verdict, heard = self.triage.risk_of(entry.content.text)
        known = held.triage.get("seen", {})
        news = {name: strength for name, strength in heard.items() if strength > known.get(name, 0)}
        if verdict.value != "high" or not any(name in news for name, _ in verdict.because):
            return act
        urgency = max(held.urgency, "high", key=lambda name: PRIORITY.get(name, 0))
        values: JSON = {"risk": "high", "urgency": urgency}
        values["triage"] = held.triage | {"risk": verdict.to_json(), "seen": known | news}
        values |= rerouted(tx, self.tiers, held, values)
        data: JSON = {"from": held.risk, "to": "high", "because": verdict.to_json()["because"]}
        if "tier" in values:
            data |= {"from_tier": held.tier, "to_tier": values["tier"]}
        raised = _noted(tx, held, "risk_raised", data, now, values)
        added = (raised.entry,) if raised.entry else ()
        return replace(act, ticket=raised.ticket, also=(*act.also, *added))


def rerouted(tx: Connection, tiers: Tiers, held: Ticket, values: Mapping[str, object]) -> JSON:
    """The priority that a ticket has with new `values`, and its tier if it still waits where triage had put it."""
    handoff = Handoff.from_json(tickets.packet_of(tx, held.id))
    before = {name: str(getattr(held, name)) for name in DIMENSIONS}
    routed = _routed(tiers, handoff, before | {name: str(values[name]) for name in DIMENSIONS if name in values})
    moves = held.state == tickets.QUEUED and routed["tier"] != held.tier and held.kind != INTERNAL
    if not moves or held.tier != _routed(tiers, handoff, before)["tier"]:  # people sent it where it is
        return {"priority": routed["priority"]}
    offer: JSON = {"offered_to": None, "offered_until": None, "passed": ()}
    return routed | offer | {"for_agent": None, "position": None}


def _routed(tiers: Tiers, handoff: Handoff, found: Mapping[str, str]) -> JSON:
    tier, because, priority = tiers.classify(handoff, found)
    return {"tier": tier, "tier_because": because, "priority": priority}


def _corrected(before: JSON | None, agent: Agent, change: Sequence[str], now: int) -> JSON:
    judged = (before or {}).get("judged", change[0])
    because = (before or {}).get("because", [])
    by = {"corrected_by": agent.name, "corrected_at": now}
    return {"value": change[1], "judged": judged, "because": because} | by


def _noted(
    tx: Connection, held: Ticket, event: str, data: JSON, now: int, values: JSON, agent: Agent | None = None
) -> Act:
    new = Entry(
        ticket_id=held.id, id=new_id(), kind=EVENT, event=event, author=Author.AGENT if agent else Author.SYSTEM,
        name=agent.name if agent else "", at=now, data=data, agent_id=agent.id if agent else "",
    )  # fmt: skip
    added = ticket_entries.add_entry(tx, held, new, **values)
    if added is None:
        raise Refused("internal")  # ids are new: nobody else can have used this one
    return Act(ticket=added[0], before=held, entry=added[1])
