"""The one writer of SQLite: everything that waits for it is committed together, and its callers are told after that
one fsync (group commit); a function that fails is undone alone.

What was committed lies in the log until a checkpoint brings it into the database's file. SQLite would do that within a
commit, whose caller then waits for it; here a thread of its own does it, and the writer only helps when the log grows
faster than that.
"""

import asyncio
import contextlib
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

log = structlog.get_logger(__name__)

BATCH = 64
NAME = "db-writer"
CHECKPOINT_S = 2.0


class _Job:
    """A function that waits for its transaction, and then its outcome."""

    def __init__(self, call: Callable[[Connection], Any], future: "asyncio.Future[Any]") -> None:
        self.call = call
        self.future = future
        self.result: Any = None
        self.error: Exception | None = None

    def tell(self) -> None:
        """Tell the caller, unless it has gone: what it wrote is written."""
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """A thread that writes, and one that checkpoints."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._grown = False  # something was committed since the last checkpoint
        self._connection: Connection | None = None  # kept: what it has cached of the file stays true
        self._threads = (
            threading.Thread(target=self._run, name=NAME, daemon=True),
            threading.Thread(target=self._checkpoint, name="db-checkpoint", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def submit(self, call: Callable[[Connection], T]) -> "asyncio.Future[T]":
        """The result of `call(tx)`, once it is committed. The write goes on when its caller is cancelled."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(call, future))
        return future

    def close(self) -> None:
        """Finish what was submitted."""
        self._jobs.put(None)
        self._closing.set()
        for thread in self._threads:
            thread.join()

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
            _tell(batch)
        if self._connection is not None:
            self._connection.close()

    def _commit(self, batch: list[_Job]) -> None:
        try:
            tx = self._connection = self._connection or self._engine.connect()
            with tx.begin():
                if len(batch) == 1:
                    batch[0].result = batch[0].call(tx)
                else:
                    for job in batch:
                        _do(tx, job)
            self._grown = True
        except Exception as error:  # nothing was committed: nobody may believe to be stored
            if isinstance(error, DBAPIError):
                log.error("database.write_failed", error=type(error).__name__, writes=len(batch))
            for job in batch:
                job.error = job.error or error

    def _checkpoint(self) -> None:
        while not self._closing.wait(CHECKPOINT_S):
            if not self._grown:
                continue
            self._grown = False
            try:
                with contextlib.closing(self._engine.raw_connection()) as connection:
                    connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
            except Exception as error:  # nothing is lost: what is in the log counts as stored
                log.warning("database.checkpoint_failed", error=type(error).__name__)


def _do(tx: Connection, job: _Job) -> None:
    """Run one of several functions in a transaction. Raises what ends the whole transaction."""
    try:
        with _savepoint(tx):
            job.result = job.call(tx)
    except Exception as error:  # the caller decides; the others' work goes on, if it is still there
        if not _is_open(tx):
            raise
        job.error = error


@contextlib.contextmanager
def _savepoint(tx: Connection) -> Iterator[None]:
    tx.exec_driver_sql("SAVEPOINT job")
    try:
        yield
    except Exception:
        if _is_open(tx):
            tx.exec_driver_sql("ROLLBACK TO job")
            tx.exec_driver_sql("RELEASE job")
        raise
    tx.exec_driver_sql("RELEASE job")


def _is_open(tx: Connection) -> bool:
    """Whether the transaction is still there: when the disk is full, SQLite has rolled all of it back by itself."""
    driver = tx.connection.dbapi_connection
    return driver is not None and bool(driver.in_transaction)


def _tell(batch: Sequence[_Job]) -> None:
    """Tell the callers; each event loop is woken once."""
    waiting: defaultdict[asyncio.AbstractEventLoop, list[_Job]] = defaultdict(list)
    for job in batch:
        waiting[job.future.get_loop()].append(job)
    for loop, jobs in waiting.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
            loop.call_soon_threadsafe(_tell_all, jobs)


def _tell_all(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        job.tell()
