"""Turns of the bot: how long one takes, how many a second, and what the system costs; stock Rasa in the same run.

    python -m bench.turns [--json] [--quick] [--skip-stock] [--questions FILE]

Ours is measured over the web channel's socket: stored, answered by Rasa from an article, stored, delivered. The peer is
measured over its REST channel and stores nothing. Both get the same questions, in conversations of ten turns. A full
run takes a quarter of an hour, half of it the trainings.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.figures import around, latency, print_json, progress, screen, show
from bench.installation import FrontDoor
from bench.load import Load, Sources, System, load, one_long_conversation
from bench.processes import machine
from bench.questions import Question, different, from_file, phrasings, zipf
from bench.stock import StockRasa
from frontdoor.programs import CODE

EARLY, LATE = 10, 400
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Counts:
    """How many turns each part has."""

    warm_up: int
    alone: int
    together: int
    sustained: int
    popular_before: int
    late: int

    @property
    def all(self) -> int:
        """Of the whole run."""
        return self.warm_up + self.alone + self.together + 2 * self.sustained + self.popular_before + self.late + 5


FULL = Counts(warm_up=50, alone=500, together=500, sustained=1_500, popular_before=1_000, late=LATE)
# The peer has no cache that the mix would have to fill first, and needs fewer turns until its slower rate is settled.
FULL_STOCK = Counts(warm_up=50, alone=300, together=300, sustained=600, popular_before=100, late=LATE)
QUICK = Counts(warm_up=10, alone=40, together=60, sustained=120, popular_before=60, late=40)
TOGETHER, SUSTAINED = 8, 16  # conversations at a time


class Asked:
    """All questions of a run, none of them twice, the same for every system that is asked with the same seed."""

    def __init__(self, base: Sequence[Question]) -> None:
        self._base = {language: [each for each in base if each.language == language] for language in LANGUAGES}
        self._all = {language: different(each, 1) for language, each in self._base.items() if each}

    def unique(self) -> Sources:
        """Questions nobody has asked before."""
        return self._all

    def popular(self) -> Sources:
        """The mix of 500: half of it in each language."""
        return {language: zipf(each, 2, distinct=250) for language, each in self._base.items() if each}

    def mixed(self) -> Iterator[Question]:
        """Questions nobody has asked before, in one language."""
        return next(iter(self._all.values()))


async def measure(system: System, asked: Asked, counts: Counts, done: Callable[[], None]) -> dict[str, Any]:
    """Ask a running system; all figures but start, training and memory."""

    async def ask(sources: Sources, turns: int, visitors: int) -> Load:
        return await load(system, sources, turns=turns, visitors=visitors, done=done)

    await ask(asked.unique(), counts.warm_up, TOGETHER)
    alone = await ask(asked.unique(), counts.alone, 1)
    together = await ask(asked.unique(), counts.together, TOGETHER)
    unique = await ask(asked.unique(), counts.sustained, SUSTAINED)
    popular = asked.popular()
    await ask(popular, counts.popular_before, SUSTAINED)
    mix = await ask(popular, counts.sustained, SUSTAINED)
    long = await one_long_conversation(system, asked.mixed(), turns=counts.late + 5, done=done)
    return {
        **latency(alone.seconds, 50, 99),
        **{f"{name}_of_{TOGETHER}": value for name, value in latency(together.seconds, 50, 99).items()},
        "turns_per_s_unique": unique.turns_per_s,
        "turns_per_s_zipf": mix.turns_per_s,
        "turn10_ms": round(around(long, EARLY) * 1000, 1),
        "turn400_ms": round(around(long, counts.late) * 1000, 1),
        "turn400_over_turn10": round(around(long, counts.late) / around(long, EARLY), 2),
    }


def ours(base: Sequence[Question], counts: Counts, *, quick: bool) -> dict[str, Any]:
    """Front Door. Training is measured from nothing, as after a clone, and again with what it then keeps."""
    train_s = retrain_s = None
    if not quick:
        with FrontDoor(fresh=True) as clone:
            screen.print("Training from nothing, then once more …")
            train_s, retrain_s = clone.train(force=True), clone.train(force=True)
    with FrontDoor() as system:
        screen.print("Starting Front Door …")
        system.train()  # only where the model is older than what it learns from
        ready_s = system.start()
        figures = _asked(system, base, counts)
        return {
            **figures,
            "ready_s": round(ready_s, 1),
            "train_s": _rounded(train_s),
            "retrain_s": _rounded(retrain_s),
            "rss_mb": _rounded(system.rss_mb()),
        }


def stock(base: Sequence[Question], counts: Counts, *, quick: bool) -> dict[str, Any]:
    """The peer. Its training is measured in full runs, else once for all."""
    system = StockRasa()
    screen.print("Preparing stock Rasa …")
    train_s = system.prepare(again=not quick)
    try:
        ready_s = system.start()
        figures = _asked(system, base, counts)
        return {
            **figures,
            "ready_s": round(ready_s, 1),
            "train_s": _rounded(train_s),
            "rss_mb": _rounded(system.rss_mb()),
        }
    finally:
        system.stop()


def main(
    json: Annotated[bool, typer.Option("--json", help="Print one object as the last line.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Few turns, no training: does it run at all?")] = False,
    skip_stock: Annotated[bool, typer.Option("--skip-stock", help="Do not measure stock Rasa.")] = False,
    questions: Annotated[
        Path | None, typer.Option(help="One question a line, instead of the knowledge base's phrasings.")
    ] = None,
) -> None:
    """Measure turns, start-up, training and memory, and stock Rasa beside it."""
    described = machine()
    base = from_file(questions) if questions else phrasings(CODE / "data" / "kb")
    counts = QUICK if quick else FULL
    results = {"ours": ours(base, counts, quick=quick)}
    if not skip_stock:
        results["stock"] = stock(base, QUICK if quick else FULL_STOCK, quick=quick)
    show("Turns" + (" (quick: not to be quoted)" if quick else ""), results)
    if json:
        print_json({**results, "machine": described, "quick": quick})


def _asked(system: System, base: Sequence[Question], counts: Counts) -> dict[str, Any]:
    with progress() as bar:
        task = bar.add_task(f"Asking {system.name}", total=counts.all)
        return asyncio.run(measure(system, Asked(base), counts, lambda: bar.advance(task)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


if __name__ == "__main__":
    typer.run(main)
