"""What is promised of vendors' messages holds on every database: the core as it runs, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from connectors.access_token import AccessToken, Granted
from connectors.channel import Limits, Receipt
from connectors.desk import DeskEventKind
from connectors.errors import TryLater, WindowClosed
from connectors.message import Author, Button, Content, Media, Opening, Outbound, Outcome, Profile, Pull, Report
from frontdoor.brain import Brain
from frontdoor.core import Core
from frontdoor.files import FileStore
from frontdoor.outbox import Outbox
from frontdoor.quota import CustomersFiles, Quota
from frontdoor.runners import keep_running
from frontdoor.step import Steps
from frontdoor.timers import Timers
from frontdoor.undelivered import Undelivered
from storage import appointments, channel_state, conversations, files, messages, openings, outbox, work
from storage.appointments import Appointment
from storage.bus import MemoryBus
from storage.channel_state import ChannelState
from storage.clock import now_ms
from storage.database import Database
from storage.locks import Locks
from storage.migrate import upgrade
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.unit.frontdoor.conftest import SETTINGS, unlinked, until
from tests.unit.frontdoor.test_vendors import LONG, PNG, Customer, Vendor, becomes, status_of, with_agent

DAY = 86_400_000


@pytest.fixture
async def rasa() -> AsyncIterator[ScriptedRasa]:
    async with ScriptedRasa() as rasa:
        yield rasa


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def desk(database: Database, bus: MemoryBus) -> TableDesk:
    return TableDesk(database, bus)


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
async def house(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa, desk: TableDesk, vendor: Vendor, tmp_path: Path
) -> AsyncIterator[Core]:
    store = FileStore(database, tmp_path / "files", key="k" * 32, max_bytes=1000, types=frozenset({"image/png"}))
    quota = Quota(files_per_hour=9, bytes_per_day=9999, all_bytes=99999)
    brain = Brain(rasa.url, TOKEN, timeout_s=2)
    core = Core(SETTINGS, database=database, bus=bus, brain=brain, link=store.link, discard=store.discard)
    kept = CustomersFiles(database, store, quota, public_url="https://x.example")
    async with core.running({"vendor": vendor}, {"table": desk}, kept):
        yield core
    await brain.close()
    await bus.close()


@pytest.fixture
def ann(house: Core) -> Customer:
    return Customer(house)


async def shut(database: Database) -> None:
    """All windows are closed."""
    await database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))


async def parcel(database: Database, text: str) -> Any:
    """What the outbox says of a message."""

    def find(tx: Connection) -> Any:
        joined = select(outbox.outbox, messages.message.c.content).join(
            messages.message, messages.message.c.id == outbox.outbox.c.message_id
        )
        return next((row for row in tx.execute(joined) if row.content["text"] == text), None)

    return await database.read(find)


# reply windows


async def test_who_writes_while_a_reply_is_refused_gets_it_at_once(
    house: Core, ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    """given a vendor that finds the window closed, when the customer writes before that is noted, then it leaves."""
    await with_agent(ann, desk, vendor)
    send = vendor.send

    async def refuse(message: Outbound) -> Receipt:
        if message.content.text == "It leaves tomorrow.":
            vendor.send = send  # type: ignore[method-assign]
            await ann.says("hello?")
            raise WindowClosed("too late")
        return await send(message)

    vendor.send = refuse  # type: ignore[method-assign]
    await desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await until(lambda: "It leaves tomorrow." in vendor.texts)
    await becomes(database, ["sent"], "It leaves tomorrow.")
    assert not any(line.content.custom.get("status") == "held" for line in desk.lines)


async def test_who_writes_while_a_reply_is_being_held_gets_it_at_once(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_agent(ann, desk, vendor)
    await shut(database)
    settle, times = Undelivered.settle, [0]

    async def slowly(self: Undelivered, *args: Any, **kwargs: Any) -> None:
        times[0] += 1
        if times[0] == 1:
            await ann.says("hello?")
        await settle(self, *args, **kwargs)

    monkeypatch.setattr(Undelivered, "settle", slowly)
    await desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await until(lambda: "It leaves tomorrow." in vendor.texts)
    await becomes(database, ["sent"], "It leaves tomorrow.")


async def test_a_vendor_that_has_closed_the_window_is_not_asked_again(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    """given replies after which the vendor says no, then those behind it wait in order, and leave in order."""
    await with_agent(ann, desk, vendor)
    vendor.troubles = [WindowClosed("too late")]
    await desk.happens(DeskEventKind.REPLIED, "one")
    await desk.happens(DeskEventKind.REPLIED, "two")
    await becomes(database, ["held", "held"], "one", "two")
    await ann.says("hello?")
    await until(lambda: "two" in vendor.texts)
    assert vendor.texts[2:4] == ["one", "two"]


async def test_what_was_held_for_days_is_not_given_up_at_the_first_trouble(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    await with_agent(ann, desk, vendor)
    await shut(database)
    await desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await becomes(database, ["held"], "It leaves tomorrow.")
    await database.write(lambda tx: tx.execute(update(outbox.outbox).values(created_at=now_ms() - 3 * DAY)))
    vendor.troubles = [TryLater("busy", after=0.05)]
    await ann.says("hello?")
    await until(lambda: "It leaves tomorrow." in vendor.texts)


async def test_a_clock_that_jumps_ahead_gives_nothing_up(
    ann: Customer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.limits = replace(vendor.limits, opening=None)
    vendor.troubles = [TryLater("busy", after=0.05)]
    send = vendor.send

    async def later(message: Outbound) -> Receipt:
        monkeypatch.setattr("frontdoor.outbox.now_ms", lambda: now_ms() + 2 * DAY)
        return await send(message)

    vendor.send = later  # type: ignore[method-assign]
    await ann.says("hello")
    await until(lambda: vendor.texts == ["You said: hello"])


async def test_nobody_is_asked_to_write_who_has_written(
    ann: Customer, desk: TableDesk, vendor: Vendor, database: Database
) -> None:
    vendor.reopens = True
    await with_agent(ann, desk, vendor)
    await shut(database)
    vendor.troubles = [TryLater("busy", after=0.4)]
    await desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await until(lambda: not vendor.troubles)
    await ann.says("hello?")
    await until(lambda: "It leaves tomorrow." in vendor.texts or vendor.asked)
    for _ in range(100):
        if (await database.read(outbox.counts)).get("expired"):
            break
        await asyncio.sleep(0.02)
    assert await database.read(outbox.counts) == {"expired": 1}
    assert vendor.asked == []


async def test_a_window_is_spent_once_for_each_message_of_many_workers(database: Database) -> None:
    await database.write(openings.begin, "vendor", "ann", Opening(seconds=60, messages=9))
    await asyncio.gather(*(database.write(openings.spend, "vendor", "ann") for _ in range(7)))
    row = await database.read(openings.find, "vendor", "ann")
    assert row is not None
    assert row.left == 2


# parts and what is reported of them


async def test_an_id_of_any_length_is_kept(ann: Customer, vendor: Vendor, database: Database) -> None:
    async def send(message: Outbound) -> Receipt:
        vendor.sent.append(message)
        return Receipt(vendor_id="é\0" + "x" * 400)

    vendor.send = send  # type: ignore[method-assign]
    await ann.says("hello")
    await until(lambda: vendor.sent)
    await becomes(database, ["sent"], "You said: hello")
    assert await database.read(outbox.find_receipt, "vendor", "é\0" + "x" * 400)


async def test_a_message_of_parts_has_arrived_with_its_last_and_failed_with_any(
    house: Core, ann: Customer, vendor: Vendor, database: Database
) -> None:
    await ann.says(LONG)
    await becomes(database, ["sent"], f"You said: {LONG}")

    async def told(vendor_id: str, outcome: Outcome) -> Any:
        await house.intake.accept(Report(channel="vendor", vendor_id=vendor_id, outcome=outcome, reason="no phone"))
        for _ in range(200):
            if not (await database.read(work.counts))["pending"]:
                break
            await asyncio.sleep(0.02)
        return await parcel(database, f"You said: {LONG}")

    assert (await told("v1", Outcome.READ)).read_at is None
    assert (await told("v2", Outcome.DELIVERED)).delivered_at
    assert (await told("v2", Outcome.READ)).read_at
    assert (await told("v1", Outcome.FAILED)).status == "undeliverable"


async def test_a_failure_that_is_reported_while_the_next_part_leaves_stays(
    house: Core, ann: Customer, vendor: Vendor, database: Database
) -> None:
    send = vendor.send

    async def slowly(message: Outbound) -> Receipt:
        if message.part == 1:
            await house.intake.accept(Report(channel="vendor", vendor_id="v1", outcome=Outcome.FAILED, reason="gone"))
            await becomes(database, ["undeliverable"], f"You said: {LONG}")
        return await send(message)

    vendor.send = slowly  # type: ignore[method-assign]
    await ann.says(LONG)
    await until(lambda: len(vendor.sent) == 2)
    await ann.says("and?")
    await becomes(database, ["sent"], "You said: and?")
    assert await status_of(database, f"You said: {LONG}") == ["undeliverable"]


async def test_what_has_arrived_is_noted_in_one_write_and_leaves_no_work(
    house: Core, ann: Customer, vendor: Vendor, database: Database
) -> None:
    await ann.says("hello")
    await becomes(database, ["sent"], "You said: hello")

    def all_work(tx: Connection) -> int:
        return len(tx.execute(select(work.work.c.id)).all())

    before = await database.read(all_work)
    for outcome in (Outcome.DELIVERED, Outcome.READ, Outcome.READ):
        await house.intake.accept(Report(channel="vendor", vendor_id="v1", outcome=outcome))
    row = await parcel(database, "You said: hello")
    assert row.delivered_at
    assert row.read_at
    assert await database.read(all_work) == before


# what is only announced


async def test_announcements_that_wait_together_are_fetched_for_once(
    house: Core, vendor: Vendor, database: Database
) -> None:
    """given a vendor that announces again and again while it is in trouble, then it is asked once when it is well, with
    the newest that was announced.
    """
    vendor.pull_trouble = [TryLater("busy", after=0.3)]
    await house.intake.accept(Pull(channel="vendor", key="k", data={"token": "0"}))
    await until(lambda: vendor.pulls)
    for number in range(1, 30):
        await house.intake.accept(Pull(channel="vendor", key="k", data={"token": str(number)}))
    await house.intake.accept(Pull(channel="vendor", key="k"))
    await house.intake.accept(Pull(channel="vendor", key="another"))
    for _ in range(200):
        if not (await database.read(work.counts))["pending"]:
            break
        await asyncio.sleep(0.02)
    assert [each.data.get("token") for each in vendor.pulls if each.key == "k"] == ["0", "29"]
    assert [each.key for each in vendor.pulls].count("another") == 1


# files


async def test_a_file_that_comes_later_does_not_fetch_the_others_again(
    ann: Customer, vendor: Vendor, rasa: ScriptedRasa, database: Database
) -> None:
    """given three files of which one is late, then each is stored once, in order, before the bot answers."""
    vendor.files = {"a": PNG, "b": TryLater("busy", after=0.05), "c": PNG}
    fetched: list[str] = []
    fetch = vendor.fetch

    async def counted(media: Media) -> AsyncIterator[bytes]:
        fetched.append(media.ref)
        if fetched.count("b") == 3:
            vendor.files["b"] = PNG
        async for chunk in fetch(media):
            yield chunk

    vendor.fetch = counted  # type: ignore[method-assign, assignment]
    media = tuple(Media(ref=each, name=f"{each}.png") for each in "abc")
    await ann.does(content=Content(text="see these"), media=media)
    await until(lambda: rasa.texts == ["see these"])
    assert fetched == ["a", "b", "b", "b", "c"]

    def found(tx: Connection) -> tuple[list[str], int]:
        said = tx.execute(
            select(messages.message.c.content).where(messages.message.c.author == "customer")
        ).scalar_one()
        return [each["name"] for each in said["attachments"]], len(tx.execute(select(files.attachment)).all())

    assert await database.read(found) == (["a.png", "b.png", "c.png"], 3)


async def test_who_sent_nothing_but_a_file_that_is_lost_hears_only_that(
    ann: Customer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given a defect of ours in fetching it, then the customer is told, and nobody thanks them for it."""
    monkeypatch.setattr("frontdoor.lanes.MAX_ATTEMPTS", 1)
    vendor.limits = replace(vendor.limits, text_length=None)
    vendor.files = {"a": RuntimeError("a defect")}
    await ann.does(media=(Media(ref="a", name="a.png"),))
    await until(lambda: vendor.texts)
    await ann.says("well")
    await until(lambda: "You said: well" in vendor.texts)
    assert vendor.texts == ["I couldn't get your file a.png. Could you send it again?", "You said: well"]


