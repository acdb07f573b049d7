"""Figures, and the page they are written into."""

import json
from pathlib import Path

import pytest

from bench.figures import around, latency, percentile
from bench.performance_page import (
    BEGIN,
    END,
    ResultError,
    figures,
    replay_table,
    scale_table,
    soak_table,
    turns_table,
    written,
)

MACHINE = {"cores": 2, "memory_gb": 8, "system": "Linux x86_64", "load_before": 0.1}


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (99, 99), (100, 100), (1, 1), (0.5, 1)])
def test_percentiles_are_nearest_ranks(percent: float, expected: float) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == expected


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="of nothing"):
        percentile([], 50)


def test_latency_is_in_milliseconds() -> None:
    assert latency([0.0101, 0.0202, 0.0303], 50, 99) == {"p50_ms": 20.2, "p99_ms": 30.3}


def test_a_turn_is_measured_with_its_neighbours() -> None:
    seconds = [float(turn) for turn in range(1, 406)]
    assert around(seconds, 10) == 10
    assert around(seconds, 400) == 400
    assert around([1.0, 9.0, 2.0], 2, reach=1) == 2


def test_the_ratio_says_how_much_better_ours_is() -> None:
    ours = {"p50_ms": 20.0, "turns_per_s_unique": 75.0, "train_s": None}
    table = turns_table({"ours": ours, "stock": {"p50_ms": 40.0, "turns_per_s_unique": 25.0, "train_s": 71.0}})
    assert "| a turn, p50 | 20.0 | ≤ 20 ms | 40.0 | 2.0× |" in table
    assert "| turns per second, all different | 75.0 | ≥ 70 | 25.0 | 3.0× |" in table
    assert "| training after a clone, s | – | ≤ 40 | 71.0 | – |" in table


def test_a_quick_run_is_not_published(tmp_path: Path) -> None:
    (tmp_path / "turns.json").write_text(json.dumps({"ours": {}, "quick": True, "machine": MACHINE}))
    with pytest.raises(ResultError, match="quick"):
        figures(tmp_path)


def test_a_large_base_beside_a_comparison_with_all() -> None:
    result = {
        "articles": 100_000,
        "documents": 133_334,
        "vectors": 1_066_672,
        "search_p95_ms": 17.26,
        "search_mb": 512.4,
    }
    table = scale_table({**result, "peer_p95_ms": 260.1, "peer_mb": 2_000.7, "recall@10": 0.9632})
    assert "| 100,000 articles, 133,334 texts, 1,066,672 vectors |" in table
    assert "| search, one at a time, p95 ms | 17 | ≤ 30 | 260 |" in table
    assert "| memory with all that is mapped, MB | 512 | ≤ 1,024 | 2,001 |" in table
    assert "first | 0.96 | – | – |" in table


def test_only_what_is_between_the_markers_is_replaced(tmp_path: Path) -> None:
    ours = {"handoffs": 200, "p50_ms": 11.0, "p99_ms": 80.5}
    (tmp_path / "handoff.json").write_text(json.dumps({"ours": ours, "machine": MACHINE}))
    page = written(f"before\n{BEGIN}\nold\n{END}\nafter\n", figures(tmp_path))
    assert page.startswith(f"before\n{BEGIN}\n| what (200 handoffs) |")
    assert page.endswith(f"{END}\nafter\n")
    assert "old" not in page
    assert "2 cores, 8 GB" in page
    with pytest.raises(ResultError, match="needs the lines"):
        written("no markers", "figures")
    with pytest.raises(ResultError, match="no results"):
        figures(tmp_path / "elsewhere")


def test_a_replay_is_shown_by_language() -> None:
    all_of_it = {"sent": 3, "lost": 0, "p95_ms": 80.0}
    by_language = {"zh": {"sent": 2, "lost": 0}, "en": {"sent": 1, "lost": 0, "p95_ms": 70.5}}
    table = replay_table({**all_of_it, "by_language": by_language, "conversations": 50})
    assert "| replay, 50 at a time | all | zh | en |" in table
    assert "| sent | 3 | 2 | 1 |" in table
    assert "| p95_ms | 80.0 | – | 70.5 |" in table


def test_a_soak_has_a_column_for_each_seed() -> None:
    seed = {"received": 1_200, "out_of_order": 0, "wrong": [], "kills": {"rasa": 3, "service": 2}}
    table = soak_table({"seeds": {"1": seed, "2": {**seed, "received": 900}}})
    assert "| soak | seed 1 | seed 2 |" in table
    assert "| received | 1,200 | 900 |" in table
    assert "| kills | rasa 3, service 2 | rasa 3, service 2 |" in table
    with pytest.raises(ResultError, match="seed 2: lost: m7"):
        soak_table({"seeds": {"1": seed, "2": {**seed, "wrong": ["lost: m7"]}}})
