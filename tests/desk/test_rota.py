"""The rota: shifts, absences, what is wrong with them, swaps, calendars, and who should be there."""

import asyncio
from datetime import UTC, datetime, timedelta

import recurring_ical_events
from icalendar import Calendar

from connectors.message import JSON
from storage import shifts
from storage.tables import new_id
from tests.desk.house import OPEN_AT, Console, House

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOON = OPEN_AT - 3 * HOUR_MS + DAY_MS  # of tomorrow, a Monday


async def three(house: House) -> tuple[Console, Console, Console]:
    """A supervisor and two agents."""
    return await house.console("boss", role="supervisor"), await house.console("ann"), await house.console("ben")


def shift(agent: Console, starts_at: int, hours: float = 8, **more: object) -> JSON:
    """What a supervisor asks for."""
    ends_at = starts_at + round(hours * HOUR_MS)
    return {"agent_id": agent.agent_id, "tiers": ["front_line"], "starts_at": starts_at, "ends_at": ends_at} | more


async def planned(boss: Console, agent: Console, starts_at: int, hours: float = 8, **more: object) -> str:
    """The id of a shift that is planned now."""
    answer = await boss.post("/rota/shifts", client_id=new_id(), **shift(agent, starts_at, hours, **more))
    assert answer.status == 201, await answer.text()
    return str((await answer.json())["shifts"][0]["id"])


async def rota(console: Console, days: int = 8) -> JSON:
    """What a person sees of the days to come."""
    return await console.json("/rota", since=str(OPEN_AT), until=str(OPEN_AT + days * DAY_MS))


def kinds(seen: JSON) -> list[str]:
    """What is wrong."""
    return [each["kind"] for each in seen["warnings"]]


async def test_a_shift_is_seen_by_its_agent_alone_and_can_be_changed_repeated_and_taken_away(house: House) -> None:
    boss, ann, ben = await three(house)
    one = await planned(boss, ann, NOON, note="phones")
    assert [each["note"] for each in (await rota(ann))["shifts"]] == ["phones"]
    assert (await rota(ben))["shifts"] == []
    assert len((await rota(boss))["shifts"]) == 1
    # When it is moved to the other, only that one has it
    assert (await boss.send("PUT", f"/rota/shifts/{one}", shift(ben, NOON))).status == 200
    assert [len((await rota(each))["shifts"]) for each in (ann, ben)] == [0, 1]
    await boss.post(f"/rota/shifts/{one}/remove")
    assert (await rota(boss))["shifts"] == []
    # And what is done to it is in the audit trail, by no agent
    assert (await ann.post("/rota/shifts", client_id=new_id(), **shift(ann, NOON))).status == 403
    actions = [each["action"] for each in (await boss.json("/audit", action="rota"))["records"]]
    assert actions == ["rota.shift_removed", "rota.shift_changed", "rota.shift_added"]
    # And one that repeats keeps its time of day, and ends where it is cut
    await planned(boss, ann, NOON, weeks=4)
    seen = (await rota(boss, 40))["shifts"]
    zone = house.tiers.hours.time_zone
    assert [datetime.fromtimestamp(each["starts_at"] / 1000, zone).hour for each in seen] == [12] * 4
    assert {each["starts_at"] - seen[0]["starts_at"] for each in seen} == {7 * DAY_MS * n for n in range(4)}
    await boss.post(f"/rota/shifts/{seen[2]['id']}/remove", following=True)
    assert len((await rota(boss, 40))["shifts"]) == 2


async def test_a_shift_that_is_asked_for_again_is_there_once(house: House) -> None:
    boss, ann = await house.console("boss", role="supervisor"), await house.console("ann")
    wish = {"client_id": "c-00000001"} | shift(ann, NOON, weeks=2)
    first, *others = await asyncio.gather(*(boss.post("/rota/shifts", **wish) for _ in range(3)))
    assert {each.status for each in (first, *others)} == {201}
    answers = [await each.json() for each in (first, *others)]
    assert answers[1:] == answers[:1] * 2
    assert len((await rota(boss, 40))["shifts"]) == 2
    other = await boss.post("/rota/shifts", **wish | shift(ann, NOON + HOUR_MS))
    assert (other.status, (await other.json())["error"]["code"]) == (409, "client_id_used")


