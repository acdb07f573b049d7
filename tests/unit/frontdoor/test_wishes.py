"""What is the service's own business in a customer's words, and what looks like a code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdoor.names import CHANNEL_NAMES, channel_name
from frontdoor.wishes import Wish, wish_of
from storage.codes import LENGTH, hashed, new_code, read_code

CONTINUES = (
    "continue on another channel", "Can I continue on WeChat?", "please go on via e-mail", "Continue on my phone",
    "I'd like to continue this chat on Telegram.", "换个渠道继续", "换到微信继续聊", "请切换到其他渠道",
    "能不能用企业微信聊？", "在微信上继续", "可以转到短信吗",
)  # fmt: skip
UNSUBSCRIBES = ("STOP", "unsubscribe", "UNSUBSCRIBE", "Stop all", "退订", "TD", "回T退订", "取消订阅", " 退订 ")
NEITHER = (
    "stop", "Stop.", "please stop", "how do I unsubscribe?", "我想退订会员", "can I continue with my order?",
    "continue", "go on", "用微信支付可以吗", "在微信上怎么付款", "change channel on my TV", "换个颜色", "", "   ",
    "continue on " + "x" * 80,
)  # fmt: skip


@pytest.mark.parametrize("text", CONTINUES)
def test_to_go_on_elsewhere_is_understood(text: str) -> None:
    assert wish_of(text) is Wish.CONTINUE


@pytest.mark.parametrize("text", UNSUBSCRIBES)
def test_to_hear_nothing_more_is_understood(text: str) -> None:
    assert wish_of(text) is Wish.UNSUBSCRIBE


@pytest.mark.parametrize("text", NEITHER)
def test_everything_else_is_the_bots(text: str) -> None:
    assert wish_of(text) is None


@given(st.text(max_size=200))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert wish_of(text) in {None, *Wish}
    assert len(read_code(text)) in {0, LENGTH}


def test_a_code_is_read_however_it_is_typed() -> None:
    for typed in ("K7P2M9QX", "k7p2m9qx", " K7P2-M9QX ", "K7P2 M9QX", "Ｋ７Ｐ２Ｍ９ＱＸ", "k7p2—m9qx"):
        assert read_code(typed) == "K7P2M9QX"


@pytest.mark.parametrize(
    "text", ["", "REFERRED", "23456789", "K7P2M9Q", "K7P2M9QXX", "K7P2M9Q1", "K7P2M9QO", "is it K7P2M9QX", "K7P2M9Q☃"]
)
def test_words_numbers_and_sentences_are_no_codes(text: str) -> None:
    assert read_code(text) == ""


def test_every_new_code_can_be_read_and_none_comes_twice() -> None:
    made = [new_code() for _ in range(2000)]
    assert [read_code(code) for code in made] == made
    assert len(set(made)) == len(made)
    assert len({hashed("key", code) for code in made}) == len(made)


def test_channels_have_names_in_both_languages() -> None:
    assert channel_name("wechat", "zh") == "微信"
    assert channel_name("telegram_shop", "en") == "Telegram"
    assert channel_name("carrier_pigeon", "en") == "carrier_pigeon"
    assert all(set(names) == {"en", "zh"} for names in CHANNEL_NAMES.values())
