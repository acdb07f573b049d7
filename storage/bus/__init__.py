"""Fan-out of hints between the parts (and, with Redis, the workers) of the service.

The bus carries no truth: what matters is in the database before a hint is published, and a missed hint is found by
the next look. Topics: `work`, `outbox`, `conversation:<id>` (frames for the customer's screen), `desk` (changes for the
agents' screens), `desk-hints` (typing, read marks and places in the queue).
"""

from storage.bus.base import Bus, Subscription
from storage.bus.memory import MemoryBus

__all__ = ["Bus", "MemoryBus", "Subscription", "open_bus"]


async def open_bus(url: str) -> Bus:
    """The bus of a URL: `memory://` or `redis://host:port/db`. Raises what keeps Redis from answering."""
    if url.startswith("memory:"):
        return MemoryBus()
    from storage.bus.redis import RedisBus  # loaded only where it is used

    return await RedisBus(url).start()
