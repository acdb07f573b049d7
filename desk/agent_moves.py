"""What agents do to tickets. Each act and the event that tells the core of it are one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind
from connectors.message import JSON, Attachment, Author, Content
from desk.announcer import Act, promise
from desk.errors import Refused, bad_field
from desk.estimate import Forecast
from desk.permissions import may_act, may_take, may_transfer, sees, serves
from desk.tiers import Tiers
from storage import files, macros, tickets
from storage.agents import Agent, find_agent
from storage.tables import new_id
from storage.ticket_entries import EVENT, MESSAGE, NOTE, Entry, add_entry, find_by_client_id
from storage.tickets import Ticket


@dataclass(frozen=True, kw_only=True)
class AgentMoves:
    """Functions over a transaction; all raise `Refused`. Repeats of what is done change nothing and answer the same."""

    desk: str
    tiers: Tiers
    clock: Callable[[], int]

    def take(self, tx: Connection, agent: Agent, ticket_id: str, given: JSON | None = None) -> Act:
        """Give a queued ticket to the agent; of two who try, one gets it. `given`: the desk chose them, and why."""
        found = tickets.find_ticket(tx, ticket_id)
        before = found if found and given else _visible(found, agent)
        if before.held and before.agent_id == agent.id:
            return Act(ticket=before)
        if before.state == tickets.QUEUED and not given and not may_take(agent, before):
            raise Refused("forbidden")
        taken = tickets.take_ticket(tx, ticket_id, agent_id=agent.id, agent_name=agent.name, at=self.clock())
        if taken is None:
            now = _visible(tickets.find_ticket(tx, ticket_id), agent)
            raise Refused("taken", agent=_holder(now)) if now.held else Refused("closed", state=now.state)
        act = self._happened(tx, taken, agent, "taken", given, kind=DeskEventKind.TAKEN)
        return replace(act, before=before)

    def reply(
        self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, content: Content,
        made_of: JSON | None = None,
    ) -> Act:  # fmt: skip
        """Say something to the customer. `made_of`: ids of the `macros` and `articles` that were used for it."""
        held = _visible(tickets.lock_ticket(tx, ticket_id), agent)
        if done := _repeated(tx, held, agent, client_id, MESSAGE, content):
            return done
        require_holder(agent, held)
        content = replace(content, attachments=tuple(_known(tx, held, each) for each in content.attachments))
        new = Entry(
            ticket_id=ticket_id,
            id=new_id(),
            kind=MESSAGE,
            author=Author.AGENT,
            name=agent.name,
            at=self.clock(),
            content=content,
            agent_id=agent.id,
            client_id=client_id,
            data=made_of or {},
        )
        ticket, entry = _added(add_entry(tx, held, new, unread=0))
        for macro_id in entry.data.get("macros", ()):
            macros.count_use(tx, macro_id, entry.at)
        promise(tx, ticket, self._event(entry.id, ticket, agent, DeskEventKind.REPLIED, content=content))
        return Act(ticket=ticket, before=held, entry=entry, promised=True)

    def note(self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, text: str) -> Act:
        """Leave colleagues a note that the customer never sees."""
        held = _visible(tickets.lock_ticket(tx, ticket_id), agent)
        content = Content(text=text)
        if done := _repeated(tx, held, agent, client_id, NOTE, content):
            return done
        new = Entry(
            ticket_id=ticket_id,
            id=new_id(),
            kind=NOTE,
            author=Author.AGENT,
            name=agent.name,
            at=self.clock(),
            content=content,
            agent_id=agent.id,
            client_id=client_id,
        )
        ticket, entry = _added(add_entry(tx, held, new))
        return Act(ticket=ticket, before=held, entry=entry)

    def hand_back(self, tx: Connection, agent: Agent, ticket_id: str, briefing: str) -> Act:
        """Return the conversation to the bot, which is told `briefing`."""
        return self._finish(tx, agent, ticket_id, tickets.RETURNED, {"briefing": briefing}, DeskEventKind.RETURNED)

    def resolve(self, tx: Connection, agent: Agent, ticket_id: str, note: str, wrap_up: str = "") -> Act:
        """Call the matter solved; the customer is asked. `wrap_up` is a code of tiers.yml, if any is offered."""
        data, kind = {"note": note, "wrap_up": wrap_up}, DeskEventKind.RESOLVED
        return self._finish(tx, agent, ticket_id, tickets.RESOLVED, data, kind, wrap_up=wrap_up)

    def transfer(self, tx: Connection, agent: Agent, ticket_id: str, tier: str, to_agent: str, note: str) -> Act:
        """Put the ticket into the queue of a tier, marked for a colleague if one is named."""
        held = _visible(tickets.lock_ticket(tx, ticket_id), agent)
        if not held.live:
            raise Refused("closed", state=held.state)
        colleague = find_agent(tx, to_agent) if to_agent else None
        tier = tier or _tier_for(held, colleague, self.tiers)
        if (held.state, held.tier, held.for_agent) == (tickets.QUEUED, tier, to_agent or None):
            return Act(ticket=held)  # it waits there already
        if not may_transfer(agent, held):
            raise _not_yours(held)
        inside = held.kind == tickets.INTERNAL  # for colleagues, who need not talk to customers
        if tier not in self.tiers.tiers or not (inside or self.tiers.tiers[tier].faces_customer):
            raise bad_field("tier", "unknown_tier")
        if to_agent and (colleague is None or not serves(colleague) or tier not in colleague.tiers):
            raise bad_field("agent_id", "unknown_agent")
        data = {"from_tier": held.tier, "to_tier": tier, "to_agent": colleague.name if colleague else "", "note": note}
        return self._requeue(tx, held, agent, "transferred", data, tier=tier, for_agent=to_agent or None)

    def release(self, tx: Connection, admin: Agent, ticket_id: str, agent_id: str) -> Act | None:
        """Put a ticket back whose holder cannot work any more; None when they have it no longer."""
        held = tickets.lock_ticket(tx, ticket_id)
        if held is None or not held.held or held.agent_id != agent_id:
            return None
        return self._requeue(tx, held, admin, "released", {}, tier=held.tier, for_agent=None)

    def put_into(self, tx: Connection, held: Ticket, manager: Agent, colleague: Agent, note: str) -> Act:
        """Put a ticket, whose row the caller holds, into a colleague's hands."""
        now = self.clock()
        tier = held.tier if held.tier in colleague.tiers else _tier_for(held, colleague, self.tiers) or held.tier
        data = {"from_tier": held.tier, "to_tier": tier, "to_agent": colleague.name, "note": note, "given": True}
        act = self._happened(
            tx, held, manager, "transferred", data, state=tickets.OPEN, tier=tier, agent_id=colleague.id,
            agent_name=colleague.name, for_agent=None, position=None, taken_at=now,
        )  # fmt: skip
        told = self._event(act.entry.id if act.entry else new_id(), act.ticket, colleague, DeskEventKind.TAKEN)
        promise(tx, act.ticket, told)
        return replace(act, promised=True)

    def put_back(self, tx: Connection, held: Ticket, agent: Agent, event: str, data: JSON, **values: object) -> Act:
        """Put a held ticket, whose row the caller holds, back into its queue."""
        return self._requeue(tx, held, agent, event, data, tier=held.tier, **{"for_agent": None} | values)

    def _finish(
        self, tx: Connection, agent: Agent, ticket_id: str, state: str, data: JSON, kind: DeskEventKind,
        wrap_up: str | None = None,
    ) -> Act:  # fmt: skip
        held = _visible(tickets.lock_ticket(tx, ticket_id), agent)
        if held.state == state and held.agent_id == agent.id:
            return Act(ticket=held)
        require_holder(agent, held)
        values: JSON = {"state": state, "closed_at": self.clock(), "unread": 0, "agent_id": held.agent_id}
        if wrap_up is not None:
            self._require_code(held, wrap_up)
            about = {"code": wrap_up, "note": data["note"], "by": agent.id, "at": self.clock()}
            values["wrap_up"] = about if wrap_up else None
        return self._happened(tx, held, agent, state, data, kind, **values)

    def _require_code(self, held: Ticket, code: str) -> None:
        if code and code not in self.tiers.wrap_up.offered(held.tier):
            raise bad_field("wrap_up", "unknown_wrap_up")
        if not code and held.kind == tickets.CASE and self.tiers.wrap_up.missing(held.tier):
            raise Refused("wrap_up_missing", field="wrap_up")

    def _requeue(
        self, tx: Connection, held: Ticket, agent: Agent, event: str, data: JSON, *, tier: str, for_agent: object,
        **more: object,
    ) -> Act:  # fmt: skip
        values: JSON = {
            "tier": tier,
            "for_agent": for_agent,
            "state": tickets.QUEUED,
            "agent_id": None,
            "agent_name": "",
        }
        values |= {"position": None, "taken_at": None, "queued_at": self.clock()} | more
        kind = DeskEventKind.QUEUED if held.held else None  # the customer of a queued ticket is still queued
        return self._happened(tx, held, agent, event, data, kind, **values)

    def _happened(
        self, tx: Connection, held: Ticket, agent: Agent, event: str, data: JSON | None = None,
        kind: DeskEventKind | None = None, **values: object,
    ) -> Act:  # fmt: skip
        """Note an event on the timeline, change the ticket, and promise the core to hear of it."""
        new = Entry(
            ticket_id=held.id,
            id=new_id(),
            kind=EVENT,
            event=event,
            author=Author.AGENT,
            name=agent.name,
            at=self.clock(),
            data=data or {},
            agent_id=agent.id,
        )
        ticket, entry = _added(add_entry(tx, held, new, **values))
        if kind is not None:
            promise(tx, ticket, self._told(tx, entry, held, ticket, agent, kind))
        return Act(ticket=ticket, before=held, entry=entry, promised=kind is not None)

    def _told(
        self, tx: Connection, entry: Entry, before: Ticket, ticket: Ticket, agent: Agent, kind: DeskEventKind
    ) -> DeskEvent:
        event = self._event(entry.id, ticket, agent, kind)
        if kind is DeskEventKind.RETURNED:
            return replace(event, briefing=entry.data["briefing"])
        if kind is DeskEventKind.QUEUED:  # the customer reads who has left, not who arranged it
            seen = Forecast(tx, self.tiers, self.clock()).of(tx, ticket)
            return replace(
                event,
                agent_id=before.agent_id or "",
                agent_name=before.agent_name,
                position=seen.position,
                wait_seconds=seen.wait_seconds,
            )
        return event

    def _event(
        self, event_id: str, ticket: Ticket, agent: Agent, kind: DeskEventKind, content: Content | None = None
    ) -> DeskEvent:
        return DeskEvent(
            id=event_id,
            desk=self.desk,
            ticket_id=ticket.id,
            kind=kind,
            agent_id=agent.id,
            agent_name=agent.name,
            content=content or Content(),
        )


