"""The desk as the console uses it: everything an agent can see and do, ready for HTTP and the socket."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any, Concatenate, ParamSpec

from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind
from connectors.message import JSON
from desk import views
from desk.acting import Acting
from desk.agent_moves import AgentMoves, require_holder
from desk.announcer import Act, Announcer
from desk.assignment_moves import AssignmentMoves
from desk.blocking import BlockMoves
from desk.connector import ACCEPTING
from desk.consequences import consequences
from desk.devices import Devices
from desk.errors import Refused, bad_field
from desk.follow_ups import FollowUps
from desk.marks import marks
from desk.merging import MergeMoves
from desk.noting import happened, locked
from desk.passwords import Passwords
from desk.people import People
from desk.permissions import scope, sees
from desk.ports import Ports
from desk.replying import ReplyMoves
from desk.search import DeskSearch
from desk.second_factor import SecondFactor
from desk.second_step import SecondStep
from desk.showing import Facts, facts_of
from desk.signin import SignIn
from desk.single_sign_on import SingleSignOnFlow
from desk.sla_policy import Policy
from desk.snoozing import SnoozeMoves
from desk.tiers import Tiers
from storage import agents, ticket_entries, ticket_lists, tickets, turns
from storage.agents import Agent
from storage.audit import Actor, record
from storage.bus import Bus
from storage.clock import now_ms
from storage.database import Database
from storage.settings import read_setting, write_setting
from storage.ticket_entries import Entry
from storage.ticket_lists import Cursor, Filter
from storage.tickets import Ticket

P = ParamSpec("P")
SUGGESTIONS = 5


class DeskService:
    """All methods raise `desk.errors.Refused`. `origins` are allowed besides the one a request came to."""

    def __init__(
        self, db: Database, bus: Bus, tiers: Tiers, ports: Ports, *, clock: Callable[[], int] = now_ms,
        name: str = "built_in", passwords: Passwords | None = None, origins: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.db, self.bus, self.tiers, self.ports, self.clock, self.name = db, bus, tiers, ports, clock, name
        self.origins = origins
        passwords = passwords or Passwords()
        self.factor = SecondFactor(db, bus, clock, ports.access)
        self.sign_in = SignIn(db, bus, passwords, clock, ports.access)
        self.devices = Devices(db, tiers.hours.time_zone, ports.mailer, clock)
        self.second_step = SecondStep(db, bus, self.sign_in, self.factor)
        self.single_sign_on = SingleSignOnFlow(db, self.sign_in, tiers, clock, ports.access)
        self.people = People(db, bus, tiers, passwords, clock)
        self.moves = AgentMoves(desk=name, tiers=tiers, clock=clock)
        self.assignment = AssignmentMoves(moves=self.moves, tiers=tiers, clock=clock)
        self.snoozes = SnoozeMoves(clock=clock)
        self.replies = ReplyMoves(moves=self.moves, snoozes=self.snoozes, tiers=tiers, clock=clock)
        self.merges = MergeMoves(desk=name, clock=clock)
        self.blocks = BlockMoves(clock=clock, ports=ports)
        self.search = DeskSearch(db, clock, tiers.hours.time_zone, ports.files.link)
        self.announcer = Announcer(db, bus, tiers, clock, name)
        self.policy = Policy(tiers)
        self.acting = Acting(db, self.announcer, consequences(tiers, name), clock)
        self.follow_ups = FollowUps(db, bus, tiers, self.acting, self.announcer, clock, name, ports.begin)

    async def act(
        self, move: Callable[Concatenate[Connection, Agent, P], Act], agent: Agent, *args: P.args, **kwargs: P.kwargs
    ) -> JSON:
        """Do something to a ticket, tell everyone, and show what became of it."""
        act = await self.acting.do(move, agent, *args, **kwargs)
        shown: JSON = {"ticket": (await self.show([act.ticket], agent))[0]}
        return shown | ({"entry": views.entry(act.entry, self.ports.files.link)} if act.entry else {})

    async def show(self, rows: list[Ticket], agent: Agent) -> list[JSON]:
        """Tickets as `agent` sees them."""
        facts = await self.facts(rows)
        return [facts.shown(row, agent) for row in rows]

    async def facts(self, rows: list[Ticket]) -> Facts:
        """What of tickets looks the same to everyone."""
        return await self.db.read(facts_of, rows, self.policy, self.ports.outlets, self.clock())

    async def page(self, agent: Agent, wanted: Filter, limit: int, after: Cursor | None) -> tuple[list[JSON], Any]:
        """One page of a list, and the cursor of the next."""
        wanted = replace(wanted, now=self.clock())
        rows, following = await self.db.read(ticket_lists.page, scope(agent), wanted, limit, after)
        return await self.show(rows, agent), following

    async def counts(self, agent: Agent) -> JSON:
        """How many tickets each list has."""
        return await self.db.read(ticket_lists.counts, scope(agent), self.clock())

    async def counts_of(self, everyone: Sequence[Agent]) -> list[JSON]:
        """The same for several people, at the cost of one."""
        everything = await self.db.read(ticket_lists.totals, self.clock())
        return [ticket_lists.counted(everything, scope(agent)) for agent in everyone]

    async def detail(self, agent: Agent, ticket_id: str) -> JSON:
        """A ticket with its packet and timeline."""
        row, packet, previous, entries, seen = await self.db.read(self._detail, agent, ticket_id)
        marked = await self.db.read(marks, row, self.ports.outlets)
        link = self.ports.files.link
        return {
            "ticket": (await self.show([row], agent))[0],
            "packet": views.packet(row, packet, previous, link),
            "timeline": [views.entry(entry, link) | marked.get(entry.id, {}) for entry in entries],
            "seen_by_customer": seen,
        }

    async def timeline(self, agent: Agent, ticket_id: str, after: int) -> list[JSON]:
        """What was added after entry number `after`."""
        row = await self.ticket(agent, ticket_id)
        entries = await self.db.read(ticket_entries.timeline, ticket_id, after)
        marked = await self.db.read(marks, row, self.ports.outlets)
        return [views.entry(entry, self.ports.files.link) | marked.get(entry.id, {}) for entry in entries]

    async def ticket(self, agent: Agent, ticket_id: str) -> Ticket:
        """A ticket the agent may see. Raises `not_found`."""
        row = await self.db.read(tickets.find_ticket, ticket_id)
        if row is None or not sees(agent, row):
            raise Refused("not_found")
        return row

    async def suggestions(self, agent: Agent, ticket_id: str, q: str) -> JSON:
        """Articles that may help; without `q` for what the customer asked last."""
        row = await self.ticket(agent, ticket_id)
        query = q.strip() or await self.db.read(ticket_entries.last_question, ticket_id) or row.question
        found = await self.ports.search(query, row.language, SUGGESTIONS) if query.strip() else []
        return {"query": query, "suggestions": [vars(each) for each in found]}

    async def upload(self, agent: Agent, ticket_id: str, name: str, chunks: AsyncIterator[bytes]) -> JSON:
        """Keep a file the agent will send. Raises `connectors.errors.Rejected` for files that are not allowed."""
        row = await self.held(agent, ticket_id)
        saved = await self.ports.files.save(row.conversation_id, name, chunks)
        return views.attachment(saved, self.ports.files.link)

    async def take_begun(self, agent: Agent, ticket_id: str) -> JSON:
        """A conversation that the agent began becomes theirs, unless its tier is not."""
        try:
            shown = await self.act(self.moves.take, agent, ticket_id)
        except Refused:
            row = await self.db.read(tickets.find_ticket, ticket_id)
            number = row.number if row else ""
            return {"taken": bool(row and row.agent_id == agent.id), "number": number, "id": ticket_id}
        return shown | {"taken": True, "id": ticket_id, "number": shown["ticket"]["number"]}

    async def held(self, agent: Agent, ticket_id: str) -> Ticket:
        """A ticket in which the agent may speak. Raises `not_found`, `closed` or `not_yours`."""
        row = await self.ticket(agent, ticket_id)
        require_holder(agent, row)
        return row

    async def status_link(self, agent: Agent, ticket_id: str) -> str:
        """The customer's private link, which opens what only they should do: that somebody looked is noted. Raises
        `not_found` where there is none.
        """
        row = await self.ticket(agent, ticket_id) if self.ports.status_link else None
        url = await self.ports.status_link(row.handoff_id) if row and self.ports.status_link else ""
        if row is None or not url:
            raise Refused("not_found")
        await self.acting.do(self._link_shown, agent, ticket_id)
        return url

    def _link_shown(self, tx: Connection, agent: Agent, ticket_id: str) -> Act:
        return happened(tx, locked(tx, agent, ticket_id), "link_copied", at=self.clock(), by=agent)

    async def typing(self, agent: Agent, ticket_id: str, on: bool, what: str = "reply") -> None:
        """Show colleagues, and of a reply the customer, that the agent is writing."""
        row = await (self.held(agent, ticket_id) if what == "reply" else self.ticket(agent, ticket_id))
        if what == "reply":
            await self._hint(row, agent, DeskEventKind.TYPING, on=on)
        typing = {"type": "typing", "ticket_id": ticket_id, "agent_id": agent.id, "name": agent.name, "on": on}
        await self.bus.publish("desk", typing | {"what": what})

    async def seen(self, agent: Agent, ticket_id: str, entry_id: str) -> None:
        """The holder has read up to an entry."""
        row = await self.held(agent, ticket_id)
        entry = await self.db.read(ticket_entries.find_entry, ticket_id, entry_id)
        if row.agent_id != agent.id or entry is None:
            return
        if row.unread:
            await self.announcer.acted(await self.db.write(_read_up_to, row, entry))
        await self._hint(row, agent, DeskEventKind.SEEN, message_id=entry_id)

    async def agents(self) -> list[JSON]:
        """Who works here, to hand tickets over."""
        everyone, held = await self.db.read(_load)
        return [views.colleague(agent, self.clock(), held.get(agent.id, 0)) for agent in everyone]

    async def release_all(self, admin: Agent, agent_id: str) -> None:
        """Put the tickets of somebody who does not talk to customers any more back in the queue."""
        for ticket_id in await self.db.read(tickets.held_by, agent_id):
            await self.acting.attempt(self.moves.release, admin, ticket_id, agent_id)

    async def set_presence(self, agent: Agent, presence: str) -> Agent:
        """Choose to be `online` or `away`."""
        changed = await self.db.write(_present, agent.id, presence)
        await self.bus.publish("desk", {"type": "user", "agent_id": agent.id})
        await self.bus.publish("desk", {"type": "agents"})
        return changed or agent

    async def set_language(self, agent: Agent, language: str) -> Agent:
        """Choose the console's language."""
        changed = await self.db.write(agents.change_agent, agent.id, language=language)
        await self.bus.publish("desk", {"type": "user", "agent_id": agent.id})
        return changed or agent

    async def accepting(self) -> bool:
        """Whether new handoffs are taken."""
        return bool(await self.db.read(read_setting, ACCEPTING, True))

    async def set_accepting(self, accepting: bool, by: Actor) -> None:
        """Take new handoffs, or stop to."""
        await self.db.write(self._set_accepting, accepting, by)
        await self.bus.publish("desk", {"type": "desk", "accepting": accepting})

    def _set_accepting(self, tx: Connection, accepting: bool, by: Actor) -> None:
        write_setting(tx, ACCEPTING, accepting)
        record(tx, by, "settings.accepting", at=self.clock(), details={"accepting": accepting})

    async def _hint(
        self, row: Ticket, agent: Agent, kind: DeskEventKind, *, on: bool = True, message_id: str = ""
    ) -> None:
        event = DeskEvent(
            id=f"{kind}:{row.id}:{self.clock()}", desk=self.name, ticket_id=row.id, kind=kind, agent_id=agent.id,
            agent_name=agent.name, on=on, message_id=message_id,
        )  # fmt: skip
        await self.announcer.hint(row, event)

    def _detail(
        self, tx: Connection, agent: Agent, ticket_id: str
    ) -> tuple[Ticket, JSON, Ticket | None, list[Entry], str]:
        row = tickets.find_ticket(tx, ticket_id)
        if row is None or not sees(agent, row):
            raise Refused("not_found")
        stored = tickets.packet_of(tx, ticket_id)
        previous = stored.get("previous_ticket")
        earlier = tickets.find_by_number(tx, previous) if previous else None
        shown = earlier if earlier is not None and sees(agent, earlier) else None
        return row, stored, shown, ticket_entries.timeline(tx, ticket_id), ticket_entries.customer_seen(tx, row)


