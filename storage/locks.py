"""One worker at a time: what several processes that share a database must not do at once.

On PostgreSQL a session of our own holds advisory locks, which end with it when the process dies. On SQLite there is
one process, and nothing to agree on. A lock spares work and keeps order; that nothing is done twice is the business
of the transactions themselves, so losing the session does no harm. (Behind a pooler that gives sessions away after
each transaction, such as PgBouncer in transaction mode, connect the service directly.)
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from storage.database import Database

LOCK, UNLOCK = "pg_try_advisory_lock", "pg_advisory_unlock"


class Locks:
    """Named locks between processes. Within this process the caller sees to it that a name is held once."""

    def __init__(self, database: Database) -> None:
        self._shared = database.shared
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._session: Connection | None = None
        self._held: set[str] = set()  # by the session
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="locks")

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[bool]:
        """Whether this process has `name` while the block runs; at once, without waiting for another that has it."""
        if not self._shared:
            yield True
            return
        held = await self._call(LOCK, name)
        try:
            yield held
        finally:
            if held:
                with contextlib.suppress(DBAPIError):
                    await asyncio.shield(self._call(UNLOCK, name))

    async def has(self, name: str) -> bool:
        """Whether a name that this process holds is still its own: the session may have been cut off meanwhile."""
        return not self._shared or await asyncio.get_running_loop().run_in_executor(self._thread, self._still, name)

    async def close(self) -> None:
        """Give everything back."""
        if self._session is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._forget)
        self._thread.shutdown()

    async def _call(self, function: str, name: str) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, function, name)

    def _ask(self, function: str, name: str) -> bool:
        if self._session is None:
            self._session = self._engine.connect()
            self._session.detach()  # ours until the end: no other work waits for it
        try:
            done = self._session.execute(select(getattr(func, function)(func.hashtextextended(name, 0)))).scalar()
        except DBAPIError:
            self._forget()
            raise
        if function == UNLOCK:
            self._held.discard(name)
        elif done:
            self._held.add(name)
        return bool(done)

    def _still(self, name: str) -> bool:
        if self._session is None:
            return False
        try:
            self._session.execute(select(1))
        except DBAPIError:
            self._forget()
        return name in self._held

    def _forget(self) -> None:
        session, self._session = self._session, None
        self._held.clear()
        if session is not None:
            with contextlib.suppress(DBAPIError):
                session.close()
