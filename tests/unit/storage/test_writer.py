"""SQLite in trouble: full, locked, or failing in the middle of a shared commit. Nobody may believe to be stored."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from storage import database as database_module
from storage import writer as writer_module
from storage.database import Database
from storage.migrate import upgrade
from storage.settings import read_setting, write_setting


@pytest.fixture
async def database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(database_module, "BUSY_MS", 100)
    monkeypatch.setattr(writer_module, "CHECKPOINT_S", 0.05)
    database = Database(sqlite_url)
    await upgrade(database)
    yield database
    await database.close()


def keep(tx: Connection, name: str, value: str = "") -> None:
    write_setting(tx, name, value)


def fill_up(tx: Connection) -> None:
    """Fail as a full disk does: SQLite rolls back the whole transaction, not only this statement."""
    pages = tx.execute(text("PRAGMA page_count")).scalar_one()
    tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    try:
        for _ in range(10_000):
            tx.exec_driver_sql("INSERT INTO login_failure (door, at) VALUES ('a door of some length', 1)")
    finally:
        tx.exec_driver_sql("PRAGMA max_page_count = 1073741823")


def size_of(path: Path) -> int:
    return path.stat().st_size


def wait_until_larger(path: Path, size: int) -> None:
    deadline = time.monotonic() + 20
    while size_of(path) < size:
        assert time.monotonic() < deadline, "it stayed in the log"
        time.sleep(0.02)


async def test_a_full_disk_refuses_everything_it_undid(database: Database) -> None:
    """given writes that share a commit, when one finds the disk full, then none that was undone counts as stored."""
    names = [f"n{index}" for index in range(10)]
    results = await asyncio.gather(
        database.write(lambda _: time.sleep(0.3)),  # what comes meanwhile is committed together
        *(database.write(keep, name) for name in names),
        database.write(fill_up),
        *(database.write(keep, f"{name}-after") for name in names),
        return_exceptions=True,
    )
    told = dict(zip([*names, "", *(f"{name}-after" for name in names)], results[1:], strict=True))
    assert isinstance(told.pop(""), OperationalError)
    for name, result in told.items():
        assert (await database.read(read_setting, name) is not None) == (result is None), name
    await database.write(keep, "later")
    assert await database.read(read_setting, "later") == ""


async def test_a_locked_database_refuses_instead_of_hanging(database: Database) -> None:
    path = database.url.database
    assert path is not None
    other = sqlite3.connect(Path(path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        async with asyncio.timeout(5):
            results = await asyncio.gather(*(database.write(keep, f"n{n}") for n in range(5)), return_exceptions=True)
        assert {type(result) for result in results} == {OperationalError}
        assert not await database.healthy()
    finally:
        other.execute("ROLLBACK")
        other.close()
    await database.write(keep, "later")
    assert await database.healthy()


async def test_a_write_goes_on_when_its_caller_is_cancelled(database: Database) -> None:
    task = asyncio.create_task(database.write(keep, "kept"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await database.write(keep, "next")
    assert await database.read(read_setting, "kept") == ""


async def test_what_was_committed_comes_into_the_file_while_the_service_runs(database: Database) -> None:
    """given more than the file has room for, when it is committed, then the file grows before anybody closes it."""
    path = Path(str(database.url.database))
    size = await asyncio.to_thread(size_of, path)
    await database.write(keep, "much", "x" * 200_000)
    await asyncio.to_thread(wait_until_larger, path, size + 150_000)  # the rest fits where there was room


async def test_a_write_that_is_refused_harms_no_other_in_the_same_commit(database: Database) -> None:
    """given writes that share a commit, when one raises, then it alone is undone, and its caller told."""

    def refuse(tx: Connection) -> None:
        keep(tx, "refused")
        raise ValueError("not so")

    _, before, refused, after = await asyncio.gather(
        database.write(lambda _: time.sleep(0.3)),  # what comes meanwhile is committed together
        database.write(keep, "before"),
        database.write(refuse),
        database.write(keep, "after"),
        return_exceptions=True,
    )
    assert isinstance(refused, ValueError)
    assert (before, after) == (None, None)
    assert [await database.read(read_setting, name) for name in ("before", "refused", "after")] == ["", None, ""]
