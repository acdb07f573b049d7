"""What silence means: abandoned, idle, and mail for those who left."""

import asyncio
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Connection

from connectors.desk import DeskEventKind, TicketChange
from connectors.errors import TryLater, Undeliverable
from connectors.message import Action, Author, Content, Outbound, Profile
from frontdoor.core import Core
from frontdoor.mail import MailNotices
from frontdoor.outbox import Outbox
from frontdoor.step import Steps
from frontdoor.timers import Timers
from storage import conversations, outbox
from storage.bus import MemoryBus
from storage.clock import now_ms
from storage.database import Database
from storage.locks import Locks
from tests.conftest import free_port
from tests.fakes.desk import TableDesk
from tests.unit.frontdoor.conftest import Customer, unlinked, until

HOUR_MS = 3_600_000


@pytest.fixture
def timers(core: Core) -> Timers:
    return Timers(core.steps, abandoned_after_s=900, idle_after_s=600, mail_channel="mail")


async def quiet_for(database: Database, customer: Customer, ms: int, *, present: bool = False) -> None:
    """The customer's last message was `ms` ago, and unless `present` the page was closed then."""
    conversation_id = (await customer.snapshot())["conversation"]["id"]

    def back_date(tx: Connection) -> None:
        then = now_ms() - ms
        conversations.update_conversation(
            tx, conversation_id, customer_at=then, present_at=now_ms() if present else then
        )

    await database.write(back_date)


async def test_who_left_while_waiting_has_abandoned(
    customer: Customer, desk: TableDesk, timers: Timers, database: Database
) -> None:
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    await quiet_for(database, customer, HOUR_MS)
    await timers.sweep()
    assert await customer.state() == "abandoned"
    await until(lambda: desk.changes)
    assert desk.changes == [(TicketChange.ABANDONED, {})]


async def test_who_waits_with_the_page_open_has_not_left(
    customer: Customer, timers: Timers, database: Database
) -> None:
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    await quiet_for(database, customer, HOUR_MS, present=True)
    await timers.sweep()
    assert await customer.state() == "queued"


async def test_who_was_told_to_come_back_tomorrow_has_not_left(
    customer: Customer, desk: TableDesk, timers: Timers, database: Database
) -> None:
    desk.opens_at = now_ms() + 10 * HOUR_MS
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    await quiet_for(database, customer, HOUR_MS)
    await timers.sweep()
    assert await customer.state() == "queued"


async def test_a_human_may_still_answer_who_left(
    customer: Customer, desk: TableDesk, timers: Timers, database: Database
) -> None:
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    await quiet_for(database, customer, HOUR_MS)
    await timers.sweep()
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.REPLIED, "here is your answer")
    await customer.sees("here is your answer")


async def test_who_does_not_answer_the_agent_is_idle_and_comes_back_by_writing(
    customer: Customer, desk: TableDesk, database: Database, core: Core
) -> None:
    timers = Timers(core.steps, abandoned_after_s=900, idle_after_s=0, mail_channel="")
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.REPLIED, "which model is it?")
    await customer.reaches("waiting_customer")
    await quiet_for(database, customer, HOUR_MS, present=True)
    await asyncio.sleep(0.01)
    await timers.sweep()
    assert await customer.state() == "idle"
    await timers.sweep()
    assert len([line for line in await customer.transcript() if "still there" in line]) == 1
    await customer.say("RC-40")
    await customer.reaches("with_agent")
    await until(lambda: len(desk.changes) == 2)
    assert [change for change, _ in desk.changes] == [TicketChange.IDLE, TicketChange.ACTIVE]


class Mailbox:
    """An SMTP server's handler that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = self.recipient = "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return self.answer


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, MailNotices]]:
    box, port = Mailbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    notices = MailNotices(
        f"smtp://127.0.0.1:{port}",
        sender="support@hearthline.example",
        brand={"en": "Hearthline", "zh": "暖居家电"},
        url="https://support.example",
    )
    yield box, notices
    server.stop()


async def test_an_unseen_reply_goes_out_by_mail_once(
    customer: Customer, desk: TableDesk, timers: Timers, database: Database, mailbox: tuple[Mailbox, MailNotices]
) -> None:
    box, notices = mailbox
    customer.language = "zh"
    await customer.say("转人工")
    await customer.reaches("queued")
    await customer.do(Action.CONTACT, email="wang@example.com")
    await customer.sees("wang@example.com")
    await desk.happens(DeskEventKind.TAKEN)
    await desk.happens(DeskEventKind.REPLIED, "您的包裹明天到。")
    await customer.sees("明天到")
    await timers.sweep()
    assert (await database.read(outbox.counts)) == {}

    await quiet_for(database, customer, HOUR_MS)
    await timers.sweep()
    await timers.sweep()
    sender = asyncio.create_task(
        Outbox(Steps(database, MemoryBus(), unlinked), Locks(database), {"mail": notices}).run()
    )
    await until(lambda: box.mails)
    await asyncio.sleep(0.1)
    sender.cancel()
    [mail] = box.mails
    assert mail["To"] == "wang@example.com"
    assert "暖居家电" in mail["Subject"]
    assert "您的包裹明天到。" in mail.get_content()
    assert "https://support.example" in mail.get_content()


def letter() -> Outbound:
    return Outbound(
        message_id="01M", conversation_id="01C", address="li@example.com", author=Author.AGENT,
        content=Content(text="hello"), seq=1, at=now_ms(),
    )  # fmt: skip


async def test_a_mail_server_that_is_busy_is_tried_later_and_one_that_refuses_is_not(
    mailbox: tuple[Mailbox, MailNotices],
) -> None:
    box, notices = mailbox
    box.answer = "451 try again"
    with pytest.raises(TryLater):
        await notices.send(letter())
    box.answer = "554 no such thing"
    with pytest.raises(Undeliverable):
        await notices.send(letter())
    box.recipient = "450 greylisted, come back in five minutes"
    with pytest.raises(TryLater):
        await notices.send(letter())
    box.recipient = "550 nobody of that name"
    with pytest.raises(Undeliverable):
        await notices.send(letter())


async def test_a_mail_server_that_is_away_is_tried_later() -> None:
    notices = MailNotices(
        f"smtp://127.0.0.1:{free_port()}", sender="a@b.example", brand={"en": "B", "zh": "B"}, url="http://b.example"
    )
    with pytest.raises(TryLater):
        await notices.send(letter())


async def test_profiles_are_learnt_and_never_emptied(database: Database) -> None:
    await database.write(conversations.begin, "web", "v", Profile(name="Li Na"))
    found = await database.write(conversations.begin, "web", "v", Profile(email="li@example.com"))
    assert (found.name, found.email) == ("Li Na", "li@example.com")
