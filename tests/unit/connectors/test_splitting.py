"""Cutting a text that is too long, where a reader would."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from connectors.channel import Unit
from connectors.splitting import MEASURES, split

LINK = "https://shop.example/a/b?c=d&e=f"
FAMILY = "👨‍👩‍👧‍👦"
PIECES = ["a", "Z", "1", " ", "\n", "\n\n", ". ", "。", "，", "字", FAMILY, "é", "🇨🇳", "👍🏽"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=200).map("".join)


def test_a_text_that_fits_stays_whole() -> None:
    assert split("Hello.", 6) == ["Hello."]
    assert split("x" * 9000, None) == ["x" * 9000]
    assert split("", 10) == [""]


@pytest.mark.parametrize(
    ("text", "most", "pieces"),
    [
        ("First part.\n\nSecond part, longer.", 24, ["First part.", "Second part, longer."]),
        ("one two three four\nfive six", 22, ["one two three four", "five six"]),
        ("It works. It really does! Yes?", 20, ["It works.", "It really does! Yes?"]),
        ("今天发货。明天送达。后天安装。", 10, ["今天发货。明天送达。", "后天安装。"]),
        ("“好的。”他说。然后离开了。", 8, ["“好的。”他说。", "然后离开了。"]),
        ("alpha beta gamma delta", 12, ["alpha beta", "gamma delta"]),
        ("字" * 10, 4, ["字字字字", "字字字字", "字字"]),
    ],
)
def test_a_cut_is_where_a_reader_would_make_it(text: str, most: int, pieces: list[str]) -> None:
    assert split(text, most) == pieces


def test_a_link_is_never_cut_unless_it_alone_is_too_long() -> None:
    text = f"See {LINK} for all of it, and then write to us again, please."
    for most in range(len(LINK), 70):
        assert [piece for piece in split(text, most) if LINK in piece], most
    assert "".join(split(LINK, 10)) == LINK


@pytest.mark.parametrize("unit", list(Unit))
@given(text=TEXTS, most=st.integers(25, 60))
def test_nothing_but_white_space_is_lost_and_every_piece_fits(text: str, most: int, unit: Unit) -> None:
    pieces = split(text, most, unit)
    assert all(MEASURES[unit](piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    whole = regex.findall(r"\X", "".join(text.split()))
    assert [each for piece in pieces for each in regex.findall(r"\X", "".join(piece.split()))] == whole


def test_units_are_what_vendors_count() -> None:
    assert [MEASURES[unit]("👍字") for unit in (Unit.CHARACTERS, Unit.UTF16, Unit.BYTES)] == [2, 3, 7]
