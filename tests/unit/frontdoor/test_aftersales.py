"""After an answer: was it solved, by whom, what silence means, and the same ticket again when it was not."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from sqlalchemy import Connection, select, update

from connectors.channel import Limits
from connectors.desk import DeskEventKind, TicketChange
from connectors.message import Action, Content, Inbound, Opening
from desk.aftersales_settings import AfterSales
from frontdoor import listening
from frontdoor.aftercare import Aftercare
from frontdoor.brain import Brain
from frontdoor.core import Core
from frontdoor.surveys import Surveys
from storage import followups
from storage import outbox as outbox_rows
from storage.bus import MemoryBus
from storage.clock import now_ms
from storage.conversations import conversation
from storage.customers import customer as customer_table
from storage.database import Database
from storage.followups import follow_up
from storage.handoffs import handoff
from storage.messages import message as message_table
from storage.openings import opening
from storage.outbox import outbox
from storage.surveys import Survey, survey
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.unit.frontdoor.conftest import SETTINGS, Customer, Page, unlinked, until
from tests.unit.frontdoor.test_vendors import Vendor

HOUR_MS = 3_600_000
RULES = AfterSales(reopen_days=7)


def care(core: Core, **rules: object) -> Aftercare:
    """Sweeps that believe the clock at once and have always been there."""
    asking = Surveys(steps=core.steps, rules=RULES.model_copy(update=rules), tier="senior")
    return Aftercare(core.steps, asking, mail_channel="mail", calm_ms=0)


async def older(database: Database, ms: int) -> None:
    """Let so much time pass for everything that was said and asked."""

    def age(tx: Connection) -> None:
        tx.execute(update(conversation).values(customer_at=conversation.c.customer_at - ms, present_at=now_ms() - ms))
        tx.execute(update(message_table).values(at=message_table.c.at - ms))
        tx.execute(update(survey).values(asked_at=survey.c.asked_at - ms, reminded_at=survey.c.reminded_at - ms))
        tx.execute(update(handoff).values(updated_at=handoff.c.updated_at - ms))

    await database.write(age)


async def asked(database: Database) -> list[Survey]:
    return [Survey(**row._mapping) for row in await database.read(lambda tx: tx.execute(select(survey)).all())]


async def press(customer: Customer, kind: str, title: str) -> None:
    shown = [each for each in await customer.messages() if each.get("custom", {}).get("kind") == kind][-1]
    await customer.press(next(each["token"] for each in shown["buttons"] if each["title"] == title))


async def resolved(customer: Customer, desk: TableDesk) -> None:
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.RESOLVED)
    await customer.reaches("resolved")


def say_thanks(rasa: ScriptedRasa) -> None:
    """The bot knows thanks when it hears them."""

    def thanked(body: dict[str, object]) -> object:
        async def answered(_: web.Request) -> web.StreamResponse:
            evidence = {"language": "en", "intent": "thank", "decision": "smalltalk", "ranking": []}
            said = [{"text": "You're welcome!"}]
            turn = {"message_id": body["message_id"], "messages": said, "signals": [], "evidence": evidence}
            return web.json_response(turn | {"slots": {}})

        return answered if body["text"] == "thanks" else None

    rasa.trouble = thanked  # type: ignore[assignment]


class TestTheBotsOwnAnswers:
    """No human was there: what counts, counts for the bot."""

    async def test_who_goes_quiet_after_an_answer_is_asked_once_and_counts_for_the_bot(
        self, core: Core, customer: Customer, database: Database
    ) -> None:
        await customer.say("how long does delivery take?")
        await customer.sees("1–3 days.")
        sweeps = care(core)
        await sweeps.sweep()
        assert await asked(database) == [], "not while they may still be reading"
        await older(database, 11 * 60_000)
        await care(core).sweep()
        await care(core).sweep()
        question = await customer.sees("Did that answer your question?")
        assert [each["title"] for each in question["buttons"]] == ["Yes, solved", "No, not yet"]

        await press(customer, "solved_question", "Yes, solved")
        await customer.sees("How would you rate")
        await customer.do(Action.RATE, score=5, comment="quick")  # as the widget does, without naming what it is about
        await customer.sees("Thank you for your feedback")
        [row] = await asked(database)
        assert (row.solved_by, row.handoff_id, row.outcome) == ("bot", "", "solved")
        assert (row.score, row.comment) == (5, "quick")

    async def test_thanks_end_a_conversation_and_nobody_is_asked_twice_in_a_day(
        self, customer: Customer, database: Database, rasa: ScriptedRasa
    ) -> None:
        say_thanks(rasa)
        await customer.say("thanks")
        await customer.sees("You're welcome!")
        assert await asked(database) == [], "there was no answer to ask about"
        await customer.say("delivery?")
        await customer.sees("1–3 days.")
        await customer.say("thanks")
        await customer.sees("Did that answer your question?")
        await customer.say("delivery to Hainan?")
        await customer.say("thanks")
        await until(lambda: rasa.turns.total() == 5)
        await core_idle(customer, 10)
        assert len(await asked(database)) == 1
        await older(database, 25 * HOUR_MS)
        await customer.say("thanks")
        await until(lambda: rasa.turns.total() == 6)
        await core_idle(customer, 13)
        assert len(await asked(database)) == 2

    async def test_twice_not_solved_and_a_low_score_become_follow_ups_of_no_agents_ticket(
        self, core: Core, customer: Customer, database: Database
    ) -> None:
        for times in (1, 2):
            await customer.say("how long does delivery take?")
            await until_last(customer, "1–3 days.")
            await older(database, 11 * 60_000)
            await care(core, ask_once_in_hours=0).sweep()
            await until_last(customer, "Did that answer")
            await press(customer, "solved_question", "No, not yet")
            await until_last(customer, "Sorry that didn't help")
            found = await database.read(lambda tx: tx.execute(select(follow_up)).all())
            assert len(found) == times - 1
        [row] = found
        assert (row.reason, row.tier, row.ticket_id, row.state) == ("not_solved", "", None, "planned")
        await customer.do(Action.RATE, score=1, comment="useless")
        await customer.sees("Thank you for your feedback")
        rows = await database.read(followups.page, states=followups.OPEN)
        assert {each.reason for each in rows} == {"not_solved", "low_rating"}
        assert [each.outcome for each in await asked(database)] == ["not_solved", "not_solved"]

    async def test_a_clock_that_was_set_makes_nobody_quiet(
        self, core: Core, customer: Customer, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await customer.say("how long does delivery take?")
        await customer.sees("1–3 days.")
        sweeps = care(core)
        await sweeps.sweep()
        real = time.time
        monkeypatch.setattr(listening, "now_ms", lambda: int(real() * 1000) + HOUR_MS)
        await sweeps.sweep()
        assert await asked(database) == []


async def core_idle(customer: Customer, messages: int) -> None:
    """So many messages are there, and no more come of what was done."""
    deadline = time.monotonic() + 5
    while len(await customer.messages()) < messages:
        assert time.monotonic() < deadline, await customer.transcript()


async def until_last(customer: Customer, part: str) -> None:
    """The last thing that was said contains `part`."""
    deadline = time.monotonic() + 5
    while part not in (await customer.transcript())[-1]:
        assert time.monotonic() < deadline, await customer.transcript()


class TestSilenceAfterATicket:
    """Who does not say whether it is solved."""

    async def test_is_reminded_once_and_then_settled_otherwise_than_by_a_yes(
        self, core: Core, customer: Customer, desk: TableDesk, database: Database
    ) -> None:
        await resolved(customer, desk)
        await care(core).sweep()
        await older(database, 25 * HOUR_MS)
        await care(core).sweep()
        await care(core).sweep()
        reminders = [line for line in await customer.transcript() if "Just checking" in line]
        assert len(reminders) == 1
        await older(database, 49 * HOUR_MS)
        await care(core).sweep()
        await until(lambda: desk.changes)
        assert desk.changes == [(TicketChange.CONFIRMED, {"by": "silence"})]
        [row] = await asked(database)
        assert (row.outcome, row.solved_by) == ("silent", "agent")

        await press(customer, "solved_question", "Yes, solved")  # later is better than never
        await customer.sees("How would you rate")
        assert [each.outcome for each in await asked(database)] == ["solved"]

    async def test_is_not_reminded_of_what_was_answered(
        self, core: Core, customer: Customer, desk: TableDesk, database: Database
    ) -> None:
        await resolved(customer, desk)
        await press(customer, "solved_question", "Yes, solved")
        await customer.sees("How would you rate")
        await older(database, 25 * HOUR_MS)
        await care(core).sweep()
        assert not any("Just checking" in line for line in await customer.transcript())

    async def test_gets_the_reminder_by_mail_when_the_page_is_closed(
        self, core: Core, customer: Customer, desk: TableDesk, database: Database
    ) -> None:
        await resolved(customer, desk)
        await database.write(lambda tx: tx.execute(update(customer_table).values(email="li@example.com")))
        await older(database, 25 * HOUR_MS)
        await care(core).sweep()
        sent = await database.read(lambda tx: tx.execute(select(outbox.c.channel, outbox.c.address)).all())
        assert [tuple(row) for row in sent] == [("mail", "li@example.com")]


class TestComingBack:
    """Not solved after all."""

    async def test_asking_for_a_human_again_opens_the_same_ticket(
        self, customer: Customer, desk: TableDesk, database: Database
    ) -> None:
        await resolved(customer, desk)
        await customer.say("I want a human, it is broken again")
        await customer.sees("I've reopened")
        await until(lambda: "I want a human, it is broken again" in [line.content.text for line in desk.lines])
        assert (len(desk.opened), desk.changes) == (1, [(TicketChange.REOPENED, {})])
        [row] = await asked(database)
        assert row.outcome == "not_solved"

    async def test_after_the_time_for_that_it_is_a_new_one(
        self, customer: Customer, desk: TableDesk, database: Database
    ) -> None:
        await resolved(customer, desk)
        await older(database, 8 * 24 * HOUR_MS)
        await customer.do(Action.HUMAN)
        await customer.reaches("queued")
        assert len(desk.opened) == 2
        await customer.do(Action.REOPEN, about=desk.opened[0].id)
        await customer.reaches("queued")


@pytest.fixture
def vendor() -> Vendor:
    found = Vendor()
    found.limits = Limits(opening=Opening(seconds=3600), buttons=3)
    return found


@pytest.fixture
def mailer() -> Vendor:
    """What sends mail to those who left."""
    found = Vendor()
    found.name, found.limits = "mail", Limits()
    return found


@pytest.fixture
async def house(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa, desk: TableDesk, vendor: Vendor, mailer: Vendor
) -> AsyncIterator[Core]:
    """A core with a vendor whose window closes after an hour."""

    async def discard(_: object) -> None: ...

    brain = Brain(rasa.url, TOKEN, timeout_s=2)
    settings = replace(SETTINGS, status_url="https://x.example", code_key="k" * 32)
    core = Core(settings, database=database, bus=bus, brain=brain, link=unlinked, discard=discard)
    async with core.running({"web": Page(), "vendor": vendor, "mail": mailer}, {"table": desk}):
        yield core
    await brain.close()


async def says(house: Core, text: str, number: str) -> None:
    inbound = Inbound(channel="vendor", address="ann", external_id=number, content=Content(text=text))
    await house.intake.accept(inbound)


async def test_a_closed_reply_window_costs_no_survey_and_no_reminder(
    house: Core, vendor: Vendor, database: Database, desk: TableDesk
) -> None:
    await says(house, "how long does delivery take?", "m1")
    await until(lambda: vendor.sent)
    await older(database, 65 * 60_000)
    await database.write(lambda tx: tx.execute(update(opening).values(until=now_ms() - 1)))
    await care(house).sweep()
    assert await asked(database) == []

    await says(house, "I want a human", "m2")
    await until(lambda: desk.opened)
    await until(lambda: any("/status/" in text for text in vendor.texts))
    link = next(text for text in vendor.texts if "/status/" in text)
    assert link.splitlines()[-1].startswith("See how it's going")
    stored = await database.read(
        lambda tx: [str(each) for each in tx.execute(select(message_table.c.content)).scalars()]
    )
    assert not any("/status/" in text for text in stored), "a copy of the database opens nobody's page"
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.RESOLVED)
    await until(lambda: any("Is everything sorted out" in text for text in vendor.texts))
    await older(database, 25 * HOUR_MS)
    await database.write(lambda tx: tx.execute(update(opening).values(until=now_ms() - 1)))
    await care(house).sweep()
    [row] = await asked(database)
    assert row.reminded_at is not None
    assert not any("Just checking" in text for text in vendor.texts)


async def test_nobody_is_asked_among_other_people(house: Core, database: Database, vendor: Vendor) -> None:
    house.steps.in_company = lambda channel, address: channel == "vendor"
    await says(house, "how long does delivery take?", "m1")
    await until(lambda: vendor.sent)
    await older(database, 20 * 60_000)
    await care(house).sweep()
    assert await asked(database) == []


async def test_mail_to_who_left_has_the_private_link(
    house: Core, database: Database, desk: TableDesk, mailer: Vendor
) -> None:
    customer = Customer(house)
    await customer.do(Action.HUMAN)
    await customer.sees("/status/")
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.REPLIED, "Here is your answer.")
    said = await customer.sees("Here is your answer.")
    conversation_id = (await customer.snapshot())["conversation"]["id"]
    where = {"conversation_id": conversation_id, "seq": said["seq"], "channel": "mail", "address": "li@example.com"}
    await database.write(lambda tx: outbox_rows.add(tx, message_id=said["id"], **where))
    await house.steps.bus.publish("outbox", {"conversation_id": conversation_id})
    await until(lambda: mailer.sent)
    [text] = mailer.texts
    assert text.startswith("Here is your answer.\n")
    assert "https://x.example/status/" in text

    await desk.happens(DeskEventKind.RESOLVED)
    await customer.reaches("resolved")
    await database.write(lambda tx: tx.execute(update(customer_table).values(email="li@example.com")))
    await older(database, 25 * HOUR_MS)
    await care(house).sweep()
    await until(lambda: len(mailer.sent) == 2)
    assert "Just checking" in mailer.texts[1]
    assert "https://x.example/status/" in mailer.texts[1]
