"""Rasa's command line as we start it."""

import sys

import pytest

launch = pytest.importorskip("bot.launch", reason="runs in Rasa's environment", exc_type=ImportError)


@pytest.mark.parametrize("token", ["0f" * 32, "-starts-with-a-dash"])
def test_the_token_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(launch, "main", lambda: started.append(list(sys.argv)))
    monkeypatch.setattr(sys, "argv", ["rasa", "run", "--enable-api"])
    monkeypatch.setenv("FRONTDOOR_RASA_TOKEN", token)
    launch.launch()
    from rasa.__main__ import create_argument_parser

    assert create_argument_parser().parse_args(started[0][1:]).auth_token == token


def test_other_commands_get_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "main", lambda: None)
    monkeypatch.setattr(sys, "argv", ["rasa", "train"])
    monkeypatch.setenv("FRONTDOOR_RASA_TOKEN", "0f" * 32)
    launch.launch()
    assert sys.argv == ["rasa", "train"]
