"""How fast a helpdesk is asked: below what it allows, a few requests at a time, and not before it wants to be asked."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.errors import TryLater
from connectors.rates import Rate

PATIENCE_S = 10.0  # a request that would have to wait longer comes back later
AT_ONCE = 8


class Pace:
    """One helpdesk's pace, of this worker. After "not before" everything waits, not only what was refused."""

    def __init__(self, desk: str, per_minute: int) -> None:
        self._desk, self._rate = desk, Rate(per_minute, 60)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._not_before = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One request; never one within another. Raises `TryLater` (with `after`) when its turn is too far away."""
        async with self._places:
            while (wait := self._wait()) > 0:
                if wait > PATIENCE_S:
                    raise TryLater(f"{self._desk} wants to be asked later", after=wait)
                await asyncio.sleep(wait)
            try:
                yield
            except TryLater as error:
                if error.after:
                    self._not_before = time.monotonic() + error.after
                raise

    def _wait(self) -> float:
        """Seconds until a request may leave; counts it when that is now."""
        left = self._not_before - time.monotonic()
        return left if left > 0 else self._rate.take("")
