"""What a long run is summed up to, and how it is drawn."""

from collections.abc import Mapping
from xml.etree import ElementTree

import pytest

from bench.chart import Panel, ceiling, svg
from bench.life import chart, overall, per
from bench.performance_page import life_table
from bench.windows import Course


def course(memory: list[float], latencies: list[float], *, size: int = 10) -> Course:
    """A run with a window for each figure."""
    weighed = iter(memory)
    run = Course(size=size, weigh=lambda: {"service": next(weighed), "rasa": 500.0}, stored=lambda: 1_000)
    for latency in latencies:
        for _ in range(size):
            run.turn(latency)
            run.count()
    return run


def test_a_flat_run_gains_nothing() -> None:
    summary = course([100.0] * 8, [0.02] * 8).summary()
    assert summary["last_over_first"] == summary["last_over_first_p99"] == 1
    assert summary["memory_growth_mb"] == summary["memory_growth_second_half_mb"] == 0
    assert summary["memory_last_mb"] == 600


def test_a_leak_is_told_from_a_cache_that_fills_up() -> None:
    cache = course([100, 120, 140, 150, 150, 150, 150, 150], [0.02] * 8).summary()
    leak = course([100, 110, 120, 130, 140, 150, 160, 170], [0.02] * 8).summary()
    assert (cache["memory_growth_mb"], cache["memory_growth_second_half_mb"]) == (50, 0)
    assert (leak["memory_growth_mb"], leak["memory_growth_second_half_mb"]) == (70, 40)


def test_a_run_that_gets_slower_shows_it() -> None:
    summary = course([100.0] * 8, [0.01] * 4 + [0.02, 0.02, 0.03, 0.03]).summary()
    assert summary["last_over_first"] == 3


def test_windows_are_cut_where_they_are_full() -> None:
    run = course([100.0] * 3, [0.01, 0.02, 0.03], size=5)
    assert [window.upto for window in run.windows] == [5, 10, 15]
    assert run.windows[2].result() == {
        "upto": 15, "p50_ms": 30.0, "p99_ms": 30.0, "rss_mb": {"service": 100.0, "rasa": 500.0}, "stored": 1_000
    }  # fmt: skip
    with pytest.raises(ValueError, match="two windows"):
        course([100.0], [0.01]).summary()


def test_bytes_are_of_what_was_added() -> None:
    before = {"frontdoor": 1_000, "trackers": 500, "attachments": 0}
    after = {"frontdoor": 3_000, "trackers": 1_500, "attachments": 1_000}
    assert per("message", 10, before, after) == {
        "bytes_per_message": 400, "service_bytes_per_message": 200, "tracker_bytes_per_message": 100
    }  # fmt: skip


@pytest.mark.parametrize(("value", "end"), [(0, 1), (1, 1), (1.1, 2), (37, 50), (51, 100), (640, 1_000), (0.03, 0.05)])
def test_an_axis_ends_at_a_round_number(value: float, end: float) -> None:
    assert ceiling(value) == pytest.approx(end)


def test_a_chart_is_an_svg_with_a_line_for_each_name() -> None:
    lines = {"p50": [(1, 10.0), (2, 12.0)], "p99 <all>": [(1, 30.0), (2, 100.0)]}
    picture = ElementTree.fromstring(svg([Panel(title="A turn, ms", across="turns", lines=lines)]))  # noqa: S314
    space = "{http://www.w3.org/2000/svg}"
    assert [len(line.attrib["points"].split()) for line in picture.iter(f"{space}polyline")] == [2, 2]
    texts = [text.text for text in picture.iter(f"{space}text")]
    assert {"A turn, ms", "2 turns", "p50", "p99 <all>", "100"} <= set(texts)
    with pytest.raises(ValueError, match="nothing to draw"):
        svg([Panel(title="empty", across="turns", lines={})])


def results() -> Mapping[str, Mapping[str, object]]:
    run = course([100.0] * 4, [0.02] * 4)
    common = {"messages": 80, "bytes_per_message": 900, "windows": [window.result() for window in run.windows]}
    return {
        "one_conversation": {"turns": 10_000, **run.summary(), **common},
        "many_conversations": {"conversations": 20_000, "handoffs": 2_000, **run.summary(), **common},
    }


def test_both_runs_are_drawn_and_the_worse_one_stands_first() -> None:
    assert chart(results()).count("<polyline") == 8
    assert overall(results()) == {"memory_growth_mb": 0, "last_over_first": 1, "bytes_per_message": 900}


def test_the_page_shows_both_runs_side_by_side() -> None:
    table = life_table(results())
    assert "| long life | one conversation of 10,000 turns | 20,000 conversations |" in table
    assert "| handoffs | – | 2,000 |" in table
    assert "images/life.svg" in table
