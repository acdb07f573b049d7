"""The process made visible: one ticket's way, and the flow of all."""

from connectors.message import JSON
from tests.desk.house import House


def _links(flow: JSON) -> dict[tuple[str, str], int]:
    return {(each["from"], each["to"]): each["count"] for each in flow["links"]}


async def test_one_tickets_way_from_the_queue_to_the_customers_word(house: House) -> None:
    # Given a ticket that waited 2 minutes, was worked on for 5, handed to another tier and solved there
    agent = await house.console("li.na", tiers=("front_line", "coordinator"))
    ticket = await house.handed_over()
    house.clock.pass_minutes(2)
    await agent.act(ticket, "take")
    house.clock.pass_minutes(5)
    await agent.act(ticket, "transfer", tier="coordinator")
    house.clock.pass_minutes(1)
    await agent.act(ticket, "take")
    await agent.act(ticket, "messages", client_id="c-00000001", text="Done.")
    await agent.act(ticket, "resolve")
    # When its way is asked for
    way = await agent.json(f"/tickets/{ticket}/way")
    # Then each stretch is as long as it was
    told = [(each["place"], each["tier"], each["agent"], each["to"] - each["from"]) for each in way["stretches"]]
    assert told == [
        ("queue", "front_line", "", 120_000),
        ("agent", "front_line", "Li Na", 300_000),
        ("queue", "coordinator", "", 60_000),
        ("agent", "coordinator", "Li Na", 0),
        ("resolved", "coordinator", "Li Na", 0),
    ]
    assert [each["event"] for each in way["marks"]] == ["transferred"]


async def test_the_flow_of_all_adds_up(house: House) -> None:
    # Given three tickets: one solved, one returned to the bot, one that waits
    boss = await house.console("boss", role="admin", tiers=("front_line",))
    solved, returned, _ = [await house.handed_over() for _ in range(3)]
    house.clock.pass_minutes(1)
    for ticket in (solved, returned):
        await boss.act(ticket, "take")
    await boss.act(solved, "resolve")
    await boss.act(returned, "return")
    # When a supervisor looks at the day
    since = house.clock() - 3_600_000
    flow = await boss.json("/flow", since=str(since), until=str(house.clock() + 1))
    # Then what goes into a place and what leaves it agree
    assert flow["tickets"] == 3
    links = _links(flow)
    assert links["0:bot:", "1:queue:front_line"] == 3
    assert links["1:queue:front_line", "2:agent:front_line"] == 2
    assert links["2:agent:front_line", "3:resolved:"] == 1
    assert links["2:agent:front_line", "3:returned:"] == 1
    assert [(each["stage"], each["count"]) for each in flow["funnel"]] == [
        ("conversations", 3), ("people", 3), ("taken", 2), ("resolved", 1), ("confirmed", 0), ("rated", 0),
    ]  # fmt: skip
    queue = next(each for each in flow["places"] if each["id"] == "1:queue:front_line")
    assert (queue["count"], queue["median_ms"]) == (3, 60_000)
    # And filters leave the others out
    assert (await boss.json("/flow", since=str(since), until=str(house.clock() + 1), language="en"))["tickets"] == 0
    assert (await boss.json("/flow", since="0", until="1"))["tickets"] == 0


async def test_a_flow_is_for_those_who_see_reports_and_of_a_year_at_most(house: House) -> None:
    boss = await house.console("boss", role="supervisor", tiers=())
    agent = await house.console("li.na")
    assert (await agent.get("/flow", since="0", until="1")).status == 403
    refused = await boss.get("/flow", since="0", until=str(400 * 86_400_000))
    assert (refused.status, (await refused.json())["error"]["field"]) == (400, "until")
