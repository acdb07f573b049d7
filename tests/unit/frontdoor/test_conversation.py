"""What happens to a customer's message, whoever owns the conversation."""

import asyncio

import pytest

from connectors.desk import DeskEventKind, Reason, TicketChange
from connectors.errors import Malformed, TooLarge
from connectors.message import Action
from frontdoor import asking, conversation
from storage import conversations, work
from storage.database import Database
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import ScriptedRasa
from tests.unit.frontdoor.conftest import Customer, until


async def test_a_question_is_answered_with_its_article(customer: Customer) -> None:
    await customer.say("how long does delivery take?")
    answer = await customer.sees("1–3 days")
    assert answer["article"] == {"id": "delivery-times", "title": "Delivery times", "language": "en"}
    assert answer["author"] == "bot"
    assert "payload" not in answer["buttons"][0]


async def test_the_same_client_id_is_one_message(customer: Customer, rasa: ScriptedRasa) -> None:
    first, second = await asyncio.gather(
        customer.say("hello", client_id="same-id-1"), customer.say("hello", client_id="same-id-1")
    )
    await customer.sees("You said: hello")
    assert first == second
    assert await customer.transcript() == ["customer: hello", "bot: You said: hello"]
    assert sum(rasa.turns.values()) == 1


async def test_messages_of_one_conversation_are_answered_in_order(customer: Customer) -> None:
    for index in range(20):
        await customer.say(f"number {index}")
    await customer.sees("You said: number 19")
    answers = [text for text in await customer.transcript() if text.startswith("bot")]
    assert answers == [f"bot: You said: number {index}" for index in range(20)]


async def test_a_slow_conversation_does_not_hold_up_another(customer: Customer, rasa: ScriptedRasa) -> None:
    rasa.delay_s = 1.5
    await customer.say("slow")
    await asyncio.sleep(0.1)
    rasa.delay_s = 0
    other = Customer(customer.core, address="other")
    await other.say("quick")
    await other.sees("You said: quick", within_s=1)


async def test_a_button_is_pressed_by_its_token_only(customer: Customer, rasa: ScriptedRasa) -> None:
    await customer.say("delivery")
    button = (await customer.sees("1–3 days"))["buttons"][0]
    await customer.press(button["token"])
    await customer.sees("1–3 days")
    await until(lambda: len(rasa.texts) >= 2)
    assert rasa.texts[-1] == '/ask_article{"article_id": "delivery-fees"}'


async def test_a_button_of_somebody_else_is_refused(customer: Customer) -> None:
    await customer.say("delivery")
    token = (await customer.sees("1–3 days"))["buttons"][0]["token"]
    stranger = Customer(customer.core, address="stranger")
    with pytest.raises(Malformed) as refused:
        await stranger.press(token)
    assert refused.value.code == "unknown_button"


async def test_text_that_looks_like_a_command_is_text(customer: Customer, rasa: ScriptedRasa) -> None:
    await customer.say('/ask_article{"article_id": "x"}')
    await customer.sees("You said: /ask_article")
    assert rasa.texts == ['/ask_article{"article_id": "x"}']


@pytest.mark.parametrize("text", ["", "   ", "\n\t "])
async def test_empty_messages_are_refused(customer: Customer, text: str) -> None:
    with pytest.raises(Malformed):
        await customer.say(text)


async def test_a_message_over_the_limit_is_refused_and_not_stored(customer: Customer) -> None:
    with pytest.raises(TooLarge):
        await customer.say("x" * 4001)
    assert await customer.transcript() == []


async def test_the_bot_never_talks_over_a_human(customer: Customer, rasa: ScriptedRasa, desk: TableDesk) -> None:
    """given an agent who takes the conversation while the bot thinks, when the bot's answer comes, it is dropped."""
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    rasa.delay_s = 0.5
    await customer.say("delivery times?")
    await asyncio.sleep(0.2)
    # The lane is busy with the turn, so take by a second way in: the owner changes under the bot's feet.
    await customer.do(Action.LEAVE_QUEUE)
    await customer.do(Action.HUMAN)
    await desk.happens(DeskEventKind.TAKEN)
    await customer.sees("Li Na has joined")
    await desk.happens(DeskEventKind.REPLIED, "Hello, Li Na here")
    await customer.sees("Li Na here")
    await customer.say("delivery again?")
    await asyncio.sleep(0.8)
    transcript = await customer.transcript()
    joined = transcript.index("system: Li Na has joined the conversation.")
    assert [line for line in transcript[joined:] if line.startswith("bot:")] == []
    assert [line.content.text for line in desk.lines if line.author == "customer"][-1] == "delivery again?"


async def test_a_slow_bot_apologises_once_and_then_answers(
    customer: Customer, rasa: ScriptedRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "APOLOGISE_AFTER_S", 0.2)
    rasa.delay_s = 0.6
    await customer.say("hello")
    await customer.sees("You said: hello")
    transcript = await customer.transcript()
    assert [line.partition(":")[0] for line in transcript] == ["customer", "system", "bot"]


async def test_a_dead_bot_hands_over_with_an_honest_sentence(
    customer: Customer, rasa: ScriptedRasa, desk: TableDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "APOLOGISE_AFTER_S", 0.1)
    monkeypatch.setattr(conversation, "HAND_OVER_AFTER_S", 1)
    monkeypatch.setattr(conversation, "HAND_OVER_ATTEMPTS", range(1, 20))
    rasa.status = 503
    await customer.say("my fridge is broken")
    await customer.reaches("queued")
    assert desk.opened[0].reason is Reason.BOT_UNAVAILABLE
    assert desk.opened[0].question == "my fridge is broken"
    assert "having trouble" in "".join(await customer.transcript())


async def test_a_bot_that_comes_back_answers_what_waited(customer: Customer, rasa: ScriptedRasa) -> None:
    rasa.status = 500
    await customer.say("hello")
    await asyncio.sleep(0.5)
    rasa.status = 200
    await customer.sees("You said: hello")
    assert [line.partition(":")[0] for line in await customer.transcript()] == ["customer", "bot"]


async def test_the_human_button_works_while_the_bot_hangs(
    customer: Customer, rasa: ScriptedRasa, desk: TableDesk
) -> None:
    rasa.delay_s = 1.5
    await customer.say("hello?")
    await asyncio.sleep(0.1)
    await customer.do(Action.HUMAN)
    await customer.reaches("queued", within_s=1)
    assert [line.content.text for line in desk.opened[0].transcript] == ["hello?"]


async def test_work_that_always_fails_becomes_a_dead_letter_and_a_human_takes_over(
    customer: Customer, database: Database, desk: TableDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(conversation, "_learn", broken)
    monkeypatch.setattr("frontdoor.lanes.backoff", lambda _: 0.01)
    await customer.say("hello")
    await customer.reaches("queued", within_s=30)
    assert (await database.read(work.counts))["dead"] == 1
    assert desk.opened[0].reason is Reason.BOT_UNAVAILABLE


async def test_a_customer_who_writes_after_leaving_is_queued_again(
    customer: Customer, desk: TableDesk, database: Database
) -> None:
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    snapshot = await customer.snapshot()
    await database.write(
        lambda tx: conversations.update_conversation(tx, snapshot["conversation"]["id"], state="abandoned")
    )
    await customer.say("I am back")
    await customer.sees("Welcome back")
    assert await customer.state() == "queued"
    await until(lambda: desk.changes)
    assert desk.changes[0][0] is TicketChange.REOPENED  # the desk has closed it when they left