# choices


OFFER = Content(
    text="Which?", buttons=(Button(title="A title that is too long for this vendor", payload="action:human"),)
)


@pytest.mark.parametrize(
    ("buttons", "between", "typed", "taken"),
    [
        (3, None, "1", True),  # numbered, as the title is too long
        (0, None, "１", True),
        (0, Author.SYSTEM, "1", True),
        (0, Author.AGENT, "1", False),  # the answer to what a human asked
        (0, Author.CUSTOMER, "1", False),
        (0, Author.CUSTOMER, "a title that is too long for this vendor", True),
        (0, None, "1 of them came", False),
    ],
)
async def test_a_number_is_a_choice_only_where_it_is_meant(
    house: Core, ann: Customer, vendor: Vendor, database: Database, desk: TableDesk, buttons: int,
    between: Author | None, typed: str, taken: bool,
) -> None:  # fmt: skip
    house.steps.limits = {"vendor": replace(vendor.limits, buttons=buttons, button_title=20)}
    await ann.says("hello")
    await until(lambda: vendor.sent)
    conversation = await database.read(conversations.find_by_address, "vendor", "ann")
    assert conversation is not None
    await house.steps.run(conversation.id, lambda step: step.add(Author.BOT, OFFER))
    if between is not None:
        await house.steps.run(conversation.id, lambda step: step.add(between, Content(text="How many came?")))
    await ann.says(typed)
    if taken:
        await until(lambda: desk.opened)
    else:
        await until(lambda: f"You said: {typed}" in vendor.texts)
        assert not desk.opened


