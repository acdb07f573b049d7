"""The intent head's arithmetic."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from bot.head import NOISE, WIDTH, Head, _solve, spoken
from knowledge.base import KnowledgeBase
from knowledge.embedding import Vectors
from knowledge.vectors import CachedEmbedder

EXAMPLES = {
    "greet": ["hello", "good morning", "hey there", "你好", "早上好"],
    "ask_human": ["talk to a person", "I want an agent", "human please", "转人工", "找真人客服"],
    "thank": ["thanks", "thank you so much", "cheers for that", "谢谢", "多谢了"],
}

Fitted = tuple[Head, list[str], Vectors, list[str]]


@pytest.fixture(scope="module")
def embedder(base: KnowledgeBase) -> CachedEmbedder:
    return base._embedder


@pytest.fixture(scope="module", params=[3, 2])
def fitted(request: pytest.FixtureRequest, embedder: CachedEmbedder) -> Fitted:
    chosen = dict(list(EXAMPLES.items())[: request.param])
    texts = [text for found in chosen.values() for text in found]
    intents = [intent for intent, found in chosen.items() for _ in found]
    layers = embedder.layers_of(texts)
    return Head.fit(texts, layers, intents), texts, layers, intents


def test_it_gives_the_scores_of_scikit_learns_gaussian_process(fitted: Fitted) -> None:
    head, _, layers, intents = fitted
    points = head.view.points(layers)
    wanted = np.array([[name == intent for name in head.intents] for intent in intents], dtype=float)
    reference = GaussianProcessRegressor(RBF(WIDTH**-0.5), alpha=NOISE, optimizer=None).fit(points, wanted)
    np.testing.assert_allclose(head.scores(layers), reference.predict(points), atol=1e-4)


def test_leaving_an_example_out_is_computed_without_leaving_it_out(fitted: Fitted) -> None:
    head, _, layers, intents = fitted
    points = head.view.points(layers)
    truth = np.array([head.intents.index(intent) for intent in intents])
    _, left_out = _solve(points, truth, len(head.intents))
    others = np.arange(len(truth)) != 4
    wanted = np.eye(len(head.intents))[truth[others]]
    reference = GaussianProcessRegressor(RBF(WIDTH**-0.5), alpha=NOISE, optimizer=None).fit(points[others], wanted)
    np.testing.assert_allclose(left_out[4], reference.predict(points[4:5])[0], atol=1e-4)


def test_it_understands_other_words(fitted: Fitted, embedder: CachedEmbedder) -> None:
    head = fitted[0]
    for text, intent in (
        ("let me speak to somebody real", "ask_human"),
        ("我要人工服务", "ask_human"),
        ("hi", "greet"),
    ):
        certain = head.probabilities(embedder.layers(text)[None])[0]
        assert head.intents[int(certain.argmax())] == intent
        assert certain.sum() == pytest.approx(1, abs=1e-5)


def test_what_belongs_to_no_intent_makes_its_like_less_likely(embedder: CachedEmbedder) -> None:
    texts = [text for found in EXAMPLES.values() for text in found]
    intents: list[str | None] = [intent for intent, found in EXAMPLES.items() for _ in found]
    others = ["what is the weather like", "will it rain today", "how warm is it outside"]
    asked = embedder.layers_of(["is it sunny tomorrow", "thanks a lot"])
    without = Head.fit(texts, embedder.layers_of(texts), intents).scores(asked).max(axis=1)
    all_texts = [*texts, *others]
    head = Head.fit(all_texts, embedder.layers_of(all_texts), [*intents, None, None, None])
    with_them = head.scores(asked).max(axis=1)
    assert with_them[0] < 0.6 * without[0]
    assert with_them[1] > 0.9 * without[1]
    assert head.intents == sorted(EXAMPLES)
    assert "will it rain today" not in head.examples


def test_rare_intents_count_as_much_as_frequent_ones(embedder: CachedEmbedder) -> None:
    many = [f"where is my parcel number {number}" for number in range(60)]
    texts = [*many, "cancel my order", "stop the order please"]
    head = Head.fit(texts, embedder.layers_of(texts), ["track"] * 60 + ["cancel"] * 2)
    certain = head.probabilities(embedder.layers("I want to cancel what I ordered")[None])[0]
    assert head.intents[int(certain.argmax())] == "cancel"


def test_the_name_of_an_intent_is_an_example_of_it(embedder: CachedEmbedder) -> None:
    texts, intents = ["hello", "it did not come"], ["greet", "lost/parcel"]
    assert spoken([*intents, None]) == ["greet", "lost parcel"]
    asked = embedder.layers("my parcel is lost")[None]
    without = Head.fit(texts, embedder.layers_of(texts), intents).scores(asked)[0]
    head = Head.fit(texts, embedder.layers_of(texts), intents, embedder.layers_of(spoken(intents)))
    assert head.scores(asked)[0][1] > without[1]
    assert "lost parcel" not in head.examples


def test_it_learns_from_vectors_without_inner_layers(embedder: CachedEmbedder) -> None:
    texts = [text for found in EXAMPLES.values() for text in found]
    intents = [intent for intent, found in EXAMPLES.items() for _ in found]
    head = Head.fit(texts, embedder.questions(texts)[:, None], intents)
    asked = embedder.question("thank you")[None, None]
    assert head.intents[int(head.probabilities(asked)[0].argmax())] == "thank"


def test_one_intent_is_nothing_to_choose_from(embedder: CachedEmbedder) -> None:
    with pytest.raises(ValueError, match="fewer than two"):
        Head.fit(["hello", "rain"], embedder.layers_of(["hello", "rain"]), ["greet", None])


def test_it_is_stored_as_plain_arrays(fitted: Fitted, tmp_path: Path) -> None:
    head, _, layers, _ = fitted
    head.save(tmp_path)
    again = Head.load(tmp_path)
    np.testing.assert_array_equal(head.probabilities(layers), again.probabilities(layers))
    assert again.examples["转人工"] == "ask_human"
    assert not [path for path in tmp_path.iterdir() if path.suffix in {".pkl", ".joblib"}]
