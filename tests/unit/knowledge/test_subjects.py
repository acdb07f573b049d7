"""Branches and products: which of them a conversation is about, as people write and as speech recognition hears."""

import datetime
from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.subjects import MEANT, Subjects, subjects_of
from knowledge.vectors import CachedEmbedder

NAMES = ("Grant Hotel", "Yale Hotel", "SW Hotel", "Boudin Bakery & Cafe", "Robot vacuum RV-9", "静安店", "浦东旗舰店")


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (["is the grant hotel near the museum?", "Yes, it is.", "what time is check-in there?"], "Grant Hotel"),
        (["i found the boudin bakery and cafe", "great do they deliver"], "Boudin Bakery & Cafe"),
        (["i found the bow din bakery and caffe", "great do they deliver"], "Boudin Bakery & Cafe"),
        (["my robot vacuum rv9 does not charge"], "Robot vacuum RV-9"),
        (["tell me about the yale hotel", "Sure!", "and the grant hotel, is there parking?"], "Grant Hotel"),
        (["浦东旗舰店几点关门？"], "浦东旗舰店"),
    ],
)
def test_the_name_that_is_meant_comes_first(turns: list[str], expected: str) -> None:
    found = Subjects(NAMES).mentioned(turns)
    assert found[0].name == expected
    assert found[0].strength >= MEANT


@pytest.mark.parametrize("turns", [[], [""], ["how long does delivery take?"], ["🙂"], ["我想退货"]])
def test_where_no_name_is_said_none_is_meant(turns: list[str]) -> None:
    assert all(each.strength < MEANT for each in Subjects(NAMES).mentioned(turns))


def test_tags_say_what_an_article_is_about() -> None:
    assert subjects_of(("parking", "about:Grant Hotel", "about: 静安店")) == ("Grant Hotel", "静安店")


@pytest.fixture
def hotels(tmp_path: Path, embedder: CachedEmbedder) -> KnowledgeBase:
    """Two hotels with the same questions and other answers, and one article about neither."""
    for name, title, body, tags in (
        ("grant-parking", "Is there parking?", "Grant Hotel has a garage.", '["about:Grant Hotel"]'),
        ("yale-parking", "Is there parking?", "There is no parking at Yale Hotel.", '["about:Yale Hotel"]'),
        ("payment", "How can I pay?", "By card.", "[]"),
    ):
        (tmp_path / "stay").mkdir(exist_ok=True)
        head = f"id: {name}\ntitle: {title}\nquestions: []\ntags: {tags}\naudience: public\nupdated: 2026-11-01"
        (tmp_path / "stay" / f"{name}.en.md").write_text(f"---\n{head}\n---\n{body}\n")
    return KnowledgeBase(tmp_path, embedder, today=lambda: datetime.date(2026, 11, 27))


@pytest.mark.parametrize(("hotel", "expected"), [("grant", "grant-parking"), ("yale", "yale-parking")])
def test_the_answer_is_that_of_the_hotel_the_conversation_is_about(
    hotels: KnowledgeBase, hotel: str, expected: str
) -> None:
    """given a question that both hotels answer, even literally, then what was said before decides."""
    turns = [f"tell me about the {hotel} hotel", "It is downtown.", "is there parking?"]
    assert hotels.search(turns[-1], "en", turns=turns).hits[0].article == expected


def test_what_is_about_nothing_in_particular_answers_everywhere(hotels: KnowledgeBase) -> None:
    turns = ["tell me about the grant hotel", "It is downtown.", "how can I pay?"]
    assert hotels.search(turns[-1], "en", turns=turns).hits[0].article == "payment"