def parse_cursor(sort: str, values: object) -> Cursor:
    """A cursor that came back from a client. Raises `bad_cursor`."""
    if not isinstance(values, list) or len(values) != ticket_lists.cursor_length(sort):
        raise Refused("bad_cursor")
    *numbers, last = values
    if not isinstance(last, str) or not all(type(each) is int and abs(each) < 1 << 63 for each in numbers):
        raise Refused("bad_cursor")
    return values


def require_tier(tiers: Tiers, tier: str) -> None:
    """Raises `bad_field` for a tier that is not configured."""
    if tier and tier not in tiers.tiers:
        raise bad_field("tier", "no_such_tier")


def _read_up_to(tx: Connection, row: Ticket, seen: Entry) -> Act:
    """What the customer has written since then stays unread."""
    held = tickets.lock_ticket(tx, row.id) or row
    unread = min(held.unread, ticket_entries.written_since(tx, row.id, seen.n))
    if unread == held.unread:
        return Act(ticket=held)
    return Act(ticket=tickets.change_ticket(tx, row.id, at=held.updated_at, unread=unread), before=held)


def _present(tx: Connection, agent_id: str, presence: str) -> Agent | None:
    turns.forgive_misses(tx, agent_id)
    return agents.change_agent(tx, agent_id, presence=presence)


def _load(tx: Connection) -> tuple[list[Agent], dict[str, int]]:
    return agents.all_agents(tx, disabled=False), tickets.held_counts(tx)
