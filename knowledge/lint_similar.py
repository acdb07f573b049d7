"""Near duplicates: two articles whose questions and answers say the same in almost the same words, or mean the same."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.articles import Article
from knowledge.lint import Finding, shown
from knowledge.text import key, passages
from knowledge.vectors import CachedEmbedder

WRITTEN_ALIKE = 92.0
"""Of 100: how much of two questions is the same, letter by letter."""
SAME_BODY = 85.0
MEANT_ALIKE = 0.955
"""Cosine of multilingual-e5-small between two titles, above what different articles of one shop reach."""
BODY_ALIKE = 0.945
NEAR_UNTIL = 10_000
"""Texts of which each is compared with each other by letters; it takes a minute. Beyond, only by meaning."""
_TOGETHER = 2_000


@dataclass(frozen=True)
class Pair:
    """Two articles alike in one language, and how that shows."""

    first: str
    second: str
    language: str
    why: str


def pairs(articles: Mapping[str, Article], embedder: CachedEmbedder | None) -> list[Pair]:
    """Near duplicates; by meaning only with an embedder. Raises EmbeddingError."""
    found: dict[tuple[str, str], Pair] = {}
    for language in ("en", "zh"):
        having = [article for article in articles.values() if language in article.texts]
        every = [
            *_written(having, language),
            *(_meant(having, language, embedder) if embedder and len(having) > 1 else ()),
        ]
        for pair in every:
            found.setdefault((pair.first, pair.second), pair)
    return list(found.values())


def findings(articles: Mapping[str, Article], found: Sequence[Pair]) -> Iterator[Finding]:
    """Each pair as a finding of its first article."""
    for pair in found:
        text = articles[pair.first].texts[pair.language]
        yield Finding(
            text.path, pair.first, "title", "duplicate", f"{pair.why} {shown(articles[pair.second], pair.language)}",
            "put them together, or make their questions tell them apart",
        )  # fmt: skip


def alike(found: Sequence[Pair]) -> dict[str, frozenset[str]]:
    """Near duplicates of each article."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    for pair in found:
        known[pair.first].add(pair.second)
        known[pair.second].add(pair.first)
    return {name: frozenset(others) for name, others in known.items()}


def _written(articles: Sequence[Article], language: str) -> Iterator[Pair]:
    """By the letters of questions and bodies."""
    asked = [
        (key(q), article.id)
        for article in articles
        for q in (article.texts[language].title, *article.texts[language].questions)
    ]
    asked = [(question, name) for question, name in asked if len(question) >= 6]
    yield from _alike_texts(asked, language, WRITTEN_ALIKE, "asks almost the same as")
    bodies = [(key(article.texts[language].body), article.id) for article in articles]
    bodies = [(body, name) for body, name in bodies if len(body) >= 20]
    yield from _alike_texts(bodies, language, SAME_BODY, "answers almost the same as")


def _alike_texts(texts: Sequence[tuple[str, str]], language: str, least: float, why: str) -> Iterator[Pair]:
    from rapidfuzz import fuzz, process

    if not texts or len(texts) > NEAR_UNTIL:
        return
    words = [text for text, _ in texts]
    for at in range(0, len(words), _TOGETHER):
        scores = process.cdist(words[at : at + _TOGETHER], words, scorer=fuzz.ratio, score_cutoff=least)
        for row, column in zip(*np.nonzero(scores), strict=True):
            one, other = at + int(row), int(column)
            if one < other and texts[one][1] != texts[other][1] and words[one] != words[other]:
                first, second = sorted((texts[one][1], texts[other][1]))
                yield Pair(first, second, language, why)


def _meant(articles: Sequence[Article], language: str, embedder: CachedEmbedder) -> Iterator[Pair]:
    """By the vectors of titles and of whole answers: both must be alike, since different questions share words."""
    titles = embedder.questions([article.texts[language].title for article in articles])
    wholes = embedder.passages([" ".join(passages(article.texts[language].body)) or " " for article in articles])
    for at in range(0, len(articles), _TOGETHER):
        asked = titles[at : at + _TOGETHER] @ titles.T
        told = wholes[at : at + _TOGETHER] @ wholes.T
        for row, column in zip(*np.nonzero((asked >= MEANT_ALIKE) & (told >= BODY_ALIKE)), strict=True):
            one, other = at + int(row), int(column)
            if one < other:
                first, second = sorted((articles[one].id, articles[other].id))
                yield Pair(first, second, language, "means almost the same as")
