"""The intent head's arithmetic."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from bot.head import Head, _centred, _hashed
from knowledge.base import KnowledgeBase

EXAMPLES = {
    "greet": ["hello", "good morning", "hey there", "你好", "早上好"],
    "ask_human": ["talk to a person", "I want an agent", "human please", "转人工", "找真人客服"],
    "thank": ["thanks", "thank you so much", "cheers for that", "谢谢", "多谢了"],
}


@pytest.fixture(scope="module", params=[3, 2])
def fitted(request: pytest.FixtureRequest, base: KnowledgeBase) -> tuple[Head, list[str], np.ndarray, list[str]]:
    chosen = dict(list(EXAMPLES.items())[: request.param])
    texts = [text for found in chosen.values() for text in found]
    intents = [intent for intent, found in chosen.items() for _ in found]
    vectors = base._embedder.questions(texts)
    return Head.fit(texts, vectors, intents), texts, vectors, intents


def test_it_gives_scikit_learns_probabilities(fitted: tuple[Head, list[str], np.ndarray, list[str]]) -> None:
    head, texts, vectors, intents = fitted
    rows = np.hstack([_centred(vectors, head.origin), _hashed(texts).toarray()])
    reference = LogisticRegression(C=20.0, max_iter=400, class_weight="balanced", tol=1e-4).fit(rows, intents)
    ours = np.array([head.probabilities(text, vector) for text, vector in zip(texts, vectors, strict=True)])
    np.testing.assert_allclose(ours, reference.predict_proba(rows), atol=1e-4)
    assert ours.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_it_understands_other_words(fitted: tuple[Head, list[str], np.ndarray, list[str]], base: KnowledgeBase) -> None:
    head = fitted[0]
    for text, intent in (
        ("let me speak to somebody real", "ask_human"),
        ("我要人工服务", "ask_human"),
        ("hi", "greet"),
    ):
        assert head.intents[int(head.probabilities(text, base._embedder.question(text)).argmax())] == intent


def test_it_is_stored_as_plain_arrays(fitted: tuple[Head, list[str], np.ndarray, list[str]], tmp_path: Path) -> None:
    head, texts, vectors, _ = fitted
    head.save(tmp_path)
    again = Head.load(tmp_path)
    np.testing.assert_array_equal(head.probabilities(texts[0], vectors[0]), again.probabilities(texts[0], vectors[0]))
    assert again.examples["转人工"] == "ask_human"
    assert not [path for path in tmp_path.iterdir() if path.suffix in {".pkl", ".joblib"}]
