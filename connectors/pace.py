"""How fast a helpdesk is asked: below what it allows, and not before it wants to be asked again."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.errors import TryLater
from connectors.rates import Rate

PATIENCE_S = 10.0  # a request that would have to wait longer comes back later


class Pace:
    """One helpdesk's pace, of this worker. After "not before" everything waits, not only what was refused."""

    def __init__(self, desk: str, per_minute: int) -> None:
        self._desk, self._rate = desk, Rate(per_minute, 60)
        self._not_before = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One request. Raises `TryLater` (with `after`) when its turn is too far away."""
        while True:
            left = self._not_before - time.monotonic()
            if left > 0:
                raise TryLater(f"{self._desk} wants to be asked later", after=left)
            wait = self._rate.take("")
            if not wait:
                break
            if wait > PATIENCE_S:
                raise TryLater(f"{self._desk} has been asked as often as it allows", after=wait)
            await asyncio.sleep(wait)
        try:
            yield
        except TryLater as error:
            if error.after:
                self._not_before = time.monotonic() + error.after
            raise
