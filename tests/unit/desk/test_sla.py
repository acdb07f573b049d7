"""SLA clocks: the definitions one by one, and any course of events compared with a walk through time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import sla
from desk.hours import Hours, Span
from desk.sla import Said
from desk.sla_policy import Policy, Terms
from storage.sla import Clock, Metric
from storage.tickets import Ticket
from tests.unit.desk.test_hours import BERLIN, SHANGHAI, ZONES, hours, ms
from tests.unit.desk.walking import CLOSED, Open, Step, Walked, walk, wall_clock

MINUTE, HOUR = 60_000, 3_600_000
STRIDE = 5 * MINUTE
METRICS: tuple[Metric, ...] = ("first_response", "next_response", "resolution")


def ticket(**changes: Any) -> Ticket:
    """A queued ticket."""
    texts = ("id", "handoff_id", "conversation_id", "number", "question", "summary", "customer_name", "customer_email")
    values: dict[str, Any] = dict.fromkeys(texts, "t1") | {"agent_name": "", "sentiment": "neutral"}
    values |= {"channel": "web", "state": "queued", "tier": "front_line", "tier_because": {}, "priority": 1}
    values |= {"urgency": "normal", "language": "zh", "reason": "no_answer", "verified": True, "agent_id": None}
    values |= dict.fromkeys(("for_agent", "position", "rating", "taken_at", "closed_at"))
    values |= {"online": True, "unread": 0, "entries": 1, "version": 1, "last": {}, "reopened": 0}
    values |= {"created_at": 0, "queued_at": 0, "updated_at": 0}
    return Ticket(**values | changes)


class Fixed(Policy):
    """Terms by tier, as a test says."""

    def __init__(self, tiers: dict[str, dict[Metric, Terms]]) -> None:
        self._tiers = tiers

    def terms(self, metric: Metric, ticket: Ticket) -> Terms:
        """Of a ticket at a tier."""
        return self._tiers[ticket.tier][metric]


def minutes(target: float, open_hours: Hours | None = None) -> Terms:
    """Terms of so many minutes."""
    return Terms(target=round(target * MINUTE), warning=round(target * MINUTE * 0.8), hours=open_hours)


DAYTIME = Fixed({"front_line": dict.fromkeys(METRICS, minutes(60, hours())),
                 "senior": dict.fromkeys(METRICS, minutes(30))})  # fmt: skip
FRIDAY_AFTERNOON = ms("2026-11-20T17:30:00+08:00")
MONDAY = ms("2026-11-23T09:00:00+08:00")


def newest(clocks: tuple[Clock, ...]) -> dict[str, Clock]:
    """By metric."""
    return {clock.metric: clock for clock in clocks}


def test_the_night_and_the_weekend_do_not_count() -> None:
    clocks = newest(sla.opening(ticket(), DAYTIME, FRIDAY_AFTERNOON))
    assert set(clocks) == {"first_response", "resolution"}
    assert clocks["first_response"].due_at == MONDAY + 30 * MINUTE
    assert clocks["first_response"].warns_at == MONDAY + 18 * MINUTE


def test_only_a_persons_words_to_the_customer_are_a_response() -> None:
    queued = ticket()
    opened = sla.opening(queued, DAYTIME, MONDAY)
    assert sla.advance(opened, queued, queued, Said(), DAYTIME, MONDAY + MINUTE) == opened
    held = replace(queued, state="open")
    answered = newest(sla.advance(opened, held, held, Said(person=True), DAYTIME, MONDAY + MINUTE))
    assert answered["first_response"].met_at == MONDAY + MINUTE
    assert answered["first_response"].elapsed == MINUTE
    assert answered["resolution"].ticking


def test_what_was_late_has_been_broken_when_its_time_was_up() -> None:
    held = ticket(state="open")
    opened = sla.opening(held, DAYTIME, MONDAY)
    due = MONDAY + HOUR
    in_time = newest(sla.advance(opened, held, held, Said(person=True), DAYTIME, due))
    late = newest(sla.advance(opened, held, held, Said(person=True), DAYTIME, due + 1))
    assert in_time["first_response"].breached_at is None
    assert late["first_response"].breached_at == due
    assert late["first_response"].met_at == due + 1


def test_another_tier_takes_over_what_has_passed() -> None:
    held = ticket(state="open")
    moved = replace(held, tier="senior", state="queued")
    opened = sla.opening(held, DAYTIME, MONDAY)
    clock = newest(sla.advance(opened, held, moved, Said(), DAYTIME, MONDAY + 10 * MINUTE))["first_response"]
    assert (clock.elapsed, clock.target, clock.due_at) == (10 * MINUTE, 30 * MINUTE, MONDAY + 30 * MINUTE)
    at = MONDAY + 40 * MINUTE
    overdue = newest(sla.advance(opened, held, moved, Said(), DAYTIME, at))["first_response"]
    assert overdue.due_at == at, "more had passed than the new tier allows: its time is up now, not before"


def test_who_speaks_first_owes_no_first_response() -> None:
    begun = ticket(reason="agent", last={"author": "agent"}, state="open")
    assert [clock.metric for clock in sla.opening(begun, DAYTIME, MONDAY)] == ["resolution"]
    called = ticket(reason="agent", last={"author": "customer"})
    assert "first_response" in newest(sla.opening(called, DAYTIME, MONDAY))
    spoken = sla.advance(
        sla.opening(begun, DAYTIME, MONDAY), begun, begun, Said(customer=True), DAYTIME, MONDAY + MINUTE
    )
    assert newest(spoken)["next_response"].started_at == MONDAY + MINUTE


def test_a_snoozed_ticket_is_due_later_without_anybodys_waking_it() -> None:
    held = ticket(state="open")
    asleep = replace(held, snoozed_until=MONDAY + 2 * HOUR)
    clocks = newest(sla.advance(sla.opening(held, DAYTIME, MONDAY), held, asleep, Said(), DAYTIME, MONDAY + HOUR // 2))
    assert clocks["resolution"].due_at == MONDAY + 2 * HOUR + HOUR // 2
    assert clocks["first_response"].due_at == MONDAY + HOUR, "an answer that is owed is not put to sleep"


def test_a_clock_warns_once_and_not_after_it_broke() -> None:
    clock = sla.opening(ticket(), DAYTIME, MONDAY)[0]
    assert sla.warn_if_near(clock, MONDAY + 47 * MINUTE) == clock
    warned = sla.warn_if_near(clock, MONDAY + 48 * MINUTE)
    assert (warned.warned_at, warned.look_at) == (MONDAY + 48 * MINUTE, MONDAY + HOUR + 1)
    assert sla.warn_if_near(warned, MONDAY + 50 * MINUTE) == warned
    late = MONDAY + 2 * HOUR
    assert sla.warn_if_near(sla.break_if_late(clock, late), late).warned_at is None


def test_who_opens_a_closed_ticket_decides_what_is_owed() -> None:
    held = ticket(state="open")
    closed = replace(held, state="resolved")
    opened = sla.opening(held, DAYTIME, MONDAY)
    answered = sla.advance(opened, held, held, Said(person=True), DAYTIME, MONDAY + MINUTE)
    asked = sla.advance(answered, held, held, Said(customer=True), DAYTIME, MONDAY + 2 * MINUTE)
    solved = sla.advance(asked, held, closed, Said(), DAYTIME, MONDAY + 4 * MINUTE)
    later = MONDAY + 10 * MINUTE
    by_agent = newest(sla.advance(solved, closed, held, Said(), DAYTIME, later))
    by_customer = newest(sla.advance(solved, closed, held, Said(customer=True), DAYTIME, later))
    parted = newest(sla.advance(solved, closed, held, Said(parted=True), DAYTIME, later))
    assert all(clocks["resolution"].ticking for clocks in (by_agent, by_customer, parted))
    assert by_agent["next_response"].ended, "an agent who gets in touch again owes no answer"
    assert (by_customer["next_response"].n, by_customer["next_response"].elapsed) == (2, 0)
    assert (parted["next_response"].n, parted["next_response"].elapsed) == (1, 2 * MINUTE)


# --- compared with a walk -------------------------------------------------------------------------------------------

marks = st.lists(st.one_of(st.integers(0, 5 * 4), st.integers(0, 24 * 4)), max_size=4, unique=True).map(sorted)
days = st.tuples(marks, st.booleans()).map(
    lambda drawn: tuple((start * 15, end * 15) for start, end in list(pairwise(drawn[0]))[:: 1 if drawn[1] else 2])
)
weeks = st.tuples(*[days] * 7)
CHANGES = {  # nights on which clocks jump, and an ordinary one
    "spring": datetime(2027, 3, 27, tzinfo=UTC), "autumn": datetime(2026, 10, 24, tzinfo=UTC),
    "southern": datetime(2027, 4, 3, tzinfo=UTC), "winter": datetime(2026, 12, 30, tzinfo=UTC),
}  # fmt: skip


@st.composite
def calendars(draw: st.DrawFn, starts: datetime) -> tuple[Hours, Open]:
    """The same opening hours for the desk and for the walk, with a holiday near."""
    zone, weekly = draw(st.sampled_from(ZONES)), draw(weeks)
    holiday = {(starts + timedelta(days=draw(st.integers(-1, 4)))).date(): draw(days)}
    spans = tuple(tuple(Span(*span) for span in day) for day in weekly)
    special = {day: tuple(Span(*span) for span in found) for day, found in holiday.items()}
    return Hours(zone=zone, weekly=spans, special=special), wall_clock(zone, weekly, holiday, STRIDE)


@given(data=st.data(), when=st.sampled_from(sorted(CHANGES)))
@settings(max_examples=50, deadline=None)
def test_business_time_is_what_the_wall_clock_shows(data: st.DataObject, when: str) -> None:
    week, is_open = data.draw(calendars(CHANGES[when]))
    start = round(CHANGES[when].timestamp() * 1000) + data.draw(st.integers(0, 200)) * STRIDE
    end = start + data.draw(st.integers(0, 900)) * STRIDE
    counted = sum(is_open(at) for at in range(start, end, STRIDE)) * STRIDE
    assert week.business_ms(start, end) == counted
    reached = week.add_business_ms(start, counted)
    assert reached is not None
    assert reached <= max(start, end)
    assert week.business_ms(start, reached) == counted
    assert not counted or week.business_ms(start, reached - 1) == counted - 1, "the first such moment"


def test_business_time_of_years_adds_up_and_never_comes_where_nobody_opens() -> None:
    week = hours(zone=BERLIN)
    start, end = ms("2026-01-01T00:00:00+01:00"), ms("2029-01-01T00:00:00+01:00")
    working_days = sum((date(2026, 1, 1) + timedelta(days=day)).weekday() < 5 for day in range(3 * 365 + 1))
    assert week.business_ms(start, end) == working_days * 9 * HOUR
    assert week.add_business_ms(start, working_days * 9 * HOUR) == ms("2028-12-29T18:00:00+01:00")
    assert hours(weekly=((),) * 7, zone=SHANGHAI).add_business_ms(start, 1) is None


def test_an_hour_that_comes_twice_counts_once_for_each_time_it_comes() -> None:
    night = hours(zone=BERLIN, weekly=((Span.parse("01:00-02:30"), Span.parse("02:30-04:00")),) * 7)
    assert night.business_ms(ms("2026-10-25T00:00:00+02:00"), ms("2026-10-25T12:00:00+01:00")) == 4 * HOUR
    assert night.add_business_ms(ms("2026-10-25T00:00:00+02:00"), 3 * HOUR) == ms("2026-10-25T03:00:00+01:00")


acts = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.sampled_from(("customer", "person", "close", "reopen", "idle", "take", "tier", "snooze", "note")),
        st.integers(1, 200),
    ),
    max_size=14,
)


@given(data=st.data(), when=st.sampled_from(sorted(CHANGES)), course=acts, internal=st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_course_of_events_gives_what_the_walk_gives(
    data: st.DataObject, when: str, course: list[tuple[int, str, int]], internal: bool
) -> None:
    tiers: dict[str, dict[Metric, Terms]] = {}
    counts: dict[str, dict[Metric, Open]] = {}
    for tier in ("front_line", "senior"):
        week, is_open = data.draw(calendars(CHANGES[when]))
        always = data.draw(st.sets(st.sampled_from(METRICS)))
        targets = {metric: data.draw(st.integers(1, 150)) * STRIDE / MINUTE for metric in METRICS}
        tiers[tier] = {metric: minutes(targets[metric], None if metric in always else week) for metric in METRICS}
        counts[tier] = {metric: (lambda _: True) if metric in always else is_open for metric in METRICS}
    policy = Fixed(tiers)

    def step(at: int, act: str, now: Ticket) -> Step:
        targets = {metric: tiers[now.tier][metric].target for metric in METRICS}
        return Step(at, act, now.state, targets, dict(counts[now.tier]), now.snoozed_until or 0)

    at = round(CHANGES[when].timestamp() * 1000)
    current = ticket(kind="internal" if internal else "case")
    clocks = {(clock.metric, clock.n): clock for clock in sla.opening(current, policy, at)}
    steps = [step(at, "opened", current)]
    for pause, wish, amount in course:
        at += pause * STRIDE
        act, after = _what_becomes(current, wish, amount, at)
        said = Said(customer=act in {"customer", "reopen"}, person=act == "person")
        latest = newest(tuple(sorted(clocks.values(), key=lambda clock: clock.n)))
        for clock in sla.advance(tuple(latest.values()), current, after, said, policy, at):
            clocks[clock.metric, clock.n] = clock
        current = after
        steps.append(step(at, act, current))
    until = at + data.draw(st.integers(0, 200)) * STRIDE
    expected = walk(steps, until, STRIDE, internal=internal)
    assert {key: _seen(clock, policy, current, until) for key, clock in clocks.items()} == {
        (each.metric, each.n): _walked(each) for each in expected
    }


def _what_becomes(current: Ticket, wish: str, amount: int, at: int) -> tuple[str, Ticket]:
    """What an act is, and what it makes of the ticket: what is impossible is a note."""
    closed = current.state in CLOSED
    states = {"close": ("resolved", "returned", "abandoned")[amount % 3], "idle": "waiting_customer", "take": "open"}
    if wish == "reopen" and closed:
        return "reopen", replace(current, state="open" if amount % 2 else "queued")
    if closed or wish in {"note", "reopen"}:
        return "other", current
    if wish in states:
        return "other", replace(current, state=states[wish])
    if wish == "tier":
        return "other", replace(current, tier=("front_line", "senior")[amount % 2])
    if wish == "snooze":
        return "other", replace(current, snoozed_until=at + amount * STRIDE if amount % 4 else None)
    state = "open" if wish == "customer" and current.state == "waiting_customer" else current.state
    return wish, replace(current, state=state)


def _seen(clock: Clock, policy: Policy, current: Ticket, at: int) -> tuple[object, ...]:
    clock = sla.break_if_late(clock, at)
    state = "breached" if clock.breached_at is not None else "met" if clock.met_at is not None else "stopped"
    if not clock.ended and state == "stopped":
        state = "running" if clock.running_since is not None and clock.running_since <= at else "paused"
    late = clock.due_at if clock.breached_at is not None else None
    return state, sla.elapsed(clock, policy.terms(clock.metric, current), at), clock.target, clock.breached_at, late


def _walked(clock: Walked) -> tuple[object, ...]:
    return clock.state, clock.elapsed, clock.target, clock.broken_at, clock.broken_at


@pytest.mark.parametrize("left", [1, 7, 40])
def test_a_running_clock_is_due_when_the_walk_would_break_it(left: int) -> None:
    week = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
    is_open = wall_clock(BERLIN, [week] * 7, {}, STRIDE)
    policy = Fixed({"front_line": dict.fromkeys(METRICS, minutes(left * 15, Hours(
        zone=BERLIN, weekly=(tuple(Span(*span) for span in week),) * 7, special={})))})  # fmt: skip
    at = ms("2026-10-24T11:30:00+02:00")
    due = sla.opening(ticket(), policy, at)[0].due_at
    target = dict.fromkeys(METRICS, left * 15 * MINUTE)
    broken = walk(
        [Step(at, "opened", "queued", dict(target), dict.fromkeys(METRICS, is_open))], at + 9 * 24 * HOUR, STRIDE
    )
    assert due == broken[0].broken_at
