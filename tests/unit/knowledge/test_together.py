"""Retrieval and intent head weighed together."""

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.confidence import Model
from knowledge.together import SHIPPED, Together, shipped

QUESTION = {"kb_question": 0.95, "out_of_scope": 0.01, "off_topic": 0.01, "dialogue": 0.02}
OUT_OF_SCOPE = {"kb_question": 0.03, "out_of_scope": 0.95, "off_topic": 0.01, "dialogue": 0.01}
OFF_TOPIC = {"kb_question": 0.03, "out_of_scope": 0.01, "off_topic": 0.95, "dialogue": 0.01}
DIALOGUE = {"kb_question": 0.03, "out_of_scope": 0.01, "off_topic": 0.01, "dialogue": 0.95}


@pytest.mark.parametrize("doubt", [OUT_OF_SCOPE, OFF_TOPIC, DIALOGUE])
@pytest.mark.parametrize("confidence", [0.05, 0.4, 0.72, 0.95])
def test_what_the_head_doubts_is_less_sure(doubt: dict[str, float], confidence: float) -> None:
    (sure,), any_does = shipped().weigh([confidence], confidence, QUESTION)
    (doubted,), any_doubted = shipped().weigh([confidence], confidence, doubt)
    assert doubted < sure
    assert any_doubted < any_does


def test_an_article_that_the_head_has_never_seen_is_answered_all_the_same() -> None:
    """It is taken for out of scope, as it was when the head was trained."""
    together = shipped()
    (confidence,), _ = together.weigh([0.72], 0.9, OUT_OF_SCOPE)
    assert confidence >= together.answer


def test_what_hardly_resembles_an_article_is_not_answered_whatever_the_head_thinks() -> None:
    together = shipped()
    (confidence,), answerable = together.weigh([0.1], 0.2, QUESTION)
    assert confidence < together.answer
    assert answerable < together.clarify


def test_the_order_of_articles_stays() -> None:
    confidences, _ = shipped().weigh([0.9, 0.5, 0.1], 0.95, OFF_TOPIC)
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize("beliefs", [{}, {"kb_question": 1.0}])
def test_a_head_that_cannot_tell_leaves_retrieval_as_it_is(beliefs: dict[str, float]) -> None:
    assert shipped().weigh([0.7, 0.2], 0.8, beliefs) == ([0.7, 0.2], 0.8)


def test_what_a_company_has_fitted_holds_for_usual_questions() -> None:
    fitted = replace(Model.load(), alone=0.8, answer=0.6, clarify=0.5, own=True)
    together = shipped().beside(fitted)
    assert (together.alone, together.answer, together.clarify) == (0.8, 0.6, 0.5)
    usual = dict(zip(("out_of_scope", "off_topic", "dialogue"), together.usual, strict=True))
    (confidence,), answerable = together.weigh([0.7], 0.8, usual)
    assert confidence == pytest.approx(0.7)
    assert answerable == pytest.approx(0.8)
    (doubted,), _ = together.weigh([0.7], 0.8, OUT_OF_SCOPE)
    assert doubted < 0.7
    assert shipped().beside(Model.load()) is shipped()


def test_models_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "together.json"
    shipped().save(path)
    assert Together.load(path) == shipped()


@pytest.mark.parametrize("damage", [("off_topic", "weather"), ('"alone"', '"lone"'), ("{", "[")])
def test_what_is_no_such_model_is_refused(tmp_path: Path, damage: tuple[str, str]) -> None:
    path = tmp_path / "together.json"
    path.write_text(SHIPPED.read_text(encoding="utf-8").replace(*damage), encoding="utf-8")
    with pytest.raises(ValueError, match="fit it again with"):
        Together.load(path)
