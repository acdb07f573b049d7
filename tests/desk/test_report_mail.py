"""Reports by mail: what is in them, and that each goes to each recipient once, whatever breaks in between."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from openpyxl import load_workbook
from sqlalchemy import Connection, select

from desk.ports import Mailer
from desk.reports.digest import due
from desk.reports.mailing import ReportMailing
from desk.reports_settings import ReportMails
from desk.tiers import Tiers, TiersError, parse_tiers
from frontdoor.mail import DeskMail
from storage.report_mails import begin, report_mail
from tests.conftest import free_port
from tests.desk.house import ROOT, House

RECIPIENTS = ("boss@hearthline.example", "head@hearthline.example")


class Mailbox:
    """A mail server that keeps what it gets, or answers as it is told."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.recipient = "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos[0], mail))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, DeskMail]]:
    box, port = Mailbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    brand = {"en": "Hearthline", "zh": "暖居家电"}
    yield box, DeskMail(f"smtp://127.0.0.1:{port}", sender="desk@hearthline.example", brand=brand)
    server.stop()


def tiers(house: House, **settings: Any) -> Tiers:
    settings = {"recipients": RECIPIENTS, "every": "day"} | settings
    return house.tiers.model_copy(update={"reports": ReportMails(**settings)})


def worker(house: House, mailer: Mailer | None, **settings: Any) -> ReportMailing:
    """One of several processes that send reports."""
    return ReportMailing(house.db, tiers(house, **settings), mailer, house.clock)


async def rows(house: House) -> list[tuple[str, bool, str]]:
    def read(tx: Connection) -> list[tuple[str, bool, str]]:
        found = tx.execute(select(report_mail).order_by(report_mail.c.recipient))
        return [(row.recipient, row.sent_at is not None, row.refused) for row in found]

    return await house.db.read(read)


async def test_a_report_reaches_every_recipient_once_from_however_many_workers(
    house: House, mailbox: tuple[Mailbox, DeskMail]
) -> None:
    # Given a day on which a case was solved
    box, mailer = mailbox
    agent = await house.console("li.na")
    ticket = await house.handed_over()
    await agent.act(ticket, "take")
    house.clock.pass_minutes(3)
    await agent.act(ticket, "messages", client_id="c-00000001", text="Done.")
    await agent.act(ticket, "resolve")
    house.clock.pass_minutes(24 * 60)
    # When three workers look at once, and one again after a restart
    await asyncio.gather(*(worker(house, mailer).turn() for _ in range(3)))
    await worker(house, mailer).turn()
    # Then everybody has it once
    assert sorted(recipient for recipient, _ in box.mails) == sorted(RECIPIENTS)
    assert await rows(house) == [(each, True, "") for each in RECIPIENTS]
    # And it says what that day was, as text, as HTML, and as a workbook with definitions
    mail = box.mails[0][1]
    assert mail["Subject"] == "Hearthline: report 2026-11-22"
    assert mail["Message-ID"] == "<report-day-2026-11-22@hearthline.example>"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Cases solved: 1 (Before: 0)" in text.get_content()
    assert "First response: 3.0 min (Before: –)" in text.get_content()
    assert "<td" in html.get_content()
    [file] = mail.iter_attachments()
    book = load_workbook(io.BytesIO(file.get_content()))
    assert {"Volume", "SLA", "Definitions"} <= set(book.sheetnames)
    assert any(row[0] == "solved" and row[7] == 1 for row in book["Volume"].iter_rows(values_only=True))
    # And the next day brings the next one
    house.clock.pass_minutes(24 * 60)
    await worker(house, mailer, language="zh").turn()
    assert box.mails[-1][1]["Subject"] == "暖居家电：2026-11-23 报表"
    assert len(box.mails) == 4


async def test_what_the_mail_server_did_not_take_is_tried_again_and_what_nobody_knows_is_not(
    house: House, mailbox: tuple[Mailbox, DeskMail]
) -> None:
    box, mailer = mailbox
    box.recipient = "450 later"
    mailing = worker(house, mailer)
    await mailing.turn()
    assert await rows(house) == []
    # A worker that died with the mail in its hands leaves it to people
    key, _ = due(tiers(house).reports, house.clock(), house.tiers.hours.time_zone)
    await house.db.write(begin, key, RECIPIENTS[0], house.clock())
    box.recipient = "250 OK"
    await mailing.turn()
    await mailing.turn()
    assert [recipient for recipient, _ in box.mails] == [RECIPIENTS[1]]
    assert await rows(house) == [(RECIPIENTS[0], False, ""), (RECIPIENTS[1], True, "")]


async def test_an_address_that_is_refused_is_noted_and_left_alone(
    house: House, mailbox: tuple[Mailbox, DeskMail]
) -> None:
    box, mailer = mailbox
    box.recipient = "550 no such user"
    mailing = worker(house, mailer, recipients=RECIPIENTS[:1])
    await mailing.turn()
    box.recipient = "250 OK"
    await mailing.turn()
    assert box.mails == []
    assert await rows(house) == [(RECIPIENTS[0], False, "the mail server answered 550")]


async def test_without_a_mail_server_nothing_is_begun(house: House) -> None:
    await worker(house, None).turn()
    assert await rows(house) == []


@pytest.mark.parametrize(
    ("now", "settings", "key"),
    [
        ("2026-11-23T00:01", {}, "week:2026-11-16"),  # Monday 08:01 in Shanghai
        ("2026-11-22T23:59", {}, "week:2026-11-09"),  # Monday 07:59
        ("2026-11-26T12:00", {}, "week:2026-11-16"),
        ("2026-11-26T12:00", {"weekday": "fri"}, "week:2026-11-09"),  # last Friday's was about the week before it
        ("2026-11-26T12:00", {"every": "day"}, "day:2026-11-25"),
        ("2026-11-25T23:00", {"every": "day"}, "day:2026-11-24"),  # 07:00 on the 26th
    ],
)
def test_a_report_is_due_at_its_hour_where_the_company_is(now: str, settings: dict[str, Any], key: str) -> None:
    at = round(datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp() * 1000)
    zone = parse_tiers(_shipped()).hours.time_zone
    assert due(ReportMails(**settings), at, zone)[0] == key


def test_wrong_recipients_are_told_at_start() -> None:
    data = _shipped() | {"reports": {"recipients": ["a@b.example", "A@b.example"]}}
    with pytest.raises(TiersError, match=r"reports\.recipients\.1: A@b\.example is listed more than once"):
        parse_tiers(data)


def _shipped() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "tiers.yml").read_text(encoding="utf-8"))
    return found
