"""Texts as words: whatever part of a text one types is found in it, and marked where it stands."""

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.words import digits_of, marked, phrase, stored, words

TEXTS = st.text(alphabet="ab Z9退货地址國é.-ｋ①", max_size=30)


def test_chinese_is_pairs_and_a_last_character() -> None:
    assert stored("退貨地址") == "退货 货地 地址 址"
    assert stored("买iPhone手机") == "买 iphone 手机 机"


def test_forms_of_the_same_are_the_same() -> None:
    assert stored("ＨＬ２０２６ Straße") == stored("hl2026 STRASSE")


def test_a_number_in_groups_is_found_as_one_and_by_its_groups() -> None:
    assert stored("call 138-0013-8000") == "call 138 0013 8000 13800138000"
    assert digits_of("+86 138 0013 8000") == ["8613800138000", "13800138000", "3800138000"]
    assert digits_of("12") == []


@given(TEXTS, st.data())
@settings(max_examples=150)
def test_any_run_of_words_of_a_text_finds_it_where_it_stands(text: str, data: st.DataObject) -> None:
    said = words(text)
    if not said:
        return
    first = data.draw(st.integers(0, len(said) - 1))
    last = data.draw(st.integers(first, len(said) - 1))
    start, end = min(each.start for each in said[first : last + 1]), max(each.end for each in said[first : last + 1])
    terms = phrase(text[start:end])
    spans = marked(text, terms)
    assert any(begin <= start and end <= stop for begin, stop in spans) or len(terms) != 1


@given(TEXTS)
@settings(max_examples=100)
def test_what_is_kept_has_nothing_that_a_database_would_part_or_read(text: str) -> None:
    assert all(each.isalnum() for each in stored(text).split())
