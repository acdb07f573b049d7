"""Figures: percentiles as people read them, and one object of results as a table or as JSON."""

import json
import math
import statistics
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

screen = Console(stderr=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of them do not exceed (nearest rank). Raises ValueError for none."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def latency(seconds: Sequence[float], *percents: int) -> dict[str, float]:
    """`{"p50_ms": …}` of times in seconds."""
    return {f"p{percent}_ms": round(percentile(seconds, percent) * 1000, 1) for percent in percents}


def around(seconds: Sequence[float], turn: int, reach: int = 5) -> float:
    """The median of a turn (the first is 1) and its `reach` neighbours on both sides."""
    return statistics.median(seconds[max(0, turn - 1 - reach) : turn + reach])


def progress() -> Progress:
    """A bar on standard error with what is done, of how many, and how long it will take."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        console=screen,
    )  # fmt: skip


def show(title: str, results: Mapping[str, Mapping[str, Any]]) -> None:
    """A table on standard error, one column per result."""
    table = Table("", *results, title=title, title_justify="left")
    for name in dict.fromkeys(name for result in results.values() for name in result):
        table.add_row(name, *(_cell(result.get(name)) for result in results.values()))
    screen.print(table)


def print_json(result: Mapping[str, Any]) -> None:
    """The object as one line on standard output."""
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")


def _cell(value: object) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int | float) else str(value)
