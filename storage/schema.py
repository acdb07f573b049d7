"""All tables, in one metadata: for migrations and tests."""

from storage import (
    agent_sessions,
    agents,
    aliases,
    channel_state,
    codes,
    conversations,
    customers,
    files,
    handoffs,
    links,
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
    "aliases",
    "channel_state",
    "codes",
    "conversations",
    "customers",
    "files",
    "handoffs",
    "links",
    "messages",
    "metadata",
    "openings",
    "outbox",
    "settings",
    "ticket_entries",
    "tickets",
    "work",
]
