"""Misspelt words, against the words of the shop's own articles."""

from pathlib import Path

import pytest

from knowledge.articles import load
from knowledge.documents import documents
from knowledge.spelling import Spelling

ARTICLES = Path(__file__).parents[3] / "data" / "kb"


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling(doc.words for doc in documents(load(ARTICLES).articles.values()))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("delivry fees", "delivery fees"),
        ("the warrenty perriod", "the warranty period"),
        ("how do i chnage my adress?", "how do i change my address?"),
        ("instalation", "installation"),
        ("退款 refunnd", "退款 refund"),
        ("my pasword", "my password"),
    ],
)
def test_a_misspelt_word_becomes_the_one_that_is_known(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.corrected(typed) == meant


def test_no_question_of_an_article_is_changed(spelling: Spelling) -> None:
    for doc in documents(load(ARTICLES).articles.values()):
        for question in doc.questions:
            assert spelling.corrected(question) == question


@pytest.mark.parametrize(
    "query", ["", "RV9 wifi", "do you sell cars", "my uncle lives in paris", "what is the capital of france"]
)
def test_words_that_are_not_nearly_known_stay(spelling: Spelling, query: str) -> None:
    assert spelling.corrected(query) == query


def test_endings_and_what_is_written_once_are_no_mistakes() -> None:
    spelling = Spelling(["we create drivers, drivers create files", "the classc scanner"])
    assert spelling.corrected("was it created by one drive") == "was it created by one drive"
    assert spelling.corrected("the classic one") == "the classic one"
    assert spelling.corrected("we craete files") == "we create files"
