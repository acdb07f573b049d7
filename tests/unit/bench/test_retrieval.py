"""The benches of ranking and trust on small files in the formats they take."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench import retrieval, trust

FIXTURES = Path(__file__).parents[2] / "fixtures" / "cases"


def last(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The object of the last line."""
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


@pytest.mark.parametrize("way", [[], ["--bm25"], ["--dense"]])
def test_ranking_is_measured(way: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--kb", str(FIXTURES / "kb.jsonl"), "--queries", str(FIXTURES / "queries.jsonl"), "--json", *way]
    assert retrieval.main([*arguments, "--vectors", str(tmp_path / "v.db")]) == 0
    figures = last(capsys)
    assert {"hit@1", "hit@10", "mrr@10", "ndcg@10", "ms_p50"} <= figures.keys()
    assert figures["hit@1"] > 0.5
    assert figures["hit@10"] >= figures["hit@1"]


def test_trust_is_measured_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"text": "how often do tomatoes need water", "label": "in"},
        {"text": "which train goes to the airport", "label": "oos"},
    ]
    both = tmp_path / "both.jsonl"
    both.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    picture = tmp_path / "risk.svg"
    arguments = ["--kb", FIXTURES / "kb.jsonl", "--in", both, "--out", both, "--picture", picture, "--json"]
    assert trust.main([*map(str, arguments), "--vectors", str(tmp_path / "v.db")]) == 0
    figures = last(capsys)
    assert {"answered", "false_answers", "threshold", "curve"} <= figures.keys()
    assert (figures["n_in"], figures["n_out"]) == (1, 1)
    assert picture.read_text(encoding="utf-8").startswith("<svg")


def test_a_row_that_is_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kb = tmp_path / "kb.jsonl"
    kb.write_text('{"id": "a"}\n', encoding="utf-8")
    with pytest.raises(SystemExit):
        retrieval.main(["--kb", str(kb), "--queries", str(FIXTURES / "queries.jsonl")])
    assert "row 1" in capsys.readouterr().err
