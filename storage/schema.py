"""All tables, in one metadata: for migrations and tests."""

from storage import agents, conversations, files, handoffs, messages, outbox, settings, tickets, work
from storage.tables import metadata

__all__ = [
    "agents",
    "conversations",
    "files",
    "handoffs",
    "messages",
    "metadata",
    "outbox",
    "settings",
    "tickets",
    "work",
]
