"""All tables, in one metadata: for migrations and tests."""

from storage import (
    agent_sessions,
    agents,
    conversations,
    files,
    handoffs,
    messages,
    outbox,
    settings,
    ticket_entries,
    tickets,
    work,
)
from storage.tables import metadata

__all__ = [
    "agent_sessions",
    "agents",
    "conversations",
    "files",
    "handoffs",
    "messages",
    "metadata",
    "outbox",
    "settings",
    "ticket_entries",
    "tickets",
    "work",
]
