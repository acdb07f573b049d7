"""Nobody is left between two chairs: every way a conversation can change hands, also the rare ones."""

import asyncio

import pytest
from sqlalchemy import Connection

from connectors.desk import DeskEventKind, Reason, TicketChange
from connectors.errors import Undeliverable
from connectors.message import JSON, Action, Author, Content, Profile
from frontdoor import lanes
from frontdoor.core import Core
from frontdoor.desk_choice import always
from storage import conversations, elsewhere, handoffs, messages
from storage.database import Database
from storage.handoffs import rating
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import ScriptedRasa
from tests.unit.frontdoor.conftest import Customer, until


async def queued(customer: Customer, desk: TableDesk) -> None:
    before = len(desk.opened)
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    await until(lambda: len(desk.opened) == before + 1)


async def resolved(customer: Customer, desk: TableDesk) -> None:
    await queued(customer, desk)
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.RESOLVED)
    await customer.reaches("resolved")


async def press(customer: Customer, kind: str, title: str, *, newest: bool = True) -> None:
    """Press a button of the newest (or the oldest) message of a kind."""
    shown = [each for each in await customer.messages() if each.get("custom", {}).get("kind") == kind]
    await customer.press(
        next(each["token"] for each in shown[-1 if newest else 0]["buttons"] if each["title"] == title)
    )


async def test_a_second_request_while_the_desk_is_down_is_told_so_too(customer: Customer, desk: TableDesk) -> None:
    """given a first ticket that still waits for the desk, when the customer leaves and asks again, then they hear."""
    desk.down = True
    await customer.do(Action.HUMAN)
    first = await customer.sees("can't reach our service team")
    await customer.do(Action.LEAVE_QUEUE)
    await customer.reaches("bot")
    await customer.do(Action.HUMAN)
    await customer.reaches("failed", within_s=10)
    offline = [each for each in await customer.messages() if each.get("custom", {}).get("kind") == "handoff_offline"]
    assert len({each["custom"]["reference"] for each in offline}) == 2
    desk.down = False
    line = await customer.sees("in line for a colleague", within_s=15)
    assert line["custom"]["number"] == offline[1]["custom"]["reference"] != first["custom"]["reference"]
    assert [change for change, _ in desk.changes] == [TicketChange.WITHDRAWN]


