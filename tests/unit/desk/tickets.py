"""Tickets for small tests."""

from dataclasses import replace
from typing import Any

from storage.tickets import QUEUED, Ticket

_PLAIN = Ticket(
    id="t", handoff_id="h", conversation_id="c", number="FD-1", channel="web", state=QUEUED, tier="front_line",
    tier_because={}, priority=2, urgency="normal", language="en", reason="requested", sentiment="neutral", question="",
    summary="", customer_name="", customer_email="", verified=False, agent_id=None, agent_name="", for_agent=None,
    position=None, online=True, unread=0, entries=0, version=1, last={}, rating=None, reopened=0, created_at=0,
    queued_at=0, taken_at=None, closed_at=None, updated_at=0,
)  # fmt: skip


def a_ticket(**about: Any) -> Ticket:
    """A ticket that waits, with what a test wants different."""
    return replace(_PLAIN, **about)
