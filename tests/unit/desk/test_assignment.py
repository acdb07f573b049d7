"""Who gets a ticket, and why."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from desk.assignment import Candidate, Waiting, choose, plan

NOW = 1_795_330_800_000
FRONT = ("front_line",)


def agent(name: str, **about: Any) -> Candidate:
    values: dict[str, Any] = {"tiers": FRONT, "languages": ("zh", "en"), "assigned_at": NOW - 60_000} | about
    return Candidate(id=name, name=name, **values)


def ticket(name: str = "t", **about: Any) -> Waiting:
    return Waiting(id=name, **{"tiers": FRONT, "language": "zh"} | about)


def chosen(waiting: Waiting, *agents: Candidate) -> str | None:
    choice = choose(waiting, agents, NOW)
    return choice.agent_id if choice else None


def test_nobody_is_chosen_of_another_tier_without_room_or_who_let_it_pass() -> None:
    others = agent("other tier", tiers=("senior",)), agent("full", load=4), agent("passed")
    assert chosen(ticket(passed=frozenset({"passed"})), *others) is None


def test_a_ticket_that_takes_all_of_a_capacity_needs_an_agent_with_nothing_on_their_hands() -> None:
    call = ticket(weight=4)
    assert chosen(call, agent("busy", load=1)) is None
    assert chosen(call, agent("busy", load=1), agent("free")) == "free"


def test_who_speaks_the_language_is_waited_for_and_after_a_while_anybody_will_do() -> None:
    """given somebody who speaks it but has no room, then others are asked only once the customer has waited."""
    speaker, other = agent("speaker", load=4), agent("other", languages=("en",))
    assert chosen(ticket(), speaker, other) is None
    assert chosen(ticket(patient=False), speaker, other) == "other"
    assert chosen(ticket(), other) == "other", "nobody here speaks it"


def test_the_agent_who_knows_the_customer_comes_first_and_the_latest_of_them() -> None:
    known = {"earlier": NOW - 9_000, "latest": NOW - 5_000}
    others = [agent("skilled", skills=("returns",)), agent("earlier"), agent("latest", load=2)]
    assert chosen(ticket(known=known, skills=("returns",)), *others) == "latest"


def test_skills_count_more_than_an_empty_desk() -> None:
    skilled = agent("skilled", skills=("returns",), load=3)
    assert chosen(ticket(skills=("returns",)), agent("free"), skilled) == "skilled"


def test_experience_counts_where_there_is_something_to_lose() -> None:
    junior, senior = agent("junior"), agent("senior", grade=1.0, load=1)
    assert chosen(ticket(), junior, senior) == "junior"
    assert chosen(ticket(demanding=True), junior, senior) == "senior"


def test_of_equals_the_one_who_has_been_without_a_new_ticket_longest() -> None:
    lately, long_ago = agent("lately", assigned_at=NOW - 10_000), agent("long ago", assigned_at=NOW - 600_000)
    assert chosen(ticket(), lately, long_ago) == "long ago"
    assert chosen(ticket(), long_ago, agent("never", assigned_at=0)) == "never"


def test_what_was_handed_to_somebody_waits_for_them_and_is_then_theirs_by_preference_only() -> None:
    meant = ticket(only="wei", meant_for="wei", tiers=FRONT)
    assert chosen(meant, agent("na")) is None
    assert chosen(meant, agent("na"), agent("wei", tiers=("senior",))) == "wei", "also from another tier"
    assert chosen(replace(meant, only=None), agent("na")) == "na"
    assert chosen(replace(meant, only=None), agent("na"), agent("wei")) == "wei"


def test_the_reasons_say_what_the_choice_was_made_by() -> None:
    choice = choose(ticket(skills=("returns", "vip"), known={"na": 1}), [agent("na", skills=("returns",), load=1)], NOW)
    assert choice is not None
    assert [(each["why"], each["points"]) for each in choice.because] == [
        ("continuity", 40),
        ("language", 25),
        ("skills", 15),
        ("load", 15),
        ("fairness", 0.2),
    ]


agents = st.lists(
    st.builds(
        Candidate,
        id=st.uuids().map(str),
        name=st.just("x"),
        tiers=st.sets(st.sampled_from(["a", "b"]), min_size=1).map(tuple),
        languages=st.sets(st.sampled_from(["en", "zh"]), min_size=1).map(tuple),
        capacity=st.integers(1, 4),
        load=st.integers(0, 4),
    ),
    max_size=5,
)
queue = st.lists(
    st.builds(
        Waiting,
        id=st.uuids().map(str),
        tiers=st.sampled_from([("a",), ("b",), ("a", "b")]),
        language=st.sampled_from(["en", "zh"]),
        weight=st.sampled_from([0.5, 1.0, 2.0]),
        patient=st.booleans(),
    ),
    max_size=8,
)


@given(queue, agents)
@settings(max_examples=60)
def test_nobody_gets_more_than_they_can_take_and_nobody_waits_for_an_idle_agent(
    waiting: list[Waiting], here: list[Candidate]
) -> None:
    """given any queue and any agents, then after a plan nobody who got something has too much, each ticket went to one
    agent, and who is still in the queue has nobody left who could take them.
    """
    choices = plan(waiting, here, NOW)
    loads = {each.id: each.load for each in here}
    for choice in choices:
        loads[choice.agent_id] += choice.weight
    given_to = {choice.agent_id for choice in choices}
    assert all(loads[each.id] <= each.capacity for each in here if each.id in given_to)
    assert len({choice.ticket_id for choice in choices}) == len(choices)
    after = [replace(each, load=loads[each.id]) for each in here]
    left = [each for each in waiting if each.id not in {choice.ticket_id for choice in choices}]
    assert all(choose(each, after, NOW) is None for each in left)
