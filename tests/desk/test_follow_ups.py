"""Follow-ups: who was not helped hears from us again, and who promised to call back is reminded of it."""

from connectors.desk import DeskEventKind, TicketChange
from storage import tickets
from tests.desk.house import Console, House

HOUR_MS = 3_600_000


async def resolved(house: House, by: Console) -> str:
    """A ticket that an agent has resolved."""
    ticket_id = await house.handed_over()
    await by.act(ticket_id, "take")
    await by.act(ticket_id, "resolve", note="")
    return ticket_id


async def events(console: Console, ticket_id: str) -> list[str]:
    timeline = (await console.json(f"/tickets/{ticket_id}"))["timeline"]
    return [entry["event"] for entry in timeline if entry["kind"] == "event"]


async def test_a_low_rating_asks_the_senior_tier_to_follow_up_once(house: House) -> None:
    agent = await house.console("li.na")
    senior = await house.console("wu.min", role="senior", tiers=("senior", "front_line"))
    ticket_id = await resolved(house, agent)
    screen = await senior.socket()

    await house.desk.change(ticket_id, TicketChange.RATED, {"score": 2, "comment": "slow"})
    assert (await screen.expect("follow_up"))["follow_up"]["note"] == "slow"  # at once, on the screen
    await house.desk.change(ticket_id, TicketChange.RATED, {"score": 1, "comment": "too slow"})

    found = await senior.json("/follow_ups")
    [follow_up] = found["follow_ups"]
    assert (follow_up["reason"], follow_up["tier"], follow_up["note"]) == ("low_rating", "senior", "slow")
    assert follow_up["due_at"] == house.clock() + 24 * HOUR_MS
    assert found["counts"] == {"planned": 1, "due": 0, "missed": 0}
    assert (await agent.json("/follow_ups"))["follow_ups"] == [], "it is not this agent's tier"
    assert "followup_planned" in await events(senior, ticket_id)


async def test_a_good_rating_asks_for_nothing_and_the_second_not_solved_does(house: House) -> None:
    agent = await house.console("li.na")
    senior = await house.console("wu.min", role="senior", tiers=("senior", "front_line"))
    ticket_id = await resolved(house, agent)
    await house.desk.change(ticket_id, TicketChange.RATED, {"score": 3, "comment": ""})
    await house.desk.change(ticket_id, TicketChange.REOPENED, {})
    assert (await senior.json("/follow_ups"))["follow_ups"] == []

    row = await house.db.read(tickets.find_ticket, ticket_id)
    assert row is not None
    assert row.reopened == 1
    if row.state == tickets.QUEUED:
        await agent.act(ticket_id, "take")
    await agent.act(ticket_id, "resolve", note="")
    await house.desk.change(ticket_id, TicketChange.REOPENED, {})

    assert [each["reason"] for each in (await senior.json("/follow_ups"))["follow_ups"]] == ["not_solved"]


async def test_silence_confirms_otherwise_than_the_customer_does(house: House) -> None:
    agent = await house.console("li.na")
    ticket_id = await resolved(house, agent)
    await house.desk.change(ticket_id, TicketChange.CONFIRMED, {"by": "silence"})
    await house.desk.change(ticket_id, TicketChange.CONFIRMED, {"by": "silence"})
    assert (await agent.json(f"/tickets/{ticket_id}"))["ticket"]["confirmed"] == "silence"
    await house.desk.change(ticket_id, TicketChange.CONFIRMED, {})
    assert (await agent.json(f"/tickets/{ticket_id}"))["ticket"]["confirmed"] == "customer"
    assert (await events(agent, ticket_id)).count("confirmed") == 2


