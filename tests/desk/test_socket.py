"""What open consoles see while it happens."""

import asyncio
import json

import pytest
from aiohttp import WSServerHandshakeError

from connectors.desk import DeskEvent, DeskEventKind, TicketChange
from connectors.message import Author, Content
from storage import conversations, messages
from tests.desk.house import PASSWORD, House, line


async def test_a_handoff_appears_at_those_of_its_tier_only(house: House) -> None:
    front = await (await house.console("li.na")).socket()
    senior = await (await house.console("wang.wei", tiers=("senior",))).socket()
    ticket = await house.handed_over()
    shown = await front.expect("ticket")
    assert (shown["ticket"]["id"], shown["ticket"]["can"]) == (ticket, ["take", "note", "merge"])
    assert (await front.expect("counts"))["counts"]["queue"] == 1
    assert await senior.silent("ticket")


async def test_customer_and_agents_see_the_conversation_grow(house: House) -> None:
    console = await house.console("li.na")
    window, other = await console.socket(), await console.socket()
    ticket = await house.handed_over()
    await window.send(type="watch", ticket_id=ticket)
    await window.send(type="ping")
    await window.expect("pong")
    said = line("在吗？")
    await house.desk.append(ticket, said)
    entry = (await window.expect("entry"))["entry"]
    if entry.get("event") == "opened":  # its hint may come after the window began to watch
        entry = (await window.expect("entry"))["entry"]
    assert (entry["id"], entry["content"]["text"], entry["n"]) == (said.message_id, "在吗？", 5)
    assert (await other.expect("ticket"))["ticket"]["id"] == ticket
    await house.desk.append(ticket, said)
    assert await window.silent("entry")
    await console.act(ticket, "take")
    assert (await window.expect("entry"))["entry"]["event"] == "taken"
    await console.act(ticket, "messages", client_id="c-12345678", text="您好")
    assert (await window.expect("entry"))["entry"]["client_id"] == "c-12345678"
    await window.send(type="unwatch", ticket_id=ticket)
    await window.send(type="ping")
    await window.expect("pong")
    await house.desk.append(ticket, line("好的"))
    assert await window.silent("entry")


async def test_typing_and_seen_go_both_ways(house: House) -> None:
    console = await house.console("li.na")
    socket = await console.socket()
    conversation = await house.db.write(conversations.begin, "web", "a1", conversations.Profile())
    ticket = await house.handed_over(conversation_id=conversation.id)
    await console.act(ticket, "take")
    await socket.send(type="watch", ticket_id=ticket)
    await socket.expect("watching")
    said = line("在吗？")
    await house.desk.append(ticket, said)
    await socket.expect("entry")
    async with house.bus.subscribe("desk-hints") as hints:
        incoming = aiter(hints)
        await socket.send(type="typing", ticket_id=ticket, on=True)
        hint = await asyncio.wait_for(anext(incoming), 5)
        event = DeskEvent.from_json(hint)
        assert (event.kind, event.on, event.agent_name) == (DeskEventKind.TYPING, True, "Li Na")
        assert hint["conversation_id"] == conversation.id
        await socket.send(type="seen", ticket_id=ticket, entry_id=said.message_id)
        event = DeskEvent.from_json(await asyncio.wait_for(anext(incoming), 5))
        assert (event.kind, event.message_id) == (DeskEventKind.SEEN, said.message_id)
    assert (await console.json(f"/tickets/{ticket}"))["ticket"]["unread"] == 0

    topic = f"conversation:{conversation.id}"
    await house.bus.publish(topic, {"type": "typing", "author": "customer", "name": "", "on": True})
    assert (await socket.expect("typing"))["author"] == "customer"
    await house.bus.publish(topic, {"type": "typing", "author": "agent", "name": "Li Na", "on": True})
    assert await socket.silent("typing")
    entry = (await console.act(ticket, "messages", client_id="c-12345678", text="hi"))["entry"]
    await house.db.write(
        messages.add, conversation_id=conversation.id, seq=1, author=Author.AGENT, content=Content(text="hi"),
        message_id=entry["id"],
    )  # fmt: skip
    await house.bus.publish(topic, {"type": "seen", "seq": 1, "by": "customer"})
    assert (await socket.expect("seen"))["entry_id"] == entry["id"]


async def test_only_the_holder_types_to_the_customer(house: House) -> None:
    holder, other = await house.console("li.na"), await house.console("wang.wei")
    window = await other.socket("zh")
    ticket = await house.handed_over()
    await holder.act(ticket, "take")
    await window.send(type="typing", ticket_id=ticket, on=True)
    error = await window.expect("error")
    assert error["code"] == "not_yours"
    assert "Li Na" in error["message"]
    await window.send(type="watch", ticket_id=ticket)
    await window.expect("watching")
    writing = await holder.socket()
    await writing.send(type="typing", ticket_id=ticket, on=True)
    assert (await window.expect("typing"))["name"] == "Li Na"


async def test_waiting_customers_hear_of_their_place_only_when_it_changes(house: House) -> None:
    console = await house.console("li.na")
    tickets = [await house.handed_over() for _ in range(3)]
    async with house.bus.subscribe("desk-hints") as hints:
        incoming = aiter(hints)
        await console.act(tickets[1], "take")
        event = DeskEvent.from_json(await asyncio.wait_for(anext(incoming), 5))
        assert (event.kind, event.ticket_id, event.position) == (DeskEventKind.POSITION, tickets[2], 2)
        await console.act(tickets[1], "resolve", note="")
        await house.desk.change(tickets[0], TicketChange.WITHDRAWN, {})
        event = DeskEvent.from_json(await asyncio.wait_for(anext(incoming), 5))
        assert (event.ticket_id, event.position) == (tickets[2], 1)


