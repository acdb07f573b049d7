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


@pytest.mark.parametrize(
    "text",
    [
        "tuihuo zenme ban", "tui huo zen me ban", "zen3me tui4huo4", "zěnme tuìhuò", "fapiao zenme kai", "ni hao",
        "quxiao dingdan", "wangji mima le", "app zenme xiazai", "HL2026110101 daole ma", "rengong kefu", "tuihuo",
    ],
)  # fmt: skip
def test_chinese_in_latin_letters(text: str) -> None:
    assert detect(text).language == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "hi", "can", "women", "china", "app", "Beijing", "machine", "taxi", "guide me", "change language",
        "Huawei bike", "resume", "a cheque", "men can hang", "more time", "here", "engine danger", "boxing game",
        "Xiaomi machine",
    ],
)  # fmt: skip
def test_english_that_could_be_cut_into_syllables(text: str) -> None:
    assert detect(text).language == "en"


def test_a_name_in_latin_letters_does_not_change_the_language() -> None:
    assert detect("Zhang Xiaoming", "en").language == "en"
    assert detect("xiexie", "zh").language == "zh"
    assert detect("wo yao tuihuo", "en").language == "zh"


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
