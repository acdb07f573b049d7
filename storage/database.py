"""One database behind two verbs: `write` runs a function in a transaction, `read` on a snapshot.

The functions are ordinary synchronous SQLAlchemy Core; they run on threads of their own (SQLite's writes on the one of
storage/writer.py), so a transaction is never interleaved with awaiting code.
What the database can't do just now (locked, full, away) is raised as `Trouble`; the same may be tried again later.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from storage.writer import NAME as WRITER
from storage.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")

Trouble = (OperationalError, InterfaceError)
"""The database is locked, full, away, or had to break up deadlocks again and again. Nothing was stored."""

READERS = 4
BUSY_MS = 5_000
LOG_PAGES = 4_000  # 16 MB of log until the writer has to help with a checkpoint
POSTGRES_THREADS = 8
CONNECT_S = 5
DEADLOCK = "40P01"
ATTEMPTS = 5
"""How often a transaction is tried that has to give way to another one."""


class Database:
    """A database chosen by URL: `sqlite:///var/frontdoor.db` or `postgresql+psycopg://…`.

    `shared`: several processes may work on it at once.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = _engine(self.url)
        self._snapshots = _snapshots(self.engine)
        sqlite = self.url.get_backend_name() == "sqlite"
        self.shared = not sqlite
        self._readers = ThreadPoolExecutor(READERS if sqlite else POSTGRES_THREADS, thread_name_prefix="db")
        self._writer = Writer(self.engine) if sqlite else None

    async def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function(tx, …)` in one transaction; returns after commit, re-raises what it raised after rollback. It
        runs again, from the start, when two such transactions wait for each other.
        """

        def call(tx: Connection) -> T:
            return function(tx, *args, **kwargs)

        if self._writer is not None:
            return await self._writer.submit(call)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._transaction, call)

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function(tx, …)` on a consistent snapshot."""

        def call() -> T:
            with self._snapshots.connect() as tx:
                return function(tx, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._readers, call)

    def _transaction(self, call: Callable[[Connection], T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.engine.begin() as tx:
                    return call(tx)
            except OperationalError as error:  # two waited for each other, and this one had to give way
                if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", None) != DEADLOCK:
                    raise
        raise AssertionError

    async def healthy(self) -> bool:
        """Whether a transaction can be committed now."""
        try:
            await asyncio.wait_for(self.write(_touch), timeout=2)
        except (DBAPIError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Finish what was submitted, then release all connections."""
        if self._writer is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._writer.close)
        self._readers.shutdown()
        self.engine.dispose()


def _touch(tx: Connection) -> None:
    tx.execute(text("UPDATE setting SET value = value WHERE name = ''"))


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        timeouts = {"connect_timeout": CONNECT_S}
        return create_engine(url, pool_size=POSTGRES_THREADS, pool_pre_ping=True, connect_args=timeouts)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False}, pool_size=READERS + 2, pool_use_lifo=True)
    event.listen(engine, "connect", _sqlite_pragmas)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _snapshots(engine: Engine) -> Engine:
    """The same connections, for reading: PostgreSQL would otherwise give every statement a snapshot of its own."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    # pysqlite would start transactions on its own, too late for savepoints and snapshots: we emit BEGIN ourselves.
    connection.isolation_level = None
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # acknowledged means on disk, also after a power cut
        cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")


def _sqlite_begin(tx: Connection) -> None:
    # A writer that starts as a reader cannot upgrade while another process writes: take the lock at once.
    tx.exec_driver_sql("BEGIN IMMEDIATE" if threading.current_thread().name == WRITER else "BEGIN")