async def test_a_ticket_that_leaves_ones_sight_is_gone(house: House) -> None:
    console = await house.console("li.na")
    socket = await console.socket()
    await house.person("wang.wei", tiers=("senior",))
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    await console.act(ticket, "transfer", tier="senior")
    assert (await socket.expect("gone"))["ticket_id"] == ticket


async def test_losing_a_tier_closes_watched_tickets(house: House) -> None:
    admin, console = await house.console("boss", role="admin"), await house.console("li.na")
    socket = await console.socket()
    ticket = await house.handed_over()
    await socket.send(type="watch", ticket_id=ticket)
    await socket.send(type="ping")
    await socket.expect("pong")
    await admin.send("PATCH", f"/users/{console.agent_id}", {"tiers": ["senior"]})
    assert (await socket.expect("me"))["user"]["tiers"] == ["senior"]
    assert (await socket.expect("gone"))["ticket_id"] == ticket
    await house.desk.append(ticket, line("hello"))
    assert await socket.silent("entry")


async def test_presence_follows_the_socket(house: House) -> None:
    console = await house.console("li.na")
    socket = await console.socket()
    assert (await socket.expect("agents"))["agents"][0]["presence"] == "online"
    await console.send("PUT", "/presence", {"presence": "away"})
    assert (await socket.expect("me"))["user"]["presence"] == "away"
    house.clock.pass_minutes(1)
    assert (await console.json("/agents"))["agents"][0]["presence"] == "offline"


@pytest.mark.parametrize("how", ["log_out", "everywhere", "disabled", "password"])
async def test_an_ended_session_closes_its_sockets(house: House, how: str) -> None:
    admin, console = await house.console("boss", role="admin"), await house.console("li.na")
    socket = await console.socket()
    await socket.expect("agents")  # everything that follows its opening has been said
    if how == "log_out":
        await console.send("DELETE", "/session")
    elif how == "everywhere":
        await admin.send("DELETE", f"/users/{console.agent_id}/sessions")
    elif how == "disabled":
        await admin.send("PATCH", f"/users/{console.agent_id}", {"disabled": True})
    else:
        await console.post("/password", current=PASSWORD, new="quite another 5")
    assert await socket.closed() == 4401


@pytest.mark.parametrize(("origin", "status"), [("https://evil.example", 403), (None, 403)])
async def test_the_socket_is_for_our_pages(house: House, origin: str | None, status: int) -> None:
    console = await house.console("li.na")
    headers = {"Origin": origin} if origin else {}
    with pytest.raises(WSServerHandshakeError) as refused:
        await console.client.ws_connect("/desk/api/socket", headers=headers)
    assert refused.value.status == status


async def test_the_socket_needs_a_session_and_a_password_of_ones_own(house: House) -> None:
    origin = {"Origin": str(house.server.make_url("")).rstrip("/")}
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.browser().client.ws_connect("/desk/api/socket", headers=origin)
    assert refused.value.status == 401
    await house.person("li.na")
    browser = house.browser()
    await browser.log_in("li.na", "first password 1")
    socket = await browser.client.ws_connect("/desk/api/socket", headers=origin)
    await socket.receive()
    assert socket.close_code == 4403


@pytest.mark.parametrize(
    "frame",
    ["{", "[]", "1", '{"type": "nope"}', '{"type": ["watch"]}', '{"type": "watch"}',
     '{"type": "watch", "ticket_id": 1}', '{"type": "typing", "ticket_id": "x", "on": "yes"}', "[" * 3_000],
)  # fmt: skip
async def test_bad_frames_are_answered_and_survived(house: House, frame: str) -> None:
    socket = await (await house.console("li.na")).socket()
    await socket.raw.send_str(frame)
    assert (await socket.expect("error"))["code"] in ("bad_frame", "bad_field")
    await socket.raw.send_bytes(b"x")
    assert (await socket.expect("error"))["code"] == "bad_frame"
    await socket.send(type="watch", ticket_id="nowhere")
    assert (await socket.expect("error"))["code"] == "not_found"
    await socket.send(type="ping")
    await socket.expect("pong")


async def test_too_many_frames_close_the_socket(house: House) -> None:
    socket = await (await house.console("li.na")).socket()
    for _ in range(61):
        await socket.raw.send_str(json.dumps({"type": "ping"}))
    assert await socket.closed() == 4429


async def test_at_most_eight_tickets_are_watched(house: House) -> None:
    socket = await (await house.console("li.na")).socket()
    tickets = [await house.handed_over() for _ in range(9)]
    for ticket in tickets:
        await socket.send(type="watch", ticket_id=ticket)
    assert (await socket.expect("error"))["code"] == "too_many_watched"


async def test_the_switch_is_seen_everywhere(house: House) -> None:
    admin = await house.console("boss", role="admin")
    socket = await admin.socket()
    await admin.send("PUT", "/desk", {"accepting": False})
    assert (await socket.expect("desk"))["accepting"] is False


async def test_going_down_sends_consoles_to_the_next_worker(house: House) -> None:
    socket = await (await house.console("li.na")).socket()
    await house.live.close()
    assert await socket.closed() == 1012
