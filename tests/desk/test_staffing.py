"""Staffing plans from a desk's own history, over HTTP."""

import json
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from connectors.message import JSON
from storage.passages import passage
from storage.tables import new_id
from tests.desk.house import OPEN_AT, Console, House

HOUR_MS = 3_600_000
WEEK_MS = 7 * 24 * HOUR_MS


async def plan(boss: Console, **asked: str) -> JSON:
    """The plan that was made, after all that was told before it."""
    answer = await boss.get("/staffing", **{"tier": "front_line", "runs": "10"} | asked)
    assert answer.status == 200, await answer.text()
    told = [json.loads(line) for line in (await answer.text()).splitlines()]
    shares = [each["progress"] for each in told[:-1]]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1
    found: JSON = told[-1]["plan"]
    return found


async def test_a_plan_comes_from_what_the_desk_did(house: House) -> None:
    # Given five weeks in which 12 tickets came each day at ten, and took one of two agents five minutes each
    boss = await house.console("boss", role="supervisor", tiers=())
    agents = [await house.person("li.na"), await house.person("wang.wei")]
    tickets = [await house.handed_over() for _ in range(12)]
    zone = house.tiers.hours.time_zone
    today = datetime.fromtimestamp(OPEN_AT / 1000, zone).date()
    monday = today - timedelta(days=today.weekday())

    def history(tx: Connection) -> None:
        tx.execute(passage.delete())
        rows = []
        for day in range(35):
            ten = datetime.combine(today - timedelta(days=day), datetime.min.time(), zone).timestamp() * 1000
            for n, ticket_id in enumerate(tickets):
                at = round(ten) + 10 * HOUR_MS + n * 300_000
                for place, when in (("queue", at), ("agent", at + 30_000), ("resolved", at + 330_000)):
                    agent = agents[n % 2] if place == "agent" else ""
                    rows.append(
                        {
                            "id": new_id(),
                            "ticket_id": ticket_id,
                            "at": when,
                            "place": place,
                            "tier": "front_line",
                            "agent_id": agent,
                        }
                    )
        tx.execute(passage.insert(), rows)

    await house.db.write(history)
    # When a supervisor asks for the plan of this week
    made = await plan(boss, monday=monday.isoformat(), within_s="60", target="0.8")
    # Then ten o'clock is busy, other hours need one agent, and the figures say what they stand on
    assert made["basis"]["arrivals"] == 35 * 12
    assert made["basis"]["thin"] is False
    assert made["basis"]["handling"]["mean_s"] == 300
    ten = [each for each in made["hours"] if each["hour"] == 10]
    assert len(ten) == 7
    assert all(each["agents"] > 2 and each["arrivals"]["mean"] == pytest.approx(12, rel=0.05) for each in ten)
    assert all(each["agents"] == 1 for each in made["hours"] if each["hour"] == 15)
    assert len(made["planned"]) == len(made["actual"]) == len(made["hours"])
    assert made["adopted"] is False


async def test_a_plan_counts_who_is_on_the_rota_and_who_was_there(house: House) -> None:
    boss = await house.console("boss", role="supervisor", tiers=())
    agent = await house.console("li.na")
    ticket = await house.handed_over()
    await agent.act(ticket, "take")
    house.clock.pass_minutes(70)
    hour = OPEN_AT // HOUR_MS * HOUR_MS
    await boss.post(
        "/rota/shifts",
        client_id="c-00000001",
        agent_id=agent.agent_id,
        tiers=["front_line"],
        starts_at=hour,
        ends_at=hour + 90 * 60_000,
    )  # fmt: skip
    made = await plan(boss)
    index = next(n for n, each in enumerate(made["hours"]) if each["at"] == hour)
    assert made["planned"][index : index + 3] == [1, 0.5, 0]
    assert made["actual"][index : index + 2] == [1, None]
    # And keeping to a plan is what the rota is measured by
    people = [[0] * 24 for _ in range(7)]
    people[6][16] = 2
    assert (await boss.send("PUT", "/staffing/front_line", {"people": people})).status == 200
    rota = await boss.json("/rota", since=str(hour), until=str(hour + 4 * HOUR_MS))
    lacking = [each for each in rota["warnings"] if each["kind"] == "uncovered"]
    assert [(each["at"], each["needed"], each["planned"]) for each in lacking] == [(hour + HOUR_MS, 2, 0.5)]
    # And it is for supervisors, and says what is wrong with a question
    assert (await agent.get("/staffing", tier="front_line")).status == 403
    for asked, field in (
        ({"tier": "nowhere"}, "tier"),
        ({"tier": "front_line", "monday": date(2026, 11, 24).isoformat()}, "monday"),
        ({"tier": "front_line", "target": "1"}, "target"),
    ):
        refused = await boss.get("/staffing", **asked)
        assert (refused.status, (await refused.json())["error"]["field"]) == (400, field)
