"""Late interaction: a query and a text compared token by token (ColBERT: Khattab and Zaharia 2020, arXiv 2004.12832).

One vector of a text is the mean of what it says; a detail that answers a question drowns in it. Here each token of the
query looks for the token that is nearest to it in all of an article's passages in one language, and rare tokens count
more. The tokens are those of the last layer of e5, without what all tokens of their language and role (query or
passage) have in common, and in fewer dimensions: the principal ones of a shop's articles (scripts/token_projection.py).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.views import Floats

PROJECTION = Path(__file__).with_name("projection.npz")
SHARE = 0.8  # of the mean token that is taken away
CANDIDATES = 32  # articles that are compared token by token
MOST = 8_000  # tokens of articles that are compared: a millisecond or two
_UNIT = 127  # stands for 1 in vectors of eight bits
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Tokens:
    """The tokens of a text: their numbers in the vocabulary, and vectors of length one in eight bits, shape (tokens,
    dimensions)."""

    ids: NDArray[np.int32]
    vectors: NDArray[np.int8]

    def packed(self) -> bytes:
        """As bytes: numbers first, each in four, little-endian."""
        return self.ids.astype("<i4").tobytes() + self.vectors.tobytes()

    @classmethod
    def unpacked(cls, packed: bytes, dimensions: int) -> "Tokens":
        """Read what `packed` gave."""
        count = len(packed) // (4 + dimensions)
        vectors = np.frombuffer(packed, dtype=np.int8, offset=4 * count)
        return cls(np.frombuffer(packed, dtype="<i4", count=count), vectors.reshape(count, dimensions))


@dataclass(frozen=True)
class Projection:
    """Takes from tokens what they have in common, and keeps some dimensions."""

    means: dict[str, Floats]  # by role and language, "query en"
    directions: Floats  # (width, dimensions), orthonormal

    @property
    def dimensions(self) -> int:
        """Of a projected token."""
        return int(self.directions.shape[1])

    @classmethod
    @cache
    def shipped(cls) -> "Projection":
        """What projection.npz holds."""
        with np.load(PROJECTION) as arrays:
            means = {name: arrays[name].astype(np.float32) for name in arrays.files if name != "directions"}
            return cls(means, arrays["directions"].astype(np.float32))

    def of(self, ids: NDArray[np.int32], states: Floats, role: str, text: str) -> Tokens:
        """The tokens of a text in a role, query or passage, from what the model's last layer says of them."""
        mean = self.means[f"{role} {language_of(text)}"]
        found = (unit(states) - SHARE * mean) @ self.directions
        return Tokens(ids, np.rint(_UNIT * unit(found)).astype(np.int8))


class TokenView:
    """The tokens of a base's passages, by article and language."""

    def __init__(self, texts: Sequence[tuple[int, str, Tokens]]) -> None:
        """`texts` with article and language of each. There is at least one token."""
        documents = list(dict.fromkeys((article, language) for article, language, _ in texts))
        places = {document: place for place, document in enumerate(documents)}
        owners = np.array([places[article, language] for article, language, _ in texts], dtype=np.int64)
        order = np.argsort(owners, kind="stable")
        self._rows = np.concatenate([texts[place][2].vectors for place in order])
        lengths = np.zeros(len(documents), dtype=np.int64)
        np.add.at(lengths, owners, [len(tokens.ids) for _, _, tokens in texts])
        ends = np.cumsum(lengths)
        self._parts = {
            document: slice(int(end - length), int(end))
            for document, end, length in zip(documents, ends, lengths, strict=True)
            if length
        }
        self._languages = tuple(dict.fromkeys(language for _, language in documents))
        counts: dict[int, set[int]] = {}
        for owner, (_, _, tokens) in zip(owners.tolist(), texts, strict=True):
            for token in tokens.ids.tolist():
                counts.setdefault(token, set()).add(owner)
        self._frequencies = {token: len(found) for token, found in counts.items()}
        self._documents = len(documents)

    def compare(self, query: Tokens, language: str, articles: NDArray[np.int64]) -> Floats:
        """How well the query's tokens are met by each of the articles, about 0..1; by its text in `language` where it
        has one. Articles come best first: those beyond `MOST` tokens, and those that have none, get the least of the
        others. 0 for all if the query has no tokens."""
        parts = [self._part(article, language) for article in articles.tolist()]
        lengths = [0 if part is None else part.stop - part.start for part in parts]
        known = np.flatnonzero((np.array(lengths) > 0) & (np.cumsum(lengths) - lengths < MOST))
        if not len(known) or not len(query.ids):
            return np.zeros(len(articles), dtype=np.float32)
        weights = np.array(
            [np.log(1 + self._documents / (1 + self._frequencies.get(token, 0))) for token in query.ids.tolist()]
        )
        chosen = [part for place in known if (part := parts[place]) is not None]
        rows = np.concatenate([self._rows[part] for part in chosen]).astype(np.float32)
        starts = np.cumsum([0, *(part.stop - part.start for part in chosen[:-1])])
        nearest = np.maximum.reduceat(rows @ query.vectors.T.astype(np.float32), starts, axis=0)
        scores = nearest @ (weights / weights.sum()) / _UNIT**2
        found = np.full(len(articles), scores.min(), dtype=np.float32)
        found[known] = scores
        return found

    def _part(self, article: int, language: str) -> slice | None:
        return next(
            (self._parts[article, each] for each in (language, *self._languages) if (article, each) in self._parts),
            None,
        )


def language_of(text: str) -> str:
    """Whose mean token is taken away: of Chinese where there is a Chinese character, else of English."""
    return "zh" if _HAN.search(text) else "en"


def unit(rows: Floats) -> Floats:
    """Rows of length one."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)
