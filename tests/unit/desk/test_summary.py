"""A ticket in half a minute: nothing made up, the matter first, everything traceable."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from connectors.message import Author, Content
from desk.details import Detail, details
from desk.extracts import LONGEST, Said, extract
from desk.summary import summarize
from storage.ticket_entries import EVENT, MESSAGE, NOTE, Entry
from tests.unit.desk.tickets import a_ticket


def _said(*texts: str) -> list[Said]:
    return [Said(entry_id=str(n), text=text) for n, text in enumerate(texts)]


def _entry(n: int, author: Author, text: str, *, kind: str = MESSAGE, **more: object) -> Entry:
    values: dict[str, object] = {
        "ticket_id": "t",
        "n": n,
        "id": f"e{n}",
        "kind": kind,
        "author": author,
        "at": n * 1000,
    }
    return replace(Entry(**values, name="", content=Content(text=text)), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "订单号HL2026110101，我11月3日买的RV-9扫地机，付了1,299元，电话13812345678，上周一到的",
            {
                Detail("order", "HL2026110101"), Detail("date", "11月3日"), Detail("product", "RV-9"),
                Detail("amount", "1,299元"), Detail("phone", "13812345678"), Detail("date", "上周一"),
            },
        ),
        (
            "My order HL 2026110101 of 3 Nov: $129.50 for the AF-55. Call +86 138 1234 5678 tomorrow",
            {
                Detail("order", "HL 2026110101"), Detail("date", "3 Nov"), Detail("amount", "$129.50"),
                Detail("product", "AF-55"), Detail("phone", "+86 138 1234 5678"), Detail("date", "tomorrow"),
            },
        ),
        ("Tracking SF1234567890123, see https://shop.example/a12345678", {Detail("order", "SF1234567890123")}),
        ("write to anna1234567@example.com", set()),
        ("I have 3 of them, 24 months old, in 2026", set()),
        ("全角：ＨＬ２０２６１１０１０１", {Detail("order", "HL2026110101")}),
    ],
)  # fmt: skip
def test_what_can_be_looked_up_is_found_and_nothing_else(text: str, found: set[Detail]) -> None:
    assert set(details(text)) == found


def test_the_problem_is_told_in_the_customers_own_sentences_without_greetings() -> None:
    chinese = _said("你好", "我的扫地机器人RV-9坏了，开机就响", "在吗", "转人工", "到底能不能换一台新的？", "谢谢")
    assert [each.text for each in extract(chinese, 2)] == ["我的扫地机器人RV-9坏了，开机就响", "到底能不能换一台新的？"]
    english = _said(
        "hello", "My vacuum hasn't arrived. Tracking says delivered!", "I want to talk to a human", "thanks"
    )
    assert [each.text for each in extract(english, 2)] == ["My vacuum hasn't arrived.", "Tracking says delivered!"]


def test_what_is_said_twice_is_told_once() -> None:
    said = _said("Where is my order HL2026110101?", "where is my order HL2026110101 ?!", "It was due on Monday.")
    assert [each.entry_id for each in extract(said, 3)] == ["0", "2"]


def test_long_sentences_are_cut_and_silence_gives_nothing() -> None:
    (only,) = extract(_said("word " * 200), 3)
    assert len(only.text) <= LONGEST
    assert extract(_said("hi", "人工", "👍"), 3) == []


async def _titles(article_ids: Sequence[str], language: str) -> Mapping[str, tuple[str, str]]:
    known = {"returns": {"en": "How do I return something?", "zh": "怎么退货"}, "fees": {"zh": "运费"}}
    return {each: (known[each][language], language) for each in article_ids if language in known[each]}


def test_a_summary_of_a_ticket() -> None:
    # Given a Chinese conversation in which one answer did not help and a colleague has tried something
    packet = {
        "tried": [
            {"article_id": "returns", "title": "怎么退货", "language": "zh", "shown": True, "helpful": False},
            {"article_id": "fees", "title": "运费", "language": "zh", "shown": True, "helpful": None},
            {"article_id": "other", "title": "其他", "language": "zh", "shown": False},
        ],
        "failed": ["为什么还没退款"],
        "slots": {"order_number": "HL2026110101"},
    }
    timeline = [
        _entry(1, Author.CUSTOMER, "我11月3日退的货，为什么还没退款", before=True),
        _entry(2, Author.BOT, "退货说明……", before=True),
        _entry(3, Author.CUSTOMER, "没用，我要投诉", before=True),
        _entry(4, Author.AGENT, "我查一下仓库"),
        _entry(5, Author.SYSTEM, "", kind=EVENT, event="escalated", data={"tried": "已查物流"}, name="Li Na"),
        _entry(6, Author.AGENT, "只有同事能看到", kind=NOTE),
        _entry(7, Author.CUSTOMER, "好的，谢谢"),
    ]
    # When an English-speaking colleague reads it
    summary = asyncio.run(summarize(a_ticket(language="zh"), packet, timeline, "en", _titles))
    # Then the customer's words stay theirs and articles are named in English where they have it
    assert [each["entry_id"] for each in summary["problem"]] == ["e1", "e3"]
    assert summary["answered"] == [
        {"article_id": "returns", "title": "How do I return something?", "language": "en", "helpful": False},
        {"article_id": "fees", "title": "运费", "language": "zh", "helpful": None},
    ]
    assert [(each["text"], each["why"]) for each in summary["failed"]] == [
        ("为什么还没退款", "unanswered"), ("没用，我要投诉", "against"),
    ]  # fmt: skip
    assert [(each["kind"], each["text"]) for each in summary["done"]] == [
        ("reply", "我查一下仓库"),
        ("tried", "已查物流"),
    ]
    assert {(each["kind"], each["text"]) for each in summary["details"]} == {
        ("order", "HL2026110101"), ("date", "11月3日"),
    }  # fmt: skip
    assert [each["mood"] for each in summary["mood"]] == ["neutral", "negative", "positive"]


def test_a_ticket_without_words_still_has_its_question() -> None:
    summary = asyncio.run(summarize(a_ticket(question="Photo of a broken lamp"), {}, [], "en", _titles))
    assert summary["problem"] == [{"text": "Photo of a broken lamp", "entry_id": ""}]
