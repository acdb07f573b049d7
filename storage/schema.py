"""All tables, in one metadata: for migrations and tests."""

from storage import (
    agent_sessions,
    agents,
    channel_state,
    conversations,
    files,
    handoffs,
    messages,
    openings,
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
    "channel_state",
    "conversations",
    "files",
    "handoffs",
    "messages",
    "metadata",
    "openings",
    "outbox",
    "settings",
    "ticket_entries",
    "tickets",
    "work",
]
