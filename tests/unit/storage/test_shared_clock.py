"""Workers whose own clocks are wrong agree on the time."""

import time

import pytest

from storage import shared_clock
from storage.clock import now_ms
from storage.database import Database
from storage.shared_clock import SharedClock

HOUR_MS = 3_600_000


async def test_a_worker_whose_clock_is_an_hour_fast_tells_the_time_of_the_database(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url)
    monkeypatch.setattr(shared_clock, "now_ms", lambda: now_ms() + HOUR_MS)
    clock = SharedClock(database)
    assert clock() >= now_ms() + HOUR_MS - 1_000, "before it has asked"
    await clock.compare()
    assert abs(clock() - now_ms()) < 1_000
    await database.close()


async def test_a_clock_that_is_set_while_the_worker_runs_changes_nothing(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url)
    clock = SharedClock(database)
    await clock.compare()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    before = clock()
    assert clock() - before < 1_000
    assert before > HOUR_MS
    await database.close()


async def test_one_process_goes_by_its_own_clock(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    clock = SharedClock(database)
    await clock.compare()
    assert abs(clock() - now_ms()) < 1_000
    await database.close()
