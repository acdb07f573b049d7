"""Long life: one conversation of very many turns, then very many conversations. What grows, and what gets slower?

    python -m bench.life [--json] [--turns 10000] [--conversations 20000] [--minutes 60] [--chart FILE]

Every turn of the long conversation is a question nobody has asked before; when the bot wants an order's number or the
like, the customer cancels, as it offers. Conversations come fifty at a time, with two or three questions of the Zipf
mix each; every tenth asks for a human, whom half of them leave again, while an agent takes, answers and resolves the
tickets of the others.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from bench.chart import Panel, svg
from bench.desk_client import Console
from bench.figures import print_json, progress, screen, show
from bench.installation import FrontDoor
from bench.load import Sources
from bench.processes import machine
from bench.questions import different, phrasings, zipf
from bench.visitor import Visitor
from bench.windows import Course
from frontdoor.programs import CODE

AT_ONCE = 50
WINDOWS = 20
QUESTIONS = (2, 3)  # of one conversation, in turn
HANDOFF_EVERY = 10
WARM_UP = 200  # turns before anything is weighed
LANGUAGES = ("en", "zh")

Done = Callable[[], None]


def course(system: FrontDoor, count: int) -> Course:
    """For a run of `count`."""
    return Course(
        size=max(1, count // WINDOWS),
        weigh=system.rss_by_program_mb,
        stored=lambda: sum(system.stored().values()),
    )


async def one_conversation(system: FrontDoor, turns: int, until: float, done: Done) -> dict[str, Any]:
    """`turns` turns of one customer, then the history as a page that comes back gets it."""
    questions = different(phrasings(CODE / "data" / "kb"), 6)
    run, before = course(system, turns), system.stored()
    async with aiohttp.ClientSession() as http:
        visitor = await system.talk(http, "en")
        for question in itertools.takewhile(lambda _: time.monotonic() < until, itertools.islice(questions, turns)):
            run.turn(await visitor.ask(question.text))
            await visitor.step_out()
            run.count()
            done()
        messages = max(visitor.delivered)
        started = time.perf_counter()
        shown = len(await visitor.history())
        history_s = time.perf_counter() - started
        await visitor.close()
    return {
        "turns": run.counted,
        "messages": messages,
        **run.summary(),
        **per("message", messages, before, system.stored()),
        "history_messages": shown,
        "history_s": round(history_s, 2),
        "windows": [window.result() for window in run.windows],
    }


async def many_conversations(system: FrontDoor, conversations: int, until: float, done: Done) -> dict[str, Any]:
    """`conversations` customers, `AT_ONCE` at a time."""
    base = phrasings(CODE / "data" / "kb")
    sources = {
        language: zipf([each for each in base if each.language == language], 7, distinct=250) for language in LANGUAGES
    }
    run, before = course(system, conversations), system.stored()
    numbers = iter(range(conversations))
    messages = handoffs = 0

    async def customers(http: aiohttp.ClientSession, console: Console) -> None:
        nonlocal messages, handoffs
        for number in itertools.takewhile(lambda _: time.monotonic() < until, numbers):
            visitor = await system.talk(http, LANGUAGES[number % 2])
            await ask(visitor, sources, LANGUAGES[number % 2], QUESTIONS[number // 2 % 2], run)
            if number % HANDOFF_EVERY == 0:
                handoffs += 1
                await hand_over(visitor, console, stay=number // HANDOFF_EVERY % 2 == 0)
            messages += max(visitor.delivered)
            await visitor.close()
            run.count()
            done()

    http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    async with http, Console(system.url) as console, asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(customers(http, console))
    return {
        "conversations": run.counted,
        "messages": messages,
        "handoffs": handoffs,
        **run.summary(),
        **per("message", messages, before, system.stored()),
        **per("conversation", run.counted, before, system.stored()),
        "windows": [window.result() for window in run.windows],
    }


async def ask(visitor: Visitor, sources: Sources, language: str, questions: int, run: Course) -> None:
    """Ask the bot a few things."""
    for _ in range(questions):
        run.turn(await visitor.ask(next(sources[language]).text))
        await visitor.back_to_bot()


async def hand_over(visitor: Visitor, console: Console, *, stay: bool) -> None:
    """Ask for a human; then leave the queue, or be helped."""
    await visitor.call_human()
    if stay:
        await console.deal_with(visitor.state["ticket"], "That is done. / 已为您处理好。")
        await visitor.until_state("resolved")
    else:
        await visitor.back_to_bot()


def per(what: str, count: int, before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Bytes on disk for each of `count`: together, of the service's database, and of the trackers'."""
    grown = {name: after[name] - before[name] for name in after}
    return {
        f"bytes_per_{what}": round(sum(grown.values()) / count),
        f"service_bytes_per_{what}": round(grown["frontdoor"] / count),
        f"tracker_bytes_per_{what}": round(grown["trackers"] / count),
    }


