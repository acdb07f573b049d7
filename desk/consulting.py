"""Consultation: colleagues ask each other on a ticket, beside the work; and who is mentioned with an @."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.message import JSON, Author, Content
from desk.announcer import Act
from desk.errors import Refused
from desk.permissions import can, sees
from desk.tiers import Tiers
from storage import tickets
from storage.agents import Agent, all_agents
from storage.mentions import CONSULT as VIA_CONSULT
from storage.mentions import NOTE as VIA_NOTE
from storage.mentions import mention_all
from storage.tables import new_id
from storage.ticket_entries import (
    CONSULT,
    EVENT,
    NOTE,
    Entry,
    add_entry,
    consultation_of,
    events_of,
    find_by_client_id,
)
from storage.tickets import Ticket

DONE = "consult_done"
_MENTION = re.compile(r"(?<![A-Za-z0-9._@-])@([A-Za-z0-9._-]{2,40})")  # an e-mail address mentions nobody


@dataclass(frozen=True, kw_only=True)
class ConsultMoves:
    """Functions over a transaction; all raise `Refused`. Everyone who sees a ticket may ask and answer, also after its
    end.
    """

    clock: Callable[[], int]

    def say(self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, text: str, thread: str) -> Act:
        """Ask colleagues, or answer in `thread`, which is the id of the question."""
        held = _visible(tx, agent, ticket_id)
        known = find_by_client_id(tx, held.id, client_id)
        if known is not None:
            if (known.agent_id, known.kind, known.content.text) != (agent.id, CONSULT, text):
                raise Refused("client_id_used", field="client_id")
            return Act(ticket=held, entry=known)
        if thread:
            _require_thread(tx, held, thread)
        entry_id = new_id()
        entry = Entry(
            ticket_id=held.id, id=entry_id, kind=CONSULT, author=Author.AGENT, name=agent.name, at=self.clock(),
            content=Content(text=text), data={"thread": thread or entry_id}, agent_id=agent.id, client_id=client_id,
        )  # fmt: skip
        return _added(tx, held, entry)

    def settle(self, tx: Connection, agent: Agent, ticket_id: str, thread: str, done: bool) -> Act:
        """Mark a question as answered, or as open again."""
        held = _visible(tx, agent, ticket_id)
        _require_thread(tx, held, thread)
        marks = [each.data["done"] for each in events_of(tx, held.id, DONE) if each.data["thread"] == thread]
        if (marks[-1] if marks else False) == done:
            return Act(ticket=held)
        data: JSON = {"thread": thread, "done": done}
        entry = Entry(
            ticket_id=held.id, id=new_id(), kind=EVENT, event=DONE, author=Author.AGENT, name=agent.name,
            at=self.clock(), data=data, agent_id=agent.id,
        )  # fmt: skip
        return _added(tx, held, entry)


@dataclass(frozen=True, kw_only=True)
class Mentioning:
    """Consequence of notes and consultations: whom they name hears of it, and may see the ticket."""

    tiers: Tiers

    def __call__(self, tx: Connection, act: Act, now: int) -> Act:
        """Who is named with an @, by log-in or tier, and who takes part in the thread."""
        said = act.entry
        if said is None or said.kind not in (NOTE, CONSULT) or said.author is not Author.AGENT:
            return act
        text = said.content.text
        people = named(text, all_agents(tx, disabled=False), self.tiers) if "@" in text else []
        if said.kind == CONSULT:
            thread = [each for each in consultation_of(tx, act.ticket.id) if each.data["thread"] == said.data["thread"]]
            people += [each.agent_id for each in thread if each.agent_id not in people]
        told = [each for each in people if each != said.agent_id]
        ticket, new = mention_all(
            tx, act.ticket, told, entry_id=said.id, via=VIA_CONSULT if said.kind == CONSULT else VIA_NOTE,
            by_name=said.name, text=text, at=now,
        )  # fmt: skip
        return replace(act, ticket=ticket, mentioned=(*act.mentioned, *new))


def named(text: str, people: list[Agent], tiers: Tiers) -> list[str]:
    """Ids of the people a text mentions: `@li.na`, or `@senior` for everyone of a tier."""
    found: list[str] = []
    for word in _MENTION.findall(text):
        name = word.lower().rstrip(".-_")
        tier = name if name in tiers.tiers else ""
        for each in people:
            named_here = (tier in each.tiers and can(each, "take")) if tier else each.login in (name, word.lower())
            if named_here and each.id not in found and can(each, "see_tier"):
                found.append(each.id)
    return found


def _visible(tx: Connection, agent: Agent, ticket_id: str) -> Ticket:
    held = tickets.lock_ticket(tx, ticket_id)
    if held is None or not sees(agent, held):
        raise Refused("not_found")
    return held


def _require_thread(tx: Connection, held: Ticket, thread: str) -> None:
    if not any(each.id == thread and each.data["thread"] == thread for each in consultation_of(tx, held.id)):
        raise Refused("no_thread")


def _added(tx: Connection, held: Ticket, entry: Entry) -> Act:
    added = add_entry(tx, held, entry)
    if added is None:
        raise Refused("internal")  # ids are new: nobody else can have used this one
    return Act(ticket=added[0], before=held, entry=added[1])