async def test_a_mark_is_given_only_when_it_was_asked_for(house: Core, ann: Customer, vendor: Vendor) -> None:
    await ann.says("hello")
    await until(lambda: vendor.sent)
    scores = tuple(Button(title=str(score), payload=f"action:rate:{score}:none") for score in range(1, 6))
    conversation = await house.steps.database.read(conversations.find_by_address, "vendor", "ann")
    assert conversation is not None
    await house.steps.run(conversation.id, lambda step: step.add(Author.SYSTEM, Content(text="Rate?", buttons=scores)))
    await ann.says("wait, another question")
    await until(lambda: "You said: wait, another question" in vendor.texts)
    await ann.says("5")
    await until(lambda: "You said: 5" in vendor.texts)


# silence


async def test_who_waits_at_a_vendors_has_not_left(
    house: Core, ann: Customer, desk: TableDesk, database: Database
) -> None:
    """given a customer in line who has written nothing for hours, as there is no page to be kept open, then they stay
    in line.
    """
    await ann.says("human please")
    await until(lambda: desk.opened)
    for _ in range(200):
        found = await database.read(conversations.find_by_address, "vendor", "ann")
        if found is not None and found.state == "queued":
            break
        await asyncio.sleep(0.02)
    then = now_ms() - DAY
    await database.write(lambda tx: tx.execute(update(conversations.conversation).values(customer_at=then)))
    await database.write(lambda tx: tx.execute(update(conversations.conversation).values(present_at=then)))
    timers = Timers(house.steps, abandoned_after_s=900, idle_after_s=600, mail_channel="")
    await timers.sweep()
    found = await database.read(conversations.find_by_address, "vendor", "ann")
    assert found is not None
    assert found.state == "queued"
    house.steps.stored_channels = frozenset({"vendor"})
    await timers.sweep()
    found = await database.read(conversations.find_by_address, "vendor", "ann")
    assert found is not None
    assert found.state == "abandoned"


