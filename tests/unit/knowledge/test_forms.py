"""One question in all the forms that people type it in."""

import pytest

from knowledge.base import KnowledgeBase


@pytest.mark.parametrize(
    ("query", "language", "article"),
    [
        ("how much is delivery", "en", "delivery-fees"),
        ("how mcuh is delivrey", "en", "delivery-fees"),
        ("ＨＯＷ ＭＵＣＨ ＩＳ ＤＥＬＩＶＥＲＹ", "en", "delivery-fees"),
        ("配送费要多少钱", "zh", "delivery-fees"),
        ("配送費要多少錢", "zh", "delivery-fees"),
        ("peisong fei yao duoshao qian", "en", "delivery-fees"),
        ("七天无理由怎么退货", "zh", "return-no-reason"),
        ("7天無理由怎麼退貨", "zh", "return-no-reason"),
        ("warrany perriod", "en", "warranty-period"),
        (
            f"hello, {'I bought it last month and it was fine so far. ' * 12} now: how much is delivery?",
            "en",
            "delivery-fees",
        ),
    ],
)
def test_a_question_finds_its_article_however_it_is_typed(
    base: KnowledgeBase, query: str, language: str, article: str
) -> None:
    hits = base.search(query, language, limit=3).hits
    assert hits[0].article == article
    assert hits[0].confidence > base.model.clarify / 2


def test_a_text_without_words_asks_nothing(base: KnowledgeBase) -> None:
    result = base.search("?? 👍", "en")
    assert result.answerable == 0
    assert all(hit.confidence == 0 for hit in result.hits)
