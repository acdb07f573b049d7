"""The section `aftersales` of tiers.yml: what is wrong is said with its place, and nothing in it has to be given."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from desk.aftersales_settings import AfterSales
from desk.tiers import TiersError, parse_tiers

SHIPPED = Path(__file__).parents[3] / "tiers.yml"


def tiers(**aftersales: Any) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return data | {"aftersales": aftersales}


def test_the_shipped_file_shows_the_defaults_and_who_follows_up() -> None:
    shipped = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["aftersales"]
    assert AfterSales(**shipped) == AfterSales(follow_up_tier="senior")
    assert parse_tiers(tiers()).follow_up_tier == "front_line", "who gets everything else"


@pytest.mark.parametrize(
    ("given", "where", "what"),
    [
        ({"follow_up_tier": "nobody"}, "aftersales.follow_up_tier", "there is no tier 'nobody'"),
        ({"low_rating": 5}, "aftersales.low_rating", "less than or equal to 4"),
        ({"remind_after_hours": 0}, "aftersales.remind_after_hours", "greater than or equal to 1"),
        ({"remind_after_days": 1}, "aftersales.remind_after_days", "is not a known name here"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(given: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(TiersError) as caught:
        parse_tiers(tiers(**given))
    [(place, problem)] = caught.value.problems
    assert place == where
    assert what in problem
