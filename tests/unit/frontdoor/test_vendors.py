"""What the core does for every vendor's channel: parts, reply windows, files, reports, refusals."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Connection, select, update

from connectors.channel import Limits, Receipt, Standing
from connectors.desk import DeskEventKind
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable, WindowClosed
from connectors.message import (
    Action,
    Attachment,
    Author,
    Content,
    Event,
    Inbound,
    Media,
    Opening,
    Outbound,
    Outcome,
    Pull,
    Reachable,
    Report,
)
from frontdoor.brain import Brain
from frontdoor.core import Core
from frontdoor.files import FileStore
from frontdoor.quota import CustomersFiles, Quota
from frontdoor.step import Step
from storage import messages, openings, outbox
from storage.bus import MemoryBus
from storage.clock import now_ms
from storage.conversations import find_by_address
from storage.database import Database
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.unit.frontdoor.conftest import SETTINGS, until

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


class Vendor:
    """A channel with everything a vendor may have."""

    name = "vendor"
    standing = Standing.OWN
    limits = Limits(text_length=40, opening=Opening(seconds=3600, messages=5))

    def __init__(self) -> None:
        self.sent: list[Outbound] = []
        self.troubles: list[Exception] = []
        self.files: dict[str, bytes | Exception] = {}
        self.typed: list[str] = []
        self.waiting: list[Event] = []
        self.pulls: list[Pull] = []
        self.pull_trouble: list[Exception] = []
        self.limits = replace(Vendor.limits, typing=True)
        self.reopens = False
        self.asked: list[Outbound] = []

    async def send(self, message: Outbound) -> Receipt:
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append(message)
        return Receipt(vendor_id=f"v{len(self.sent)}")

    async def reopen(self, message: Outbound) -> Receipt:
        if self.troubles:
            raise self.troubles.pop(0)
        self.asked.append(message)
        return Receipt(vendor_id=f"asked{len(self.asked)}")

    async def fetch(self, media: Media) -> AsyncIterator[bytes]:
        found = self.files[media.ref]
        if isinstance(found, Exception):
            raise found
        yield found

    async def typing(self, address: str) -> None:
        self.typed.append(address)

    async def pull(self, pull: Pull, accept: Any) -> None:
        self.pulls.append(pull)
        if self.pull_trouble:
            raise self.pull_trouble.pop(0)
        for event in self.waiting:
            await accept(event)

    async def close(self) -> None: ...

    @property
    def texts(self) -> list[str]:
        return [message.content.text for message in self.sent]


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
async def house(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa, desk: TableDesk, vendor: Vendor, tmp_path: Path
) -> AsyncIterator[Core]:
    store = FileStore(database, tmp_path / "files", key="k" * 32, max_bytes=1000, types=frozenset({"image/png"}))
    files = CustomersFiles(
        database, store, Quota(files_per_hour=9, bytes_per_day=9999, all_bytes=99999), public_url="https://x.example"
    )
    brain = Brain(rasa.url, TOKEN, timeout_s=2)
    settings = replace(SETTINGS, public_url="https://x.example", refusal_values={"text": 4000, "megabytes": 0})
    core = Core(settings, database=database, bus=bus, brain=brain, link=store.link, discard=store.discard)
    async with core.running({"vendor": vendor}, {"table": desk}, files):
        yield core
    await brain.close()


class Customer:
    """Somebody at the vendor."""

    def __init__(self, core: Core) -> None:
        self.core, self.count = core, 0

    async def does(self, **what: Any) -> str:
        self.count += 1
        external_id = what.pop("external_id", f"m{self.count}")
        await self.core.intake.accept(Inbound(channel="vendor", address="ann", external_id=external_id, **what))
        return str(external_id)

    async def says(self, text: str, **what: Any) -> str:
        return await self.does(content=Content(text=text), **what)


@pytest.fixture
def ann(house: Core) -> Customer:
    return Customer(house)


async def status_of(database: Database, *texts: str) -> list[str]:
    def find(tx: Connection) -> list[str]:
        query = select(outbox.outbox.c.status, messages.message.c.content).join(
            messages.message, messages.message.c.id == outbox.outbox.c.message_id
        )
        rows = tx.execute(query.order_by(outbox.outbox.c.seq)).all()
        return [row.status for text in texts for row in rows if row.content["text"] == text]

    return await database.read(find)


async def becomes(database: Database, statuses: list[str], *texts: str) -> None:
    """Wait until messages are in these statuses."""
    for _ in range(250):
        if await status_of(database, *texts) == statuses:
            return
        await asyncio.sleep(0.02)
    assert await status_of(database, *texts) == statuses


async def with_agent(ann: Customer, desk: TableDesk, vendor: Vendor) -> None:
    """A human has it."""
    vendor.limits = replace(vendor.limits, text_length=None)
    await ann.says("human please")
    await until(lambda: desk.opened)
    await until(lambda: len(vendor.sent) == 1)
    await desk.happens(DeskEventKind.TAKEN)
    await until(lambda: len(vendor.sent) == 2)


# parts

LONG = "One sentence that is long. Another one that is long. A third."
PARTS = ["You said: One sentence that is long.", "Another one that is long. A third."]


async def test_a_part_that_fails_is_sent_again_and_the_others_are_not(
    ann: Customer, vendor: Vendor, database: Database
) -> None:
    vendor.troubles = [TryLater("busy", after=0.05)]
    await ann.says(LONG)
    await until(lambda: len(vendor.sent) == 2)
    assert vendor.texts == PARTS
    assert [message.key for message in vendor.sent] == [vendor.sent[0].message_id, f"{vendor.sent[0].message_id}-1"]
    await asyncio.sleep(0.1)
    assert await status_of(database, f"You said: {LONG}") == ["sent"]


async def test_a_second_part_of_unknown_outcome_is_not_repeated_nor_the_first(
    ann: Customer, vendor: Vendor, database: Database
) -> None:
    original = vendor.send

    async def send(message: Outbound) -> Receipt:
        if message.part == 1:
            raise OutcomeUnknown("silence")
        return await original(message)

    vendor.send = send  # type: ignore[method-assign]
    await ann.says(LONG)
    await until(lambda: vendor.sent)
    for _ in range(100):
        if await status_of(database, f"You said: {LONG}") == ["unknown"]:
            break
        await asyncio.sleep(0.02)
    assert await status_of(database, f"You said: {LONG}") == ["unknown"]
    assert vendor.texts == PARTS[:1]


# reply windows


async def test_what_the_vendor_does_not_let_us_write_now_leaves_when_the_customer_writes(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    """given a closed window, when people answer, then they are told so, and it leaves once the customer is back."""
    await with_agent(ann, desk, vendor)
    await database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    await desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await until(lambda: desk.lines)
    assert desk.lines[-1].content.custom["status"] == "held"
    assert "It leaves tomorrow." in desk.lines[-1].content.text
    assert "It leaves tomorrow." not in vendor.texts
    await ann.says("still there?")
    await until(lambda: "It leaves tomorrow." in vendor.texts)
    await becomes(database, ["sent"], "It leaves tomorrow.")


async def test_customers_are_asked_to_write_once_for_each_closed_window(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    """given a vendor that has words for it, when people answer too late, then those are sent, and the answers when the
    customer writes.
    """
    vendor.reopens = True
    await with_agent(ann, desk, vendor)
    await database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    await desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await desk.happens(DeskEventKind.REPLIED, "Before noon.")
    await until(lambda: len(desk.lines) == 2 and vendor.asked)
    (asked,) = vendor.asked
    assert (asked.address, asked.author, asked.content.custom) == ("ann", Author.SYSTEM, {"kind": "reopen"})
    await becomes(database, ["sent"], asked.content.text)
    assert ["asked to write" in line.content.text for line in desk.lines] == [True, False]
    assert await status_of(database, "It leaves tomorrow.", "Before noon.") == ["held", "held"]
    assert len(vendor.sent) == 2

    await ann.says("still there?")
    await until(lambda: "Before noon." in vendor.texts)
    assert vendor.texts[2:4] == ["It leaves tomorrow.", "Before noon."]

    await database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    await desk.happens(DeskEventKind.REPLIED, "Has it come?")
    await until(lambda: len(vendor.asked) == 2)


async def test_people_are_told_when_the_customer_could_not_be_asked(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    vendor.reopens = True
    await with_agent(ann, desk, vendor)
    await database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    vendor.troubles = [Undeliverable("no such template")]
    await desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await until(lambda: len(desk.lines) == 2)
    assert [line.content.custom["status"] for line in desk.lines] == ["held", "undeliverable"]
    assert "no such template" in desk.lines[-1].content.text


async def test_the_bots_words_are_no_reason_to_ask(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    vendor.reopens = True
    await with_agent(ann, desk, vendor)
    await database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    await desk.happens(DeskEventKind.QUEUED, position=1)
    for _ in range(100):
        if (await database.read(outbox.counts)).get("held"):
            break
        await asyncio.sleep(0.02)
    assert (await database.read(outbox.counts)).get("held")
    assert vendor.asked == []


async def test_a_window_that_only_the_vendor_knows_to_be_closed_is_a_reason_to_ask(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    vendor.reopens = True
    await with_agent(ann, desk, vendor)
    vendor.troubles = [WindowClosed("more than a day since they wrote")]
    await desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await until(lambda: vendor.asked)
    assert await status_of(database, "It leaves tomorrow.") == ["held"]
    await ann.says("yes?")
    await until(lambda: "It leaves tomorrow." in vendor.texts)


async def test_no_more_messages_leave_than_the_vendor_allows(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    await with_agent(ann, desk, vendor)
    for number in range(5):
        await desk.happens(DeskEventKind.REPLIED, f"reply {number}")
    await until(lambda: len(desk.lines) == 2)
    assert vendor.texts[2:] == ["reply 0", "reply 1", "reply 2"]  # two of the five were "in line" and "has joined"
    await ann.says("go on")
    await until(lambda: vendor.texts[-1] == "reply 4")
    assert vendor.texts[-2:] == ["reply 3", "reply 4"]


async def test_what_means_nothing_any_more_is_not_sent_late(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    await with_agent(ann, desk, vendor)
    await database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    await desk.happens(DeskEventKind.QUEUED, position=1)
    for _ in range(100):
        if (await database.read(outbox.counts)).get("held"):
            break
        await asyncio.sleep(0.02)
    await ann.says("hello again")
    await asyncio.sleep(0.1)
    assert (await database.read(outbox.counts)).get("expired") == 1
    assert not any("has left" in text for text in vendor.texts)


async def test_a_window_for_any_number_of_messages_is_not_narrowed(house: Core) -> None:
    database = house.steps.database
    await database.write(openings.begin, "vendor", "bob", Opening(seconds=60))
    await database.write(openings.begin, "vendor", "bob", Opening(seconds=600, messages=2))
    row = await database.read(openings.find, "vendor", "bob")
    assert row is not None
    assert row.left is None


async def test_a_window_for_a_few_messages_gives_way_to_one_for_any_number(house: Core) -> None:
    database = house.steps.database
    await database.write(openings.begin, "vendor", "bob", Opening(seconds=600, messages=2))
    await database.write(openings.begin, "vendor", "bob", Opening(seconds=60))
    row = await database.read(openings.find, "vendor", "bob")
    assert row is not None
    assert row.left is None


async def test_an_event_opens_a_smaller_window_but_closes_no_wider_one(house: Core, ann: Customer) -> None:
    small, wide = Opening(seconds=60, messages=3), Vendor.limits.opening

    async def present() -> openings.OpeningRow:
        row = await house.steps.database.read(openings.find, "vendor", "ann")
        assert row is not None
        return row

    await ann.does(action=Action.START, opening=small)
    assert (await present()).left in {2, 3}  # the greeting may have left
    await ann.says("hello")
    wider = await present()
    assert wide is not None
    assert (wider.left or 0) >= 4
    await ann.does(action=Action.START, opening=small)
    assert (await present()).until == wider.until


# files


async def test_the_link_to_a_colleagues_file_still_works_days_later(
    house: Core, ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    await with_agent(ann, desk, vendor)
    conversation = await database.read(find_by_address, "vendor", "ann")
    assert conversation is not None
    bill = Attachment(id="F1", name="bill.pdf", media_type="application/pdf", size=9)
    await house.steps.run(conversation.id, _send_file, bill)
    await until(lambda: "bill.pdf" in vendor.texts[-1])
    link = vendor.texts[-1].split()[-1]
    assert link.startswith("https://x.example/api/v1/attachments/F1?")
    assert int(dict(parse_qsl(urlsplit(link).query))["expires"]) > now_ms() + 6 * 24 * 3_600_000


def _send_file(step: Step, attachment: Attachment) -> None:
    step.add(Author.AGENT, Content(attachments=(attachment,)), name="Li Na")


async def test_files_are_fetched_before_anybody_answers(
    ann: Customer, desk: TableDesk, vendor: Vendor, rasa: ScriptedRasa, database: Database
) -> None:
    vendor.files = {"photo": PNG}
    await ann.does(content=Content(text="see photo"), media=(Media(ref="photo", name="../a.png"),))
    await until(lambda: rasa.texts == ["see photo"])
    (message,) = [each for each in await customers(house_database=database) if each.content.text == "see photo"]
    assert [(each.name, each.media_type, each.size) for each in message.content.attachments] == [
        ("a.png", "image/png", len(PNG))
    ]


async def test_a_vendor_that_has_the_file_later_is_asked_again(
    ann: Customer, vendor: Vendor, database: Database
) -> None:
    vendor.files = {"photo": TryLater("busy", after=0.05)}
    await ann.does(media=(Media(ref="photo"),))
    await asyncio.sleep(0.05)
    vendor.files = {"photo": PNG}
    await until(lambda: any("I've got your file" in text or "file" in text for text in vendor.texts))
    assert [len(each.content.attachments) for each in await customers(house_database=database)] == [1]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (Undeliverable("gone"), "I couldn't get your file"),
        (b"MZ" + b"\x00" * 80, "Files of this kind can't be sent here"),
        (PNG + b"\x00" * 2000, "This file is too large"),
    ],
)
async def test_a_file_that_is_not_taken_is_told_to_the_customer(
    ann: Customer, vendor: Vendor, rasa: ScriptedRasa, file: bytes | Exception, told: str
) -> None:
    vendor.limits = replace(vendor.limits, text_length=None)
    vendor.files = {"f": file}
    await ann.does(content=Content(text="here"), media=(Media(ref="f", name="f.bin"),))
    await until(lambda: rasa.texts == ["here"])
    await until(lambda: any(told in text for text in vendor.texts))


async def customers(*, house_database: Database) -> list[messages.Message]:
    def find(tx: Connection) -> list[messages.Message]:
        (conversation_id,) = set(tx.execute(select(messages.message.c.conversation_id)).scalars())
        return [each for each in messages.after(tx, conversation_id, 0) if each.author == "customer"]

    return await house_database.read(find)


# what vendors tell later


async def test_reports_are_noted_even_when_they_overtake_our_own_note(
    house: Core, ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    await with_agent(ann, desk, vendor)
    await desk.happens(DeskEventKind.REPLIED, "Done.")
    report = Report(channel="vendor", vendor_id="v3", outcome=Outcome.READ)
    await house.intake.accept(report)
    await until(lambda: len(vendor.sent) == 3)

    def read_at(tx: Connection) -> int | None:
        found = outbox.find_receipt(tx, "vendor", "v3")
        row = tx.execute(select(outbox.outbox).where(outbox.outbox.c.message_id == found)).one_or_none()
        return row.read_at if row else None

    for _ in range(200):
        if await database.read(read_at):
            break
        await asyncio.sleep(0.02)
    assert await database.read(read_at)


async def test_a_failure_that_is_reported_later_is_told_to_the_humans_once(
    house: Core, ann: Customer, desk: TableDesk, vendor: Vendor
) -> None:
    await with_agent(ann, desk, vendor)
    await desk.happens(DeskEventKind.REPLIED, "Done.")
    await until(lambda: len(vendor.sent) == 3)
    for _ in range(3):
        await house.intake.accept(Report(channel="vendor", vendor_id="v3", outcome=Outcome.FAILED, reason="no phone"))
    await until(lambda: desk.lines)
    await asyncio.sleep(0.2)
    assert [line.content.custom["reason"] for line in desk.lines] == ["no phone"]


async def test_who_blocked_us_is_not_written_to_until_they_write(
    house: Core, ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    await with_agent(ann, desk, vendor)
    await house.intake.accept(Reachable(channel="vendor", address="ann", reachable=False))
    await desk.happens(DeskEventKind.REPLIED, "Are you there?")
    await until(lambda: desk.lines)
    assert desk.lines[-1].content.custom["status"] == "undeliverable"
    await ann.says("I'm back")
    await desk.happens(DeskEventKind.REPLIED, "Good.")
    await until(lambda: "Good." in vendor.texts)


# what customers send and we cannot take


async def test_what_is_too_long_is_acknowledged_and_told_once(
    ann: Customer, vendor: Vendor, rasa: ScriptedRasa
) -> None:
    for _ in range(3):
        await ann.says("字" * 4001, external_id="long")
    await until(lambda: vendor.sent)
    await asyncio.sleep(0.1)
    assert len([each for each in vendor.sent if each.part == 0]) == 1
    assert rasa.texts == []


async def test_an_old_button_is_told_and_the_conversation_goes_on(ann: Customer, vendor: Vendor) -> None:
    await ann.does(button="01ARZ3NDEKTSV4RRFFQ69G5FAV.0")
    await until(lambda: vendor.sent)
    assert "no longer available" in " ".join(vendor.texts)
    await ann.says("hello")
    await until(lambda: any("You said: hello" in text for text in vendor.texts))


async def test_an_edit_and_a_comment_say_what_they_are(ann: Customer, vendor: Vendor, database: Database) -> None:
    first = await ann.says("delivry?")
    await ann.says("delivery?", edits=first)
    await ann.says("nice shop", comment="post-7")
    await until(lambda: len(vendor.texts) >= 4)
    said = await customers(house_database=database)
    assert said[1].content.custom == {"edited": said[0].id}
    assert said[2].content.custom == {"comment": "post-7"}
    public = [each.content.custom for each in vendor.sent if each.content.custom.get("kind") == "public_reply"]
    assert public == [{"kind": "public_reply", "comment": "post-7"}] * len(public)
    assert len({each.message_id for each in vendor.sent if each.content.custom.get("kind") == "public_reply"}) == 1


async def test_a_customer_is_answered_in_public_once_in_a_thread(ann: Customer, vendor: Vendor) -> None:
    """given a thread, when a customer writes there again or corrects it, then the public hears of us once."""
    vendor.limits = replace(vendor.limits, text_length=None)

    async def answered(text: str) -> None:
        """Each has its answer before the next comes: a comment may be answered once, and a newer one ends that."""
        await until(lambda: any(text in said for said in vendor.texts))

    first = await ann.says("nice shop", comment="post-7")
    await answered("You said: nice shop")
    await ann.says("nice shop!", comment="post-7", edits=first)
    await answered("nice shop!")
    await ann.says("and the other one?", comment="post-7")
    await answered("and the other one?")
    await ann.says("also here", comment="post-8")
    await answered("also here")
    public = [each.content.custom for each in vendor.sent if each.content.custom.get("kind") == "public_reply"]
    assert [each["comment"] for each in public] == ["post-7", "post-8"]


# what is only announced


async def test_what_is_announced_is_fetched_until_that_works(house: Core, vendor: Vendor, rasa: ScriptedRasa) -> None:
    vendor.waiting = [Inbound(channel="vendor", address="ann", external_id="1", content=Content(text="hello"))]
    vendor.pull_trouble = [TryLater("busy", after=0.05), OutcomeUnknown("silence")]
    await house.intake.accept(Pull(channel="vendor", key="k", data={"token": "t"}))
    await until(lambda: rasa.texts == ["hello"])
    assert len(vendor.pulls) == 3
    assert {each.data["token"] for each in vendor.pulls} == {"t"}


async def test_the_customer_sees_that_somebody_is_typing(ann: Customer, desk: TableDesk, vendor: Vendor) -> None:
    await ann.says("hello")
    await until(lambda: vendor.typed == ["ann"])


async def test_what_only_happened_is_for_humans_and_nobody_answers_it(
    ann: Customer, desk: TableDesk, vendor: Vendor, rasa: ScriptedRasa, database: Database
) -> None:
    await ann.says("the call has ended", note=True)
    await with_agent(ann, desk, vendor)
    await ann.says("the call has ended again", note=True)
    await until(lambda: desk.lines and desk.lines[-1].content.text == "the call has ended again")
    assert len(await customers(house_database=database)) == 3
    assert rasa.texts == ["human please"]
    assert len(vendor.sent) == 2
