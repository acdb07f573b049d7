"""Internal tickets: what the back office works on while the front line keeps the customer."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection

from connectors.desk import DeskEventKind
from desk.announcer import Act
from desk.assigner import Assigner
from storage import tickets
from storage.ticket_entries import events_of
from tests.desk.house import Console, House, handoff, line
from tests.desk.test_escalation import row

WISH = {"tier": "back_office", "tried": "查过订单，地址改不了。", "asked": "请在仓库系统改地址。"}


async def pair(house: House, **changes: Any) -> tuple[Console, Console, str, str]:
    """Front line and back office, a case that the one has, and its internal ticket that the other has."""
    front = await house.console("li.na")
    back = await house.console("chen.yu", tiers=("back_office",))
    case = (await house.desk.open(handoff(**changes))).ticket_id
    await front.act(case, "take")
    asked = await front.act(case, "escalate", client_id="ask-000001", **WISH)
    internal = asked["entry"]["data"]["internal"]["id"]
    await back.act(internal, "take")
    return front, back, case, internal


async def test_the_back_office_gets_a_ticket_of_its_own_and_the_agent_keeps_the_customer(house: House) -> None:
    front = await house.console("li.na")
    back = await house.console("chen.yu", tiers=("back_office",))
    packet = handoff()
    case = (await house.desk.open(packet)).ticket_id
    await front.act(case, "take")
    await house.work(packet.conversation_id)
    asked = await front.act(case, "escalate", client_id="ask-000001", **WISH)
    again = await front.act(case, "escalate", client_id="ask-000001", **WISH)
    assert again["entry"]["id"] == asked["entry"]["id"]
    assert (asked["ticket"]["state"], asked["ticket"]["agent"]["name"]) == ("open", "Li Na")
    (queued,) = (await back.json("/tickets", view="queue"))["tickets"]
    assert (queued["kind"], queued["parent_id"], queued["number"]) == ("internal", case, f"{packet.reference}-1")
    assert (queued["question"], queued["agent"]) == (WISH["asked"], None)
    assert "reply" not in queued["can"]
    await back.act(queued["id"], "take")
    (mine,) = (await back.json("/tickets", view="mine"))["tickets"]
    assert (mine["id"], "result" in mine["can"], "snooze" in mine["can"]) == (queued["id"], True, False)
    assert await house.work(packet.conversation_id) == []  # nobody told the customer
    linked = await front.json(f"/tickets/{case}/linked")
    assert [(each["number"], each["agent"]["name"]) for each in linked["internals"]] == [
        (f"{packet.reference}-1", "Chen Yu")
    ]


async def test_what_was_asked_of_somebody_who_is_gone_is_put_back(house: House) -> None:
    """given two internal tickets of an agent who is gone, then the one that is worked on is back in the queue, for them
    first; the one that waits for the case's agent stays.
    """
    front, back, case, worked_on = await pair(house)
    asked = await front.act(case, "escalate", client_id="ask-000002", **WISH)
    waits = asked["entry"]["data"]["internal"]["id"]
    await back.act(waits, "take")
    await back.act(waits, "bounce", client_id="bounce-00001", text="哪个地址？")
    house.clock.pass_minutes(2.1)
    await Assigner(house.service).watch()
    rows = [await row(house, each) for each in (worked_on, waits)]
    assert [(each.state, each.for_agent, each.agent_name) for each in rows] == [
        ("queued", back.agent_id, ""), ("waiting_customer", None, "Chen Yu"),
    ]  # fmt: skip


async def test_who_works_behind_reads_the_whole_case_and_speaks_to_no_customer(house: House) -> None:
    _, back, case, internal = await pair(house)
    await house.desk.append(case, line("还有一件事", message_id="later-1"))
    assert (await back.get(f"/tickets/{case}")).status == 404
    linked = await back.json(f"/tickets/{internal}/linked")
    said = [each["content"].get("text") for each in linked["timeline"] if each["kind"] == "message"]
    assert said[-1] == "还有一件事"
    assert linked["case"]["agent"]["name"] == "Li Na"
    assert (await back.json(f"/tickets/{internal}"))["packet"]["slots"] == {"order_number": "HL2026112201"}
    summary = await back.json(f"/tickets/{internal}/summary")
    assert "退货地址填错了" in str(summary["summary"]["problem"])
    for path, body in (
        ("messages", {"client_id": "reply-0001", "text": "hello"}),
        ("resolve", {"note": ""}),
        ("return", {"briefing": ""}),
    ):
        answer = await back.post(f"/tickets/{internal}/{path}", **body)
        assert (answer.status, (await answer.json())["error"]["code"]) == (409, "for_colleagues"), path


async def test_a_result_reaches_the_agent_who_asked(house: House) -> None:
    front, back, case, internal = await pair(house)
    said = {"client_id": "result-001", "text": "已改好。", "done": True}
    answers = await asyncio.gather(*(back.post(f"/tickets/{internal}/result", **said) for _ in range(2)))
    assert len({(await each.json())["entry"]["id"] for each in answers}) == 1
    assert (await row(house, internal)).state == "resolved"
    (told,) = await house.db.read(events_of, case, "internal_result")
    assert (told.data["note"], told.data["ticket_id"]) == ("已改好。", internal)
    inbox = await front.json("/mentions")
    assert (inbox["unread"], inbox["mentions"][0]["text"], inbox["mentions"][0]["ticket_id"]) == (1, "已改好。", case)
    assert await (await front.post("/mentions/read", ticket_id=case)).json() == {"unread": 0}


async def test_what_comes_back_twice_needs_a_supervisor(house: House) -> None:
    front, back, case, internal = await pair(house)
    for n in (1, 2):
        bounced = await back.act(internal, "bounce", client_id=f"bounce-00{n}", text="哪个订单？")
        assert (bounced["ticket"]["state"], bounced["ticket"]["bounces"]) == ("waiting_customer", n)
        twice = await back.post(f"/tickets/{internal}/bounce", client_id="bounce-zzz", text="?")
        assert twice.status == 409
        informed = await front.act(internal, "inform", client_id=f"inform-00{n}", text="HL2026112201")
        assert informed["ticket"]["state"] == "open"
    assert ((await row(house, case)).bounces, (await row(house, case)).attention) == (2, "bounces")
    assert (await row(house, internal)).attention == ""


async def test_internal_tickets_end_with_their_case_and_can_be_reopened_while_it_lives(house: House) -> None:
    front, back, case, internal = await pair(house)
    early = await front.post(f"/tickets/{internal}/reopen", client_id="reopen-001", text="?")
    assert early.status == 409
    await back.act(internal, "result", client_id="result-001", text="done", done=True)
    await front.act(internal, "reopen", client_id="reopen-001", text="还没有生效")
    assert ((await row(house, internal)).state, (await row(house, internal)).for_agent) == ("queued", back.agent_id)
    await front.act(case, "resolve", note="")
    assert (await row(house, internal)).state == "withdrawn"
    (ended,) = await house.db.read(events_of, internal, "withdrawn")
    assert ended.data["because"] == "case_closed"
    late = await front.post(f"/tickets/{internal}/reopen", client_id="reopen-002", text="?")
    assert late.status == 409


async def test_a_result_and_the_end_of_the_case_at_once_leave_one_truth(house: House) -> None:
    front, back, case, internal = await pair(house)
    result, ended = await asyncio.gather(
        back.post(f"/tickets/{internal}/result", client_id="result-001", text="done", done=True),
        front.post(f"/tickets/{case}/resolve", note=""),
    )
    assert ended.status == 200
    now = await row(house, internal)
    assert (result.status, now.state) in ((200, "resolved"), (409, "withdrawn"))
    assert len(await house.db.read(events_of, case, "internal_result")) == int(result.status == 200)


async def test_who_takes_the_case_over_sees_its_internal_tickets(house: House) -> None:
    front, _, case, internal = await pair(house)
    other = await house.console("wang.wei")
    assert (await other.get(f"/tickets/{internal}")).status == 404
    await front.act(case, "transfer", agent_id=other.agent_id, note="")
    await other.act(case, "take")
    assert (await other.json(f"/tickets/{internal}"))["ticket"]["kind"] == "internal"


async def test_an_internal_ticket_goes_to_another_tier_without_a_word_to_the_customer(house: House) -> None:
    packet = handoff()
    front = await house.console("li.na")
    back = await house.console("chen.yu", tiers=("back_office",))
    case = (await house.desk.open(packet)).ticket_id
    await front.act(case, "take")
    internal = (await front.act(case, "escalate", client_id="ask-000001", **WISH))["entry"]["data"]["internal"]["id"]
    await back.act(internal, "take")
    moved = await back.act(internal, "transfer", tier="coordinator", note="")
    assert (moved["ticket"]["tier"], moved["ticket"]["state"]) == ("coordinator", "queued")
    kinds = [event.kind for event in await house.work(packet.conversation_id)]
    assert kinds == [DeskEventKind.TAKEN]


async def test_numbers_of_internal_tickets_differ(house: House) -> None:
    front = await house.console("li.na")
    case = await house.handed_over()
    await front.act(case, "take")
    wishes = (front.post(f"/tickets/{case}/escalate", client_id=f"ask-00000{n}", **WISH) for n in range(3))
    assert {answer.status for answer in await asyncio.gather(*wishes)} == {200}
    numbers = {each.number[-2:] for each in await house.db.read(tickets.internals_of, case)}
    assert numbers == {"-1", "-2", "-3"}


async def test_what_fails_half_way_leaves_nothing_and_can_be_repeated(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = await house.console("li.na")
    case = await house.handed_over()
    await front.act(case, "take")
    version = (await row(house, case)).version

    def cut(tx: Connection, act: Act, now: int) -> Act:
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(house.service.acting, "_consequences", (cut,))
        assert (await front.post(f"/tickets/{case}/escalate", client_id="ask-000001", **WISH)).status == 500
    assert await house.db.read(tickets.internals_of, case) == []
    assert (await row(house, case)).version == version
    await front.act(case, "escalate", client_id="ask-000001", **WISH)
    assert len(await house.db.read(tickets.internals_of, case)) == 1
