"""Who a customer is and what was said on which channels, as the console shows it and agents change it."""

from sqlalchemy import Connection

from connectors.message import JSON
from desk import identity_views as views
from desk import marks
from desk.blocking import in_force
from desk.errors import Refused
from desk.identity_moves import IdentityMoves
from desk.permissions import sees
from desk.service import DeskService
from storage import aliases, conversations, customers, histories, links, reach, tickets
from storage.agents import Agent
from storage.conversations import Conversation
from storage.histories import Said
from storage.reach import Way


class Identities:
    """All methods raise `desk.errors.Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self.moves = IdentityMoves(moves=desk.moves, outlets=desk.ports.outlets, clock=desk.clock)

    async def person(self, agent: Agent, ticket_id: str) -> JSON:
        """The customer of a ticket: identities, how they were linked, and where answers go."""
        return await self._desk.db.read(self._person, agent, ticket_id)

    async def history(self, agent: Agent, ticket_id: str, before: int, limit: int) -> JSON:
        """What was said with the customer on all channels, oldest first; `before` (ms) continues to what is earlier."""
        said, marked = await self._desk.db.read(self._history, agent, ticket_id, before or 1 << 62, limit)
        shown = [views.said(each, marked[each.message.id], self._desk.ports) for each in said]
        return {"messages": shown, "before": said[0].message.at if len(said) == limit else None}

    async def resend(self, agent: Agent, ticket_id: str, message_id: str, customer_id: str, confirmed: bool) -> JSON:
        """Send a message that did not get through by another channel."""
        sent = await self._desk.db.write(self.moves.resend, agent, ticket_id, message_id, customer_id, confirmed)
        if sent.said_in:
            about = {"conversation_id": sent.said_in, "message_id": message_id, "status": "pending"}
            await self._desk.bus.publish("outbox", {"conversation_id": sent.said_in})
            await self._desk.bus.publish("delivery", about)
        await self._desk.announcer.acted(sent.act)
        await self._tell(sent.act.ticket.conversation_id, [sent.left] if sent.left else [])
        return {"ticket": (await self._desk.show([sent.act.ticket], agent))[0]}

    async def unlink(self, agent: Agent, ticket_id: str, customer_id: str) -> JSON:
        """Make an identity a person of its own again."""
        parted = await self._desk.db.write(self.moves.unlink, agent, ticket_id, customer_id)
        await self._desk.announcer.acted(parted.act)
        await self._tell(parted.act.ticket.conversation_id, parted.left)
        return {"ticket": (await self._desk.show([parted.act.ticket], agent))[0]}

    async def link(self, agent: Agent, ticket_id: str, number: str) -> JSON:
        """Say that the customer of another ticket is the same person."""
        shown = await self._desk.act(self.moves.link, agent, ticket_id, number)
        return await self._told(agent, ticket_id, shown)

    async def consent(self, agent: Agent, ticket_id: str, customer_id: str, granted: bool) -> JSON:
        """Note that the customer agrees to be written to somewhere, or does not."""
        shown = await self._desk.act(self.moves.consent, agent, ticket_id, customer_id, granted)
        return await self._told(agent, ticket_id, shown)

    async def invite(self, agent: Agent, ticket_id: str, client_id: str) -> JSON:
        """Offer the customer to go on on another channel."""
        return await self._desk.act(self.moves.invite, agent, ticket_id, client_id)

    async def _told(self, agent: Agent, ticket_id: str, shown: JSON) -> JSON:
        row = await self._desk.ticket(agent, ticket_id)
        await self._tell(row.conversation_id, [])
        return shown

    async def _tell(self, conversation_id: str, left: list[str]) -> None:
        """Consoles look again at who it is, and pages at which conversation is theirs."""
        for each in left:
            await self._desk.bus.publish(f"conversation:{each}", {"type": "moved"})
        await self._desk.bus.publish("person", {"conversation_id": conversation_id})

    def _person(self, tx: Connection, agent: Agent, ticket_id: str) -> JSON:
        conversation = _found(tx, agent, ticket_id)
        members = customers.of_person(tx, conversation.person_id)
        ways = reach.ways_of(tx, members, self._desk.ports.outlets)
        ids = [each.id for each in members]
        history = links.of_customers(tx, ids)
        others = {each for link in history for each in (link.customer_id, link.other_id)} - set(ids)
        known = members + [found for each in sorted(others) if (found := customers.find(tx, each)) is not None]
        led = aliases.of_customers(tx, ids)
        here = {each for each, alias in led.items() if alias.conversation_id == conversation.id}
        return {
            "identities": [
                views.identity(way, conversation, way.customer.id in here, self._desk.ports, self._block(tx, way))
                for way in ways
            ],
            "links": [views.link(each, known, self._desk.ports) for each in history],
        }

    def _block(self, tx: Connection, way: Way) -> JSON | None:
        return in_force(tx, way.customer.channel, way.customer.address, self._desk.clock())

    def _history(
        self, tx: Connection, agent: Agent, ticket_id: str, before: int, limit: int
    ) -> tuple[list[Said], dict[str, JSON]]:
        conversation = _found(tx, agent, ticket_id)
        theirs = histories.conversations_of(tx, conversation.person_id)
        said = histories.latest(tx, theirs, before=before, limit=limit)
        found = {each.message.id: each.mark for each in said}
        return said, marks.shown(tx, found, conversation.person_id, self._desk.ports.outlets)


def _found(tx: Connection, agent: Agent, ticket_id: str) -> Conversation:
    row = tickets.find_ticket(tx, ticket_id)
    conversation = conversations.find(tx, row.conversation_id) if row is not None and sees(agent, row) else None
    if conversation is None:
        raise Refused("not_found")
    return conversation
