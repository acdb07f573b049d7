"""Soak: 200 conversations while the service, Rasa and the action server are killed again and again; then the account.

    python -m bench.soak [--seeds 1,2,3] [--conversations 200] [--json]

Everything runs as users run it (`frontdoor up`, which starts again what dies), on loopback, in a folder of its own.
Ends with 1 when a message is not accounted for.
"""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.figures import print_json, progress, screen
from bench.installation import ADMIN_PASSWORD, FrontDoor
from bench.processes import machine
from bench.soak.storm import Outcome, Weather, storm
from frontdoor.programs import CODE

WIDTH = 200  # characters a line of the table needs
COLUMNS = (
    "conversations", "sent", "acknowledged", "stored", "answered", "to_humans", "replies", "handoffs", "tickets",
    "lost", "doubled", "out_of_order", "bot_after_human", "sessions_ended", "left_over",
)  # fmt: skip


def weathered(weather: Weather) -> Outcome:
    """One storm over a system of its own."""
    with FrontDoor() as system:
        system.train()
        system.add_admin()
        system.start()
        with progress() as bar:
            task = bar.add_task(f"Seed {weather.seed}", total=weather.conversations)
            admin = ("admin", ADMIN_PASSWORD)
            outcome = asyncio.run(storm(system, weather, CODE / "data" / "kb", admin, lambda: bar.advance(task)))
        if not outcome.account.clean:
            screen.print(f"Seed {weather.seed}: the database and the logs are kept in {system.keep()}")
        return outcome


def show(outcomes: dict[int, Outcome]) -> None:
    """A line for each seed, and what is wrong in words."""
    table = Table("seed", *(name.replace("_", " ") for name in COLUMNS), "kills", "s", title="Soak")
    for seed, outcome in outcomes.items():
        figures = outcome.account.result()
        kills = " ".join(f"{program} {count}" for program, count in sorted(outcome.kills.items()))
        table.add_row(str(seed), *(f"{figures[name]:,}" for name in COLUMNS), kills, f"{outcome.seconds:.0f}")
    wide = Console(stderr=True, width=max(screen.width, WIDTH))
    wide.print(table)
    for seed, outcome in outcomes.items():
        for wrong in outcome.account.wrong:
            screen.print(f"seed {seed}: {wrong}", style="red", highlight=False)


def main(
    seeds: Annotated[str, typer.Option(help="Comma-separated; each decides what is said and killed when.")] = "1,2,3",
    conversations: Annotated[int, typer.Option(min=1, max=2_000, help="Conversations of each seed.")] = 200,
    json: Annotated[bool, typer.Option("--json", help="Print one object as the last line.")] = False,
) -> None:
    """Kill everything at random moments during many conversations, and account for every message."""
    described = machine()
    try:
        wanted = [int(seed) for seed in seeds.split(",")]
    except ValueError as error:
        raise typer.BadParameter("--seeds: numbers with commas between them") from error
    outcomes = {seed: weathered(Weather(seed=seed, conversations=conversations)) for seed in wanted}
    show(outcomes)
    if json:
        by_seed = {
            seed: {**outcome.account.result(), "kills": dict(outcome.kills), "seconds": round(outcome.seconds, 1)}
            for seed, outcome in outcomes.items()
        }
        print_json({"seeds": by_seed, "machine": described})
    if not all(outcome.account.clean for outcome in outcomes.values()):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
