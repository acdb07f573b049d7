"""Measures a flood of handoffs: `python -m bench.flood [--handoffs 10000] [--agents 10] [--database URL] [--json]`.

All come at once, as fast as the desk takes them, while agents accept what they are offered and solve it. What counts:
how many a minute are taken, whether anybody is overtaken by who came later, whether lists and counts are still there
within 200 ms, how soon an offer is on the screen of an agent who has room, and how many customers are told of their
place.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # this file lies beside it

    run_again("bench.flood", ".venv")

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from bench.desk_flood import Flood
from bench.figures import latency, screen
from bench.processes import machine
from desk.tiers import load_tiers
from storage.bus import MemoryBus
from storage.database import Database

ROOT = Path(__file__).resolve().parents[1]


async def measure(folder: Path, url: str, handoffs: int, agents: int) -> dict[str, Any]:
    """The figures of one flood."""
    database, bus = Database(url or f"sqlite:///{folder / 'flood.db'}"), MemoryBus()
    try:
        seen = await Flood(database, bus, load_tiers(ROOT / "tiers.yml"), folder, agents).run(handoffs)
    finally:
        await bus.close()
        await database.close()
    return {
        "handoffs": handoffs,
        "took_s": round(seen.took_s, 1),
        "per_minute": round(handoffs / seen.took_s * 60),
        "overtaken": seen.overtaken,
        "overtaken_by_s": round(seen.overtaken_s, 3),
        "opened": latency(seen.opened_s, 50, 99),
        "counts": latency(seen.counts_s, 50, 99),
        "first_page": latency(seen.page_s, 50, 99),
        "offer_on_screen": latency(seen.offered_s, 50, 99),
        "solved": seen.solved,
        "places_told": seen.places_told,
        "consoles_cut_off": seen.cut_off,
    }


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--handoffs", type=int, default=10_000)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--database", default="", help="URL; without it a new SQLite database")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(measure(Path(folder), options.database, options.handoffs, options.agents))
    if options.json:
        print(json.dumps(result | {"machine": machine()}, ensure_ascii=False, indent=2))
        return
    for name, value in result.items():
        screen.print(f"{name}: {value}")


if __name__ == "__main__":
    main()
