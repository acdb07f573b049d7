"""Placeholders in canned replies: `{customer.name}` and the like, and what they stand for in a ticket."""

import re
from collections.abc import Iterator

from connectors.message import JSON
from desk.tiers import Tiers
from storage.agents import Agent
from storage.tickets import Ticket

NAMES = (
    "customer.name", "customer.email", "customer.phone", "ticket.number", "order.number", "agent.name", "team.name",
)  # fmt: skip
"""All there are, in the order in which the console offers them."""
_PLACE = re.compile(r"\{\s*([A-Za-z_][\w.]*)\s*\}")


def named_in(text: str) -> list[str]:
    """The placeholders of a text, known or not, each once."""
    return list(dict.fromkeys(_PLACE.findall(text)))


def unknown_in(text: str) -> list[str]:
    """Those that stand for nothing."""
    return [name for name in named_in(text) if name not in NAMES]


def left_in(text: str) -> list[str]:
    """Known placeholders that nobody has filled: such a text must not reach a customer."""
    return [name for name in named_in(text) if name in NAMES]


def values(ticket: Ticket, packet: JSON, agent: Agent, tiers: Tiers) -> dict[str, dict[str, str]]:
    """What each stands for, by language; empty where it is not known."""
    return {language: dict(_values(ticket, packet, agent, tiers, language)) for language in ("en", "zh")}


def _values(ticket: Ticket, packet: JSON, agent: Agent, tiers: Tiers, language: str) -> Iterator[tuple[str, str]]:
    customer, slots = packet.get("customer") or {}, packet.get("slots") or {}
    tier = tiers.tiers.get(ticket.tier)
    known = {
        "customer.name": ticket.customer_name,
        "customer.email": ticket.customer_email,
        "customer.phone": customer.get("phone"),
        "ticket.number": ticket.number,
        "order.number": slots.get("order_number"),
        "agent.name": agent.name,
        "team.name": getattr(tier.shown_name, language) if tier else "",
    }
    for name in NAMES:
        yield name, str(known[name] or "")
