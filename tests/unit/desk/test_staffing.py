"""The staffing plan: Erlang C, the simulation that checks it, what history says, and what becomes of both."""

import json
import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.erlang import agents_needed, answered_within, average_wait, waiting_probability, with_shrinkage
from desk.forecast import HOUR_MS, forecast, poisson_interval
from desk.handling import tier_work
from desk.hours import Hours, Span
from desk.simulation import Day, Exponential, Handling, Stretch, simulate
from desk.staffing import Goal, planned
from storage.passages import Passage
from storage.workload import Workload

REFERENCE = json.loads((Path(__file__).parents[2] / "fixtures" / "erlang_c.json").read_text())
SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE_TO_FIVE = Hours(zone=SHANGHAI, weekly=((Span(540, 1020),),) * 5 + ((),) * 2, special={})
MONDAY = date(2026, 10, 5)
GOAL = Goal(target=0.8, within_s=60, shrinkage=0.3, runs=20)


def at(day: int, hour: int, minute: float = 0) -> int:
    """An instant (ms), so many days after MONDAY."""
    begins = datetime.combine(MONDAY + timedelta(days=day), datetime.min.time(), SHANGHAI)
    return round((begins.timestamp() + hour * 3600 + minute * 60) * 1000)


@pytest.mark.parametrize(
    "known", REFERENCE, ids=lambda known: f"{known['arrivals_per_hour']:g} of {known['handling_s']} s"
)
def test_erlang_c_agrees_with_pyworkforce(known: dict[str, float]) -> None:
    load = known["arrivals_per_hour"] * known["handling_s"] / 3600
    agents = agents_needed(load, known["handling_s"], known["within_s"], known["target"])
    assert agents == known["agents"]
    assert with_shrinkage(agents, known["shrinkage"]) == known["scheduled"]
    assert waiting_probability(agents, load) == pytest.approx(known["wait"], abs=1e-9)
    assert answered_within(agents, load, known["handling_s"], known["within_s"]) == pytest.approx(
        known["level"], abs=1e-9
    )


def test_erlang_c_agrees_with_a_published_example() -> None:
    """Call Centre Helper, "Erlang C Formula – Made Simple With an Easy Worked Example": 200 calls an hour of 180 s and
    14 agents: 17.4 % wait, 88.8 % are answered within 20 s, after 7.8 s on average.
    """
    assert round(100 * waiting_probability(14, 10), 1) == 17.4
    assert round(100 * answered_within(14, 10, 180, 20), 1) == 88.8
    assert round(average_wait(14, 10, 180), 1) == 7.8


@given(rho=st.floats(0.01, 0.99))
def test_with_one_and_two_agents_erlang_c_is_the_textbooks_closed_form(rho: float) -> None:
    """Gross and Harris, Fundamentals of Queueing Theory: ρ for M/M/1, 2ρ²/(1+ρ) for M/M/2."""
    assert waiting_probability(1, rho) == pytest.approx(rho)
    assert waiting_probability(2, 2 * rho) == pytest.approx(2 * rho**2 / (1 + rho))


@settings(max_examples=50)
@given(load=st.floats(0, 300), within=st.floats(0, 3600), target=st.floats(0.1, 0.99))
def test_one_agent_less_would_not_do(load: float, within: float, target: float) -> None:
    agents = agents_needed(load, 300, within, target)
    assert answered_within(agents, load, 300, within) >= target
    assert agents == 1 or answered_within(agents - 1, load, 300, within) < target


def test_too_few_agents_answer_nobody_in_time() -> None:
    assert (waiting_probability(3, 3), answered_within(3, 3, 60, 60), average_wait(3, 3, 60)) == (1, 0, math.inf)


@pytest.mark.parametrize(("agents", "per_hour", "within"), [(4, 40, 60), (2, 10, 300), (10, 100, 20)])
def test_the_simulation_of_what_erlang_c_assumes_agrees_with_it(agents: int, per_hour: int, within: int) -> None:
    stretch = Stretch(start=0, end=100 * 3600, per_hour=per_hour, agents=agents)
    day = Day(stretches=(stretch,), handling=Exponential(mean_s=300), within_s=within)
    level = simulate(day, 6)[-1]
    expected = answered_within(agents, per_hour / 12, 300, within)
    assert level.share == pytest.approx(expected, abs=0.035)


