"""Normal form, identity, tokens and passages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text import EMBEDDED_CHARACTERS, PASSAGE_WIDTH, asking, digest, key, normal, passages, tokens


@given(st.text())
def test_normal_form_is_stable_bounded_and_visible(text: str) -> None:
    form = normal(text)
    assert len(form) <= EMBEDDED_CHARACTERS
    assert form == form.strip()
    assert "\0" not in form
    assert "\u2060" not in form
    assert len(digest(form)) == 16


@given(st.text(alphabet="aZ9 ？！，。中文ａＢ", max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Delivery fees??", "delivery  FEES"),
        ("运费多少钱？", "运费多少钱"),
        ("ＡＦ－５５", "AF-55"),
        ("退貨怎麼辦？", "退货怎么办"),
        ("發票後來沒收到，要幾天", "发票后来没收到，要几天"),
        ("\u2060/restart", "/restart"),
    ],
)
def test_the_same_question_has_the_same_key(one: str, other: str) -> None:
    assert key(one) == key(other)


def test_different_questions_have_different_keys() -> None:
    assert key("delivery fees") != key("delivery times")
    assert key("???") == key("👍") == ""


def test_tokens_are_words_codes_and_pairs_of_characters() -> None:
    assert tokens("The batteries of AF-55") == ["the", "battery", "of", "af55", "af-55", "af", "55"]
    assert tokens("怎么退货") == ["怎么", "么退", "退货"]
    assert tokens("退") == ["退"]
    assert tokens("订单HL2026110101呢") == ["订单", "hl2026110101", "呢"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RV9", "rv 9"),
        ("RV9", "RV-9"),
        ("ＲＶ９", "rv9"),
        ("2.4GHz", "2.4 GHz"),
        ("1,000元", "1000元"),
        ("三十天", "30天"),
        ("三十天", "30 days"),
        ("一百二十天", "120天"),
        ("两年", "2年"),
        ("一万两千元", "12000元"),
        ("十五个月", "15个月"),
    ],
)
def test_numbers_units_and_codes_share_their_term(one: str, other: str) -> None:
    assert set(tokens(one)) & set(tokens(other)) & {"rv9", "2.4", "1000", "30", "120", "2", "12000", "15"}


def test_what_only_looks_like_a_number_or_code_stays() -> None:
    assert tokens("一般 统一") == ["一般", "统一"]
    assert tokens("in 30 days") == ["in", "30", "day"]
    assert tokens("HL2026110101") == ["hl2026110101"]


def test_of_a_long_message_the_question_is_asked() -> None:
    story = "I bought a washing machine in May. It came late, at 5.30 p.m., and the box was open. " * 4
    assert asking(f"{story}How long is the warranty? Thank you.") == "How long is the warranty?"
    assert asking("上个月买的洗衣机，一直很好用。" * 12 + "现在漏水了，保修多久？谢谢！") == "现在漏水了，保修多久？"
    assert asking(story) == story
    assert asking("My fridge hums. Is that normal?") == "My fridge hums. Is that normal?"


def test_passages_are_plain_short_and_complete() -> None:
    body = "First **bold** [link](https://x.example).\n\n" + "\n".join(
        f"- item {number} {'x' * 60}" for number in range(12)
    )
    pieces = passages(body)
    assert pieces[0].startswith("First bold link.")
    assert len(pieces) > 1
    assert all(len(piece) < PASSAGE_WIDTH for piece in pieces)
    assert all(f"item {number}" in " ".join(pieces) for number in range(12))
    assert len(passages("中" * 100 + "\n\n" + "文" * 100)) == 2


def test_a_long_paragraph_is_cut_between_its_sentences() -> None:
    paragraph = "这个故事很长，讲的是一台洗衣机。它会洗衣服！它漏水吗？" * 12
    pieces = passages(paragraph)
    assert len(pieces) > 2
    assert all(piece[-1] in "。！？" for piece in pieces)
    assert "".join(piece.replace(" ", "") for piece in pieces) == paragraph
    assert len(passages("No end of a sentence here " * 40)) == 1
