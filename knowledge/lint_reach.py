"""Reachability: whether an article's own questions find it, first and surely enough to be answered."""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence

from knowledge.articles import STAFF, Article, Text
from knowledge.confidence import Model
from knowledge.documents import documents
from knowledge.index import Index
from knowledge.lint import Finding, shown
from knowledge.search import search
from knowledge.vectors import CachedEmbedder

ASKED = 30_000
"""Questions at most; of a larger base only the titles are asked."""


def findings(
    articles: Mapping[str, Article], embedder: CachedEmbedder, today: datetime.date,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Iterator[Finding]:  # fmt: skip
    """Ask every valid article's questions, as if they were a customer's. `tell` hears how far it is. Raises
    EmbeddingError."""
    valid = [article for article in articles.values() if article.valid_on(today)]
    if not valid:
        return
    index, model = Index(documents(valid), embedder), Model.load()
    among = index.visible(STAFF)
    texts = [(article, text) for article in valid for text in article.texts.values()]
    whole = sum(1 + len(text.questions) for _, text in texts) <= ASKED
    for done, (article, text) in enumerate(texts):
        tell(done, len(texts))
        asked = (text.title, *text.questions) if whole else (text.title,)
        vectors = embedder.questions(asked)
        lost = []
        for question, vector in zip(asked, vectors, strict=True):
            found = search(index, model, question, vector, text.language, among, 1)
            first = index.articles[found[0].article] if found else ""
            if first != article.id or found[0].confidence < model.answer:
                lost.append((question, first, found[0].confidence if found else 0.0))
        yield from _told(article, text, asked, lost, articles, model.answer)
    tell(len(texts), len(texts))


def _told(
    article: Article, text: Text, asked: Sequence[str], lost: Sequence[tuple[str, str, float]],
    articles: Mapping[str, Article], least: float,
) -> Iterator[Finding]:  # fmt: skip
    """A phrasing that finds another article, too, is no finding: asked literally it is answered all the same."""
    titled = bool(lost) and lost[0][0] == text.title
    if not titled and 2 * len(lost) <= len(asked):
        return
    question, first, confidence = lost[0]
    why = f"the confidence is {confidence:.2f}, and {least:.2f} is needed"
    if first and first != article.id:
        why = f"{shown(articles[first], text.language)} comes first"
    whole = len(lost) == len(asked)
    what = "none of its questions finds it" if whole else f"“{question[:80]}” does not find it"
    yield Finding(
        text.path, article.id, "title" if titled else "questions", "unreachable",
        f"{what} unless asked literally: {why}",
        "say in title and questions what this article alone answers, or put the two together", error=whole,
    )  # fmt: skip
