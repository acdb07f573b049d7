"""From the bot to a human and back: honest words, nothing lost, one ticket."""

import asyncio

import pytest

from connectors.desk import DeskEventKind, Reason, TicketChange
from connectors.message import Action
from frontdoor import packet
from storage import handoffs
from storage.clock import now_ms
from storage.database import Database
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import ScriptedRasa
from tests.unit.frontdoor.conftest import Customer, until


async def handed_over(customer: Customer) -> None:
    await customer.say("how long does delivery take?")
    await customer.sees("1–3 days")
    await customer.say("I want a human")
    await customer.reaches("queued")


async def test_the_packet_has_what_a_human_needs(customer: Customer, desk: TableDesk) -> None:
    await handed_over(customer)
    opened = desk.opened[0]
    assert opened.reason is Reason.REQUESTED
    assert opened.question == "how long does delivery take?"
    assert opened.transcript[0].content.text == "how long does delivery take?"
    assert opened.tried[0].article_id == "delivery-times"
    assert opened.tried[0].shown
    assert opened.slots == {"order_number": "HL2026110101"}
    assert opened.language == "en"


async def test_the_customer_hears_of_the_handoff_only_when_the_desk_has_it(customer: Customer, desk: TableDesk) -> None:
    desk.down = True
    await customer.say("human please")
    offline = await customer.sees("can't reach our service team")
    assert offline["custom"]["kind"] == "handoff_offline"
    assert not any("in line" in line for line in await customer.transcript())
    await customer.say("my fridge leaks")
    await customer.sees("added that to your request")
    desk.down = False
    queued = await customer.sees("in line for a colleague")
    assert queued["custom"]["number"] == offline["custom"]["reference"]
    assert len(desk.opened) == 1


async def test_the_customer_can_ask_the_bot_while_waiting(customer: Customer, desk: TableDesk) -> None:
    await handed_over(customer)
    await customer.say("what about delivery?")
    await until(lambda: len(desk.lines) >= 2)
    assert [(str(line.author), line.content.text) for line in desk.lines] == [
        ("customer", "what about delivery?"),
        ("bot", "1–3 days."),
    ]
    await customer.say("my fridge leaks")
    await customer.sees("passed that on")
    await customer.say("on the floor")
    await until(lambda: len([line for line in desk.lines if str(line.author) == "customer"]) >= 3)
    assert len([line for line in await customer.transcript() if "passed that on" in line]) == 1


async def test_a_human_answers_resolves_and_is_rated(customer: Customer, desk: TableDesk) -> None:
    await handed_over(customer)
    await desk.happens(DeskEventKind.TAKEN)
    await customer.sees("Li Na has joined")
    assert (await customer.snapshot())["conversation"]["owner"] == "agent"
    await desk.happens(DeskEventKind.REPLIED, "It arrives tomorrow.", event_id="01REPLY")
    assert (await customer.sees("tomorrow"))["id"] == "01REPLY"
    await desk.happens(DeskEventKind.RESOLVED)
    question = await customer.sees("Is everything sorted out?")
    assert question["custom"]["kind"] == "solved_question"
    await customer.do(Action.SOLVED, solved=True)
    await customer.sees("rate the help")
    await customer.do(Action.RATE, score=5, comment="great")
    await customer.reaches("rated")
    await until(lambda: len(desk.changes) >= 2)
    assert desk.changes == [(TicketChange.CONFIRMED, {}), (TicketChange.RATED, {"score": 5, "comment": "great"})]


async def test_a_request_that_is_not_solved_is_reopened(customer: Customer, desk: TableDesk) -> None:
    await handed_over(customer)
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.RESOLVED)
    await customer.sees("Is everything sorted out?")
    button = next(each for each in (await customer.messages())[-1]["buttons"] if "not" in each["title"])
    await customer.press(button["token"])
    await customer.sees("reopened")
    assert await customer.state() == "queued"
    await desk.happens(DeskEventKind.TAKEN)
    await customer.reaches("with_agent")


async def test_a_repeated_desk_event_changes_nothing(customer: Customer, desk: TableDesk) -> None:
    await handed_over(customer)
    await desk.happens(DeskEventKind.TAKEN)
    for _ in range(3):
        await desk.happens(DeskEventKind.REPLIED, "once", event_id="01ONCE")
    await customer.sees("once")
    await asyncio.sleep(0.2)
    assert [line for line in await customer.transcript() if line.endswith("once")] == ["agent: once"]


async def test_the_bot_gets_a_briefing_on_return(customer: Customer, desk: TableDesk, rasa: ScriptedRasa) -> None:
    await handed_over(customer)
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.RETURNED, briefing="address changed")
    await customer.sees("has left the conversation")
    await customer.say("thanks, hello again")
    await customer.sees("You said: thanks")
    assert rasa.briefings == ["address changed"]


async def test_leaving_the_queue_withdraws_the_ticket(customer: Customer, desk: TableDesk) -> None:
    await handed_over(customer)
    await customer.do(Action.LEAVE_QUEUE)
    await customer.sees("out of the line")
    await until(lambda: desk.changes)
    assert desk.changes == [(TicketChange.WITHDRAWN, {})]
    await customer.say("hello")
    await customer.sees("You said: hello")


async def test_outside_opening_hours_the_customer_hears_when(customer: Customer, desk: TableDesk) -> None:
    desk.opens_at = now_ms() + 3_600_000
    customer.language = "zh"
    await customer.say("转人工")
    closed = await customer.sees("非工作时间")
    assert closed["custom"]["kind"] == "handoff_closed"
    assert closed["custom"]["opens_at"] == desk.opens_at
    await customer.sees("邮箱")
    await customer.do(Action.CONTACT, email="wang@example.com")
    await customer.sees("wang@example.com")
    assert (await customer.snapshot())["conversation"]["email"] == "w…@example.com"


async def test_an_address_that_is_none_is_asked_for_again(customer: Customer) -> None:
    await customer.say("hello")
    await customer.do(Action.CONTACT, email="not an address")
    await customer.sees("doesn't look like an e-mail address")


async def test_asking_twice_for_a_human_opens_one_ticket(customer: Customer, desk: TableDesk) -> None:
    await asyncio.gather(customer.do(Action.HUMAN), customer.say("human"), customer.do(Action.HUMAN))
    await customer.reaches("queued")
    await asyncio.sleep(0.3)
    assert len(desk.opened) == 1


async def test_a_later_packet_brings_what_an_earlier_one_did_not(
    customer: Customer, desk: TableDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packet, "BEFORE", 2)
    await handed_over(customer)
    await customer.do(Action.LEAVE_QUEUE)
    await customer.reaches("bot")
    await customer.say("my fridge leaks")
    await customer.sees("You said: my fridge leaks")
    await customer.say("I want a human")
    await customer.reaches("queued")
    first, second = desk.opened
    assert second.previous_ticket == first.reference
    said = [line.content.text for line in second.transcript]
    assert said[:2] == [line.content.text for line in first.transcript[-2:]], "for the context"
    assert "how long does delivery take?" not in said
    assert {"my fridge leaks", "I want a human"} < set(said)


async def test_a_transcript_is_not_kept_once_more_when_the_desk_has_it(
    customer: Customer, desk: TableDesk, database: Database
) -> None:
    await handed_over(customer)
    stored = await database.read(handoffs.packet_of, desk.opened[0].id)
    assert desk.opened[0].transcript
    assert stored["transcript"] == []
    assert stored["question"] == desk.opened[0].question
