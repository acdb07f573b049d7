"""Ways to compare a query's vector with articles: by their closest text of one kind, and by their centre.

Vectors of one language lie closer together than those of one meaning: a query finds its own language first. So every
view takes an article's text in the query's language where there is one, and lifts the others by what languages lie
apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Vectors

Floats = NDArray[np.float32]

SHRINKAGE = 0.6  # of the spread within articles towards "the same in all directions"
_SAMPLED = 20_000  # vectors the spread is estimated from


@dataclass(frozen=True)
class Passage:
    """A text to embed, and whose it is."""

    article: int
    language: str
    text: str


class ClosestText:
    """The vectors of one kind of text. Has at least one."""

    def __init__(self, passages: Sequence[Passage], embed: Callable[[Sequence[str]], Vectors], articles: int) -> None:
        passages = sorted(passages, key=lambda passage: (passage.language, passage.article))
        self.matrix = embed([passage.text for passage in passages])
        self.owners = np.array([passage.article for passage in passages], dtype=np.int64)
        self.languages = np.array([passage.language for passage in passages])
        self._articles = articles
        self._parts: dict[str, tuple[slice, NDArray[np.int64], NDArray[np.int64]]] = {}
        for language in dict.fromkeys(self.languages.tolist()):
            rows = np.flatnonzero(self.languages == language)
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            self._parts[language] = (part, *np.unique(self.owners[part], return_index=True))

    def similarity(self, vector: Vectors, language: str) -> Floats:
        """Each article's best cosine, shape (articles,), as if all were in `language`; the least there is without
        a text."""
        scores = self.matrix @ vector
        found = np.full(self._articles, np.nan, dtype=np.float32)
        level = None
        for name in sorted(self._parts, key=lambda name: name != language):  # the query's own language first
            part, owners, starts = self._parts[name]
            best = np.maximum.reduceat(scores[part], starts)
            here = usual(best)
            level = here if level is None else level
            missing = np.isnan(found[owners])
            found[owners[missing]] = best[missing] - here + level
        return np.nan_to_num(found, nan=float(np.nanmin(found)))


class Centres:
    """Linear discriminants: the centre of each article's vectors, in a space where what varies within articles
    (wording, language) counts less than what tells them apart. Closed form, so that a new index takes milliseconds,
    no training."""

    def __init__(self, views: Sequence[ClosestText], articles: int) -> None:
        """`views` begin with the questions, which are what queries are like."""
        questions = views[0]
        self._origins = {
            name: questions.matrix[questions.languages == name].mean(axis=0) for name in set(questions.languages)
        }
        self._anywhere = questions.matrix.mean(axis=0)
        rows = np.concatenate([_centred_by_language(view) for view in views])
        owners = np.concatenate([view.owners for view in views])
        centres = np.zeros((articles, rows.shape[1]), dtype=np.float32)
        np.add.at(centres, owners, rows)
        centres /= np.maximum(np.bincount(owners, minlength=articles), 1)[:, None]
        step = max(1, len(rows) // _SAMPLED)
        within = rows[::step] - centres[owners[::step]]
        spread = within.T @ within / len(within)
        level = float(np.trace(spread)) / len(spread) or 1.0
        spread = (1 - SHRINKAGE) * spread + SHRINKAGE * level * np.eye(len(spread), dtype=np.float32)
        self._weights = np.linalg.solve(spread, centres.T).astype(np.float32)
        self._bias = (-0.5 * np.einsum("ad,da->a", centres, self._weights)).astype(np.float32)

    def similarity(self, vector: Vectors, language: str) -> Floats:
        """Each article's discriminant, shape (articles,)."""
        scores: Floats = (vector - self._origins.get(language, self._anywhere)) @ self._weights + self._bias
        return scores


def usual(scores: Floats) -> float:
    """The mean of all but the best: what a text that does not answer has. 0 if there is none."""
    if len(scores) > 1:
        return float((scores.sum() - scores.max()) / (len(scores) - 1))
    return float(scores.mean()) if len(scores) else 0.0


def _centred_by_language(view: ClosestText) -> Vectors:
    rows = view.matrix.copy()
    for language in set(view.languages):
        rows[view.languages == language] -= rows[view.languages == language].mean(axis=0)
    return rows
