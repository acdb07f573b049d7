"""`check` finds what is wrong in everything people write, all at once."""

import shutil
from pathlib import Path

import pytest

from frontdoor.check import check
from frontdoor.problems import ConfigurationError
from frontdoor.settings import load

ROOT = Path(__file__).resolve().parents[3]
FILES = (
    "frontdoor.yml",
    "channels.yml",
    "desks.yml",
    "tiers.yml",
    "config.yml",
    "domain.yml",
    "endpoints.yml",
    "credentials.yml",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The shipped configuration with one article."""
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "data/kb/warranty", tmp_path / "data/kb/warranty")
    return tmp_path


def found(project: Path) -> dict[str, str]:
    """What is wrong, by place."""
    return {problem.where: problem.what for problem in check(load(project, {}))}


def test_the_shipped_configuration_is_in_order() -> None:
    assert check(load(ROOT, {})) == []


def test_everything_is_told_at_once(project: Path) -> None:
    (project / "tiers.yml").write_text("tiers: 5\n")
    (project / "data/kb/warranty/broken.en.md").write_text("no head\n")
    (project / "domain.yml").unlink()
    (project / "config.yml").write_text("pipeline: [\n")
    (project / "credentials.yml").write_text("telegram:\n")
    places = " ".join(found(project))
    for place in ("tiers.yml", "warranty/broken.en.md", "domain.yml", "config.yml", "credentials.yml"):
        assert place in places


def test_a_channel_of_rasas_own_is_refused(project: Path) -> None:
    (project / "credentials.yml").write_text("bot.channel.BrainInput:\ntelegram:\n  access_token: x\n")
    assert found(project) == {"credentials.yml telegram": "is a channel of Rasa's own"}


def test_without_articles_there_is_nothing_to_answer(project: Path) -> None:
    shutil.rmtree(project / "data/kb/warranty")
    assert list(found(project).values()) == ["holds no articles"]
    shutil.rmtree(project / "data/kb")
    assert list(found(project).values()) == ["there is no such folder"]


def test_parts_that_are_off_are_not_checked(project: Path) -> None:
    (project / "frontdoor.yml").write_text("rasa: {managed: false, url: 'http://rasa.internal:5005'}\n")
    (project / "credentials.yml").unlink()
    assert found(project) == {}


def test_without_a_desk_nobody_would_take_handoffs(project: Path) -> None:
    (project / "desks.yml").write_text("built_in: {enabled: false}\n")
    with pytest.raises(ConfigurationError) as refused:
        found(project)
    assert "no desk is enabled" in str(refused.value)