async def test_a_promised_call_is_due_reminds_its_owner_and_is_missed(house: House) -> None:
    agent = await house.console("li.na")
    ticket_id = await resolved(house, agent)
    due_at = house.clock() + 2 * HOUR_MS
    plan = {"client_id": "plan-0001", "due_at": due_at, "note": "call back", "mine": True}
    for _ in range(2):  # the second is a repeat
        answer = await agent.post(f"/tickets/{ticket_id}/follow_ups", **plan)
        assert answer.status == 201, await answer.text()
    [follow_up] = (await agent.json("/follow_ups", mine="true"))["follow_ups"]
    assert (follow_up["state"], follow_up["agent"]["id"]) == ("planned", agent.agent_id)

    await house.service.follow_ups.turn()
    assert (await agent.json("/follow_ups"))["counts"]["due"] == 0, "not before its time"
    socket = await agent.socket()
    house.clock.pass_minutes(121)
    await house.service.follow_ups.turn()
    told = await socket.expect("follow_up")
    assert (told["reminder"], told["follow_up"]["state"], told["counts"]["due"]) == (True, "due", 1)

    house.clock.pass_minutes(25 * 60)
    await house.service.follow_ups.turn()
    me = await house.service.people.find(agent.agent_id)
    assert await house.service.follow_ups.counts(me) == {"planned": 0, "due": 0, "missed": 1}


async def test_a_follow_up_goes_on_in_the_customers_own_conversation(house: House) -> None:
    agent = await house.console("li.na")
    senior = await house.console("wu.min", role="senior", tiers=("senior", "front_line"))
    ticket_id = await resolved(house, agent)
    await house.desk.change(ticket_id, TicketChange.RATED, {"score": 1, "comment": ""})
    row = await house.db.read(tickets.find_ticket, ticket_id)
    assert row is not None
    await house.work(row.conversation_id)
    [follow_up] = (await senior.json("/follow_ups"))["follow_ups"]

    answer = await senior.post(f"/follow_ups/{follow_up['id']}/reach")
    assert await answer.json() == {"ticket_id": ticket_id}
    await senior.act(ticket_id, "messages", client_id="sorry-0001", text="I am sorry about that.", attachments=[])
    kinds = [event.kind for event in await house.work(row.conversation_id)]
    assert kinds[-2:] == [DeskEventKind.TAKEN, DeskEventKind.REPLIED]

    answer = await senior.post(f"/follow_ups/{follow_up['id']}/done", outcome="solved", note="refunded")
    assert (await answer.json())["follow_up"]["state"] == "done"
    assert "followup_done" in await events(senior, ticket_id)
    again = await senior.post(f"/follow_ups/{follow_up['id']}/postpone", due_at=house.clock() + HOUR_MS)
    assert (await again.json())["error"]["code"] == "closed"


async def test_of_two_who_take_a_follow_up_one_gets_it(house: House) -> None:
    first = await house.console("wu.min", role="senior", tiers=("senior", "front_line"))
    second = await house.console("he.jie", role="senior", tiers=("senior", "front_line"))
    stranger = await house.console("li.na")
    ticket_id = await resolved(house, first)
    await house.desk.change(ticket_id, TicketChange.RATED, {"score": 1, "comment": ""})
    [follow_up] = (await first.json("/follow_ups"))["follow_ups"]
    assert (await first.post(f"/follow_ups/{follow_up['id']}/take")).status == 200
    late = await second.post(f"/follow_ups/{follow_up['id']}/take")
    assert (late.status, (await late.json())["error"]["code"]) == (409, "taken")
    assert (await stranger.post(f"/follow_ups/{follow_up['id']}/take")).status == 404


async def test_what_cannot_be_planned_is_refused_with_the_field(house: House) -> None:
    agent = await house.console("li.na")
    ticket_id = await resolved(house, agent)
    bad = {"client_id": "plan-0001", "due_at": house.clock() - 1}
    refused = await (await agent.post(f"/tickets/{ticket_id}/follow_ups", **bad)).json()
    assert (refused["error"]["code"], refused["error"]["field"]) == ("bad_field", "due_at")
    bad = {"client_id": "plan-0001", "due_at": house.clock() + 1000, "tier": "nobody"}
    refused = await (await agent.post(f"/tickets/{ticket_id}/follow_ups", **bad)).json()
    assert refused["error"]["field"] == "tier"
