"""The made-up base of bench.scale, and its steps, on a few articles and without a model."""

import argparse
from pathlib import Path

import numpy as np
import pytest

from bench import scale
from bench.corpus import PHRASINGS, Corpus
from knowledge.vectors import CachedEmbedder
from tests.unit.knowledge.made_up import Bag, article

ARTICLES = 90


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    real = [doc for number in range(20) for doc in article(number)]
    return Corpus(real, CachedEmbedder(Bag()), ARTICLES)


def test_articles_differ_by_product_and_lie_near_their_origin(corpus: Corpus) -> None:
    first, twin, other = (corpus.article(number)[0] for number in (1, 21, 2))
    assert len({doc.questions[0] for doc in (first, twin, other)}) == 3
    own, alike, far = (corpus.questions([doc.questions[0]])[0] for doc in (first, twin, other))
    assert np.linalg.norm(own) == pytest.approx(1, abs=1e-5)
    assert own @ alike > own @ far
    assert 0.7 < own @ alike < 0.99
    assert np.array_equal(corpus.questions([first.questions[0]])[0], own), "the same text has the same vector"


def test_every_third_article_is_in_all_languages_of_its_origin(corpus: Corpus) -> None:
    articles = list(corpus)
    assert len(articles) == ARTICLES
    assert {doc.language for docs in articles for doc in docs} == {"en", "zh"}
    assert any(len(docs) == 2 for docs in articles[::3])
    assert all(len(docs) == 1 for place, docs in enumerate(articles) if place % 3)
    assert all(len(doc.questions) <= PHRASINGS for docs in articles for doc in docs)


def test_questions_are_about_articles_there_are(corpus: Corpus) -> None:
    asked = corpus.asked(50)
    ids = {docs[0].article for docs in corpus}
    assert {one.article for one in asked} <= ids
    assert all(one.text not in doc.questions for one in asked for docs in corpus for doc in docs)


def test_the_steps_measure_one_saved_index(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "corpus_of", lambda options: corpus)
    monkeypatch.setattr(scale, "QUESTIONS", 12)
    monkeypatch.setattr(scale, "EDITS", 3)
    options = argparse.Namespace(folder=tmp_path, articles=ARTICLES)
    scale.keep_questions(options)
    results = {name: value for step in scale.STEPS.values() for name, value in step(options).items()}
    assert results["documents"] == sum(len(docs) for docs in corpus)
    assert results["recall@10"] == 1.0, "so few articles are all compared"
    assert 0 < results["search_p50_ms"] <= results["search_p95_ms"] <= results["search_p99_ms"]
    assert results["hit@10"] > 0.5
