"""Criteria of promotions at their borders, problems of tiers.yml, and the draw of reviews."""

import copy
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.errors import Refused
from desk.growth import Record, checks, months_between, quarter_of
from desk.growth_settings import Criteria, PerMonth, Quality
from desk.quality import total
from desk.quality_sampling import draw, last_slice
from desk.tiers import TiersError, parse_tiers
from storage.growth import Worked
from storage.reviews import Candidate

SHIPPED = Path(__file__).parents[3] / "tiers.yml"
ZONE = ZoneInfo("Asia/Shanghai")
CRITERIA = Criteria(solved=10, rating=4.5, ratings=4, quality=80, reviews=2, trainings=1, months=3, sla=0.9)
ENOUGH = Record(
    worked=Worked(solved=10, ratings=4, rating=4.5, promises=10, kept=9), quality=80, reviews=2, trainings=1, months=3
)


def missing(record: Record) -> list[str]:
    return [each.name for each in checks(CRITERIA, record) if not each.met]


def test_exactly_enough_is_enough() -> None:
    assert missing(ENOUGH) == []


@pytest.mark.parametrize(
    ("short", "name"),
    [
        (replace(ENOUGH, worked=replace(ENOUGH.worked, solved=9)), "solved"),
        (replace(ENOUGH, worked=replace(ENOUGH.worked, rating=4.49)), "rating"),
        (replace(ENOUGH, worked=replace(ENOUGH.worked, rating=5, ratings=3)), "rating"),
        (replace(ENOUGH, worked=replace(ENOUGH.worked, kept=8)), "sla"),
        (replace(ENOUGH, worked=replace(ENOUGH.worked, promises=0, kept=0)), "sla"),
        (replace(ENOUGH, quality=79.9), "quality"),
        (replace(ENOUGH, quality=100, reviews=1), "quality"),
        (replace(ENOUGH, trainings=0), "trainings"),
        (replace(ENOUGH, months=2), "months"),
    ],
)
def test_a_little_less_is_not(short: Record, name: str) -> None:
    assert missing(short) == [name]


def test_what_is_not_named_is_not_asked_for() -> None:
    assert [each.name for each in checks(Criteria(solved=1), Record())] == ["solved"]


def test_months_are_those_of_the_calendar_where_the_company_is() -> None:
    day = 86_400_000
    november_27 = 1_795_708_800_000  # 2026-11-27 00:00 in Shanghai
    assert quarter_of(november_27, ZONE) == "2026-Q4"
    assert months_between(november_27, november_27 + 30 * day - 1, ZONE) == 0
    assert months_between(november_27, november_27 + 30 * day, ZONE) == 1


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        (("growth", "grades", "expert"), {"solved": 1}, "growth.grades.expert", "junior, intermediate"),
        (("growth", "grades", "junior"), {"solved": 1}, "growth.grades.junior", "first grade"),
        (("growth", "grades", "senior", "after"), "novice", "growth.grades.senior.after", "no grade 'novice'"),
        (("growth", "grades", "intermediate", "after"), "senior", "growth.grades.senior.after", "circle"),
        (("growth", "grades", "senior", "after"), "junior", "growth.grades.senior.after", "two grades"),
        (("growth", "grades", "senior", "rating"), 6, "growth.grades.senior.rating", "less than or equal to 5"),
        (("growth", "grades", "senior", "sla"), 95, "growth.grades.senior.sla", "less than or equal to 1"),
        (("growth", "grades", "senior"), {"ratings": 3}, "growth.grades.senior", "asks for nothing"),
        (("growth", "grades", "senior", "reviews"), 99, "growth.grades.senior.reviews", "at most 30"),
        (("quality", "items"), {}, "quality.items", "at least 1"),
    ],
)
def test_what_cannot_be_fulfilled_is_told_at_the_start(path: Any, value: object, where: str, words: str) -> None:
    data: Any = copy.deepcopy(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")))
    place = data
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(TiersError) as error:
        parse_tiers(data)
    assert any(place == where and words in what for place, what in error.value.problems), error.value.problems


def test_items_count_by_weight_and_those_that_do_not_apply_not_at_all() -> None:
    quality = Quality()
    assert total({"understood": 5, "right": 5, "tone": 5, "process": 5}, quality) == 100
    assert total({"understood": 5, "right": 0, "tone": None, "process": None}, quality) == pytest.approx(100 / 3)
    with pytest.raises(Refused):
        total({"right": None}, quality)


def of(agent_id: str, count: int, **about: Any) -> list[Candidate]:
    values = {"score": None, "escalations": 0} | about
    names = (f"{agent_id}-{about}-{number}" for number in range(count))
    return [Candidate(ticket_id=name, agent_id=agent_id, **values) for name in names]


def test_each_agents_quota_is_kept_however_many_conversations_they_have() -> None:
    many = [*of("busy", 300), *of("busy", 30, score=1), *of("busy", 30, escalations=1), *of("new", 1)]
    picks = draw(many, {("busy", "low_rated"): 3}, Quality(), "seed")
    assert Counter((each.agent_id, each.why) for each in picks) == {
        ("busy", "random"): 1, ("busy", "low_rated"): 1, ("busy", "escalated"): 2, ("new", "random"): 1,
    }  # fmt: skip
    assert draw(many, {("busy", "random"): 4, ("new", "random"): 4}, Quality(per_month=PerMonth(random=4)), "seed")
    assert picks == draw(list(reversed(many)), {("busy", "low_rated"): 3}, Quality(), "seed"), "the seed explains it"


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=8), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))
def test_no_conversation_is_drawn_twice_nor_more_than_the_month_allows(
    seed: str, fine: int, low: int, escalated: int
) -> None:
    picks = draw(
        [*of("a", fine), *of("a", low, score=2), *of("a", escalated, escalations=1), *of("b", low)], {}, Quality(), seed
    )
    assert len({each.ticket_id for each in picks}) == len(picks)
    for (_, why), count in Counter((each.agent_id, each.why) for each in picks).items():
        assert count <= {"random": 1, "low_rated": 4, "escalated": 2}[why]


def test_every_conversation_has_the_same_chance() -> None:
    ten = of("a", 10)
    drawn = Counter(draw(ten, {}, Quality(), str(seed))[0].ticket_id for seed in range(2000))
    assert len(drawn) == 10
    assert all(140 < times < 260 for times in drawn.values()), drawn  # 200 each; 4.5 standard deviations


@settings(max_examples=50, deadline=None)
@given(st.integers(1_700_000_000_000, 1_900_000_000_000), st.integers(1, 30))
def test_slices_follow_each_other_without_a_gap(now: int, parts: int) -> None:
    part = last_slice(now, parts, ZONE)
    assert part.since < part.until <= now
    assert last_slice(part.since, parts, ZONE).until == part.since
