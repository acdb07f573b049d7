"""The states of a conversation and who owns it in each.

    bot → requested → queued → with_agent ⇄ waiting_customer ⇄ idle → resolved → rated
           │   ↑        │          └──────────── returned ───────────→ bot
           ↓   │        ↓
          failed     abandoned (the customer left while waiting; writing again queues them again)

Whoever owns a conversation answers in it. While it belongs to the queue the bot may still answer from the knowledge
base; a change of
owner raises the epoch, which makes whatever the bot is still thinking about worthless.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a conversation stands."""

    BOT = "bot"
    REQUESTED = "requested"  # a human is wanted; no desk has said yes yet
    FAILED = "failed"  # the desk is down; the customer has a reference, we keep trying
    QUEUED = "queued"
    ABANDONED = "abandoned"
    WITH_AGENT = "with_agent"
    WAITING_CUSTOMER = "waiting_customer"
    IDLE = "idle"
    RESOLVED = "resolved"
    RATED = "rated"


class Owner(StrEnum):
    """Whose turn it is."""

    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"


WAITING = frozenset({State.REQUESTED, State.FAILED, State.QUEUED})
WITH_HUMAN = frozenset({State.WITH_AGENT, State.WAITING_CUSTOMER, State.IDLE})


def owner(state: str) -> Owner:
    """Who owns a conversation in this state."""
    if state in WAITING:
        return Owner.QUEUE
    if state in WITH_HUMAN:
        return Owner.AGENT
    return Owner.BOT
