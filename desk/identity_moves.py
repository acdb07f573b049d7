"""What agents do about who a customer is and how they are reached. Each act is one transaction, noted in the ticket."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.masking import masked
from connectors.message import JSON, Author, Button, Content
from desk.agent_moves import AgentMoves
from desk.announcer import Act
from desk.errors import Refused, bad_field
from desk.permissions import may_identify, may_resend, sees
from desk.routing import conversations_of
from storage import continuing, conversations, customers, links, messages, outbox, reach, tickets
from storage.agents import Agent
from storage.customers import Consent, Customer
from storage.reach import Outlets
from storage.tables import new_id
from storage.ticket_entries import EVENT, Entry, add_entry
from storage.tickets import Ticket

QUIET = ("bot", "resolved", "rated", "abandoned")
"""States of a conversation in which nobody waits for people or talks with one."""
OFFER = {
    "en": "If it suits you better, we can go on on another channel: everything said so far comes along.",
    "zh": "如果您更方便，我们可以换个渠道继续，之前的对话都会保留。",
}
BUTTON = {"en": "Continue on another channel", "zh": "换个渠道继续"}
CONTINUE = "action:continue"


@dataclass(frozen=True, kw_only=True)
class Resent:
    """`act`, the conversation in which something is to leave now, and the one that lost its address; empty: none."""

    act: Act
    said_in: str = ""
    left: str = ""


@dataclass(frozen=True, kw_only=True)
class Parted:
    """`act`, and the conversations that lost an address."""

    act: Act
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class IdentityMoves:
    """Functions over a transaction; all raise `Refused`. Repeats of what is done change nothing."""

    moves: AgentMoves
    outlets: Outlets
    clock: Callable[[], int]

    def resend(
        self, tx: Connection, agent: Agent, ticket_id: str, message_id: str, customer_id: str, confirmed: bool
    ) -> Resent:
        """Send the very same message, which did not get through, to another address of the person; also one
        that was said in a conversation whose ticket was merged into this one.
        """
        held = _visible(tickets.lock_ticket(tx, ticket_id), agent)
        if not may_resend(agent, held):
            raise Refused("not_yours", agent={"id": held.agent_id, "name": held.agent_name})
        found = (messages.find(tx, each, message_id) for each in conversations_of(tx, held))
        message = next((each for each in found if each is not None), None)
        seen = outbox.find(tx, message_id)
        if message is None or seen is None or message.author is not Author.AGENT:
            raise Refused("not_found")
        said_in = message.conversation_id
        who = self._member(tx, said_in, customer_id)
        there = (seen.channel, seen.address) == (who.channel, who.address)
        if seen.status not in outbox.UNSENT:
            if there:
                return Resent(act=Act(ticket=held))  # it was clicked twice
            raise Refused("on_its_way")
        if seen.status == "unknown" and not confirmed:
            raise Refused("may_arrive_twice")
        (way,) = reach.ways_of(tx, [who], self.outlets)
        if not reach.usable(way, self.outlets):
            raise Refused("not_reachable")
        if not outbox.reroute(tx, message_id, seen=seen, channel=who.channel, address=who.address):
            raise Refused("on_its_way")
        left = self._go_on_there(tx, said_in, who)
        data = {"message_id": message_id, "from": seen.channel, "to": who.channel, "status": seen.status}
        return Resent(act=self._noted(tx, held, agent, "resent", data), said_in=said_in, left=left)

    def unlink(self, tx: Connection, agent: Agent, ticket_id: str, customer_id: str) -> Parted:
        """An identity is not the customer's: it is a person of its own again."""
        held = self._identifying(tx, agent, ticket_id)
        who = self._member(tx, held.conversation_id, customer_id)
        if len(customers.of_person(tx, who.person_id)) < 2:
            return Parted(act=Act(ticket=held))
        left = continuing.part_ways(tx, links.separate(tx, customer_id, agent.name))
        return Parted(act=self._noted(tx, held, agent, "unlinked", _about(who)), left=left)

    def link(self, tx: Connection, agent: Agent, ticket_id: str, number: str) -> Act:
        """The customer of another ticket is the same person."""
        held = self._identifying(tx, agent, ticket_id)
        other = tickets.find_by_number(tx, number)
        if other is None or not sees(agent, other):
            raise bad_field("number", "unknown_ticket")
        one, two = _customer(tx, held.conversation_id), _customer(tx, other.conversation_id)
        if one.person_id == two.person_id:
            return Act(ticket=held)
        links.join(tx, one.id, two.id, links.How.AGENT, agent.name)
        return self._noted(tx, held, agent, "linked", _about(two) | {"number": other.number})

    def consent(self, tx: Connection, agent: Agent, ticket_id: str, customer_id: str, granted: bool) -> Act:
        """The customer has said whether we may write to an address of theirs."""
        held = self._identifying(tx, agent, ticket_id)
        who = self._member(tx, held.conversation_id, customer_id)
        consent = Consent.GRANTED if granted else Consent.WITHDRAWN
        if who.consent == consent:
            return Act(ticket=held)
        customers.change(tx, who.id, **customers.consented(consent, f"agent:{agent.name}"))
        return self._noted(tx, held, agent, "consent", _about(who) | {"granted": granted})

    def invite(self, tx: Connection, agent: Agent, ticket_id: str, client_id: str) -> Act:
        """Offer the customer to go on elsewhere: the button gets them a code."""
        held = _visible(tickets.find_ticket(tx, ticket_id), agent)
        language = "zh" if held.language == "zh" else "en"
        content = Content(text=OFFER[language], buttons=(Button(title=BUTTON[language], payload=CONTINUE),))
        return self.moves.reply(tx, agent, ticket_id, client_id, content)

    def _go_on_there(self, tx: Connection, conversation_id: str, who: Customer) -> str:
        """Where the message goes, the answer to it belongs to this conversation, too; unless the customer is busy with
        another one there.
        """
        held = conversations.lock(tx, conversation_id)
        own = continuing.own_of(tx, who)
        if own is not None and own.id != held.id and own.state not in QUIET:
            return ""
        left = continuing.lead_to(tx, held.id, who)
        here = (who.channel, who.address) == (held.channel, held.address)
        values: JSON = {"reply_channel": "", "reply_address": "", "left_at": None}
        if not here:
            left_at = held.left_at if held.reply_channel else held.customer_at
            values = {"reply_channel": who.channel, "reply_address": who.address, "left_at": left_at}
        conversations.update_conversation(tx, held.id, **values)
        return left.id if left else ""

    def _identifying(self, tx: Connection, agent: Agent, ticket_id: str) -> Ticket:
        held = _visible(tickets.lock_ticket(tx, ticket_id), agent)
        if not may_identify(agent, held):
            raise Refused("forbidden")
        return held

    def _member(self, tx: Connection, conversation_id: str, customer_id: str) -> Customer:
        who = customers.find(tx, customer_id)
        if who is None or who.person_id != _customer(tx, conversation_id).person_id:
            raise Refused("not_found")
        return who

    def _noted(self, tx: Connection, held: Ticket, agent: Agent, event: str, data: JSON) -> Act:
        new = Entry(
            ticket_id=held.id, id=new_id(), kind=EVENT, event=event, author=Author.AGENT, name=agent.name,
            at=self.clock(), data=data, agent_id=agent.id,
        )  # fmt: skip
        added = add_entry(tx, held, new)
        return Act(ticket=added[0], before=held, entry=added[1]) if added else Act(ticket=held)


def _customer(tx: Connection, conversation_id: str) -> Customer:
    found = conversations.find(tx, conversation_id)
    who = customers.find(tx, found.customer_id) if found else None
    if who is None:
        raise Refused("not_found")
    return who


def _about(who: Customer) -> JSON:
    return {"channel": who.channel, "address": masked(who.address)}


def _visible(ticket: Ticket | None, agent: Agent) -> Ticket:
    if ticket is None or not sees(agent, ticket):
        raise Refused("not_found")
    return ticket
