"""One time for all workers: that of the database they share, wherever their own clocks stand.

Whether somebody is still there, and whose turn is over, is read from times that another worker wrote.
"""

import asyncio
import time

import structlog
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from storage.clock import now_ms
from storage.database import Database

log = structlog.get_logger(__name__)

COMPARE_EVERY_S = 60.0
NOTABLE_MS = 2_000


class SharedClock:
    """Tells the time in ms since 1970. With SQLite there is one process and its own clock; before the first
    comparison it is that clock, too.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._zero: float | None = None  # the database's time when `time.monotonic` was 0, in ms

    def __call__(self) -> int:
        """Now."""
        return now_ms() if self._zero is None else round(self._zero + time.monotonic() * 1000)

    async def compare(self) -> None:
        """Ask the database what time it is."""
        if not self._database.shared:
            return
        before = time.monotonic()
        told = await self._database.read(_database_ms)
        after = time.monotonic()
        self._zero = told - (before + after) / 2 * 1000
        if abs(now_ms() - self()) > NOTABLE_MS:
            log.warning("clock.differs", ahead_ms=now_ms() - self(), remedy="set this machine's clock by NTP")

    async def run(self) -> None:
        """Compare every so often, until cancelled."""
        while True:
            await asyncio.sleep(COMPARE_EVERY_S)
            try:
                await self.compare()
            except DBAPIError as error:
                log.warning("clock.not_compared", error=type(error).__name__)


def _database_ms(tx: Connection) -> int:
    seconds = tx.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one()
    return round(float(seconds) * 1000)