# what channels remember


async def test_of_values_that_are_put_at_once_one_is_kept_and_it_is_a_whole_one(database: Database) -> None:
    def put(number: int) -> Any:
        return database.write(channel_state.keep, "vendor", "cursor", {"n": number}, None)

    await put(0)
    for _ in range(5):
        await asyncio.gather(*(put(number) for number in range(1, 6)))
        assert (await database.read(channel_state.find, "vendor", "cursor") or {})["n"] > 0
    await put(9)
    assert await database.read(channel_state.find, "vendor", "cursor") == {"n": 9}


async def test_a_token_is_fetched_once_by_all_workers(database: Database) -> None:
    asked, workers = [0], [Database(str(database.url.render_as_string(hide_password=False))) for _ in range(3)]
    locks = [Locks(each) for each in workers]

    async def fetch(_: bool) -> Granted:
        asked[0] += 1
        await asyncio.sleep(0.05)
        return Granted(token="t", seconds=7200)

    if not database.shared:  # one process
        workers, locks = workers[:1], locks[:1]
    states = [ChannelState(each, lock, "vendor") for each, lock in zip(workers, locks, strict=True)]
    tokens = [AccessToken(state, "token", fetch) for state in states for _ in range(2)]
    if not database.shared:
        tokens = tokens[:1]
    assert await asyncio.gather(*(each.get() for each in tokens for _ in range(3))) == ["t"] * 3 * len(tokens)
    assert asked == [1]
    assert [len(state._here) for state in states] == [0] * len(states)
    for lock in locks:
        await lock.close()
    for worker in workers:
        await worker.close()


