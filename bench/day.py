"""Simulates a day at the desk, checking its promises: `python -m bench.day [--conversations 5000] [--seed 1] [--json]`.

What is simulated, and what is checked all the time, is in `bench.desk_day`. The desk's code and the database are real;
time is not: a day of twelve hours takes minutes. A promise that is broken ends the run with what was wrong.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # this file lies beside it

    run_again("bench.day", ".venv")

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from bench.desk_day import Day, database_in
from bench.figures import percentile, progress, screen
from bench.processes import machine
from desk.tiers import load_tiers

ROOT = Path(__file__).resolve().parents[1]


async def simulate(folder: Path, conversations: int, seed: int) -> dict[str, Any]:
    """The day's figures. Raises AssertionError for a promise that was broken."""
    database = database_in(folder)
    began = time.perf_counter()
    with progress() as bar:
        task = bar.add_task("Conversations", total=conversations)
        day = Day(
            database, load_tiers(ROOT / "tiers.yml"), folder=folder, conversations=conversations, seed=seed,
            told=lambda: bar.advance(task),
        )  # fmt: skip
        figures = await day.run()
    waits = sorted(figures.waits_s)
    result = {name: value for name, value in asdict(figures).items() if name != "waits_s"}
    result |= {
        "seed": seed,
        "wait_p50_s": round(percentile(waits, 50), 1),
        "wait_p95_s": round(percentile(waits, 95), 1),
    }
    result |= {"agents": len(day.people), "checks": day.checks.made, "took_s": round(time.perf_counter() - began, 1)}
    for event in ("requeued", "escalated", "sla_breached"):
        result[event] = await day.checks.happened(event)
    result["fairness"] = [asdict(each) for each in await day.checks.fairness()]
    await database.close()
    return result


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--conversations", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for the figures
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(simulate(Path(folder), options.conversations, options.seed))
    if options.json:
        print(json.dumps(result | {"machine": machine()}, ensure_ascii=False, indent=2))
        return
    for name, value in result.items():
        screen.print(f"{name}: {value}")


if __name__ == "__main__":
    main()
