"""Vectors are computed once, and kept by what was embedded."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding import EmbeddingError, Vectors
from knowledge.vectors import BATCH, CachedEmbedder, VectorFile


class Counting:
    """Embeds letters, and remembers what it was asked."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def questions(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self.questions(texts)


def test_a_live_message_is_embedded_once_and_never_filed(tmp_path: Path) -> None:
    counting = Counting()
    cached = CachedEmbedder(counting, VectorFile(tmp_path / "v.db"))
    assert not cached.remembers("Hello")
    cached.question("Hello")
    assert cached.remembers(" hello ")
    cached.question("HELLO ")
    assert counting.asked == ["hello"]
    again = Counting()
    CachedEmbedder(again, VectorFile(tmp_path / "v.db")).questions(["hello"])
    assert again.asked == ["hello"]


def test_memory_is_bounded() -> None:
    cached = CachedEmbedder(Counting(), remembered=2)
    for text in ("a", "b", "c"):
        cached.question(text)
    assert [cached.remembers(text) for text in ("a", "b", "c")] == [False, True, True]


def test_lasting_texts_survive_a_restart_in_order(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(150)] + ["text x", "Text  X"]
    first = CachedEmbedder(Counting(), VectorFile(tmp_path / "v.db")).passages(texts)
    counting = Counting()
    second = CachedEmbedder(counting, VectorFile(tmp_path / "v.db")).passages(texts)
    np.testing.assert_array_equal(first, second)
    assert counting.asked == []
    CachedEmbedder(counting, VectorFile(tmp_path / "v.db")).questions(texts[:1])
    assert counting.asked == [texts[0]], "questions and passages are different vectors"


def test_a_failed_batch_loses_only_itself(tmp_path: Path) -> None:
    class Failing(Counting):
        def questions(self, texts: Sequence[str]) -> Vectors:
            if self.asked:
                raise EmbeddingError("down")
            return super().questions(texts)

    texts = [f"text {number}" for number in range(BATCH + 36)]
    with pytest.raises(EmbeddingError):
        CachedEmbedder(Failing(), VectorFile(tmp_path / "v.db")).questions(texts)
    counting = Counting()
    CachedEmbedder(counting, VectorFile(tmp_path / "v.db")).questions(texts)
    assert len(counting.asked) == 36


class Deep(Counting):
    """Also tells of two inner layers."""

    name = "deep"
    depth = 3

    def layers(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.questions(texts), np.full((len(texts), 2), 2.0), np.full((len(texts), 2), 0.5)], axis=1)


def test_inner_layers_come_with_the_vector_of_a_live_message() -> None:
    deep = Deep()
    cached = CachedEmbedder(deep)
    layers = cached.layers("Hello")
    np.testing.assert_array_equal(layers, [[5, 1], [2, 2], [0.5, 0.5]])
    np.testing.assert_array_equal(cached.question("hello"), layers[0])
    assert deep.asked == ["hello"]


def test_inner_layers_of_lasting_texts_survive_a_restart(tmp_path: Path) -> None:
    first = CachedEmbedder(Deep(), VectorFile(tmp_path / "v.db")).layers_of(["ab", "c", "ab"])
    deep = Deep()
    second = CachedEmbedder(deep, VectorFile(tmp_path / "v.db")).layers_of(["ab", "c", "ab"])
    np.testing.assert_array_equal(first, second)
    assert second.shape == (3, 3, 2)
    assert deep.asked == []


def test_an_embedder_without_inner_layers_has_its_vector_alone() -> None:
    cached = CachedEmbedder(Counting())
    assert cached.layers("ab").shape == (1, 2)
    assert cached.layers_of(["ab", "c"]).shape == (2, 1, 2)