@pytest.mark.parametrize("trouble", [Undeliverable("no such group"), ZeroDivisionError()])
async def test_a_ticket_that_can_never_be_opened_leaves_nobody_waiting(
    customer: Customer, desk: TableDesk, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(lanes, "MAX_ATTEMPTS", 2)
    desk.trouble = trouble
    await customer.do(Action.HUMAN)
    told = await customer.sees("couldn't hand your request over", within_s=15)
    assert told["custom"]["reference"].startswith("FD-")
    await customer.reaches("bot")
    await customer.say("hello")
    await customer.sees("You said: hello")
    assert not any("passed that on" in line for line in await customer.transcript())
    desk.trouble = None
    await queued(customer, desk)
    assert [line.content.text for line in desk.opened[0].transcript][-1] == "You said: hello"


async def test_what_a_desk_refused_can_be_delivered_again(core: Core, customer: Customer, desk: TableDesk) -> None:
    """given a ticket that was given up, when it is opened after all, then its people can go on with the customer."""
    desk.trouble = Undeliverable("no such group")
    await customer.do(Action.HUMAN)
    told = await customer.sees("couldn't hand your request over")
    await customer.say("hello")
    await customer.sees("You said: hello")
    desk.trouble = None
    database = core.steps.database
    handoff = await database.read(handoffs.find_by_reference, told["custom"]["reference"])
    assert handoff is not None
    await core.steps.bus.publish("work", {"lane": await database.write(elsewhere.deliver_again, handoff)})
    await until(lambda: desk.opened)
    await desk.happens(DeskEventKind.TAKEN)
    await customer.reaches("with_agent")
    await customer.say("at last")
    await until(lambda: [line.content.text for line in desk.lines] == ["hello", "You said: hello", "at last"])


async def test_an_answer_thought_before_a_failed_handoff_is_thought_again(
    customer: Customer, desk: TableDesk, rasa: ScriptedRasa
) -> None:
    """given a bot that thinks while the customer asks for a human whom no desk gives, then its answer still comes."""
    desk.trouble, rasa.delay_s = Undeliverable("no such group"), 1.0
    await customer.say("hello")
    await asyncio.sleep(0.2)
    await customer.do(Action.HUMAN)
    await customer.sees("couldn't hand your request over")
    await customer.sees("You said: hello")
    assert [line for line in await customer.transcript() if line.startswith("bot:")] == ["bot: You said: hello"]


async def test_an_agent_who_was_quicker_than_the_customer_who_left_gets_the_conversation(
    customer: Customer, desk: TableDesk
) -> None:
    """given a withdrawn ticket, a second one, and an agent who had taken the first, then the second is withdrawn."""
    await queued(customer, desk)
    await customer.do(Action.LEAVE_QUEUE)
    await customer.reaches("bot")
    await customer.say("something in between")
    await customer.sees("You said: something in between")
    await queued(customer, desk)
    await desk.happens(DeskEventKind.TAKEN, ticket=0)
    await customer.reaches("with_agent")
    await customer.say("are you there?")
    await until(lambda: "are you there?" in [line.content.text for line in desk.lines])
    withdrawn, reopened = TicketChange.WITHDRAWN, TicketChange.REOPENED
    assert [change for change, _ in desk.changes] == [withdrawn, withdrawn, reopened]


async def test_who_comes_back_to_a_ticket_need_not_repeat_what_the_bot_was_told(
    customer: Customer, desk: TableDesk
) -> None:
    await resolved(customer, desk)
    await customer.say("the fridge is warm again")
    await customer.sees("You said: the fridge")
    await press(customer, "solved_question", "No, not yet")
    await customer.reaches("queued")
    await until(lambda: len(desk.lines) == 3)
    assert [line.content.text for line in desk.lines] == [
        "the fridge is warm again",
        "You said: the fridge is warm again",
        "No, not yet",
    ]
    assert desk.changes == [(TicketChange.REOPENED, {})]


async def test_a_reopened_ticket_has_a_place_in_the_line(customer: Customer, desk: TableDesk) -> None:
    await resolved(customer, desk)
    await press(customer, "solved_question", "No, not yet")
    await customer.reaches("queued")
    await desk.happens(DeskEventKind.QUEUED, position=3)
    for _ in range(100):
        if (await customer.snapshot())["conversation"]["position"] == 3:
            break
        await asyncio.sleep(0.02)
    assert (await customer.snapshot())["conversation"]["position"] == 3
    assert not any("has left" in line for line in await customer.transcript())


async def test_who_helps_now_is_told_to_those_who_wait_and_to_those_whose_agent_asked_for_help(
    customer: Customer, desk: TableDesk
) -> None:
    team = {"en": "Senior customer care", "zh": "资深客户服务"}
    await queued(customer, desk)
    await desk.happens(DeskEventKind.QUEUED, position=2, team=team)
    await customer.sees("To get you help sooner")
    assert any("to Senior customer care" in line for line in await customer.transcript())
    await desk.happens(DeskEventKind.TAKEN)
    await customer.reaches("with_agent")
    await desk.happens(DeskEventKind.QUEUED, position=1, team=team)
    await customer.sees("has asked Senior customer care to take this on")
    await customer.reaches("queued")


async def test_at_a_desk_where_one_simply_answers_the_answer_takes_the_conversation(
    customer: Customer, desk: TableDesk
) -> None:
    await queued(customer, desk)
    await desk.happens(DeskEventKind.REPLIED, "Good morning!")
    await customer.sees("Good morning!")
    assert (await customer.snapshot())["conversation"]["owner"] == "agent"
    await customer.say("about delivery")
    await until(lambda: desk.lines)
    assert not any(line.startswith("bot:") for line in await customer.transcript())


async def test_a_rating_is_of_the_ticket_it_was_asked_for(
    customer: Customer, desk: TableDesk, database: Database
) -> None:
    """given two tickets, when the customer rates by the buttons of the first, then the first is rated."""
    await resolved(customer, desk)
    await press(customer, "solved_question", "Yes, solved")
    await customer.sees("rate the help")
    await queued(customer, desk)
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.RESOLVED)
    await customer.reaches("resolved")
    await press(customer, "ask_rating", "4", newest=False)
    await customer.sees("Thank you for your feedback")
    assert await customer.state() == "resolved"
    await press(customer, "solved_question", "Yes, solved")
    await until(lambda: len(desk.changes) == 3)
    await press(customer, "ask_rating", "2")
    await customer.reaches("rated")
    rated = await database.read(lambda tx: tx.execute(rating.select().order_by(rating.c.handoff_id)).all())
    assert [(row.handoff_id, row.score) for row in rated] == [(desk.opened[0].id, 4), (desk.opened[1].id, 2)]


