"""A small day, and a small flood: what `bench/day.py` and `bench/flood.py` measure at full size."""

from pathlib import Path

from bench.desk_day import Day
from bench.desk_flood import Flood
from desk.tiers import load_tiers
from storage.bus import MemoryBus
from storage.database import Database
from tests.desk.house import ROOT

MANY, FEW = 60, 25


async def test_a_day_keeps_its_promises(database_url: str, tmp_path: Path) -> None:
    """given customers at random, agents who ignore offers, eat, and lose their connection, and workers that restart,
    then nobody waits for an idle agent, nobody has too much, no ticket is lost or owned twice, and each broken promise
    went up once.
    """
    database = Database(database_url)
    some = MANY if "sqlite" in database_url else FEW
    day = Day(database, load_tiers(ROOT / "tiers.yml"), folder=tmp_path, conversations=some, seed=3, hours=1)
    figures = await day.run()
    assert figures.conversations == some
    if some == MANY:  # of few, nobody may happen to let one pass
        assert min(figures.ignored + figures.passed, figures.outages, figures.restarts) > 0, "too quiet a day"
    assert day.checks.made > some
    await database.close()


async def test_a_flood_is_taken_in_order_while_consoles_live(sqlite_url: str, tmp_path: Path) -> None:
    """given more handoffs at once than anybody can take, then all are there, nobody is overtaken, no console is cut
    off, and customers are told of places that have moved.
    """
    database, bus = Database(sqlite_url), MemoryBus()
    tiers = load_tiers(ROOT / "tiers.yml")
    seen = await Flood(database, bus, tiers, tmp_path, agents=2, accept_s=0.05, solve_s=0.2).run(260)
    assert len(seen.opened_s) == 260
    assert len(seen.offered_s) > 8, "nobody's place was given to the next"
    assert (seen.overtaken, seen.cut_off) == (0, 0)
    assert 0 < seen.places_told < 260 * len(seen.offered_s) / 4, "told at every act, or never"
    await bus.close()
    await database.close()