async def test_the_rota_says_what_is_wrong_with_it(house: House) -> None:
    boss, ann = await house.console("boss", role="supervisor"), await house.console("ann")
    # Given two shifts at once, a short night, one while the desk is closed, and one in a holiday
    await planned(boss, ann, NOON, 6)
    await planned(boss, ann, NOON + 2 * HOUR_MS, 2)
    assert kinds(await rota(boss)) == ["double"]
    await planned(boss, ann, NOON + 15 * HOUR_MS, 4)
    assert sorted(kinds(await rota(boss))) == ["closed", "double", "rest"]
    await boss.post(
        "/rota/absences", agent_id=ann.agent_id, starts_at=NOON, ends_at=NOON + 30 * HOUR_MS, kind="illness"
    )
    # Then who is away works neither twice nor too long
    assert set(kinds(await rota(boss))) == {"absent"}
    assert (await rota(ann))["absences"][0]["kind"] == "illness"
    # And what cannot be a shift at all is refused
    for wrong, field in (
        (shift(ann, NOON, 0), "ends_at"),
        (shift(ann, NOON, 25), "ends_at"),
        (shift(ann, NOON, tiers=["nowhere"]), "tiers"),
        (shift(ann, NOON, tiers=["senior"]), "agent_id"),
        (shift(ann, NOON, agent_id="nobody"), "agent_id"),
        (shift(ann, NOON, weeks=54), "weeks"),
    ):
        answer = await boss.post("/rota/shifts", client_id=new_id(), **wrong)
        assert (answer.status, (await answer.json())["error"]["field"]) == (400, field)


async def test_agents_swap_shifts_when_a_supervisor_approves(house: House) -> None:
    boss, ann, ben = await three(house)
    hers, his = await planned(boss, ann, NOON), await planned(boss, ben, NOON + DAY_MS)
    assert (await ben.post(f"/rota/shifts/{hers}/swap", to_id=ben.agent_id)).status == 404
    swap = (await (await ann.post(f"/rota/shifts/{hers}/swap", to_id=ben.agent_id, note="dentist")).json())["swap"]
    assert (await ann.post(f"/rota/shifts/{hers}/swap", to_id=ben.agent_id)).status == 409
    # When a supervisor wants to approve before the colleague has agreed, that is too early
    assert (await boss.post(f"/rota/swaps/{swap['id']}/decide", approve=True)).status == 409
    assert (await rota(ben))["swapped"][hers]["starts_at"] == NOON
    assert (await ben.post(f"/rota/swaps/{swap['id']}/answer", accept=True, in_return=his)).status == 200
    assert (await boss.post(f"/rota/swaps/{swap['id']}/decide", approve=True)).status == 200
    # Then each has the other's
    assert [each["id"] for each in (await rota(ann))["shifts"]] == [his]
    assert [each["id"] for each in (await rota(ben))["shifts"]] == [hers]


async def test_of_those_who_ask_or_decide_at_once_one_is_first(house: House) -> None:
    boss, ann, ben = await three(house)
    hers = await planned(boss, ann, NOON)
    swap = (await (await ann.post(f"/rota/shifts/{hers}/swap", to_id=ben.agent_id)).json())["swap"]["id"]
    await ben.post(f"/rota/swaps/{swap}/answer", accept=True)
    # When two supervisors decide and she takes it back, all at once
    answers = await asyncio.gather(
        boss.post(f"/rota/swaps/{swap}/decide", approve=True),
        boss.post(f"/rota/swaps/{swap}/decide", approve=False),
        boss.post(f"/rota/swaps/{swap}/decide", approve=True),
        ann.post(f"/rota/swaps/{swap}/cancel"),
    )
    # Then one of them was first, and the shift is whose it then is
    assert sorted(each.status for each in answers) == [200, 409, 409, 409]
    state = (await rota(boss))["swaps"][0]["state"]
    assert (await rota(boss))["shifts"][0]["agent_id"] == (ben if state == "approved" else ann).agent_id
    # And of requests for the same shift at once there is one, which ends with the shift
    hers = await planned(boss, ann, NOON + 2 * DAY_MS)
    asked = await asyncio.gather(*(ann.post(f"/rota/shifts/{hers}/swap", to_id=ben.agent_id) for _ in range(3)))
    assert sorted(each.status for each in asked) == [201, 409, 409]
    await boss.post(f"/rota/shifts/{hers}/remove")
    assert (await rota(ann))["swaps"][0]["state"] == "cancelled"


