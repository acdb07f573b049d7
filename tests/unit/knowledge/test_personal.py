"""Paragraphs of an article that concern one customer."""

import pytest

from knowledge.personal import for_everybody, for_one, is_personal, unknown_places
from knowledge.text import passages

BODY = "There are three levels.\n\nYours is **{{customer.tier}}**, {{ customer.name }}.\n\nOpen: {{customer.orders}}."


def test_everybody_reads_it_without_what_is_personal() -> None:
    assert for_everybody(BODY) == "There are three levels."
    assert for_everybody("Plain\n\ntext {not} a place") == "Plain\n\ntext {not} a place"


def test_one_reads_only_what_can_be_filled_as_a_whole() -> None:
    assert for_one(BODY, {"tier": "Gold", "name": "Li Na"}) == "Yours is **Gold**, Li Na."
    assert for_one(BODY, {"tier": "Gold", "name": ""}) == ""
    assert for_one(BODY, {"orders": "HL1"}) == "Open: HL1."


def test_what_a_customer_is_called_is_never_a_place() -> None:
    assert for_one("{{customer.name}}", {"name": "{{customer.orders}}"}) == "{{customer.orders}}"
    assert not is_personal("{{customer}} {{ other.tier }}")


@pytest.mark.parametrize("place", ["{{customer.age}}", "{{tier}}", "{{}}", "{{customer.tier.name}}"])
def test_what_nothing_fills_is_named(place: str) -> None:
    assert unknown_places(f"a {place} b {{{{customer.tier}}}}") == [place]


def test_personal_paragraphs_are_not_searched() -> None:
    assert passages(BODY) == ["There are three levels."]
