"""What all parts of a Rasa process share is made once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.library import _once


def test_those_who_ask_meanwhile_wait_for_the_first() -> None:
    begun, go_on = threading.Event(), threading.Event()
    made: list[object] = []

    @_once
    def thing() -> object:
        begun.set()
        go_on.wait(60)
        made.append(object())
        return made[-1]

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(thing) for _ in range(4)]
        begun.wait(60)
        go_on.set()
        assert {id(answer.result(60)) for answer in asked} == {id(made[0])}
    assert len(made) == 1


def test_after_an_error_the_next_one_tries_again() -> None:
    outcomes = iter([OSError("no folder"), "base"])

    @_once
    def thing() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    with pytest.raises(OSError, match="no folder"):
        thing()
    assert thing() == "base"
