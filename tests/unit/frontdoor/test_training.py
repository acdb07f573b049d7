"""The bot is trained when what it learns from changed, and a training that fails leaves the former model in place."""

import json
import stat
import sys
from pathlib import Path

import pytest

from frontdoor import training
from frontdoor.programs import MODEL
from frontdoor.settings import Settings, load

SILENT = "import sys\n"
WRITES = """import sys, pathlib
print("INFO rasa.engine.training.hooks  - Starting to train component 'bot.intents.IntentHead'.", flush=True)
import time; time.sleep(0.6)
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
(out / (sys.argv[sys.argv.index("--fixed-model-name") + 1] + ".tar.gz")).write_text(" ".join(sys.argv))
"""
FAILS = """import sys
print("rasa.shared.exceptions.YamlSyntaxException: Failed to read 'data/nlu/en.yml'.")
print("InvalidDomain: intent 'x' is used twice")
sys.exit(1)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A project with something to learn from."""
    for name in ("config.yml", "domain.yml", "data/nlu/en.yml", "data/rules/kb.yml", "data/kb/a/b.en.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return load(tmp_path, {})


def use(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Let `code` stand where Rasa's environment is."""
    python = folder / "rasa-env" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f"#!{sys.executable}\n{code}")
    python.chmod(python.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("FRONTDOOR_RASA_ENV", str(folder / "rasa-env"))


async def test_training_puts_model_and_record_in_place(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, settings.root, WRITES)
    stages: list[str] = []
    assert training.needed(settings.root) == "there is no trained model yet"
    await training.train(settings, stages.append)
    assert training.needed(settings.root) == ""
    assert stages == ["IntentHead"]
    command = (settings.root / MODEL).read_text()
    assert "--data data/nlu data/rules --out" in command
    record = json.loads((settings.root / training.RECORD).read_text())
    assert record["inputs"] == training.fingerprint(settings.root)
    assert sorted(path.name for path in (settings.root / "models").iterdir()) == ["frontdoor.json", "frontdoor.tar.gz"]


@pytest.mark.parametrize("name", ["config.yml", "domain.yml", "data/nlu/en.yml", "data/rules/new.yml"])
async def test_a_change_in_what_it_learns_from_means_training(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    use(monkeypatch, settings.root, WRITES)
    await training.train(settings)
    (settings.root / name).write_text("changed")
    assert training.needed(settings.root) == "what the bot learns from has changed"


async def test_an_edited_article_means_no_training(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, settings.root, WRITES)
    await training.train(settings)
    (settings.root / "data/kb/a/b.en.md").write_text("changed")
    assert training.needed(settings.root) == ""
    monkeypatch.setenv("FRONTDOOR_EMBEDDINGS_MODEL", "another")
    assert training.needed(settings.root) != ""


async def test_a_training_that_fails_says_why_and_keeps_the_model(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, settings.root, WRITES)
    await training.train(settings)
    before = (settings.root / MODEL).read_bytes()
    (settings.root / "domain.yml").write_text("changed")
    use(monkeypatch, settings.root, FAILS)
    with pytest.raises(training.TrainingError, match="Training ended with code 1") as caught:
        await training.train(settings)
    assert caught.value.tail[-1] == "InvalidDomain: intent 'x' is used twice"
    assert caught.value.remedy.startswith("domain.yml contradicts itself")
    assert (settings.root / MODEL).read_bytes() == before
    assert training.needed(settings.root) == "what the bot learns from has changed"


async def test_a_training_without_a_model_is_a_failure(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, settings.root, SILENT)
    with pytest.raises(training.TrainingError, match="ended with code 0"):
        await training.train(settings)


async def test_nothing_is_swapped_where_no_bot_runs(settings: Settings) -> None:
    closed = settings.model_copy(update={"rasa": settings.rasa.model_copy(update={"url": "http://127.0.0.1:9"})})
    assert await training.swap(closed) is False
