"""Where the time of a turn goes, stage by stage, and how many statements and commits it takes.

    python -m bench.stages [--json] [--turns 200]

One visitor, one question at a time, so that everything between "sent" and "answered" belongs to that turn. The hooks
(bench/hooks.py) cost a little themselves: figures to quote come from bench.turns.
"""

import asyncio
import bisect
import shutil
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from rich.table import Table

from bench import hooks
from bench.figures import percentile, print_json, progress, screen
from bench.installation import FrontDoor
from bench.questions import Question, different, phrasings
from frontdoor.programs import CODE

WARM_UP = 20
TURNS_PER_CONVERSATION = 10

# (stage, what it is, from, to): moments are the start ("<") or end (">") of a span; "sent" is the visitor's own
BETWEEN = (
    ("receive", "socket → service", "<sent", "<accept"),
    ("accept", "message and its work stored", "<accept", ">accept"),
    ("wake", "lane woken, work read", ">accept", "<turn"),
    ("look", "conversation read, typing told", "<turn", "<brain"),
    ("ask", "service → Rasa", "<brain", "<rasa"),
    ("embed", "vector, off the loop", "<rasa", "<rasa.run"),
    ("think", "Rasa's turn, stored", "<rasa.run", ">rasa"),
    ("hear", "Rasa → service", ">rasa", ">brain"),
    ("answer", "answer stored", ">brain", ">step"),
    ("deliver", "service → socket", ">step", ">sent"),
)


@dataclass(frozen=True)
class Span:
    """A function that ran, in nanoseconds."""

    name: str
    start: int
    end: int
    cpu: int = -1


@dataclass(frozen=True)
class Stage:
    """One line of the table: calls per turn, and milliseconds per turn; `cpu_ms` is the mean, where it is known."""

    name: str
    about: str
    calls: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float | None = None


async def play(system: FrontDoor, questions: list[Question]) -> list[Span]:
    """Ask one after the other; the turns as the visitor saw them."""
    turns = []
    async with aiohttp.ClientSession() as http:
        with progress() as bar:
            task = bar.add_task("Asking", total=len(questions))
            for at in range(0, len(questions), TURNS_PER_CONVERSATION):
                part = questions[at : at + TURNS_PER_CONVERSATION]
                visitor = await system.talk(http, part[0].language)
                for question in part:
                    start = time.perf_counter_ns()
                    heard = await visitor.say(question.text)
                    if heard.answered_s is not None:
                        turns.append(Span("sent", start, start + round(heard.answered_s * 1e9)))
                    await visitor.back_to_bot()
                    bar.advance(task)
                await visitor.close()
    return turns[WARM_UP:]


def read_spans(folder: Path) -> list[Span]:
    """Everything the processes left, by start."""
    spans = []
    for file in folder.glob("*.spans"):
        for line in file.read_text(encoding="utf-8").splitlines():
            name, start, end, cpu = line.split(" ")
            spans.append(Span(name, int(start), int(end), int(cpu)))
    return sorted(spans, key=lambda span: span.start)


def stages(turns: list[Span], spans: list[Span]) -> tuple[list[Stage], list[Stage]]:
    """The stages between moments, which add up to the turn; and every hooked function by itself."""
    starts = [span.start for span in spans]
    between: dict[str, list[float]] = defaultdict(list)
    inside: dict[str, list[float]] = defaultdict(list)
    calls: dict[str, int] = defaultdict(int)
    cpu: dict[str, int] = defaultdict(int)
    for turn in turns:
        mine = spans[bisect.bisect_left(starts, turn.start) : bisect.bisect_right(starts, turn.end)]
        moments = {"<sent": turn.start, ">sent": turn.end}
        total: dict[str, int] = defaultdict(int)
        for span in mine:
            moments.setdefault(f"<{span.name}", span.start)
            moments.setdefault(f">{span.name}", span.end)
            total[span.name] += span.end - span.start
            calls[span.name] += 1
            cpu[span.name] += span.cpu
        for stage, _, begin, end in BETWEEN:
            if begin in moments and end in moments:
                between[stage].append((moments[end] - moments[begin]) / 1e6)
        for name, taken in total.items():
            inside[name].append(taken / 1e6)
    about = {stage: text for stage, text, _, _ in BETWEEN}
    count = max(1, len(turns))
    return (
        [_stage(stage, about[stage], 1, between[stage]) for stage, *_ in BETWEEN if between[stage]],
        [
            _stage(name, "", calls[name] / count, taken, cpu[name] / count / 1e6 if cpu[name] >= 0 else None)
            for name, taken in inside.items()
        ],
    )


def main(
    json: Annotated[bool, typer.Option("--json", help="Print one object as the last line.")] = False,
    turns: Annotated[int, typer.Option(min=30, help="Questions to ask.")] = 200,
) -> None:
    """Show where a turn's time goes."""
    folder = Path(tempfile.mkdtemp(prefix="frontdoor-spans-"))
    with FrontDoor(environment={hooks.FOLDER: str(folder)}) as system:
        system.train()  # without hooks: Rasa looks at the components' signatures then
        shutil.copy(hooks.__file__, system.root / "sitecustomize.py")
        system.start()
        questions = list(islice(different(phrasings(CODE / "data" / "kb"), 3), WARM_UP + turns))
        before = system.cpu_s()
        seen = asyncio.run(play(system, questions))
        cpu = {name: round((after - before[name]) * 1000 / len(questions), 2) for name, after in system.cpu_s().items()}
    spans = read_spans(folder)
    shutil.rmtree(folder)
    parts, functions = stages(seen, spans)
    whole = [(turn.end - turn.start) / 1e6 for turn in seen]
    _show("From sent to answered", [*parts, _stage("turn", "as the visitor saw it", 1, whole)])
    _show("Functions (they contain each other)", functions)
    screen.print("CPU ms a turn: " + ", ".join(f"{name} {taken:.1f}" for name, taken in cpu.items()))
    for name in sorted({span.name for span in spans if span.name.startswith("missing:")}):
        screen.print(f"[yellow]not hooked: {name.removeprefix('missing:')} is not there[/]")
    if json:
        tables = {"stages": parts, "functions": functions}
        print_json(
            {
                "turn": {"p50_ms": round(percentile(whole, 50), 2)},
                "cpu_ms": cpu,
                **{title: {line.name: _figures(line) for line in lines} for title, lines in tables.items()},
            }
        )


def _stage(name: str, about: str, calls: float, taken: list[float], cpu_ms: float | None = None) -> Stage:
    return Stage(
        name,
        about,
        calls=round(calls, 1),
        p50_ms=round(percentile(taken, 50), 2),
        p95_ms=round(percentile(taken, 95), 2),
        cpu_ms=None if cpu_ms is None else round(cpu_ms, 2),
    )


def _figures(line: Stage) -> dict[str, float | None]:
    return {"calls": line.calls, "p50_ms": line.p50_ms, "p95_ms": line.p95_ms, "cpu_ms": line.cpu_ms}


def _show(title: str, lines: list[Stage]) -> None:
    table = Table("stage", "", "calls a turn", "p50 ms", "p95 ms", "CPU ms", title=title, title_justify="left")
    for line in lines:
        cpu = "" if line.cpu_ms is None else f"{line.cpu_ms:.2f}"
        table.add_row(line.name, line.about, f"{line.calls:g}", f"{line.p50_ms:.2f}", f"{line.p95_ms:.2f}", cpu)
    screen.print(table)


if __name__ == "__main__":
    typer.run(main)
