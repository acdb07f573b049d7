"""The index of a large base: candidates first, then the same evidence for these that a small base has for all.

It consists of segments, the first of which is large and usually mapped from disk; the others are what was edited since.
An article of a later segment takes the place of the one with its id in an earlier one.
"""

import os
import threading
from collections.abc import Collection as Container
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.articles import Audience
from knowledge.building import join
from knowledge.documents import LEVELS
from knowledge.embedding import Vectors
from knowledge.evidence import Evidence, lifted
from knowledge.lexical import Collection, Terms
from knowledge.panel import Panel, averages
from knowledge.postings import hash_of
from knowledge.segment import Flags, Numbers, Segment, best_by
from knowledge.similarities import KINDS, complete
from knowledge.text import key, tokens
from knowledge.views import Compared, Floats

FEW = 2_000  # articles that are all compared
NEAREST = 96  # candidates by each kind of text and language, and by words
_ROWS = 12_000  # vectors of each language that candidates are sought among
_POSTINGS = 150_000  # likewise of words
_TOGETHER = 4  # a segment this many times as large as the next stays apart from it

# More searches than processors would only take the interpreter from each other, at every array in turn: four at once on
# two cores took three times as long.
_SEARCHING = threading.BoundedSemaphore(os.cpu_count() or 1)


@dataclass(frozen=True)
class _Found:
    """What one segment says; arrays by candidate."""

    articles: Numbers
    closest: dict[str, Floats]
    centre: Floats | None
    bm25: Floats
    coverage: Floats
    foreign: Flags


