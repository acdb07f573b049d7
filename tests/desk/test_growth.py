"""People's growth: real work counts, a supervisor promotes, and the agents' own answers stay theirs."""

import asyncio
from typing import Any

from sqlalchemy import Connection

from connectors.desk import TicketChange
from connectors.message import JSON
from desk.growth import DAY_MS
from desk.growth_settings import Criteria, Growth
from storage import conversations, handoffs
from storage.conversations import Profile
from storage.tables import new_id
from tests.desk.house import PASSWORD, Console, House

NEXT = "intermediate"


def asks(house: House, **criteria: Any) -> None:
    """The next grade asks for this."""
    growth = Growth(grades={NEXT: Criteria(**criteria)})
    house.service.tiers = house.tiers.model_copy(update={"growth": growth})


async def solved(house: House, by: Console, *, score: int = 0, confirmed: bool = True) -> str:
    """A case that somebody solved, with its handoff, and what the customer made of it."""
    found = await house.db.write(conversations.begin, "web", new_id(), Profile())
    handoff_id = new_id()
    ticket_id = await house.handed_over(id=handoff_id, conversation_id=found.id)
    await by.act(ticket_id, "take")
    await by.act(ticket_id, "messages", client_id=f"reply-{ticket_id}", text="It is on its way.")
    await by.act(ticket_id, "resolve", note="")
    if confirmed:
        await house.desk.change(ticket_id, TicketChange.CONFIRMED, {})
    if score:
        await house.db.write(_rate, handoff_id, found.id, score, house.clock())
        await house.desk.change(ticket_id, TicketChange.RATED, {"score": score, "comment": "quoted words"})
    return ticket_id


def _rate(tx: Connection, handoff_id: str, conversation_id: str, score: int, at: int) -> None:
    handoffs.add(
        tx, id=handoff_id, conversation_id=conversation_id, reference=handoffs.new_reference(), reason="requested",
        status="resolved", packet={}, seq=0, desk="built_in", created_at=at, updated_at=at,
    )  # fmt: skip
    handoffs.rate(tx, handoff_id, score, "", at)


def checked(shown: JSON) -> dict[str, tuple[float, float, bool]]:
    return {each["name"]: (each["have"], each["need"], each["met"]) for each in shown["checks"]}


async def test_only_confirmed_work_of_the_period_counts_and_is_shown_with_its_tickets(house: House) -> None:
    asks(house, solved=2, rating=4.5, ratings=2, sla=0.9)
    agent = await house.console("li.na")
    first = await solved(house, agent, score=5)
    await solved(house, agent, confirmed=False)
    mine = await agent.json("/growth")
    assert checked(mine) == {"solved": (1, 2, False), "rating": (5, 4.5, False), "sla": (1, 0.9, True)}
    assert (mine["grade"], mine["next"], mine["due"]) == ("junior", NEXT, False)
    assert [(each["id"], each["score"]) for each in mine["solved"]] == [(first, 5)]

    await solved(house, agent, score=4)
    mine = await agent.json("/growth")
    assert (checked(mine)["rating"], mine["due"]) == ((4.5, 4.5, True), True)
    house.clock.now += 91 * DAY_MS
    await agent.log_in("li.na", PASSWORD)
    assert checked(await agent.json("/growth"))["solved"][0] == 0


async def test_a_supervisor_promotes_with_a_note_and_nobody_promotes_themselves(house: House) -> None:
    asks(house, solved=1)
    agent, chief = await house.console("li.na"), await house.console("chief", role="supervisor")
    path = f"/growth/people/{agent.agent_id}/promote"
    early = await chief.post(path, grade=NEXT, note="good work")
    assert (await early.json())["error"]["code"] == "not_due"
    await solved(house, agent)
    team = (await chief.json("/growth/team"))["people"]
    assert (team[0]["name"], team[0]["due"]) == ("Li Na", True)

    for body in ({"grade": NEXT, "note": " "}, {"grade": "wizard", "note": "good"}):
        assert (await chief.post(path, **body)).status == 400
    own = await chief.post(f"/growth/people/{chief.agent_id}/promote", grade=NEXT, note="me", despite=True)
    assert own.status == 403
    answers = await asyncio.gather(*(chief.post(path, grade=NEXT, note="good work") for _ in range(2)))
    assert sorted(each.status for each in answers) == [200, 409], "of two at once, one"

    mine = await agent.json("/growth")
    [step] = mine["history"]
    assert (step["to_grade"], step["promotion"], step["note"], step["missing"]) == (NEXT, True, "good work", [])
    assert (mine["grade"], mine["next"]) == (NEXT, ""), "nothing is asked for beyond"
    [record] = (await chief.json("/audit", action="growth"))["records"]
    assert (record["subject"], record["details"]["to"]) == (agent.agent_id, NEXT)
    figures = await chief.json("/growth/figures")
    assert (figures["people"], figures["promoted"], figures["promotion_rate"]) == (2, 1, 0.5)


async def test_what_is_missing_is_kept_and_a_grade_that_an_admin_sets_is_in_the_history_too(house: House) -> None:
    asks(house, solved=9, months=2)
    agent, admin = await house.console("li.na"), await house.console("boss", role="admin")
    path = f"/growth/people/{agent.agent_id}/promote"
    done = await admin.post(path, grade=NEXT, note="saved the day", despite=True)
    assert (await done.json())["history"][0]["missing"] == ["solved", "months"]
    changed = await admin.send("PATCH", f"/users/{agent.agent_id}", {"grade": "senior"})
    assert changed.status == 200, await changed.text()
    step = (await agent.json("/growth"))["history"][0]
    shown = (step["from_grade"], step["to_grade"], step["promotion"], step["by_name"])
    assert shown == (NEXT, "senior", False, "Boss")


async def test_agents_say_how_they_are_once_a_quarter_and_few_answers_stay_hidden(house: House) -> None:
    chief = await house.console("chief", role="supervisor")
    staff = [await house.console(f"agent{number}") for number in range(6)]
    good = {"workload": 5, "support": 4, "recommend": 3}
    for each in staff[:4]:
        assert (await each.post("/growth/survey", **good)).status == 200
    assert (await staff[0].post("/growth/survey", **good)).status == 409
    assert (await staff[0].json("/growth"))["survey"]["answered"] is True
    house.clock.now += 60 * DAY_MS
    await chief.log_in("chief", PASSWORD)
    hidden = {"quarter": "2026-Q4", "answers": None, "means": None}
    assert (await chief.json("/growth/figures"))["survey"] == [hidden], "four are too few"

    house.clock.now -= 60 * DAY_MS
    assert (await staff[4].post("/growth/survey", workload=1, support=4, recommend=3)).status == 200
    assert (await chief.json("/growth/figures"))["survey"] == [hidden], "the quarter is not over"
    house.clock.now += 60 * DAY_MS
    [told] = (await chief.json("/growth/figures"))["survey"]
    assert (told["answers"], told["means"]) == (5, {"workload": 4.2, "support": 4, "recommend": 3})
