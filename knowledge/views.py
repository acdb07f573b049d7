"""Ways to compare a query's vector with articles: by their closest text of one kind, and by their centre.

Vectors of one language lie closer together than those of one meaning: a query finds its own language first. So every
view takes an article's text in the query's language where there is one, and lifts the others by what languages lie
apart.
"""

from collections.abc import Callable, Mapping, Sequence
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


@dataclass(frozen=True)
class Compared:
    """A query against the texts of one kind."""

    scores: Floats  # by article, as if all were in the query's language
    levels: Mapping[str, float]  # by language, what a text that does not answer has; the query's own first
    least: float  # what an article without such a text is given


@dataclass(frozen=True)
class _Step:
    """How one language takes part in a comparison."""

    language: str
    part: slice  # its rows
    starts: NDArray[np.int64]  # where each article's begin
    taken: NDArray[np.int64]  # which of these articles are compared in this language
    owners: NDArray[np.int64]  # their numbers


class ClosestText:
    """The vectors of one kind of text. Has at least one."""

    def __init__(self, matrix: Vectors, owners: NDArray[np.int64], languages: NDArray[np.str_], articles: int) -> None:
        """Rows in order of language, then article; `articles` counts them all, also those without such a text."""
        self.matrix = matrix
        self.owners = owners
        self.languages = languages
        self._articles = articles
        self._parts: dict[str, tuple[slice, NDArray[np.int64], NDArray[np.int64]]] = {}
        for language in dict.fromkeys(self.languages.tolist()):
            rows = np.flatnonzero(self.languages == language)
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            self._parts[language] = (part, *np.unique(self.owners[part], return_index=True))
        self._plans = {language: self._plan(language) for language in ("", *self._parts)}

    def _plan(self, language: str) -> tuple[list[_Step], NDArray[np.int64]]:
        """From which language each article is compared, the query's own first, and the articles without any text."""
        without = np.ones(self._articles, dtype=bool)
        steps = []
        for name in sorted(self._parts, key=lambda name: name != language):
            part, owners, starts = self._parts[name]
            taken = np.flatnonzero(without[owners])
            steps.append(_Step(name, part, starts, taken, owners[taken]))
            without[owners] = False
        return steps, np.flatnonzero(without)

    @classmethod
    def embedded(
        cls, passages: Sequence[Passage], embed: Callable[[Sequence[str]], Vectors], articles: int
    ) -> "ClosestText":
        """Of texts, embedded by `embed`."""
        passages = sorted(passages, key=lambda passage: (passage.language, passage.article))
        owners = np.array([passage.article for passage in passages], dtype=np.int64)
        languages = np.array([passage.language for passage in passages])
        return cls(embed([passage.text for passage in passages]), owners, languages, articles)

    def compare(self, vector: Vectors, language: str, *, every_level: bool = False) -> Compared:
        """Each article's best cosine, as if all were in `language`; the least there is without a text. The levels of
        languages that no article is compared in are left out unless `every_level`."""
        scores = self.matrix @ vector
        steps, without = self._plans.get(language) or self._plans[""]
        found = np.empty(self._articles, dtype=np.float32)
        levels: dict[str, float] = {}
        for step in steps:
            if not every_level and not len(step.taken):
                continue
            best = np.maximum.reduceat(scores[step.part], step.starts)
            here = levels[step.language] = usual(best)
            found[step.owners] = best[step.taken] - here + next(iter(levels.values()))
        if not len(without):
            return Compared(found, levels, float(found.min()))
        found[without] = np.inf
        least = float(found.min())
        found[without] = least
        return Compared(found, levels, least)


class Centres:
    """Linear discriminants: the centre of each article's vectors, in a space where what varies within articles
    (wording, language) counts less than what tells them apart. Closed form, so that a new index takes milliseconds,
    no training."""

    def __init__(self, views: Sequence[ClosestText], articles: int) -> None:
        """`views` begin with the questions, which are what queries are like."""
        questions = views[0]
        self.means = [
            {name: view.matrix[view.languages == name].mean(axis=0) for name in set(view.languages.tolist())}
            for view in views
        ]  # by view and language
        self._origins = self.means[0]
        self._anywhere = questions.matrix.mean(axis=0)
        rows = np.concatenate([_centred(view, means) for view, means in zip(views, self.means, strict=True)])
        owners = np.concatenate([view.owners for view in views])
        centres = np.zeros((articles, rows.shape[1]), dtype=np.float32)
        np.add.at(centres, owners, rows)
        centres /= np.maximum(np.bincount(owners, minlength=articles), 1)[:, None]
        step = max(1, len(rows) // _SAMPLED)
        within = rows[::step] - centres[owners[::step]]
        spread = within.T @ within / len(within)
        level = float(np.trace(spread)) / len(spread) or 1.0
        spread = (1 - SHRINKAGE) * spread + SHRINKAGE * level * np.eye(len(spread), dtype=np.float32)
        self.spread = spread
        self._weights = np.linalg.solve(spread, centres.T).astype(np.float32)
        self._bias = (-0.5 * np.einsum("ad,da->a", centres, self._weights)).astype(np.float32)

    def similarity(self, vector: Vectors, language: str) -> Floats:
        """Each article's discriminant, shape (articles,)."""
        scores: Floats = self.centred(vector, language) @ self._weights + self._bias
        return scores

    def centred(self, vector: Vectors, language: str) -> Vectors:
        """A query's vector without what all of its language have in common."""
        return np.asarray(vector - self._origins.get(language, self._anywhere))


def usual(scores: Floats) -> float:
    """The mean of all but the best: what a text that does not answer has. 0 if there is none."""
    if len(scores) > 1:
        return float((scores.sum() - scores.max()) / (len(scores) - 1))
    return float(scores.mean()) if len(scores) else 0.0


def _centred(view: ClosestText, means: Mapping[str, Vectors]) -> Vectors:
    rows = view.matrix.copy()
    for language, mean in means.items():
        rows[view.languages == language] -= mean
    return rows
