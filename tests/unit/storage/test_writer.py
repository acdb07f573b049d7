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
from storage.database import Database
from storage.migrate import upgrade
from storage.settings import read_setting, write_setting


@pytest.fixture
async def database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(database_module, "BUSY_MS", 100)
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
