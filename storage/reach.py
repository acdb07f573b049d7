"""Reach: by which other channels a person can be written to now, the most recently used first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage import aliases, customers, openings
from storage.conversations import conversation
from storage.customers import Customer
from storage.openings import OpeningRow


@dataclass(frozen=True, kw_only=True)
class Outlets:
    """The channels that send, and those of them whose vendors let us write only for a while after the customer has."""

    sending: frozenset[str] = frozenset()
    windowed: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Way:
    """An identity, when it was last heard of (ms), and its reply window where its vendor has such a rule."""

    customer: Customer
    seen_at: int
    window: OpeningRow | None = None


def ways_of(tx: Connection, members: Sequence[Customer], outlets: Outlets) -> list[Way]:
    """Everything known of the ways to a person, the most recently used first."""
    seen = last_seen(tx, [each.id for each in members])
    found = []
    for each in members:
        window = openings.find(tx, each.channel, each.address) if each.channel in outlets.windowed else None
        found.append(Way(customer=each, seen_at=seen.get(each.id, each.created_at), window=window))
    return sorted(found, key=lambda way: (way.seen_at, way.customer.id), reverse=True)


def usable(way: Way, outlets: Outlets) -> bool:
    """Whether we may write there now, of ourselves: with consent, not blocked, the vendor's window open."""
    who = way.customer
    if who.channel not in outlets.sending or not who.reachable or who.consent != customers.Consent.GRANTED:
        return False
    return who.channel not in outlets.windowed or (way.window is not None and not way.window.closed)


def next_best(tx: Connection, person_id: str, outlets: Outlets, *, besides: tuple[str, str]) -> list[Way]:
    """The ways by which something can be sent that did not get through at the address `besides`."""
    members = [each for each in customers.of_person(tx, person_id) if (each.channel, each.address) != besides]
    return [way for way in ways_of(tx, members, outlets) if usable(way, outlets)]


def last_seen(tx: Connection, customer_ids: Sequence[str]) -> dict[str, int]:
    """When each identity last wrote (ms), by its id."""
    names = ("customer_id", "customer_at", "left_at", "reply_channel", "moved_to")
    query = select(*(conversation.c[name] for name in names)).where(conversation.c.customer_id.in_(customer_ids))
    seen: dict[str, int] = {}
    for row in tx.execute(query):
        elsewhere = row.reply_channel and not row.moved_to
        at = (row.left_at if elsewhere else row.customer_at) or 0
        seen[row.customer_id] = max(seen.get(row.customer_id, 0), at)
    for each in aliases.of_customers(tx, list(customer_ids)).values():
        seen[each.customer_id] = max(seen.get(each.customer_id, 0), each.seen_at)
    return seen
