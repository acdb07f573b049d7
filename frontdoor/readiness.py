"""Readiness: which parts work, looked at when asked."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from frontdoor.brain import Brain
from storage import outbox, work
from storage.database import Database

FRESH_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What `/readyz` shows."""

    ready: bool
    parts: Mapping[str, object]


class Readiness:
    """Looks at everything the service needs."""

    def __init__(self, database: Database, brain: Brain) -> None:
        self._database = database
        self._brain = brain
        self._one = asyncio.Lock()
        self._seen: tuple[float, Parts] | None = None

    async def look(self) -> Parts:
        """The state of all parts, at most `FRESH_S` old: however many ask, the database is tried once."""
        async with self._one:
            if self._seen is None or time.monotonic() - self._seen[0] >= FRESH_S:
                parts = await self._look()
                self._seen = (time.monotonic(), parts)
            return self._seen[1]

    async def _look(self) -> Parts:
        database, brain = await asyncio.gather(self._database.healthy(), self._brain.healthy())
        parts: dict[str, object] = {"database": database, "bot": brain}
        if database:
            parts["work"] = await self._database.read(work.counts)
            parts["outbox"] = await self._database.read(outbox.counts)
        return Parts(ready=database and brain, parts=parts)
