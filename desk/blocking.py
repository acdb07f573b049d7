"""Blocking: nothing is taken any more from an address that abuses us. Noted in ticket and audit trail."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.message import JSON
from desk.announcer import Act
from desk.errors import Refused
from desk.noting import happened, locked
from desk.ports import Ports
from storage import audit, blocks, conversations, customers
from storage.agents import Agent
from storage.audit import Actor
from storage.blocks import Block
from storage.customers import Customer
from storage.tables import new_id
from storage.tickets import Ticket

DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, kw_only=True)
class BlockMoves:
    """Functions over a transaction; all raise `Refused`. Who may call them is decided by the routes."""

    clock: Callable[[], int]
    ports: Ports

    def block(
        self, tx: Connection, agent: Agent, ticket_id: str, who: Actor, customer_id: str, reason: str, days: int | None
    ) -> Act:
        """Block an address of the ticket's customer for `days`, None: until somebody lifts it."""
        held, now = locked(tx, agent, ticket_id), self.clock()
        where = _address(tx, held, customer_id)
        until = now + days * DAY_MS if days else None
        blocks.add(tx, Block(
            id=new_id(), channel=where.channel, address=where.address, ticket_id=held.id, reason=reason, by_id=agent.id,
            by_name=agent.name, at=now, until=until,
        ))  # fmt: skip
        self._record(tx, who, "customer.blocked", where, now, {"ticket": held.number, "until": until})
        return happened(tx, held, "blocked", at=now, by=agent, data=_told(where, note=reason, until=until))

    def unblock(self, tx: Connection, agent: Agent, ticket_id: str, who: Actor, customer_id: str) -> Act:
        """Take from there again."""
        held, now = locked(tx, agent, ticket_id), self.clock()
        where = _address(tx, held, customer_id)
        if not blocks.lift(tx, where.channel, where.address, by=agent.name, at=now):
            return Act(ticket=held)
        self._record(tx, who, "customer.unblocked", where, now, {"ticket": held.number})
        return happened(tx, held, "unblocked", at=now, by=agent, data=_told(where))

    def lift(self, tx: Connection, who: Actor, block_id: str) -> None:
        """The same from the list of blocks, whose ticket may be gone by now. Raises `not_found`."""
        found, now = blocks.find(tx, block_id), self.clock()
        if found is None or not blocks.lift(tx, found.channel, found.address, by=who.name, at=now):
            raise Refused("not_found")
        about = {"channel": found.channel}
        audit.record(
            tx, who, "customer.unblocked", at=now, subject=block_id, subject_name=self.ports.mask(found.address),
            details=about,
        )  # fmt: skip

    def shown(self, tx: Connection) -> list[JSON]:
        """All blocks in force, as the console shows them."""
        now = self.clock()
        return [
            {"id": each.id, "channel": each.channel, "address": self.ports.mask(each.address)} | described(each)
            for each in blocks.not_lifted(tx)
            if each.in_force(now)
        ]

    def _record(self, tx: Connection, who: Actor, action: str, where: Customer, now: int, details: JSON) -> None:
        audit.record(
            tx, who, action, at=now, subject=where.id, subject_name=self.ports.mask(where.address),
            details={"channel": where.channel, **details},
        )  # fmt: skip


def described(row: Block) -> JSON:
    """What is told of a block."""
    names = ("reason", "by_name", "at", "until", "turned_away", "last_at", "ticket_id")
    return {name: getattr(row, name) for name in names}


def in_force(tx: Connection, channel: str, address: str, now: int) -> JSON | None:
    """The block of an address, as the customer's card shows it."""
    found = (each for each in blocks.of_address(tx, channel, address) if each.in_force(now))
    return next((described(each) for each in found), None)


def _address(tx: Connection, held: Ticket, customer_id: str) -> Customer:
    """An identity of the ticket's customer."""
    conversation = conversations.find(tx, held.conversation_id)
    members = customers.of_person(tx, conversation.person_id) if conversation else []
    found = next((each for each in members if each.id == customer_id), None)
    if found is None:
        raise Refused("not_found")
    return found


def _told(where: Customer, **more: object) -> JSON:
    return {"channel": where.channel} | more
