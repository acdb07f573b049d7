"""`frontdoor kb fit`, with the real model over the articles of a small project."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from frontdoor.cli.app import app
from knowledge.confidence import Model

ASKED = [
    {"query": "how much does it cost to have it delivered", "lang": "en", "expected": "delivery-fees"},
    {"query": "for how many years is my washing machine guaranteed", "lang": "en", "expected": "warranty-period"},
    {"query": "what is the capital of mongolia", "lang": "en", "expected": None},
]


def run(*words: object) -> Result:
    """One command."""
    return CliRunner().invoke(app, ["kb", "fit", *map(str, words)])


def log(folder: Path, rows: list[dict[str, object]]) -> Path:
    """A file of questions."""
    path = folder / "asked.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_log_becomes_a_model_that_the_bot_uses(project: Path) -> None:
    result = run("--log", log(project, ASKED), "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout.splitlines()[-1])
    assert said["fitted"]["questions"] >= 1
    fitted = Model.fitted(project / "var" / "confidence.json")
    assert (fitted.alone, fitted.answer, fitted.clarify) == tuple(said["thresholds"].values())
    assert fitted != Model.load()


def test_it_says_what_is_missing(project: Path) -> None:
    assert "--log FILE or --from-conversations" in run().output
    nothing = run("--log", log(project, [ASKED[2]]))
    assert nothing.exit_code == 1
    assert "none of the questions has an answer" in nothing.output
    heard = run("--from-conversations", 30)
    assert heard.exit_code == 1


def test_a_damaged_model_is_told_and_the_shipped_one_used(tmp_path: Path) -> None:
    path = tmp_path / "confidence.json"
    path.write_text("{}", encoding="utf-8")
    assert Model.fitted(path) == Model.load()
