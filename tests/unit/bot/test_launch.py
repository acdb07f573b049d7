"""Rasa's command line as we start it."""

import sys

import pytest

from bot import launch, library

pytest.importorskip("rasa", reason="runs in Rasa's environment", exc_type=ImportError)


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """An entry for each time the knowledge base was to be opened."""
    opened: list[bool] = []
    monkeypatch.setattr(library, "open_meanwhile", lambda: opened.append(True))
    return opened


@pytest.mark.parametrize("token", ["0f" * 32, "-starts-with-a-dash"])
def test_the_token_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("rasa.__main__.main", lambda: started.append(list(sys.argv)))
    monkeypatch.setattr(sys, "argv", ["rasa", "run", "--enable-api"])
    monkeypatch.setenv("FRONTDOOR_RASA_TOKEN", token)
    launch.launch()
    from rasa.__main__ import create_argument_parser

    assert create_argument_parser().parse_args(started[0][1:]).auth_token == token


def test_other_commands_get_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rasa.__main__.main", lambda: None)
    monkeypatch.setattr(sys, "argv", ["rasa", "train"])
    monkeypatch.setenv("FRONTDOOR_RASA_TOKEN", "0f" * 32)
    launch.launch()
    assert sys.argv == ["rasa", "train"]


@pytest.mark.parametrize(("command", "times"), [("run", 1), ("train", 1), ("--version", 0)])
def test_what_answers_or_learns_opens_the_knowledge_base(
    monkeypatch: pytest.MonkeyPatch, opened: list[bool], command: str, times: int
) -> None:
    monkeypatch.setattr("rasa.__main__.main", lambda: None)
    monkeypatch.setattr(sys, "argv", ["rasa", command])
    launch.launch()
    assert len(opened) == times
