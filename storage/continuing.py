"""Continuing: a customer goes on with a conversation at another address, and goes ways of their own again.

A conversation that has lost its address to another one keeps its history and its tickets.
"""

from sqlalchemy import Connection, select

from storage import aliases, conversations, customers
from storage.conversations import Conversation, conversation
from storage.customers import Customer

MOVED = "moved:"
"""How the address of a conversation begins that has lost its own."""


def follow(tx: Connection, conversation_id: str) -> str:
    """The conversation with which the customer of this one goes on: itself, unless it has moved."""
    seen: set[str] = set()
    while conversation_id not in seen:
        seen.add(conversation_id)
        found = conversations.find(tx, conversation_id)
        if found is None or not found.moved_to:
            break
        conversation_id = found.moved_to
    return conversation_id


def own_of(tx: Connection, who: Customer) -> Conversation | None:
    """The conversation that has the address of an identity for its own."""
    found = conversations.find_by_address(tx, who.channel, who.address)
    return found if found is not None and (found.channel, found.address) == (who.channel, who.address) else None


def lead_to(tx: Connection, conversation_id: str, who: Customer) -> Conversation | None:
    """From now on the address of an identity leads to a conversation. The one that it had until now, if any: whoever
    reads its history there should read the other.
    """
    own = own_of(tx, who)
    if own is not None and own.id == conversation_id:
        return None
    if own is not None:
        conversations.update_conversation(
            tx, own.id, address=MOVED + own.id, reply_channel=who.channel, reply_address=who.address,
            moved_to=conversation_id,
        )  # fmt: skip
        aliases.redirect(tx, own.id, conversation_id)
    aliases.lead(tx, who.channel, who.address, customer_id=who.id, conversation_id=conversation_id)
    return own


def part_ways(tx: Connection, person_ids: list[str]) -> list[str]:
    """After identities were separated: no address leads to another person's conversation any more, and those that had
    one of their own have it again. The conversations that lost an address.
    """
    members = [each for person in person_ids for each in customers.of_person(tx, person)]
    persons = {each.id: each.person_id for each in members}
    left = []
    for who in members:
        for each in aliases.of_customers(tx, [who.id]).values():
            target = conversations.find(tx, each.conversation_id)
            if target is None or persons.get(target.customer_id, target.person_id) == who.person_id:
                continue
            aliases.drop(tx, each.channel, each.address)
            if target.replies_at == (each.channel, each.address):
                conversations.update_conversation(tx, target.id, reply_channel="", reply_address="", left_at=None)
            _have_again(tx, who)
            left.append(target.id)
    return left


def moved_from(tx: Connection, who: Customer) -> list[str]:
    """The conversations that lost the address of an identity, the last one first."""
    lost = (
        conversation.c.customer_id == who.id,
        conversation.c.moved_to != "",
        conversation.c.reply_channel == who.channel,
        conversation.c.reply_address == who.address,
    )
    return list(tx.execute(select(conversation.c.id).where(*lost).order_by(conversation.c.id.desc())).scalars())


def _have_again(tx: Connection, who: Customer) -> None:
    """The last conversation that lost this address has it again."""
    for found in moved_from(tx, who)[:1]:
        conversations.update_conversation(
            tx, found, address=who.address, reply_channel="", reply_address="", moved_to=""
        )
