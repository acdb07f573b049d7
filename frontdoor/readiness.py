"""Readiness: which parts work, looked at when asked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from frontdoor.brain import Brain
from storage import outbox, work
from storage.database import Database


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

    async def look(self) -> Parts:
        """The state of all parts now."""
        database, brain = await asyncio.gather(self._database.healthy(), self._brain.healthy())
        parts: dict[str, object] = {"database": database, "bot": brain}
        if database:
            parts["work"] = await self._database.read(work.counts)
            parts["outbox"] = await self._database.read(outbox.counts)
        return Parts(ready=database and brain, parts=parts)
