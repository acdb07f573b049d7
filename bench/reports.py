"""How long reports take: 100,000 cases of 90 days, every report for all of them, compared, and by each dimension.

python -m bench.reports [--json] [--database URL] [--cases 100000]
"""

import asyncio
import random
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bench.figures import print_json
from bench.past_cases import cases, store, talks
from bench.processes import machine
from desk.reports.measures import REPORTS
from desk.reports.periods import Period
from desk.reports.reporting import DIMENSIONS, Asked, report
from storage.database import Database
from storage.migrate import upgrade

DAYS = 90
ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 8, 1)


async def measured(url: str, count: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Of every report, by what it is told apart: the seconds it takes, and those of work in this process."""
    database = Database(url)
    await upgrade(database)
    period = Period(first=FIRST, last=FIRST + timedelta(days=DAYS - 1), zone=ZONE)
    random_ = random.Random(7)  # noqa: S311 - the same each time
    spoken = talks(random_, count * 3 // 2, period.since, DAYS)
    await database.write(store, spoken, cases(random_, spoken, count))
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for name in REPORTS:
        found[name] = {}
        for by in ("", *DIMENSIONS):
            started, worked = time.perf_counter(), time.process_time()
            await database.read(report, Asked(report=name, period=period, by=by))
            took = time.perf_counter() - started, time.process_time() - worked
            found[name][by or "all"] = round(took[0], 2), round(took[1], 2)
    await database.close()
    return found


def main(
    json: Annotated[bool, typer.Option(help="Print the results as one line of JSON.")] = False,
    database: Annotated[str, typer.Option(help="An empty database; without it SQLite in a new folder.")] = "",
    cases: Annotated[int, typer.Option(help="How many cases.")] = 100_000,
) -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as folder:
        url = database or f"sqlite:///{Path(folder) / 'reports.db'}"
        results: dict[str, Any] = {"seconds": asyncio.run(measured(url, cases))}
    if json:
        print_json({"machine": machine(), "cases": cases, **results})
        return
    for name, seconds in results["seconds"].items():
        print(f"{name:14}", "  ".join(f"{by} {took:.2f} ({work:.2f})" for by, (took, work) in seconds.items()))


if __name__ == "__main__":
    typer.run(main)
