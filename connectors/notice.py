"""Notices: a line in a group chat of the company, with a link, when customers wait for people. For whoever does not
look at a desk all day.

A notice is a hint. It says no more than where to look, is told at most once, and nobody waits for it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class NoticeKind(StrEnum):
    """What has happened."""

    OPENED = "opened"  # a desk has the ticket
    OFFLINE = "offline"  # the desk cannot be reached; it gets the ticket when it is back
    REFUSED = "refused"  # the desk will never take it
    TEST = "test"  # somebody looks whether notices arrive


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is told. `question` is masked and short already; all of it may be empty but the reference."""

    kind: NoticeKind
    reference: str
    desk: str = ""
    tier: str = ""
    channel: str = ""
    language: str = ""
    reason: str = ""
    urgency: str = ""
    question: str = ""
    link: str = ""  # to the ticket


class Notifier(Protocol):
    """One group chat."""

    async def tell(self, notice: Notice) -> None:
        """Show it there. Raises `connectors.errors.SendError`."""

    async def close(self) -> None:
        """Release connections. May be called twice."""
