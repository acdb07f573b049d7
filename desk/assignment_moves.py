"""What happens to a ticket on its way to an agent: it is offered, passed on, ignored, put into somebody's hands, and
taken from the hands of those who are not there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.message import JSON, Author
from desk.agent_moves import AgentMoves
from desk.announcer import Act
from desk.assignment import Choice
from desk.assignment_settings import Assignment
from desk.errors import Refused, bad_field
from desk.escalating import ESCALATED, bring_up
from desk.permissions import can, sees, serves
from desk.tiers import Tiers
from storage import tickets, turns
from storage.agents import Agent, change_agent, find_agent
from storage.audit import Actor, record
from storage.tables import new_id
from storage.ticket_entries import EVENT, Entry, add_entry
from storage.tickets import Ticket


@dataclass(frozen=True, kw_only=True)
class AssignmentMoves:
    """Functions over a transaction. The ticket's row decides who was first, the agent's turn how many they get; they
    are held in this order.
    """

    moves: AgentMoves
    tiers: Tiers
    clock: Callable[[], int]

    @property
    def _settings(self) -> Assignment:
        return self.tiers.assignment

    def offer(self, tx: Connection, choice: Choice) -> Act | None:
        """Ask an agent to take a ticket; None when it is no longer free, or the agent has no room."""
        found = self._free(tx, choice)
        if found is None:
            return None
        held, agent = found
        now = self.clock()
        until = now + self._settings.offer_s * 1000
        turns.offered_turn(tx, agent.id, now)
        data = {"agent": agent.name, "agent_id": agent.id, "until": until, "because": list(choice.because)}
        passed = held.passed if _still(held, now) else ()
        return self._noted(
            tx, held, "offered", data, offered_to=agent.id, offered_until=until, passed=passed,
            offered_because=choice.because,
        )  # fmt: skip

    def give(self, tx: Connection, choice: Choice) -> Act | None:
        """Put a ticket into an agent's hands; None when it is no longer free, or the agent has no room."""
        found = self._free(tx, choice)
        if found is None:
            return None
        return self.moves.take(tx, found[1], choice.ticket_id, {"by": "desk", "because": list(choice.because)})

    def pass_on(self, tx: Connection, agent: Agent, ticket_id: str) -> Act:
        """An agent does not want what they are offered. Raises `Refused`."""
        held = tickets.lock_ticket(tx, ticket_id)
        if held is None:
            raise Refused("not_found")
        if agent.id in held.passed:
            return Act(ticket=held)
        if held.offered_to != agent.id:
            raise Refused("not_offered")
        turns.forgive_misses(tx, agent.id)
        return self._let_go(tx, held, agent, "passed", {})

    def hand_over(
        self, tx: Connection, manager: Agent, ticket_id: str, who: Actor, to_agent: str, note: str
    ) -> Act:  # fmt: skip
        """Put a ticket of any queue or holder into the hands of a colleague who is there, however much they have.
        Raises `Refused`.
        """
        held = tickets.lock_ticket(tx, ticket_id)
        if held is None or not sees(manager, held):
            raise Refused("not_found")
        if not can(manager, "reassign"):
            raise Refused("forbidden")
        if not held.live:
            raise Refused("closed", state=held.state)
        colleague = find_agent(tx, to_agent)
        if colleague is None or not serves(colleague):
            raise bad_field("agent_id", "unknown_agent")
        if held.held and held.agent_id == colleague.id:
            return Act(ticket=held)
        if colleague.seen_as(self.clock()) == "offline":
            raise Refused("not_here", agent={"id": colleague.id, "name": colleague.name})
        details = {"from": held.agent_name, "to": colleague.name}
        record(tx, who, "ticket.assigned", at=self.clock(), subject=held.id, subject_name=held.number, details=details)
        return self.moves.put_into(tx, held, manager, colleague, note)

    def lapse(self, tx: Connection, ticket_id: str) -> Act | None:
        """End an offer that nobody answered in time, or whose agent cannot answer; None when it stands."""
        held = tickets.lock_ticket(tx, ticket_id)
        if held is None or held.offered_to is None or held.offered_until is None:
            return None
        now, agent = self.clock(), find_agent(tx, held.offered_to)
        if agent is None or not serves(agent) or agent.seen_as(now) != "online":
            return self._withdraw(tx, held)
        if held.offered_until > now:
            return None if self._room(tx, agent, 0.0, now) else self._withdraw(tx, held)
        offered_at = held.offered_until - self._settings.offer_s * 1000
        away = turns.miss_turn(tx, agent.id, offered_at=offered_at, at=now) >= self._settings.ignored_limit
        if away:
            change_agent(tx, agent.id, presence="away")
        return self._let_go(tx, held, agent, "ignored", {"away": away})

    def requeue(self, tx: Connection, ticket_id: str, holder: str, why: str) -> Act | None:
        """Put a ticket back whose customer, or the colleague who asked, waits for somebody who is not there (`offline`)
        or does not answer (`idle`). It keeps its place in the line, and its holder if they come back; None when they
        have it no longer, or answered.
        """
        held = tickets.lock_ticket(tx, ticket_id)
        if held is None or held.state != tickets.OPEN or held.agent_id != holder:
            return None
        if held.kind != tickets.INTERNAL and held.last.get("author") != Author.CUSTOMER:
            return None
        agent = find_agent(tx, holder)
        if agent is None:
            return None
        back = holder if serves(agent) else None
        passed = (holder,) if why == "idle" else ()
        until = self.clock() + self._settings.again_s * 1000 if passed else None
        return self.moves.put_back(
            tx, held, agent, "requeued", {"why": why, "agent": agent.name}, for_agent=None if passed else back,
            queued_at=held.queued_at, passed=passed, offered_until=until,
        )  # fmt: skip

    def rehome(self, tx: Connection, ticket_id: str) -> Act | None:
        """Bring a ticket that waits in a tier which tiers.yml does not have any more to where others begin."""
        held = tickets.lock_ticket(tx, ticket_id)
        if held is None or held.state != tickets.QUEUED or held.tier in self.tiers.tiers:
            return None
        now, tier = self.clock(), self.tiers.otherwise.tier
        because = {"en": "Its tier does not exist any more", "zh": "原层级已不存在"}
        data = {"from_tier": held.tier, "to_tier": tier, "tried": "", "asked": "", "because": because}
        entry = Entry(
            ticket_id=held.id, id=new_id(), kind=EVENT, event=ESCALATED, author=Author.SYSTEM, at=now, data=data
        )
        return bring_up(tx, held, entry, tiers=self.tiers, desk=self.moves.desk, now=now)

    def _free(self, tx: Connection, choice: Choice) -> tuple[Ticket, Agent] | None:
        held = tickets.lock_ticket(tx, choice.ticket_id)
        if held is None or held.state != tickets.QUEUED or held.offered_to is not None:
            return None
        turns.hold_turn(tx, choice.agent_id)
        agent, now = find_agent(tx, choice.agent_id), self.clock()
        here = agent is not None and serves(agent) and agent.seen_as(now) == "online"
        if agent is None or not here or not self._room(tx, agent, choice.weight, now):
            return None
        return held, agent

    def _room(self, tx: Connection, agent: Agent, weight: float, now: int) -> bool:
        return load(self.tiers, turns.work_of(tx, now, agent.id)).get(agent.id, 0.0) + weight <= agent.capacity + 1e-9

    def _withdraw(self, tx: Connection, held: Ticket) -> Act:
        values = {"offered_to": None, "offered_because": (), "offered_until": self._again() if held.passed else None}
        return Act(ticket=tickets.change_ticket(tx, held.id, at=self.clock(), **values), before=held)

    def _let_go(self, tx: Connection, held: Ticket, agent: Agent, event: str, data: JSON) -> Act:
        return self._noted(
            tx, held, event, {"agent": agent.name, "agent_id": agent.id} | data, offered_to=None,
            offered_until=self._again(), offered_because=(), passed=(*held.passed, agent.id),
        )  # fmt: skip

    def _again(self) -> int:
        return self.clock() + self._settings.again_s * 1000

    def _noted(self, tx: Connection, held: Ticket, event: str, data: JSON, **values: object) -> Act:
        new = Entry(
            ticket_id=held.id, id=new_id(), kind=EVENT, event=event, author=Author.SYSTEM, at=self.clock(), data=data
        )
        added = add_entry(tx, held, new, **values)
        if added is None:
            raise Refused("internal")  # ids are new: nobody else can have used this one
        return Act(ticket=added[0], before=held, entry=added[1])


