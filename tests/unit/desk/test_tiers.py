"""tiers.yml: the shipped one works, and wrong ones are refused with everything that is wrong."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from desk.tiers import TiersError, load_tiers, parse_tiers

SHIPPED = Path(__file__).parents[3] / "tiers.yml"


@pytest.fixture
def data() -> Any:
    return yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))


def test_the_shipped_tiers() -> None:
    tiers = load_tiers(SHIPPED)
    assert {name: tier.name.zh for name, tier in tiers.tiers.items()} == {
        "front_line": "前台客服",
        "coordinator": "中台客服",
        "back_office": "后台客服",
        "senior": "高级客服",
    }
    assert [grade.zh for grade in tiers.grades.values()] == ["初级", "中级", "高级"]


def test_every_problem_is_listed_with_its_place() -> None:
    with pytest.raises(TiersError) as error:
        parse_tiers(
            {
                "hours": {"time_zone": "Mars/Base", "weekly": {"mo": [], "tue": ["18:00-09:00"]}},
                "grades": {"Junior": {"en": "Junior"}},
                "tiers": {},
                "otherwise": {"tier": "x", "because": {"en": "", "zh": "x"}},
                "colour": "red",
            }
        )
    places = {where for where, _ in error.value.problems}
    assert places >= {
        "hours.time_zone", "hours.weekly.mo", "hours.weekly.tue.0", "grades.Junior.zh", "tiers",
        "otherwise.because.en", "colour",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        (("otherwise", "tier"), "moon", "otherwise.tier", "front_line, coordinator"),
        (("rules", 0, "tier"), "back_office", "rules.0.tier", "does not talk to customers"),
        (("hours", "weekly", "mon"), ["09:00-12:00", "11:00-13:00"], "hours.weekly.mon", "overlap"),
        (("hours", "weekly"), {}, "hours.weekly", "never open"),
        (("rules", 0, "when", "reason"), ["boredom"], "rules.0.when.reason.0", "requested"),
    ],
)
def test_what_does_not_fit_together(
    data: Any, path: tuple[str | int, ...], value: object, where: str, words: str
) -> None:
    changed = copy.deepcopy(data)
    place = changed
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(TiersError) as error:
        parse_tiers(changed)
    assert [(place, words in what) for place, what in error.value.problems] == [(where, True)]


def test_a_holiday_twice_is_a_mistake(data: Any) -> None:
    data["hours"]["holidays"].append(data["hours"]["holidays"][0])
    with pytest.raises(TiersError, match="more than once"):
        parse_tiers(data)


@pytest.mark.parametrize("content", ["a: [", "- 1", "", "\x00"])
def test_what_is_not_a_file_of_tiers(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tiers.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TiersError, match=r"tiers\.yml"):
        load_tiers(path)
    with pytest.raises(TiersError, match="cannot be read"):
        load_tiers(tmp_path / "missing.yml")


def test_escalations_in_a_circle_are_named(data: Any) -> None:
    data["tiers"]["senior"]["escalates_to"] = "front_line"
    with pytest.raises(TiersError) as error:
        parse_tiers(data)
    assert error.value.problems == (
        (
            "tiers.senior.escalates_to",
            "goes round in a circle: front_line → coordinator → senior → front_line; leave one of them out",
        ),
    )


def test_every_problem_between_parts_is_told_at_once(data: Any) -> None:
    data["tiers"]["front_line"] |= {"escalates_to": "coordinators", "skills": ["juggling"]}
    data["tiers"]["back_office"]["escalates_to"] = "back_office"
    data["tiers"]["forgotten"] = {"name": {"en": "F", "zh": "忘"}, "role": {"en": "None", "zh": "无"}}
    data["categories"]["order"]["skills"] = ["records", "dancing"]
    data["rules"].append({"when": {"category": ["weather"]}, "tier": "senior", "because": {"en": "W", "zh": "天"}})
    data["skills"]["unused"] = {"en": "Unused", "zh": "无人"}
    data["categories"]["product"]["skills"] = ["unused"]
    with pytest.raises(TiersError) as error:
        parse_tiers(data)
    told = [where for where, _ in error.value.problems]
    assert sorted(told) == sorted([
        "tiers.front_line.escalates_to", "tiers.front_line.skills", "tiers.back_office.escalates_to", "tiers.forgotten",
        "categories.order.skills", "rules.8.when.category", "categories.product.skills",
    ])  # fmt: skip


def test_a_language_that_nobody_speaks_is_told(data: Any) -> None:
    for tier in data["tiers"].values():
        tier["languages"] = ["zh"]
    data["rules"][0]["when"]["language"] = ["en"]
    with pytest.raises(TiersError) as error:
        parse_tiers(data)
    assert [where for where, _ in error.value.problems] == ["rules.0.tier", "tiers"]


def test_a_file_of_before_there_was_triage_still_works(data: Any) -> None:
    for name in ("skills", "categories"):
        del data[name]
    for tier in data["tiers"].values():
        for name in ("skills", "languages", "capacity", "public_name"):
            tier.pop(name, None)
        tier["about"] = tier.pop("role")
    tiers = parse_tiers(data)
    assert tiers.tiers["senior"].role.en == "High value, high risk, and following up."
    assert tiers.tiers["senior"].shown_name.en == "Senior"
    assert set(tiers.categories) > {"order", "presales", "other"}


def test_a_ticket_weighs_by_its_channel(data: Any) -> None:
    tier = parse_tiers(data).tiers["front_line"]
    assert (tier.weight("web"), tier.weight("phone"), tier.weight("email")) == (1.0, 4.0, 0.4)


def test_a_tier_may_have_hours_of_its_own(data: Any) -> None:
    data["tiers"]["senior"]["hours"] = {"time_zone": "Europe/Berlin", "weekly": {"mon": ["10:00-11:00"]}}
    tiers = parse_tiers(data)
    assert tiers.hours_of("senior").zone.key == "Europe/Berlin"
    assert tiers.hours_of("front_line").zone.key == "Asia/Shanghai"


def test_the_assignment_of_a_tier_that_does_not_exist_is_named(data: Any) -> None:
    data["assignment"] = {"mode": "offer", "tiers": {"frontline": "pull"}}
    with pytest.raises(TiersError, match=r"assignment\.tiers\.frontline: there is no tier 'frontline'; the tiers are"):
        parse_tiers(data)
