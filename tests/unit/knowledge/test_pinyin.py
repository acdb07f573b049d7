"""Pinyin, read with the words of the shop's own articles."""

from pathlib import Path

import pytest

from knowledge.articles import load
from knowledge.documents import Document, documents
from knowledge.pinyin import Pinyin

ARTICLES = Path(__file__).parents[3] / "data" / "kb"


@pytest.fixture(scope="module")
def docs() -> list[Document]:
    return documents(load(ARTICLES).articles.values())


@pytest.fixture(scope="module")
def pinyin(docs: list[Document]) -> Pinyin:
    return Pinyin(doc.words for doc in docs)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tuihuo zenme ban", "退货怎么办"),
        ("tui huo zen me ban", "退货怎么办"),
        ("tui4huo4 zen3me ban4", "退货怎么办"),
        ("tuìhuò zěnme bàn", "退货怎么办"),
        ("Fapiao zenme kai?", "发票怎么开"),
        ("baoxiuqi duojiu", "保修期多久"),
        ("kongtiao bu zhileng", "空调不制冷"),
        ("wangji mima le", "忘记密码了"),
        ("quxiao dingdan", "取消订单"),
    ],
)
def test_pinyin_is_read_as_the_base_writes_it(pinyin: Pinyin, typed: str, meant: str) -> None:
    assert pinyin.read(typed) == meant


@pytest.mark.parametrize(
    "text",
    ["", "???", "password", "men can hang", "where is my order", "eliminate", "wifi", "退货 zenme ban", "HL2026110101"],
)
def test_what_is_no_pinyin_stays(pinyin: Pinyin, text: str) -> None:
    assert pinyin.read(text) is None


def test_no_english_question_of_an_article_is_pinyin(pinyin: Pinyin, docs: list[Document]) -> None:
    assert [text for doc in docs if doc.language == "en" for text in doc.questions if pinyin.read(text)] == []


def test_a_base_without_chinese_reads_none() -> None:
    assert Pinyin(["only English here"]).read("tuihuo zenme ban") is None