class LargeIndex:
    """Immutable; an edit makes a new one that shares the segments."""

    def __init__(
        self, segments: Sequence[Segment], panel: Panel, biases: Sequence[Floats], gone: Container[str] = ()
    ) -> None:
        """`panel` is of the first segment; `biases` by segment are from it. Articles of `gone` are in none."""
        self.segments, self.panel, self.biases = tuple(segments), panel, tuple(biases)
        self._gone = frozenset(gone)
        self.alive = _alive(segments, gone)
        self.articles: list[str] = [article for segment in segments for article in segment.articles]
        self.scales = panel.scales
        self._starts = np.cumsum([0, *map(len, segments)])
        self._document_owners = [segment.document_owners for segment in segments]
        living = [lives[owners] for lives, owners in zip(self.alive, self._document_owners, strict=True)]
        self._words = Collection(
            [segment.postings for segment in segments], [None if lives.all() else lives for lives in living]
        )
        self._means = [panel.means(segment.languages) for segment in segments] if panel.centred else []
        self._visible: dict[frozenset[Audience], Numbers] = {}

    def edited(self, fresh: Segment | None, gone: Container[str] = ()) -> "LargeIndex":
        """This index with the articles of a new segment over it, and without those of `gone`. Small segments that have
        come together are joined, so that there are never many."""
        segments, biases = list(self.segments), list(self.biases)
        out = (self._gone | set(gone)) - set(fresh.articles if fresh else ())
        if fresh is not None:
            segments.append(fresh)
            biases.append(self.panel.biases(fresh))
        while len(segments) > 2 and len(segments[-2]) < _TOGETHER * len(segments[-1]):
            joined = join(segments[-2:], _alive(segments[-2:], out))
            segments[-2:], biases[-2:] = [joined], [self.panel.biases(joined)]
        return LargeIndex(segments, self.panel, biases, out)

    def visible(self, audiences: frozenset[Audience]) -> Numbers:
        """Numbers of the articles someone may see, ascending."""
        if audiences not in self._visible:
            levels = [LEVELS[audience] for audience in audiences]
            seen = [
                lives & np.isin(segment.levels, levels)
                for segment, lives in zip(self.segments, self.alive, strict=True)
            ]
            self._visible[audiences] = np.flatnonzero(np.concatenate(seen))
        return self._visible[audiences]

    def exact(self, query: str) -> int | None:
        """Number of the article one of whose questions is literally this, if any; the most public, if several."""
        identity = key(query)
        if not identity:
            return None
        found = [
            (int(segment.levels[at]), int(start + at))
            for segment, lives, start in zip(self.segments, self.alive, self._starts, strict=False)
            for at in segment.exact(hash_of(identity)).tolist()
            if lives[at]
        ]
        return min(found)[1] if found else None

    def spelled(self, query: str) -> str:
        """The query as it is: words of a large base are kept as hashes, which have no neighbours."""
        return query

    def evidence(
        self, query: str, vector: Vectors, language: str, among: Numbers | None = None, towards: Vectors | None = None
    ) -> Evidence:
        """Compare a query, as text in `language` and as vector, with those of the articles numbered `among`, else of
        all, that come near it."""
        with _SEARCHING:
            return self._compare(query, vector, language, among, vector if towards is None else towards)

    def _compare(self, query: str, vector: Vectors, language: str, among: Numbers | None, towards: Vectors) -> Evidence:
        allowed = self._allowed(among)
        closest, usual = self.panel.compare(vector, language, allowed[0][self.panel.numbers], towards)
        direction = self.panel.direction(vector, language)
        terms = self._words.terms(tokens(query))
        few = sum(int(np.count_nonzero(each)) for each in allowed) <= FEW
        found = [
            self._within(part, terms, towards, direction, language, closest, allowed[part], every=few)
            for part in range(len(self.segments))
        ]
        articles = np.concatenate([each.articles + start for each, start in zip(found, self._starts, strict=False)])
        foreign = np.concatenate([each.foreign for each in found])
        best = {kind: np.concatenate([each.closest[kind] for each in found]) for kind in closest}
        centre = None
        if direction is not None:
            centre = np.concatenate([each.centre for each in found if each.centre is not None])
        nothing = np.zeros(len(articles), dtype=np.float32)
        return Evidence(
            articles=articles,
            usual=usual,
            **complete(best, centre, len(articles)),
            late=None,  # the tokens of so many texts would take too much memory
            cosine=np.maximum.reduce(list(best.values())) if best else nothing,
            bm25=lifted(np.concatenate([each.bm25 for each in found]), foreign) if len(articles) else nothing,
            coverage=lifted(np.concatenate([each.coverage for each in found]), foreign) if len(articles) else nothing,
            foreign=foreign,
        )

    def _allowed(self, among: Numbers | None) -> list[Flags]:
        if among is None:
            return list(self.alive)
        allowed = np.zeros(len(self.articles), dtype=bool)
        allowed[among] = True
        return [allowed[start:end] for start, end in zip(self._starts, self._starts[1:], strict=False)]

    def _within(
        self, part: int, terms: Terms, vector: Vectors, direction: Vectors | None, language: str,
        closest: dict[str, Compared], allowed: Flags, *, every: bool,
    ) -> _Found:  # fmt: skip
        """The candidates of a segment, and how each compares."""
        segment = self.segments[part]
        if every or len(segment) <= NEAREST:
            articles = np.flatnonzero(allowed)
        else:
            near = segment.nearest(vector, allowed, NEAREST, _ROWS)
            articles = np.union1d(near, self._by_words(part, terms, allowed))
        rows, places = segment.rows_of(articles)
        vectors = segment.vectors[rows].astype(np.float32)
        scores = vectors @ vector * segment.steps[rows]
        kinds, tongues = segment.kinds[rows], segment.tongues[rows]
        best = {
            kind: self._best(
                segment, places, scores, (kinds == KINDS.index(kind), tongues), closest[kind], len(articles)
            )
            for kind in closest
        }
        centre = None
        if direction is not None:
            towards = vectors @ direction * segment.steps[rows]
            common = self._means[part] @ direction
            centre = averages(towards - common[kinds, tongues], places, len(articles)) + self.biases[part][articles]
        documents, owners = segment.documents_of(articles)
        words = self._words.score_some(part, terms, documents)
        speaks = language in segment.languages
        return _Found(
            articles=articles,
            closest=best,
            centre=centre,
            bm25=best_by(owners, words.bm25, len(articles)),
            coverage=best_by(owners, words.coverage, len(articles)),
            foreign=~segment.speaks[articles, segment.languages.index(language)]
            if speaks
            else np.ones(len(articles), dtype=bool),
        )

    def _by_words(self, part: int, terms: Terms, allowed: Flags) -> Numbers:
        """The articles with the best documents by words."""
        scores = self._words.score(part, terms, most=_POSTINGS).bm25
        owners = self._document_owners[part]
        hits = np.flatnonzero(scores)
        hits = hits[allowed[owners[hits]]]
        if len(hits) > NEAREST:
            hits = hits[np.argpartition(-scores[hits], NEAREST - 1)[:NEAREST]]
        return np.unique(owners[hits])

    def _best(
        self,
        segment: Segment,
        places: Numbers,
        scores: Floats,
        among: tuple[Flags, NDArray[np.int8]],
        panel: Compared,
        count: int,
    ) -> Floats:
        """Each candidate's best cosine with one kind of text, as if all were in the query's language."""
        kind, tongues = among
        found = np.full(count, np.nan, dtype=np.float32)
        own = next(iter(panel.levels.values()))
        known = [language for language in panel.levels if language in segment.languages]  # the query's own first
        for language in (*known, *(other for other in segment.languages if other not in panel.levels)):
            level = panel.levels.get(language, own)
            here = np.flatnonzero(kind & (tongues == segment.languages.index(language)))
            best = best_by(places[here], scores[here], count)
            new = np.isnan(found) & np.isfinite(best)
            found[new] = best[new] - level + own
        return np.nan_to_num(found, copy=False, nan=panel.least)


def _alive(segments: Sequence[Segment], gone: Container[str]) -> list[Flags]:
    """By segment, which of its articles count: not gone, and in no later segment."""
    later = set(gone)
    found = []
    for segment in reversed(segments):
        found.append(np.array([article not in later for article in segment.articles], dtype=bool))
        later |= set(segment.articles)
    return found[::-1]
