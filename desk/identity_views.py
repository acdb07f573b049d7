"""The JSON shapes of docs/protocol/console.md about identities, deliveries and histories."""

from collections.abc import Sequence

from connectors.message import JSON
from desk.ports import NO_NUMBER, Ports
from desk.views import shown_content
from storage.conversations import Conversation
from storage.customers import Customer
from storage.histories import Mark, Said, Sending
from storage.links import Link
from storage.reach import Way

AGAIN = frozenset({"unknown", "dead"})
"""What may be sent once more by the same channel, too."""


def identity(way: Way, conversation: Conversation, here: bool, ports: Ports, block: JSON | None = None) -> JSON:
    """An address of the customer. `here`: it leads to the conversation of the ticket. `block`: we take nothing more."""
    who = way.customer
    where = (who.channel, who.address)
    window = way.window
    return {
        "id": who.id,
        "channel": who.channel,
        "address": _shown(who, ports),
        "name": who.name,
        "proven": [name for name in ("email", "phone") if getattr(who, f"proven_{name}")],
        "verified": bool(who.user_id),
        "consent": {"state": who.consent, "at": who.consent_at, "source": who.consent_source},
        "blocked_at": who.blocked_at,
        "block": block,
        "seen_at": way.seen_at,
        "window": {"until": window.until, "left": window.left} if window else None,
        "here": here or where == (conversation.channel, conversation.address),
        "replies": where == conversation.replies_at,
    }


def link(row: Link, known: Sequence[Customer], ports: Ports) -> JSON:
    """One entry of the link history."""
    ends = {each.id: {"id": each.id, "channel": each.channel, "address": _shown(each, ports)} for each in known}
    return {
        "id": row.id,
        "one": ends.get(row.customer_id),
        "other": ends.get(row.other_id),
        "how": row.how,
        "by": row.by,
        "at": row.at,
        "undone_at": row.undone_at,
        "undone_by": row.undone_by,
    }


def mark(row: Mark) -> JSON:
    """By which channel a message came or went, and what became of it."""
    shown: JSON = {"channel": row.channel, "delivery": None}
    if row.sending is not None:
        sending = row.sending
        shown["delivery"] = {
            "status": sending.status, "channel": sending.channel, "reason": sending.error, "at": sending.at, "next": [],
        }  # fmt: skip
    return shown


def next_ways(ways: Sequence[Way], sending: Sending) -> list[JSON]:
    """The identities by which a message could be sent that did not get through."""
    same = (sending.channel, sending.address)
    return [
        {"id": way.customer.id, "channel": way.customer.channel}
        for way in ways
        if (way.customer.channel, way.customer.address) != same or sending.status in AGAIN
    ]


def said(row: Said, marked: JSON, ports: Ports) -> JSON:
    """A message of the history with its mark."""
    message = row.message
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "author": str(message.author),
        "name": message.author_name,
        "at": message.at,
        "content": shown_content(message.content, ports.files.link),
        **marked,
    }


def _shown(who: Customer, ports: Ports) -> str:
    """An address as agents see it; empty for a caller without a number."""
    return "" if who.address.startswith(NO_NUMBER) else ports.mask(who.address)
