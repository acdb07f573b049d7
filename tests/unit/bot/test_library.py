"""What all parts of a Rasa process share is made once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bot.library import FittedModel, _once, embedder
from knowledge.base import KnowledgeBase
from knowledge.confidence import Model


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


def test_a_model_that_a_company_fits_is_taken_up_and_given_up_while_the_bot_runs(tmp_path: Path) -> None:
    path = tmp_path / "confidence.json"
    (tmp_path / "kb").mkdir()
    base = KnowledgeBase(tmp_path / "kb", embedder())
    fitted = FittedModel(path, base)
    shipped = base.model
    assert not fitted.look()

    replace(Model.load(), alone=0.77).save(path)
    assert fitted.look()
    assert (base.model.alone, base.model.own) == (0.77, True)
    assert not fitted.look()

    path.write_text("{", encoding="utf-8")
    assert fitted.look()
    assert base.model == shipped, "a damaged one must not stop the answers"

    path.unlink()
    assert fitted.look()
    assert base.model == shipped
