"""The index: every title, phrasing, passage and whole body is a vector, every article and language a lexical
document."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.articles import Article, Audience
from knowledge.embedding import Vectors
from knowledge.lexical import LexicalIndex
from knowledge.text import key, passages
from knowledge.vectors import CachedEmbedder

SHRINKAGE = 0.6  # of the spread within articles towards "the same in all directions"
WRITTEN_PER_ARTICLE = 4  # vectors it takes for the centre of an article to mean something
LEAST_SPREAD = 0.005
LONE_SPREAD = 0.02  # what cosines of e5 spread; for a base too small to measure
_PROBES = 200
_SAMPLED = 20_000  # vectors the spread is estimated from

_LEVELS = {Audience.PUBLIC: 0, Audience.CUSTOMERS: 1, Audience.AGENTS: 2}

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Document:
    """What is indexed of one article in one language. `questions` may be empty: then its body must answer alone."""

    article: str
    language: str
    questions: tuple[str, ...]
    passages: tuple[str, ...]
    audience: Audience = Audience.PUBLIC

    @property
    def whole(self) -> str:
        """Title and body in one."""
        return " ".join((*self.questions[:1], *self.passages))


@dataclass(frozen=True)
class Evidence:
    """What speaks for each article, arrays by article number. The first four are similarities whose scale means nothing
    across queries; `bm25` and `coverage` are 0..1. Where the knowledge base has nothing for a view (no phrasings, no
    bodies, too little per article for a centre), the next best view stands in, so that together they always weigh the
    same."""

    question: Floats  # best cosine with a title or phrasing
    passage: Floats  # best cosine with a passage
    whole: Floats  # best cosine with a whole text
    centre: Floats  # discriminant towards the centre of all that is written in the article
    cosine: Floats  # best cosine with anything
    bm25: Floats
    coverage: Floats


SIMILARITIES = ("question", "passage", "whole", "centre")


def documents(articles: Iterable[Article]) -> list[Document]:
    """The documents of articles."""
    return [
        Document(
            article=article.id,
            language=text.language,
            questions=tuple(dict.fromkeys((text.title, *text.questions))),
            passages=tuple(passages(text.body)),
            audience=article.audience,
        )
        for article in articles
        for text in article.texts.values()
    ]


class Index:
    """Immutable; a changed folder gets a new one, whose unchanged texts come from the vector cache."""

    def __init__(self, docs: Sequence[Document], embedder: CachedEmbedder) -> None:
        """Embed and index `docs`. Raises EmbeddingError."""
        docs = sorted(docs, key=lambda doc: doc.article)  # so that what belongs to one article lies together
        self.articles: list[str] = list(dict.fromkeys(doc.article for doc in docs))
        self.languages = frozenset(doc.language for doc in docs)
        numbers = {article: number for number, article in enumerate(self.articles)}
        owners = [numbers[doc.article] for doc in docs]
        self._levels = np.zeros(len(self.articles), dtype=np.int8)
        self._levels[owners] = [_LEVELS[doc.audience] for doc in docs]
        self._words = LexicalIndex([" ".join((*doc.questions, *doc.passages)) for doc in docs])
        self._word_groups = _Groups(owners)
        pairs = list(zip(owners, docs, strict=True))
        self._questions = _View(
            "question", [(owner, text) for owner, doc in pairs for text in doc.questions], embedder.questions
        )
        # A passage alone rarely names its subject, so it goes with the title.
        self._passages = _View(
            "passage",
            [(owner, " ".join((*doc.questions[:1], text))) for owner, doc in pairs for text in doc.passages],
            embedder.passages,
        )
        self._wholes = _View("whole", [(owner, doc.whole) for owner, doc in pairs if doc.passages], embedder.passages)
        self._cosines = [view for view in (self._questions, self._passages, self._wholes) if len(view.matrix)]
        written = sum(len(view.matrix) for view in self._cosines)
        enough = len(self._questions.matrix) and written >= WRITTEN_PER_ARTICLE * len(self.articles)
        self._centres = _Centres(self._cosines, len(self.articles)) if enough else None
        self.scales = self._measure_scales()
        self._visible: dict[frozenset[Audience], NDArray[np.int64]] = {}
        self._exact: dict[str, int] = {}
        for owner, doc in pairs:
            for question in doc.questions:
                if identity := key(question):
                    self._exact.setdefault(identity, owner)

    def visible(self, audiences: frozenset[Audience]) -> NDArray[np.int64]:
        """Numbers of the articles someone may see."""
        if audiences not in self._visible:
            levels = [_LEVELS[audience] for audience in audiences]
            self._visible[audiences] = np.flatnonzero(np.isin(self._levels, levels))
        return self._visible[audiences]

    def exact(self, query: str) -> int | None:
        """Number of the article one of whose questions is literally this, if any; costs no embedding."""
        return self._exact.get(key(query))

    def evidence(self, query: str, vector: Vectors) -> Evidence:
        """Compare a query, as text and as vector, with everything."""
        count = len(self.articles)
        words = self._words.score(query)
        similar = self._similarities(vector)
        return Evidence(
            **similar,
            cosine=np.maximum.reduce([similar[view.name] for view in self._cosines])
            if self._cosines
            else similar["whole"],
            bm25=self._word_groups.best(words.bm25, count),
            coverage=self._word_groups.best(words.coverage, count),
        )

    def _similarities(self, vector: Vectors) -> dict[str, Floats]:
        count = len(self.articles)
        questions, passages, wholes = (
            view.best(vector, count) for view in (self._questions, self._passages, self._wholes)
        )
        centre = self._centres.score(vector) if self._centres else None
        body = next(
            (view for view in (wholes, centre, questions) if view is not None), np.zeros(count, dtype=np.float32)
        )
        views = {"question": questions, "passage": passages, "whole": wholes, "centre": centre}
        return {name: body if view is None else view for name, view in views.items()}

    def _measure_scales(self) -> dict[str, float]:
        """How far apart the similarities of one query to all articles usually lie, by view. Measured with texts of
        the base itself as queries, so that it needs no queries and holds for small bases too."""
        matrix = self._questions.matrix if len(self._questions.matrix) else self._wholes.matrix
        spreads: dict[str, list[float]] = {name: [] for name in SIMILARITIES}
        for vector in matrix[:: max(1, len(matrix) // _PROBES)]:
            similar = self._similarities(vector)
            for name, scores in similar.items():
                others = np.delete(scores, int(scores.argmax()))  # its own article
                if len(others) > 1:
                    spreads[name].append(float(others.std()))
        return {
            name: max(float(np.mean(found)) if found else LONE_SPREAD, LEAST_SPREAD) for name, found in spreads.items()
        }


class _Groups:
    """Rows that lie together by the article that owns them."""

    def __init__(self, owners: Sequence[int]) -> None:
        self.owners, self._starts = np.unique(np.array(owners, dtype=np.int64), return_index=True)

    def best(self, scores: Floats, articles: int) -> Floats:
        """Each article's best score, shape (articles,); an article without rows gets the worst there is."""
        best = np.full(articles, scores.min() if len(scores) else 0.0, dtype=np.float32)
        if len(scores):
            best[self.owners] = np.maximum.reduceat(scores, self._starts)
        return best


class _View:
    """Vectors of one kind and the article each belongs to."""

    def __init__(self, name: str, texts: Sequence[tuple[int, str]], embed: Callable[[Sequence[str]], Vectors]) -> None:
        self.name = name
        self.owners = np.array([article for article, _ in texts], dtype=np.int64)
        self.matrix = embed([text for _, text in texts])
        self._groups = _Groups([article for article, _ in texts])

    def best(self, vector: Vectors, articles: int) -> Floats | None:
        """Each article's best cosine, shape (articles,); None if there are no such vectors at all."""
        return self._groups.best(self.matrix @ vector, articles) if len(self.matrix) else None


class _Centres:
    """Linear discriminants: the centre of each article's vectors, in a space where what varies within articles
    (wording, language) counts less than what tells them apart. Closed form, so that a new index takes milliseconds,
    not a training."""

    def __init__(self, views: Sequence[_View], articles: int) -> None:
        self._origin = views[0].matrix.mean(axis=0)  # of questions, if there are any: that is what queries are like
        rows = np.concatenate([view.matrix - view.matrix.mean(axis=0) for view in views])
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

    def score(self, vector: Vectors) -> Floats:
        scores: Floats = (vector - self._origin) @ self._weights + self._bias
        return scores
