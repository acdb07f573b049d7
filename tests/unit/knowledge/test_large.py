"""A large base answers as a small one: candidates, segments, edits."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from knowledge import large
from knowledge.articles import EVERYONE, STAFF, VERIFIED
from knowledge.building import build, join
from knowledge.confidence import Model
from knowledge.documents import Document
from knowledge.embedding import Vectors
from knowledge.index import Index
from knowledge.large import LargeIndex
from knowledge.panel import Panel
from knowledge.search import search
from knowledge.vectors import BATCH, CachedEmbedder, VectorFile
from tests.unit.knowledge.made_up import Bag, article, asked

ARTICLES = 2_100
FEATURES = ("question", "passage", "whole", "cosine", "bm25", "coverage", "foreign")
MODEL = Model.load()


def indexed(articles: list[list[Document]], embedder: CachedEmbedder) -> LargeIndex:
    """A large index of one segment."""
    segment = build(articles, embedder)
    panel = Panel(segment)
    return LargeIndex([segment], panel, [panel.biases(segment)])


@pytest.fixture(scope="module")
def bag() -> CachedEmbedder:
    return CachedEmbedder(Bag())


@pytest.fixture(scope="module")
def whole(bag: CachedEmbedder) -> Index:
    return Index([doc for number in range(ARTICLES) for doc in article(number)], bag)


@pytest.fixture(scope="module")
def big(bag: CachedEmbedder) -> LargeIndex:
    return indexed([article(number) for number in range(ARTICLES)], bag)


def first(index: Index | LargeIndex, number: int, bag: CachedEmbedder, language: str = "") -> tuple[str, float]:
    """The article that a question about another finds, and how sure that is."""
    query, own = asked(number)
    found = search(index, MODEL, query, bag.question(query), language or own, index.visible(STAFF), 3)[0]
    return index.articles[found.article], found.confidence


def test_candidates_are_few_and_find_what_a_comparison_with_all_finds(
    whole: Index, big: LargeIndex, bag: CachedEmbedder
) -> None:
    same = 0
    for number in range(0, ARTICLES, 30):
        query, language = asked(number)
        among = big.visible(STAFF)
        assert len(big.evidence(query, bag.question(query), language, among).articles) < ARTICLES / 4
        (small_name, small_sure), (large_name, large_sure) = first(whole, number, bag), first(big, number, bag)
        same += small_name == large_name and abs(small_sure - large_sure) < 0.05
    assert same >= 0.97 * ARTICLES / 30


def test_a_candidate_is_compared_as_in_a_small_base(whole: Index, big: LargeIndex, bag: CachedEmbedder) -> None:
    numbers = {name: number for number, name in enumerate(whole.articles)}
    for number in (0, 1, 2, 700, 1_301):
        for language in ("en", "zh"):
            query = asked(number)[0]
            small = whole.evidence(query, bag.question(query), language)
            few = big.evidence(query, bag.question(query), language)
            places = [numbers[big.articles[candidate]] for candidate in few.articles]
            assert few.usual["question"] == pytest.approx(small.usual["question"], abs=0.02)
            for name in FEATURES:
                # in eight bits, and between languages lifted by levels that the panel measured
                assert getattr(few, name) == pytest.approx(getattr(small, name)[places], abs=0.02), name
            assert few.bm25 == pytest.approx(small.bm25[places], abs=1e-5)
            assert np.corrcoef(few.centre, small.centre[places])[0, 1] > 0.99


def test_few_articles_are_compared_in_full(big: LargeIndex, bag: CachedEmbedder) -> None:
    among = big.visible(VERIFIED)[:50]
    query, language = asked(8)
    assert list(big.evidence(query, bag.question(query), language, among).articles) == list(among)
    assert not len(big.evidence(query, bag.question(query), language, among[:0]).articles)


def test_only_what_may_be_seen_is_a_candidate(
    big: LargeIndex, bag: CachedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "FEW", 0)
    rare = np.arange(0, ARTICLES, 100)
    for number in range(0, ARTICLES, 100):
        query, language = asked(number)
        public = big.evidence(query, bag.question(query), language, big.visible(EVERYONE))
        assert set(public.articles) <= set(big.visible(EVERYONE))
        # An article that hardly anything else hides is found even if the best by far may not be seen.
        assert number in big.evidence(query, bag.question(query), language, rare).articles


def test_audiences_and_exact_questions(whole: Index, big: LargeIndex) -> None:
    for audiences in (EVERYONE, VERIFIED, STAFF):
        seen = {whole.articles[number] for number in whole.visible(audiences)}
        assert {big.articles[number] for number in big.visible(audiences)} == seen
    for number in range(0, ARTICLES, 50):
        for doc in article(number):
            found = big.exact(doc.questions[0].upper() + "?!")
            assert found is not None
            assert big.articles[found] == doc.article
    assert big.exact("nobody asks this") is None
    assert big.exact("?!") is None


def test_of_two_articles_with_one_question_the_more_public_one_answers(bag: CachedEmbedder) -> None:
    secret, public = article(0)[0], article(1)[0]
    twin = Document(public.article, public.language, secret.questions, public.passages, public.audience)
    index = indexed([[secret], [twin]], bag)
    found = index.exact(secret.questions[0])
    assert found is not None
    assert index.articles[found] == public.article


def test_an_edit_a_new_article_and_a_removal(big: LargeIndex, bag: CachedEmbedder) -> None:
    before = big.exact(article(5)[0].questions[0])
    edited = big.edited(build([article(5, edition=1), article(ARTICLES + 1)], bag), gone={"article-6"})
    new = edited.exact(article(5, edition=1)[0].questions[0])
    assert new is not None
    assert edited.articles[new] == "article-5"
    assert edited.exact(article(5)[0].questions[0]) is None
    assert edited.exact(article(ARTICLES + 1)[0].questions[0]) is not None
    assert edited.exact(article(6)[0].questions[0]) is None
    assert big.exact(article(5)[0].questions[0]) == before, "whoever still has the old index keeps it whole"
    query, language = asked(5, edition=1)
    found = search(edited, MODEL, query, bag.question(query), language, edited.visible(STAFF), 1)[0]
    assert edited.articles[found.article] == "article-5"
    back = edited.edited(build([article(6)], bag))
    assert back.exact(article(6)[0].questions[0]) is not None


def test_segments_stay_few(big: LargeIndex, bag: CachedEmbedder) -> None:
    index = big
    for number in range(60):
        index = index.edited(build([article(number, edition=2)], bag))
        assert len(index.segments) <= 5
    assert sum(map(np.count_nonzero, index.alive)) == ARTICLES


def test_an_interrupted_build_tells_how_far_it_came_and_goes_on_from_there(tmp_path: Path) -> None:
    class Counting(Bag):
        embedded, most = 0, 5_000

        def _embed(self, texts: Sequence[str], kind: str) -> Vectors:
            self.embedded += len(texts)
            if self.embedded > self.most:
                raise KeyboardInterrupt
            return super()._embed(texts, kind)

    articles, told = [article(number) for number in range(1_000)], []
    first, second, whole = Counting(), Counting(), Counting()
    second.most = whole.most = 100_000
    with pytest.raises(KeyboardInterrupt):
        build(articles, CachedEmbedder(first, VectorFile(tmp_path / "v.db")), progress=told.append)
    assert told == sorted(told)
    assert 0 < told[-1] < len(articles)
    build(articles, CachedEmbedder(second, VectorFile(tmp_path / "v.db")), progress=told.append)
    assert told[-1] == len(articles)
    build(articles, CachedEmbedder(whole))
    assert second.embedded <= whole.embedded - first.most + BATCH


def test_a_segment_of_nothing(bag: CachedEmbedder) -> None:
    index = indexed([], bag)
    assert not len(index.visible(STAFF))
    assert index.exact("anything") is None


class Edits(RuleBasedStateMachine):
    """Edits in any order leave what a fresh build of the result has."""

    bag = CachedEmbedder(Bag())
    names = st.integers(0, 30)

    def __init__(self) -> None:
        super().__init__()
        self.now: dict[int, int] = {}

    @initialize(numbers=st.sets(names, min_size=12))
    def begin(self, numbers: set[int]) -> None:
        self.now = dict.fromkeys(sorted(numbers), 0)
        self.index = indexed([article(number) for number in self.now], self.bag)

    @rule(numbers=st.sets(names, min_size=1, max_size=4), edition=st.integers(0, 3))
    def edit(self, numbers: set[int], edition: int) -> None:
        self.index = self.index.edited(build([article(number, edition) for number in numbers], self.bag))
        self.now |= dict.fromkeys(numbers, edition)

    @rule(numbers=st.sets(names, min_size=1, max_size=3))
    def remove(self, numbers: set[int]) -> None:
        if len(set(self.now) - numbers) < 2:
            return
        self.index = self.index.edited(None, gone={f"article-{number}" for number in numbers})
        self.now = {number: edition for number, edition in self.now.items() if number not in numbers}

    @rule()
    def merge(self) -> None:
        segment = join(self.index.segments, self.index.alive)
        panel = Panel(segment)
        self.index = LargeIndex([segment], panel, [panel.biases(segment)])

    @invariant()
    def is_as_if_built_anew(self) -> None:
        if not self.now:
            return
        fresh = Index([doc for number, edition in self.now.items() for doc in article(number, edition)], self.bag)
        for audiences in (EVERYONE, STAFF):
            seen = {self.index.articles[number] for number in self.index.visible(audiences)}
            assert seen == {fresh.articles[number] for number in fresh.visible(audiences)}
        number, edition = next(iter(self.now.items()))
        query, language = asked(number, edition)
        vector = self.bag.question(query)
        ours, theirs = self.index.evidence(query, vector, language), fresh.evidence(query, vector, language)
        order = np.argsort([self.index.articles[candidate] for candidate in ours.articles])
        assert [self.index.articles[candidate] for candidate in ours.articles[order]] == fresh.articles
        for name in ("bm25", "coverage", "foreign"):
            assert getattr(ours, name)[order] == pytest.approx(getattr(theirs, name), abs=1e-5), name
        own = ours.articles[ours.cosine.argmax()]
        assert self.index.articles[own] == fresh.articles[theirs.cosine.argmax()]


TestEdits = Edits.TestCase
TestEdits.settings = settings(max_examples=10, stateful_step_count=8, deadline=None)
