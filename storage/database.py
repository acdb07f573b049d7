"""One database behind two verbs: `write` runs a function in a transaction, `read` on a snapshot.

The functions are ordinary synchronous SQLAlchemy Core; they run on threads of their own, so a transaction is never
interleaved with awaiting code. SQLite has one writer: everything that waits for it is committed together, and its
callers are answered after that one fsync (group commit); a function that fails is rolled back to its savepoint alone.
What the database can't do just now (locked, full, away) is raised as `Trouble`; the same may be tried again later.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

P = ParamSpec("P")
T = TypeVar("T")
Job = tuple[Callable[[Connection], Any], "Future[Any]"]

Trouble = (OperationalError, InterfaceError)
"""The database is locked, full, away, or had to break up a deadlock. Nothing was stored."""

log = structlog.get_logger(__name__)

READERS = 4
BATCH = 64
BUSY_MS = 5_000
POSTGRES_THREADS = 8
CONNECT_S = 5


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
        self._writer = _Writer(self.engine) if sqlite else None

    async def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function(tx, …)` in one transaction; returns after commit, re-raises what it raised after rollback."""

        def call(tx: Connection) -> T:
            return function(tx, *args, **kwargs)

        if self._writer is not None:
            return await asyncio.shield(asyncio.wrap_future(self._writer.submit(call)))
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._transaction, call)

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function(tx, …)` on a consistent snapshot."""

        def call() -> T:
            with self._snapshots.connect() as tx:
                return function(tx, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._readers, call)

    def _transaction(self, call: Callable[[Connection], T]) -> T:
        with self.engine.begin() as tx:
            return call(tx)

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


class _Writer:
    """The one thread that writes to SQLite; commits whatever is waiting as one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="db-writer", daemon=True)
        self._thread.start()

    def submit(self, call: Callable[[Connection], T]) -> "Future[T]":
        future: Future[T] = Future()
        self._jobs.put((call, future))
        return future

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            batch = [job]
            while len(batch) < BATCH and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    self._jobs.put(None)
                    break
                batch.append(following)
            self._commit(batch)

    def _commit(self, batch: list[Job]) -> None:
        results: list[tuple[Future[Any], Any]] = []
        alone = len(batch) == 1
        try:
            with self._engine.begin() as tx:
                for call, future in batch:
                    try:
                        with contextlib.nullcontext() if alone else tx.begin_nested():
                            result = call(tx)
                    except Exception as error:  # the caller decides; the others' work goes on, if it is still there
                        if alone or not _is_open(tx):
                            raise
                        future.set_exception(error)
                    else:
                        results.append((future, result))
        except Exception as error:  # nothing was committed: nobody may believe to be stored
            if isinstance(error, DBAPIError):
                log.error("database.write_failed", error=type(error).__name__, writes=len(batch))
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for future, result in results:
            future.set_result(result)


def _is_open(tx: Connection) -> bool:
    """Whether the transaction is still there: when the disk is full, SQLite has rolled all of it back by itself."""
    driver = tx.connection.dbapi_connection
    return driver is not None and bool(driver.in_transaction)


def _touch(tx: Connection) -> None:
    tx.execute(text("UPDATE setting SET value = value WHERE name = ''"))


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        timeouts = {"connect_timeout": CONNECT_S}
        return create_engine(url, pool_size=POSTGRES_THREADS, pool_pre_ping=True, connect_args=timeouts)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False}, pool_size=READERS + 1)
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
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")


def _sqlite_begin(tx: Connection) -> None:
    # A writer that starts as a reader cannot upgrade while another process writes: take the lock at once.
    tx.exec_driver_sql("BEGIN IMMEDIATE" if threading.current_thread().name == "db-writer" else "BEGIN")