def load(tiers: Tiers, work: list[turns.Work]) -> dict[str, float]:
    """How much of their capacity each agent's tickets take."""
    found: dict[str, float] = {}
    for each in work:
        tier = tiers.tiers.get(each.tier)
        weight = tier.weight(each.channel) if tier else 1.0
        found[each.agent_id] = found.get(each.agent_id, 0.0) + weight * each.count
    return found


def keep_turns(tx: Connection, act: Act, now: int) -> Act:
    """A consequence: who gets a ticket has had their turn, and no offer outlives the queue it was made in."""
    before, after = act.before, act.ticket
    if before is None:
        return act
    if after.held and after.agent_id and (before.agent_id, before.held) != (after.agent_id, True):
        turns.note_turn(tx, after.agent_id, now)
    moved = after.state != tickets.QUEUED or before.tier != after.tier or before.for_agent != after.for_agent
    if moved and before.state == tickets.QUEUED and (after.offered_to or after.passed):
        cleared = {"offered_to": None, "offered_until": None, "offered_because": (), "passed": ()}
        return replace(act, ticket=tickets.change_ticket(tx, after.id, at=after.updated_at, **cleared))
    return act


def _still(held: Ticket, now: int) -> bool:
    """Whether those who let a ticket pass are still not to be asked again."""
    return held.offered_until is not None and now < held.offered_until
