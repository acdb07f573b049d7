"""Which language to answer in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.language import detect, named_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How long does delivery take?", "en"),
        ("配送要多久", "zh"),
        ("我的 Hearthline Home app 连不上 Wi-Fi 怎么办", "zh"),
        ("AF-55 怎么清洗", "zh"),
        ("how do I write 发票 on the form", "en"),
        ("where is HL2026110101", "en"),
        ("订单HL2026110101", "zh"),
        ("退", "zh"),
        ("refund", "en"),
    ],
)
def test_a_text_that_proves_its_language(text: str, language: str) -> None:
    assert detect(text).language == language


@pytest.mark.parametrize(
    "text", ["ok", "HL2026110101", "138 0000 1234", "👍", "???", "https://a.example/en/page", "a@b.example", ""]
)
@pytest.mark.parametrize("previous", ["en", "zh"])
def test_an_ambiguous_text_keeps_the_language_of_the_conversation(text: str, previous: str) -> None:
    guess = detect(text, previous)
    assert guess.language == previous
    assert not guess.certain


def test_the_customer_may_change_the_language() -> None:
    assert detect("请问几点开门", "en").language == "zh"
    assert detect("when do you open", "zh").language == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [("can you speak Chinese?", "zh"), ("English please", "en"), ("说中文", "zh"), ("请用英文", "en"), ("hello", "")],
)
def test_a_named_language(text: str, language: str) -> None:
    assert named_language(text) == language


@given(st.text(), st.sampled_from(["", "en", "zh"]))
def test_any_text_gets_one_of_the_languages(text: str, previous: str) -> None:
    assert detect(text, previous).language in {"en", "zh"}