async def test_calendars_subscribe_by_a_private_link_and_bring_shifts_once(house: House) -> None:
    boss, ann = await house.console("boss", role="supervisor"), await house.console("ann")
    await planned(boss, ann, NOON, note="phones")
    path = (await (await ann.post("/rota/feed")).json())["path"].removeprefix("/desk/api")
    anyone = house.browser()
    answer = await anyone.get(path)
    assert answer.content_type == "text/calendar"
    text = await answer.text()
    event = Calendar.from_ical(text).events[0]
    assert (event["SUMMARY"], event["DESCRIPTION"]) == ("Front line", "phones")
    assert datetime.fromtimestamp(NOON / 1000, UTC).strftime("DTSTART:%Y%m%dT%H%M%SZ") in text
    # When the file is brought for a colleague, each week, its shifts are there once, however often it is brought
    ben = await house.console("ben")
    weekly = text.replace("DESCRIPTION:", "RRULE:FREQ=WEEKLY;COUNT=3\r\nDESCRIPTION:")
    for added in (3, 0):
        brought = await boss.post("/rota/import", agent_id=ben.agent_id, tiers=["front_line"], calendar=weekly)
        assert (await brought.json())["added"] == added
    assert len((await rota(ben, 30))["shifts"]) == 3
    refused = await boss.post("/rota/import", agent_id=ben.agent_id, tiers=["front_line"], calendar="no calendar")
    assert (refused.status, (await refused.json())["error"]["field"]) == (400, "calendar")
    # And a link that was renewed, tampered with, or is of somebody who left, leads nowhere
    await ann.post("/rota/feed", renew=True)
    assert (await anyone.get(path)).status == 404
    fresh = (await (await ann.post("/rota/feed")).json())["path"].removeprefix("/desk/api")
    assert (await anyone.get(fresh)).status == 200
    assert (await anyone.get(fresh.replace("feed/", "feed/x"))).status == 404
    start = datetime.fromtimestamp(NOON / 1000, house.tiers.hours.time_zone)
    assert len(recurring_ical_events.of(Calendar.from_ical(weekly)).between(start, start + timedelta(days=30))) == 3


async def test_who_comes_outside_a_shift_is_told_and_supervisors_see_who_is_missing(house: House) -> None:
    boss, ann, ben = await three(house)
    await planned(boss, ann, OPEN_AT - HOUR_MS)
    await planned(boss, ben, NOON)
    assert await ann.json("/rota/now") == {"by_rota": True, "on_shift": True, "next_at": None}
    assert await ben.json("/rota/now") == {"by_rota": True, "on_shift": False, "next_at": NOON}
    assert (await boss.json("/rota/now"))["by_rota"] is False
    front = next(each for each in (await boss.json("/wall"))["tiers"] if each["tier"] == "front_line")
    assert (front["expected"], front["missing"]) == (1, ["Ann"])
    # When she opens a console, nobody is missing; when she is ill, nobody is expected
    socket = await ann.socket()
    front = next(each for each in (await boss.json("/wall"))["tiers"] if each["tier"] == "front_line")
    assert (front["expected"], front["missing"]) == (1, [])
    await socket.raw.close()
    await boss.post("/rota/absences", agent_id=ann.agent_id, starts_at=OPEN_AT - HOUR_MS, ends_at=OPEN_AT + HOUR_MS)
    front = next(each for each in (await boss.json("/wall"))["tiers"] if each["tier"] == "front_line")
    assert front["expected"] == 0
    assert await house.db.read(shifts.absences_between, OPEN_AT, OPEN_AT + 1)
