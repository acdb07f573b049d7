"""Lexical scores, logistic models and figures of merit."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.cases import article_cases, read_cases
from knowledge.confidence import Model
from knowledge.evaluation import calibration_error, curve, false_answers_at, retrieval
from knowledge.fit import ask_all, common_questions, fit, held_out, main, with_thresholds
from knowledge.held_out import report
from knowledge.lexical import LexicalIndex
from knowledge.logistic import Choice, fit_choice, fit_logistic
from knowledge.vectors import CachedEmbedder

FIXTURES = Path(__file__).parents[2] / "fixtures"


def test_bm25_prefers_the_rare_word_and_the_focused_document() -> None:
    index = LexicalIndex(["delivery of the air fryer", "delivery delivery delivery", "the the the", "air fryer"])
    scores = index.score("air fryer")
    assert scores.bm25.argmax() == 3
    assert scores.coverage.tolist() == pytest.approx([1, 0, 0, 1])
    assert index.score("unicorn fryer").coverage.max() < 0.6
    assert index.score("???").bm25.max() == 0


@given(st.lists(st.text(alphabet="ab 中文字", max_size=12), max_size=6), st.text(alphabet="ab 中文字x", max_size=8))
def test_lexical_scores_stay_within_bounds(documents: list[str], query: str) -> None:
    scores = LexicalIndex(documents).score(query)
    for view in (scores.bm25, scores.coverage):
        assert len(view) == len(documents)
        assert ((view >= 0) & (view <= 1 + 1e-6)).all()


def test_logistic_regression_recovers_what_made_the_data() -> None:
    chance = np.random.default_rng(0)
    rows = chance.normal(size=(4_000, 2)) * [1, 10]
    labels = chance.random(4_000) < 1 / (1 + np.exp(-(1 + 2 * rows[:, 0] - 0.1 * rows[:, 1])))
    model = fit_logistic(("a", "b"), rows, labels, np.ones(4_000), penalty=1e-3)
    assert model.weights == pytest.approx((2, -0.1), rel=0.15)
    assert model.bias == pytest.approx(1, rel=0.2)
    assert calibration_error(list(model.probability(rows)), list(labels)) < 0.03


def test_choice_model_learns_what_the_right_ones_have_in_common() -> None:
    chance = np.random.default_rng(1)
    choices: list[Choice] = []
    for _ in range(500):
        rows = chance.normal(size=(10, 3))
        right = np.zeros(10, dtype=bool)
        right[(rows @ [2.0, 0.0, 1.0] + chance.gumbel(size=10)).argmax()] = True
        choices.append((rows, right, 1.0))
    assert fit_choice(("a", "b", "c"), choices, penalty=1e-3).weights == pytest.approx((2, 0, 1), abs=0.25)


def test_the_shipped_model_loads_and_refuses_other_features(tmp_path: Path) -> None:
    model = Model.load()
    assert 0 < model.answer < model.alone < 1
    assert 0 < model.clarify < 1
    model.save(tmp_path / "model.json")
    assert Model.load(tmp_path / "model.json") == model
    data = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    data["right"]["features"] = ["mood"]
    (tmp_path / "model.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ValueError, match=r"knowledge\.fit"):
        Model.load(tmp_path / "model.json")


def test_retrieval_figures() -> None:
    figures = retrieval([["a", "b"], ["x", "a"], ["x", "y"]], [{"a"}, {"a", "z"}, {"a"}])
    assert (figures.hit_at_1, figures.hit_at_3, figures.mrr_at_10) == pytest.approx((1 / 3, 2 / 3, 0.5))
    with pytest.raises(ValueError, match="1 rankings for 2 queries"):
        retrieval([["a"]], [{"a"}, {"b"}])


def test_the_curve_of_answers_and_false_answers() -> None:
    points = curve([(0.9, True), (0.8, False), (0.2, True)], [0.85, 0.1], steps=11)
    assert (points[0].answered, points[0].right, points[0].false) == pytest.approx((1, 2 / 3, 1))
    at = false_answers_at(points, 2 / 3)
    assert (at.threshold, at.answered, at.false) == pytest.approx((0.8, 2 / 3, 0.5))


def test_fitting_from_articles_and_files(embedder: CachedEmbedder, tmp_path: Path) -> None:
    chance = random.Random(3)
    sets = article_cases(FIXTURES / "kb") + read_cases(FIXTURES / "cases", chance)
    assert all(query.text not in doc.questions for doc in sets[0].docs for query in sets[0].queries if doc.questions)
    bearing = common_questions(sets, embedder)
    found = ask_all(sets, [], embedder, bearing, chance)
    assert {case.kind for case in found} == {"known", "near", "far"}
    judged = held_out(found, bearing)
    every = [one for family in judged.values() for one in family]
    model = with_thresholds(fit(found, bearing), every, risk=0.2, offered=0.4, kept=0.8)
    answers = [one for one in every if one.confidence >= model.alone]
    assert sum(one.weight for one in answers if not one.right) <= 0.2 * sum(one.weight for one in answers)
    assert model.answer <= model.alone
    offered = [one.answerable >= model.clarify for one in every if one.kind == "known"]
    assert sum(offered) / len(offered) > 0.7
    known = [case for case in found if case.kind == "known"]
    right = [bool(case.right[model.relevance.score(case.relevance).argmax()]) for case in known]
    assert sum(right) / len(right) > 0.6
    assert "articles" in report(judged, model)


def test_the_command_writes_a_model(
    embedder: CachedEmbedder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "--kb",
        FIXTURES / "kb",
        "--cases",
        FIXTURES / "cases",
        "--vectors",
        tmp_path / "v.db",
        "--out",
        tmp_path / "m.json",
    ]
    assert main([str(argument) for argument in arguments]) == 0
    assert Model.load(tmp_path / "m.json").bearing.embedder == embedder.name
    assert "hit@1" in capsys.readouterr().out