def test_a_simulated_day_is_the_same_again_and_who_gives_up_takes_nobodys_time() -> None:
    stretches = (Stretch(start=0, end=3600, per_hour=60, agents=2), Stretch(start=3600, end=7200, per_hour=0, agents=1))
    day = Day(stretches=stretches, handling=Handling(mean_s=240, sigma=0.8), within_s=60)
    patient, again, gone = simulate(day, 30), simulate(day, 30), simulate(replace(day, patience_s=30), 30)
    assert patient == again
    assert patient[1].share is None
    assert (gone[0].share or 0) > (patient[0].share or 0)


def way(ticket: str, *places: tuple[int, str, str]) -> tuple[Passage, ...]:
    """Where a ticket went: (ms, place, agent)."""
    return tuple(
        Passage(ticket_id=ticket, at=when, place=place, tier="front", agent_id=agent) for when, place, agent in places
    )


def test_what_an_agent_does_at_once_is_shared_between_the_tickets() -> None:
    # Given two tickets that one agent holds from 10:00 to 10:10 and from 10:05 to 10:10, with words in both at 10:05
    one = way("1", (at(0, 9, 50), "queue", ""), (at(0, 10), "agent", "a"), (at(0, 10, 10), "resolved", "a"))
    two = way("2", (at(0, 8), "queue", ""), (at(0, 10, 5), "agent", "a"), (at(0, 10, 10), "resolved", "a"))
    work = tier_work(Workload(passages=one + two, said={"1": (at(0, 10, 5),)}), "front", NINE_TO_FIVE, at(1, 0))
    # Then the last five minutes count half for each, and what came before opening came when the desk opened
    assert sorted(work.handling_s) == [150, 450]
    assert work.concurrency == 1.5
    assert work.arrivals == (at(0, 9), at(0, 9, 50))


def test_waiting_for_a_customer_is_not_handling_and_a_requeue_is_no_arrival() -> None:
    # Given a ticket that was held all day and spoken in twice, queued again, and then left by the customer
    said = {"1": (at(0, 11), at(0, 11, 4))}
    moves = [
        (at(0, 10), "queue", ""),
        (at(0, 10, 30), "agent", "a"),
        (at(0, 15), "queue", ""),
        (at(0, 15, 20), "abandoned", ""),
    ]
    work = tier_work(Workload(passages=way("1", *moves), said=said), "front", NINE_TO_FIVE, at(1, 0))
    assert work.handling_s == (600 + 840,)  # ten minutes after it came, and from 11:00 to ten minutes after 11:04
    assert (work.arrivals, work.left, work.waited_s) == ((at(0, 10),), 1, 50 * 60)


def test_the_forecast_knows_busy_hours_and_leaves_holidays_out() -> None:
    # Given four weeks with 9 tickets at ten and 1 at eleven each day, none on a Wednesday that is a holiday
    closed = MONDAY + timedelta(days=2)
    hours = Hours(zone=SHANGHAI, weekly=NINE_TO_FIVE.weekly, special={closed: ()})
    days = [day for day in range(28) if day % 7 < 5 and day != 2]
    came = [at(day, 10, minute) for day in days for minute in range(9)] + [at(day, 11) for day in days]
    ahead = forecast(came, hours, at(0, 0), at(28, 0))
    # Then the hours are as they were, on Wednesdays too, and what stands on few tickets says so
    assert ahead.rates[0, 10].mean == pytest.approx(9, rel=0.03)
    assert ahead.rates[2, 10].mean == pytest.approx(9, rel=0.03)
    assert ahead.rates[0, 11].mean == pytest.approx(1, rel=0.03)
    assert (ahead.rates[0, 10].pooled, ahead.rates[0, 11].pooled) == (False, True)
    assert ahead.rates[0, 11].low < 1 < ahead.rates[0, 11].high
    assert (5, 10) not in ahead.rates


def test_with_less_than_two_weeks_all_weekdays_are_one() -> None:
    came = [at(day, 10, minute) for day in range(5) for minute in range(1 + 2 * day)]
    ahead = forecast(came, NINE_TO_FIVE, at(0, 0), at(7, 0))
    assert [ahead.rates[day, 10].mean for day in range(5)] == [pytest.approx(5)] * 5
    assert all(rate.pooled for rate in ahead.rates.values())