async def test_a_score_that_is_none_changes_nothing(customer: Customer, desk: TableDesk) -> None:
    await resolved(customer, desk)
    for score in ("many", 0, 6, None):
        await customer.do(Action.RATE, score=score)
    await customer.do(Action.RATE, score=5)
    await customer.reaches("rated")


@pytest.mark.parametrize("event_id", ["01TAKEN", "a-message-id-of-a-helpdesk-that-is-longer-than-ours"])
async def test_replies_with_ids_of_a_helpdesk_are_delivered(
    customer: Customer, desk: TableDesk, database: Database, event_id: str
) -> None:
    def use_up(tx: Connection) -> None:
        other = conversations.begin(tx, "web", "other", Profile())
        messages.add(
            tx, conversation_id=other.id, seq=1, author=Author.BOT, content=Content(text="hi"), message_id="01TAKEN"
        )

    await database.write(use_up)
    await queued(customer, desk)
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.REPLIED, "Hello from the helpdesk", event_id=event_id)
    assert len((await customer.sees("Hello from the helpdesk"))["id"]) <= 26


async def test_text_that_no_database_takes_is_cleaned(customer: Customer, desk: TableDesk) -> None:
    await customer.say("a\x00b\ud800c")
    await customer.sees("You said: abc")
    await queued(customer, desk)
    await desk.happens(DeskEventKind.REPLIED, "x\x00y\udfffz")
    await customer.sees("xyz")


async def test_a_correction_follows_the_customer_who_has_gone_on_elsewhere(
    core: Core, customer: Customer, desk: TableDesk
) -> None:
    """given a reply here, when the customer goes on in another conversation, then what becomes of it is said there."""
    await queued(customer, desk)
    await desk.happens(DeskEventKind.REPLIED, "It costs 10.", event_id="reply-1")
    await customer.sees("It costs 10.")
    other = Customer(core, "another")
    await other.say("hello")
    here, there = [(await each.snapshot())["conversation"]["id"] for each in (customer, other)]

    def moves(tx: Connection) -> None:
        conversations.update_conversation(tx, here, address=f"moved:{here}", moved_to=there)

    await core.steps.database.write(moves)
    await desk.happens(DeskEventKind.EDITED, "It costs 12.", message_id="reply-1")
    await other.sees("Correction: It costs 12.")
    await desk.happens(DeskEventKind.DELETED, message_id="reply-1")
    await other.sees("taken a message back")


async def test_a_ticket_that_is_closed_after_it_was_given_back_asks_nobody(customer: Customer, desk: TableDesk) -> None:
    await queued(customer, desk)
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.RETURNED)
    await customer.sees("the assistant (a bot) again")
    await desk.happens(DeskEventKind.RESOLVED)
    await customer.say("hello")
    await customer.sees("You said: hello")
    assert await customer.state() == "bot"
    assert not any("as solved" in line for line in await customer.transcript())


async def test_who_is_taken_while_leaving_the_line_is_not_closed_behind_it(customer: Customer, desk: TableDesk) -> None:
    """given a customer who leaves just as an agent takes the ticket, then the desk is not left with a closed one."""
    await queued(customer, desk)
    await customer.do(Action.LEAVE_QUEUE)
    await customer.reaches("bot")
    await desk.happens(DeskEventKind.TAKEN)
    await customer.reaches("with_agent")
    reopened = (TicketChange.REOPENED, {"by": "agent"})
    await until(lambda: desk.changes[-1] == reopened)
    assert desk.changes in ([(TicketChange.WITHDRAWN, {}), reopened], [reopened])


async def test_a_ticket_that_cannot_be_opened_again_becomes_a_new_one(
    core: Core, customer: Customer, desk: TableDesk
) -> None:
    """given a desk that opens no closed ticket again, when the customer is not helped, then they get another one."""
    core.steps.choose = always("table")
    await resolved(customer, desk)

    async def refuses(ticket_id: str, change: TicketChange, data: JSON) -> None:
        raise Undeliverable("it is closed for good")

    desk.change = refuses  # type: ignore[method-assign]
    await customer.do(Action.SOLVED, solved=False)
    await until(lambda: len(desk.opened) == 2)
    first, second = desk.opened
    assert (second.reason, second.previous_ticket) == (Reason.REOPENED, first.reference)
    await customer.sees(second.reference)
    await customer.reaches("queued")
