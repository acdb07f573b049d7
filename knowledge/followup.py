"""Follow-up questions: "and how much does that cost?" is answered by what the conversation has just been about.

A question that leans on the one before is ranked by two things: how well an article answers it alone, and how near the
article is to the one that was shown last (its questions, and what its authors say: same category, related). No further
embedding is needed. Where such a question is clear by itself, nothing changes.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from knowledge.articles import Article
from knowledge.embedding import Vectors
from knowledge.text import normal, tokens

CANDIDATES = 50  # articles that may answer a follow-up, by what it says alone
CLEAR = 0.8  # confidence from which a question needs no context, unless it points back itself
SURE = 0.79  # what a guess from context is at most worth: it always comes with alternatives
TOPIC = 4.0  # what nearness to the last article weighs, in log-odds for the whole way from "like any" to "the same"
AUTHORS = 1.0  # log-odds for the same category, and again for a related article
FEW_WORDS, FEW_CHARACTERS = 4, 12

_OPENS = re.compile(
    r"(?:(?:ok|okay|alright|thanks|well),? )?(?:and|but|so|or|then|also|what about|how about|what if)\b"
)
_POINTS = re.compile(r"\b(?:it|its|that|this|they|them|their|those|these|there|one|ones)\b")
_POINTS_ZH = re.compile(r"^(?:那|还有|要是|如果)|[它其]|这个|那个|这些|那些|上面|里面|呢[?？。!！]?$")


@dataclass(frozen=True)
class Candidate:
    """An article that may answer, and the probability 0..1 that it does, from the question alone."""

    article: Article
    confidence: float


def leans_back(query: str) -> bool:
    """Whether a question may only be understood from what went before. Errs on the side of yes: context changes
    nothing where the question is clear."""
    text = normal(query)
    return points_back(query) or len(tokens(text)) <= FEW_WORDS or _is_short_chinese(text)


def points_back(query: str) -> bool:
    """Whether it says so itself: "and …", "that", "那…呢"."""
    text = normal(query)
    return bool(_OPENS.match(text) or _POINTS.search(text) or _POINTS_ZH.search(text))


def in_context(query: str, found: Sequence[Candidate], last: Article, topic: "Topics") -> list[Candidate]:
    """The candidates anew, best first, for a question that follows the showing of `last`. What comes first because of
    the context is worth at most `SURE`."""
    if not found or not leans_back(query) or (found[0].confidence >= CLEAR and not points_back(query)):
        return list(found)
    near = topic.nearness([each.article for each in found], last)
    ranked = sorted(
        (
            replace(each, confidence=_confidence(each, last, float(similar)))
            for each, similar in zip(found, near, strict=True)
        ),
        key=lambda each: -each.confidence,
    )
    return list(found) if ranked[0].article.id == found[0].article.id else ranked


class Topics:
    """What articles are about, as the mean of their questions' vectors. `embed` is an embedder's `questions`, whose
    vectors of an article's own texts are there already. Raises EmbeddingError."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors]) -> None:
        self._mean = lru_cache(maxsize=4_096)(lambda texts: np.asarray(embed(texts).mean(axis=0)))

    def nearness(self, articles: Sequence[Article], last: Article) -> Vectors:
        """How near each article is to `last`, about 0 for any and 1 for itself, shape (articles,)."""
        means = np.stack([self._mean(_questions(article)) for article in (*articles, last)])
        centred = means - means.mean(axis=0)
        centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
        return np.asarray(centred[:-1] @ centred[-1], dtype=np.float32)


def _confidence(each: Candidate, last: Article, near: float) -> float:
    """Of the last article itself as it is: whoever goes on asking wants to know something else."""
    article, alone = each.article, min(max(each.confidence, 1e-4), 1 - 1e-4)
    if article.id == last.id:
        return each.confidence
    odds = math.log(alone / (1 - alone)) + TOPIC * near
    odds += AUTHORS * (article.category == last.category) + AUTHORS * (article.id in last.related)
    return min(SURE, 1 / (1 + math.exp(-odds)))


def _questions(article: Article) -> tuple[str, ...]:
    return tuple(question for text in article.texts.values() for question in (text.title, *text.questions))


def _is_short_chinese(text: str) -> bool:
    return any(character >= "\u3400" for character in text) and len(text) <= FEW_CHARACTERS
