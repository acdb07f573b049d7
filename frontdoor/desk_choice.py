"""Desk choice: which desk takes a handoff, and what that desk has to know beside the packet."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.desk import Handoff
from connectors.message import JSON


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A desk by its name, the queue there (empty: its own choice), and what our own rules make of the handoff."""

    desk: str
    queue: str = ""
    triage: JSON = field(default_factory=dict)


Choose = Callable[[Connection, Handoff], Choice]
"""Decides for a handoff that is about to begin; called within a transaction, so it is quick and asks nobody."""

Instead = Callable[[Handoff, str], Choice | None]
"""The next desk for a handoff that a desk (by name) cannot take now; None when it has to wait there."""


def always(desk: str) -> Choose:
    """One desk for everything."""
    choice = Choice(desk=desk)
    return lambda _tx, _handoff: choice


def nowhere_else(_handoff: Handoff, _desk: str) -> None:
    """Where a handoff waits for its own desk."""
