"""What supervisors see and do."""

import asyncio

from connectors.message import JSON
from storage.tickets import find_ticket
from tests.desk.house import Console, House


async def _conversation(house: House, ticket_id: str) -> str:
    row = await house.db.read(find_ticket, ticket_id)
    assert row is not None
    return row.conversation_id


async def test_the_wall_tells_how_the_desk_stands(house: House) -> None:
    # Given a supervisor, an agent with one ticket, and one more that waits
    boss = await house.console("boss", role="supervisor", tiers=())
    agent = await house.console("li.na")
    first, waits = await house.handed_over(), await house.handed_over()
    await agent.act(first, "take")
    house.clock.pass_minutes(3)
    # When the supervisor looks
    wall = await boss.json("/wall")
    # Then the figures are right
    tier = next(each for each in wall["tiers"] if each["tier"] == "front_line")
    assert (tier["queued"], tier["held"], tier["unanswered"]) == (1, 1, 1)
    assert [each["id"] for each in wall["waiting"]] == [waits]
    assert (wall["today"]["opened"], wall["today"]["closed"]) == (2, 0)
    assert next(each for each in wall["agents"] if each["name"] == "Li Na")["open"] == 1
    # And nobody else may
    assert (await agent.get("/wall")).status == 403


async def _audited(boss: Console, ticket: str) -> list[tuple[str, JSON]]:
    """What the audit trail has about a ticket."""
    records = (await boss.json("/audit", subject=ticket))["records"]
    return [(each["action"], each["details"]) for each in records]


async def test_a_whisper_reaches_the_holder_and_never_the_customer(house: House) -> None:
    boss = await house.console("boss", role="supervisor", tiers=())
    agent = await house.console("li.na")
    ticket = await house.handed_over()
    assert (await boss.post(f"/tickets/{ticket}/whisper", client_id="w-00000001", text="Hi")).status == 409
    await agent.act(ticket, "take")
    conversation = await _conversation(house, ticket)
    await house.work(conversation)
    window = await agent.socket()
    # When it is said twice, as after a lost answer
    for _ in range(2):
        said = await boss.act(ticket, "whisper", client_id="w-00000002", text="Offer a refund")
    # Then the holder hears it once, the ticket keeps it as a note, and the core hears nothing
    assert (await window.expect("whisper"))["text"] == "Offer a refund"
    assert said["entry"]["kind"] == "note"
    assert await window.silent("whisper")
    notes = [each for each in (await agent.json(f"/tickets/{ticket}"))["timeline"] if each["kind"] == "note"]
    assert len(notes) == 1
    assert await house.work(conversation) == []
    assert await _audited(boss, ticket) == [("ticket.whispered", {"to": "Li Na"})]


async def test_a_supervisor_takes_over_and_the_customer_hears_who_is_there(house: House) -> None:
    boss = await house.console("boss", role="supervisor", tiers=())
    agent = await house.console("li.na")
    ticket = await house.handed_over()
    await agent.act(ticket, "take")
    conversation = await _conversation(house, ticket)
    await house.work(conversation)
    for _ in range(2):  # a repeat changes nothing
        taken = await boss.act(ticket, "take-over", reason="VIP")
    assert taken["ticket"]["agent"]["name"] == "Boss"
    assert [(event.kind, event.agent_name) for event in await house.work(conversation)] == [("taken", "Boss")]
    refused = await agent.post(f"/tickets/{ticket}/messages", client_id="c-00000001", text="Hello")
    assert (refused.status, (await refused.json())["error"]["code"]) == (403, "not_yours")
    assert (await agent.post(f"/tickets/{ticket}/take-over", reason="")).status == 403
    assert await _audited(boss, ticket) == [("ticket.taken_over", {"from": "Li Na"})]


async def test_banners_are_put_up_and_end(house: House) -> None:
    boss = await house.console("boss", role="supervisor", tiers=())
    nothing = await boss.post("/banners", text={"en": " ", "zh": ""})
    assert (nothing.status, (await nothing.json())["error"]["field"]) == (400, "text")
    put = await boss.post("/banners", text={"en": "We know about it.", "zh": "我们已经知道了。"}, hours=2)
    banner = (await put.json())["banner"]
    assert banner["stands"] is True
    assert banner["ends_at"] == house.clock() + 2 * 3_600_000
    assert (await boss.post(f"/banners/{banner['id']}/end")).status == 204
    assert (await boss.post(f"/banners/{banner['id']}/end")).status == 404
    assert [each["stands"] for each in (await boss.json("/banners"))["banners"]] == [False]
    several = await asyncio.gather(*(boss.post("/banners", text={"en": "One of them"}) for _ in range(6)))
    assert sorted(each.status for each in several) == [201] * 3 + [409] * 3, "also of several at once"
    many = await boss.post("/banners", text={"en": "One too many"})
    assert (many.status, (await many.json())["error"]["code"]) == (409, "too_many_banners")
