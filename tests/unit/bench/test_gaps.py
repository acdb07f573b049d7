"""The bench of gaps: what it samples, and what its figures mean."""

import json
from pathlib import Path

import numpy as np
import pytest

from bench.gaps import ALONE, figures, read, unanswered
from frontdoor.grouping import Floats

ROWS = [(f"text {intent} {number}", f"intent-{intent}", "en") for intent in range(90) for number in range(30)]


def test_a_sample_has_few_frequent_intents_and_many_questions_of_their_own() -> None:
    sample = unanswered(ROWS, 0)
    counts = sorted(({row[1]: 0 for row in sample} | _counted(sample)).values(), reverse=True)
    assert counts[0] == 30
    assert counts[-1] == 1
    assert 0.1 < sum(count == 1 for count in counts) / len(sample) <= ALONE
    assert unanswered(ROWS, 0) == sample
    assert unanswered(ROWS, 1) != sample


def _counted(rows: list[tuple[str, str, str]]) -> dict[str, int]:
    return {intent: sum(row[1] == intent for row in rows) for intent in {row[1] for row in rows}}


def along(*axes: int) -> Floats:
    return np.eye(8, dtype=np.float32)[list(axes)]


def test_perfect_groups_have_perfect_figures() -> None:
    rows = [("a", "x", "en"), ("b", "x", "en"), ("c", "y", "en"), ("d", "y", "en"), ("e", "z", "en")]
    found = figures(rows, along(0, 0, 1, 1, 2), 0.5)
    assert {name: found[name] for name in ("ari", "nmi", "purity", "coverage", "found")} == dict.fromkeys(
        ("ari", "nmi", "purity", "coverage", "found"), pytest.approx(1.0)
    )
    assert (found["groups"], found["intents"], found["questions"]) == (2, 2, 5)


def test_a_group_of_two_intents_is_impure_and_who_is_left_out_is_not_covered() -> None:
    rows = [("a", "x", "en"), ("b", "x", "en"), ("c", "y", "en"), ("d", "y", "en")]
    found = figures(rows, along(0, 0, 0, 1), 0.5)
    assert found["purity"] == pytest.approx(2 / 3)
    assert found["coverage"] == pytest.approx(3 / 4)
    assert found["found"] == pytest.approx(1 / 2)
    assert found["ari"] < 0.5


def test_rows_are_read_with_their_language_and_what_is_out_of_scope_left_out(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [{"text": "hello there", "intent": "a"}, {"query": "你好", "intent": "b"}, {"text": "x", "intent": "oos"}]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    assert read(path) == [("hello there", "a", "en"), ("你好", "b", "zh")]
    path.write_text('{"text": "no intent"}', encoding="utf-8")
    with pytest.raises(ValueError, match="row 1"):
        read(path)