def test_a_desk_that_grows_is_planned_for_what_it_is_now() -> None:
    came = [at(day, 10, minute) for day in range(56) if day % 7 < 5 for minute in range(4 + day // 7 * 4)]
    ahead = forecast(came, NINE_TO_FIVE, at(0, 0), at(56, 0))
    assert ahead.trend == pytest.approx(30 / 18, rel=0.05)


def test_an_intervals_ends_are_garwoods() -> None:
    assert poisson_interval(0) == (0, pytest.approx(2.996, abs=1e-3))
    assert poisson_interval(10) == (pytest.approx(5.425, abs=1e-3), pytest.approx(16.962, abs=1e-3))


def busy_desk(weeks: int) -> Workload:
    """Each working hour six tickets of ten minutes, one after the other."""
    begins = [
        at(day, hour, 10 * n) for day in range(7 * weeks) if day % 7 < 5 for hour in range(9, 17) for n in range(6)
    ]
    ways = [
        way(
            f"{when}",
            (when, "queue", ""),
            (when + 1000, "agent", "a"),
            (when + 1000 + 400_000 + when % 397_000, "resolved", "a"),
        )
        for when in begins
    ]
    return Workload(passages=tuple(each for one in ways for each in one), said={})


def test_a_plan_staffs_open_hours_and_the_simulation_agrees_with_it() -> None:
    work = tier_work(busy_desk(4), "front", NINE_TO_FIVE, at(28, 0))
    heard: list[float] = []
    plan = planned("front", work, NINE_TO_FIVE, (at(0, 0), at(28, 0)), MONDAY + timedelta(days=28), GOAL, heard.append)
    # Then every open hour has enough people, and nobody is asked to come when the desk is closed
    assert len(plan.needs) == 5 * 8
    assert {need.weekday for need in plan.needs} == set(range(5))
    assert not plan.basis.thin
    for need in plan.needs:
        assert need.by_erlang <= need.agents < need.rostered
        assert need.least <= need.by_erlang <= need.most
        assert need.simulated.high >= GOAL.target
        assert need.predicted >= GOAL.target
    assert heard[-1] == 1
    json.dumps(plan.to_json())


def test_where_the_simulation_disagrees_agents_are_added() -> None:
    # Given half an hour of work for each ticket, and a rush at ten, which Erlang C forgets at eleven
    days = [day for day in range(28) if day % 7 < 5]
    came = [at(day, 10, minute) for day in days for minute in range(40)]
    came += [at(day, hour, minute) for day in days for hour in (9, *range(11, 17)) for minute in (0, 30)]
    work = tier_work(busy_desk(4), "front", NINE_TO_FIVE, at(28, 0))
    slow = replace(work, arrivals=tuple(sorted(came)), handling_s=tuple(1600 + n for n in range(400)))
    goal = replace(GOAL, target=0.95, runs=40)
    plan = planned("front", slow, NINE_TO_FIVE, (at(0, 0), at(28, 0)), MONDAY, goal)
    # Then those who come at eleven are given more people than Erlang C says, until enough are answered
    after = [need for need in plan.needs if need.hour == 11]
    assert all(need.agents > need.by_erlang for need in after)
    assert all(need.simulated.high >= goal.target for need in plan.needs)


def test_a_desk_without_history_says_that_it_has_none() -> None:
    nothing = tier_work(Workload(passages=(), said={}), "front", NINE_TO_FIVE, at(1, 0))
    plan = planned("front", nothing, NINE_TO_FIVE, (at(0, 0), at(1, 0)), MONDAY, GOAL)
    assert plan.basis.thin
    assert {(need.agents, need.arrivals.mean) for need in plan.needs} == {(1, 0)}


def test_the_clock_of_a_plan_is_the_tiers() -> None:
    nothing = tier_work(Workload(passages=(), said={}), "front", NINE_TO_FIVE, at(1, 0))
    first = planned("front", nothing, NINE_TO_FIVE, (at(0, 0), at(1, 0)), MONDAY, GOAL).needs[0]
    assert datetime.fromtimestamp(first.at / 1000, UTC) == datetime(2026, 10, 5, 1, tzinfo=UTC)
    assert first.until - first.at == HOUR_MS
