"""Consultation: questions among colleagues on a ticket, and whom an @ reaches."""

import asyncio

import pytest

from connectors.message import Profile
from desk.consulting import named
from desk.tiers import load_tiers
from storage import conversations, retention, tickets
from storage.agents import Agent
from storage.tables import new_id
from tests.desk.house import ROOT, House
from tests.desk.test_escalation import held_by

ASKED = {"client_id": "consult-01", "text": "@wang.wei 这个订单能改地址吗？"}


async def test_who_is_asked_hears_of_it_sees_the_ticket_and_answers(house: House) -> None:
    agent, other = await house.console("li.na"), await house.console("wang.wei", tiers=("senior",))
    ticket = await held_by(house, agent)
    assert (await other.get(f"/tickets/{ticket}")).status == 404
    socket = await other.socket()
    asked = await agent.act(ticket, "consult", **ASKED)
    thread = asked["entry"]["data"]["thread"]
    assert (asked["entry"]["kind"], thread) == ("consult", asked["entry"]["id"])
    told = await socket.expect("mentions", unread=1)
    assert (told["mentions"][0]["by_name"], told["mentions"][0]["entry_id"]) == ("Li Na", thread)
    assert ticket in [each["id"] for each in (await other.json("/tickets", view="all"))["tickets"]]
    await socket.send(type="watch", ticket_id=ticket)
    await socket.expect("watching")
    await other.act(ticket, "consult", client_id="consult-02", text="可以，发货前。", thread=thread)
    inbox = await agent.json("/mentions")  # who asked is told without an @
    assert [(each["via"], each["text"]) for each in inbox["mentions"]] == [("consult", "可以，发货前。")]
    done = await agent.act(ticket, f"consult/{thread}/done", done=True)
    assert done["entry"]["event"] == "consult_done"
    await socket.expect("entry", ticket_id=ticket)
    assert "entry" not in await agent.act(ticket, f"consult/{thread}/done", done=True)
    refused = await other.post(f"/tickets/{ticket}/messages", client_id="reply-0001", text="x")
    assert refused.status == 403  # seeing is not holding


async def test_a_repeated_question_is_one_and_mentions_once(house: House) -> None:
    agent, other = await house.console("li.na"), await house.console("wang.wei", tiers=("senior",))
    ticket = await held_by(house, agent)
    answers = await asyncio.gather(*(agent.post(f"/tickets/{ticket}/consult", **ASKED) for _ in range(3)))
    assert len({(await each.json())["entry"]["id"] for each in answers}) == 1
    assert (await other.json("/mentions"))["unread"] == 1
    unknown = await agent.post(f"/tickets/{ticket}/consult", client_id="consult-09", text="x", thread="nothing")
    assert (unknown.status, (await unknown.json())["error"]["code"]) == (404, "no_thread")


async def test_notes_mention_people_and_whole_tiers(house: House) -> None:
    agent = await house.console("li.na")
    senior, back = [await house.console(f"sen.{n}", tiers=("senior",)) for n in "ab"], await house.console("chen.yu")
    ticket = await held_by(house, agent)
    note = {"client_id": "note-00001", "text": "请@senior和 @Li.Na 看一下，谢谢@chen.yu。"}
    await agent.act(ticket, "notes", **note)
    await agent.act(ticket, "notes", **note)
    assert [(await each.json("/mentions"))["unread"] for each in (*senior, back, agent)] == [1, 1, 1, 0]


def _person(login: str, tier: str) -> Agent:
    return Agent(
        id=login, login=login, name=login, email="", role="agent", tiers=(tier,), grade="", languages=(), skills=(),
        capacity=4, language="en", must_change=False, disabled=False, presence="online", alive_at=0, created_at=0,
        last_login_at=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@li.na", {"li.na"}),
        ("请@li.na看一下", {"li.na"}),
        ("thanks, @Li.Na.", {"li.na"}),
        ("write to a@li.na or b@x.li.na", set()),
        ("@senior: urgent", {"wang.wei"}),
        ("@nobody @ li.na", set()),
    ],
)
def test_an_at_names_people_and_an_address_does_not(text: str, found: set[str]) -> None:
    people = [_person("li.na", "front_line"), _person("wang.wei", "senior")]
    assert set(named(text, people, load_tiers(ROOT / "tiers.yml"))) == found


async def test_what_colleagues_said_is_forgotten_with_the_customer(house: House) -> None:
    agent, other = await house.console("li.na"), await house.console("wang.wei", tiers=("senior",))
    conversation = await house.db.write(conversations.begin, "web", new_id(), Profile())
    ticket = await held_by(house, agent, conversation_id=conversation.id)
    asked = {"client_id": "ask-000001", "tier": "back_office", "tried": "查过", "asked": "请改地址"}
    await agent.act(ticket, "escalate", **asked)
    await agent.act(ticket, "consult", **ASKED)
    assert (await other.json("/mentions"))["unread"] == 1
    await house.db.write(retention.erase, [conversation.id])
    assert await other.json("/mentions") == {"mentions": [], "unread": 0}
    assert await house.db.read(tickets.internals_of, ticket) == []