def chart(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Latency and memory of both runs as a picture."""
    panels = []
    for name, across in (("one_conversation", "turns"), ("many_conversations", "conversations")):
        windows = results[name]["windows"]
        title = name.replace("_", " ").capitalize()
        times = {figure: [(each["upto"], each[f"{figure}_ms"]) for each in windows] for figure in ("p50", "p99")}
        programs = {
            program: [(each["upto"], each["rss_mb"][program]) for each in windows] for program in windows[0]["rss_mb"]
        }
        panels += [
            Panel(title=f"{title}: a turn, ms", across=across, lines=times),
            Panel(title=f"{title}: memory, MB", across=across, lines=programs),
        ]
    return svg(panels)


async def live(system: FrontDoor, turns: int, conversations: int, minutes: float) -> dict[str, dict[str, Any]]:
    """Both runs against a running system, each for at most `minutes`."""

    def end() -> float:
        return time.monotonic() + minutes * 60

    with progress() as bar:
        first, second = bar.add_task("One conversation", total=turns), bar.add_task("Many", total=conversations)
        await warm_up(system)
        return {
            "one_conversation": await one_conversation(system, turns, end(), lambda: bar.advance(first)),
            "many_conversations": await many_conversations(system, conversations, end(), lambda: bar.advance(second)),
        }


async def warm_up(system: FrontDoor) -> None:
    """Some turns that count for nothing."""
    async with aiohttp.ClientSession() as http:
        visitor = await system.talk(http, "en")
        for question in itertools.islice(different(phrasings(CODE / "data" / "kb"), 8), WARM_UP):
            await visitor.ask(question.text)
            await visitor.step_out()
        await visitor.close()


def main(
    json: Annotated[bool, typer.Option("--json", help="Print one object as the last line.")] = False,
    turns: Annotated[int, typer.Option(min=2 * WINDOWS, help="Turns of the one conversation.")] = 10_000,
    conversations: Annotated[int, typer.Option(min=2 * WINDOWS, help="Conversations after it.")] = 20_000,
    minutes: Annotated[float, typer.Option(min=0.1, help="Each of both ends after this time at the latest.")] = 60,
    picture: Annotated[Path | None, typer.Option("--chart", help="Draw latency and memory into this SVG.")] = None,
) -> None:
    """Measure what ten thousand turns and twenty thousand conversations do to latency, memory and disk."""
    described = machine()
    with FrontDoor() as system:
        screen.print("Starting Front Door …")
        system.train()
        system.add_admin()
        system.start()
        results = asyncio.run(live(system, turns, conversations, minutes))
        written = system.stored()
    show(
        "Long life",
        {run: {name: each for name, each in figures.items() if name != "windows"} for run, figures in results.items()},
    )
    if picture is not None:
        picture.write_text(chart(results), encoding="utf-8")
    if json:
        print_json({**overall(results), **results, "stored": written, "machine": described})


def overall(results: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """What a reader looks at first: the worse of both runs."""
    runs = results.values()
    return {
        "memory_growth_mb": round(
            results["many_conversations"]["memory_last_mb"] - results["one_conversation"]["memory_first_mb"], 1
        ),
        "last_over_first": max(run["last_over_first"] for run in runs),
        "bytes_per_message": max(run["bytes_per_message"] for run in runs),
    }


if __name__ == "__main__":
    typer.run(main)