# channels that run


class Listening:
    """A channel that only listens."""

    name = "listening"

    def __init__(self) -> None:
        self.running = self.begun = 0

    async def run(self, _: object) -> None:
        self.begun += 1
        self.running += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.running -= 1


async def test_a_channel_listens_in_one_worker_and_goes_to_another_that_is_left(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given three workers, when the one that listens ends, or the database cuts it off, then one other does."""
    monkeypatch.setattr("frontdoor.runners.LOOK_AGAIN_S", 0.05)
    databases = [Database(postgres_url) for _ in range(3)]
    locks = [Locks(each) for each in databases]
    channels = [Listening() for _ in range(3)]

    async def accept(_: object) -> None: ...

    tasks = [
        asyncio.create_task(keep_running("channel:listening", lock, partial(channel.run, accept)))
        for channel, lock in zip(channels, locks, strict=True)
    ]

    def listening() -> list[int]:
        return [number for number, each in enumerate(channels) if each.running]

    await until(lambda: len(listening()) == 1)
    await asyncio.sleep(0.3)
    (first,) = listening()
    tasks[first].cancel()
    await until(lambda: listening() and listening() != [first])
    await databases[0].write(
        lambda tx: tx.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        ).all()
    )
    await until(lambda: sum(each.begun for each in channels) >= 3, within_s=20)
    await asyncio.sleep(0.5)
    assert len(listening()) == 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for lock in locks:
        await lock.close()
    for database in databases:
        await database.close()


# appointments


async def test_of_two_requests_with_one_key_one_books(database: Database) -> None:
    """given the same key from two conversations at once, then there is one row, and both are told of it."""

    def book(tx: Connection, address: str) -> str:
        conversation = conversations.begin(tx, "vendor", address, Profile())
        appointments.hold(tx)
        if (known := appointments.by_key(tx, "k")) is not None:
            return known.id
        row = Appointment(
            id=f"appointment-{address}", conversation_id=conversation.id, key="k", handoff_id="", kind="visit",
            starts_at=1, ends_at=2, name="n" * 160, phone="+" * 32, address="a" * 400, status="booked", sequence=0,
            created_at=1,
        )  # fmt: skip
        assert appointments.add(tx, row)
        return row.id

    assert len(set(await asyncio.gather(*(database.write(book, f"a{number}") for number in range(6))))) == 1


# several workers


async def test_the_parts_of_a_message_leave_once_by_many_workers(postgres_url: str) -> None:
    sent: list[tuple[str, int]] = []

    class Slow:
        name, limits = "slow", Limits(text_length=10)

        async def send(self, message: Outbound) -> Receipt:
            await asyncio.sleep(0.01)
            sent.append((message.message_id, message.part))
            return Receipt(vendor_id=f"{message.key}")

        async def close(self) -> None: ...

    def store(tx: Connection, number: int) -> str:
        held = conversations.begin(tx, "slow", "42", Profile())
        said = messages.add(
            tx, conversation_id=held.id, seq=held.seq + 1, author=Author.BOT, content=Content(text=f"word{number} " * 6)
        )
        conversations.update_conversation(tx, held.id, seq=said.seq)
        outbox.add(tx, message_id=said.id, conversation_id=held.id, seq=said.seq, channel="slow", address="42")
        return held.id

    bus, databases = MemoryBus(), [Database(postgres_url) for _ in range(3)]
    await upgrade(databases[0])
    locks = [Locks(each) for each in databases]
    outboxes = [
        Outbox(Steps(each, bus, unlinked), lock, {"slow": Slow()}) for each, lock in zip(databases, locks, strict=True)
    ]
    tasks = [asyncio.create_task(each.run()) for each in outboxes]
    await asyncio.sleep(0.1)
    for number in range(5):
        await bus.publish("outbox", {"conversation_id": await databases[0].write(store, number)})
    for _ in range(300):
        if not await databases[0].read(outbox.counts):
            break
        await asyncio.sleep(0.05)
    assert sent == sorted(sent)
    assert len(set(sent)) == len(sent) >= 20
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for lock in locks:
        await lock.close()
    for database in databases:
        await database.close()