def _visible(ticket: Ticket | None, agent: Agent) -> Ticket:
    if ticket is None or not sees(agent, ticket):
        raise Refused("not_found")
    return ticket


def require_holder(agent: Agent, ticket: Ticket) -> None:
    """Raises `closed`, `not_yours` or `for_colleagues` unless the agent may speak to its customer and decide."""
    if ticket.kind == tickets.INTERNAL:
        raise Refused("for_colleagues")
    if not ticket.live:
        raise Refused("closed", state=ticket.state)
    if not may_act(agent, ticket):
        raise _not_yours(ticket)


def _not_yours(ticket: Ticket) -> Refused:
    return Refused("not_yours", agent=_holder(ticket)) if ticket.held else Refused("not_yours_free")


def _holder(ticket: Ticket) -> JSON:
    return {"id": ticket.agent_id, "name": ticket.agent_name}


def _tier_for(ticket: Ticket, colleague: Agent | None, tiers: Tiers) -> str:
    """The ticket's own tier, unless the colleague it goes to only works in others."""
    if colleague is None or ticket.tier in colleague.tiers:
        return ticket.tier
    return next((name for name in colleague.tiers if name in tiers.tiers and tiers.tiers[name].faces_customer), "")


def _repeated(tx: Connection, held: Ticket, agent: Agent, client_id: str, kind: str, content: Content) -> Act | None:
    """What an earlier request with this `client_id` did."""
    known = find_by_client_id(tx, held.id, client_id)
    if known is None:
        return None
    same_files = [each.id for each in known.content.attachments] == [each.id for each in content.attachments]
    if (known.agent_id, known.kind, known.content.text) != (agent.id, kind, content.text) or not same_files:
        raise Refused("client_id_used", field="client_id")
    return Act(ticket=held, entry=known)


def _known(tx: Connection, ticket: Ticket, wanted: Attachment) -> Attachment:
    row = files.find(tx, wanted.id)
    if row is None or row.conversation_id != ticket.conversation_id:
        raise bad_field("attachments", "unknown_file")
    return Attachment(id=row.id, name=row.name, media_type=row.media_type, size=row.size)


def _added(added: tuple[Ticket, Entry] | None) -> tuple[Ticket, Entry]:
    if added is None:
        raise Refused("internal")  # ids are new: nobody else can have used this one
    return added
