"""Fan-out of hints between the parts (and, with Redis, the workers) of the service.

The bus carries no truth: what matters is in the database before a hint is published, and a missed hint is found by the next look.
Topics: `work` ({"lane"}), `conversation:<id>` (frames for the customer's screen), `desk` (changes for the agents' screens).
"""

from storage.bus.base import Bus, Subscription
from storage.bus.memory import MemoryBus

__all__ = ["Bus", "MemoryBus", "Subscription"]
