"""Sending by a vendor: in order, again where that is certain to be right, never blindly."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection

from connectors.channel import Limits, Receipt, Standing
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.message import Author, Content, Outbound, Profile
from frontdoor.outbox import Outbox, Pace
from frontdoor.step import Steps
from storage import conversations, messages, outbox
from storage.bus import MemoryBus
from storage.database import Database
from storage.locks import Locks
from tests.unit.frontdoor.conftest import unlinked, until


class Vendor:
    """A channel that does what the test says, message by message."""

    name = "vendor"
    limits = Limits()
    standing = Standing.OWN

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.tries: list[str] = []
        self.troubles: list[Exception] = []

    async def send(self, message: Outbound) -> Receipt:
        self.tries.append(message.content.text)
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append(message.content.text)
        return Receipt(vendor_id=f"v{len(self.sent)}")

    async def close(self) -> None: ...


@pytest.fixture
async def vendor(database: Database, bus: MemoryBus) -> AsyncIterator[Vendor]:
    vendor = Vendor()
    sender = Outbox(Steps(database, bus, unlinked), Locks(database), {"vendor": vendor})
    task = asyncio.create_task(sender.run())
    await asyncio.sleep(0.05)
    yield vendor
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def send(database: Database, bus: MemoryBus, *texts: str, channel: str = "vendor") -> None:
    def store(tx: Connection) -> str:
        conversation = conversations.begin(tx, channel, "42", Profile())
        for number, text in enumerate(texts, conversation.seq + 1):
            message = messages.add(
                tx, conversation_id=conversation.id, seq=number, author=Author.BOT, content=Content(text=text)
            )
            outbox.add(
                tx, message_id=message.id, conversation_id=conversation.id, seq=number, channel=channel, address="42"
            )
            conversations.update_conversation(tx, conversation.id, seq=number)
        return conversation.id

    conversation_id = await database.write(store)
    await bus.publish("outbox", {"conversation_id": conversation_id})


async def test_messages_leave_in_order(database: Database, bus: MemoryBus, vendor: Vendor) -> None:
    await send(database, bus, *(f"m{n}" for n in range(20)))
    await until(lambda: len(vendor.sent) == 20)
    assert vendor.sent == [f"m{n}" for n in range(20)]


async def test_a_certain_failure_is_tried_again_and_keeps_the_order(
    database: Database, bus: MemoryBus, vendor: Vendor
) -> None:
    vendor.troubles = [TryLater("slow down", after=0.1), TryLater("slow down", after=0.1)]
    await send(database, bus, "first", "second")
    await until(lambda: len(vendor.sent) == 2)
    assert vendor.sent == ["first", "second"]
    assert vendor.tries == ["first", "first", "first", "second"]


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (OutcomeUnknown("timed out"), "unknown"),
        (Undeliverable("blocked"), "undeliverable"),
        (ZeroDivisionError(), "unknown"),
    ],
)
async def test_what_may_not_be_repeated_is_marked_and_does_not_hold_up_the_next(
    database: Database, bus: MemoryBus, vendor: Vendor, trouble: Exception, status: str
) -> None:
    vendor.troubles = [trouble]
    await send(database, bus, "first", "second")
    await until(lambda: vendor.sent == ["second"])
    await asyncio.sleep(0.05)
    assert vendor.tries == ["first", "second"]
    assert await database.read(outbox.counts) == {status: 1}


async def test_a_channel_that_is_gone_is_a_dead_letter(database: Database, bus: MemoryBus, vendor: Vendor) -> None:
    await send(database, bus, "lost", channel="removed")
    for _ in range(100):
        if await database.read(outbox.counts) == {"dead": 1}:
            break
        await asyncio.sleep(0.02)
    assert await database.read(outbox.counts) == {"dead": 1}


def test_who_waits_for_all_is_not_counted_for_themselves_again() -> None:
    """given a channel that lets few out altogether, when one waits for that, then their own rate is spent once."""
    pace = Pace(Limits(per_second=1, total_per_second=1))
    own, altogether = pace.gates("ann")
    assert (own(), altogether()) == (0.0, 0.0)
    own, altogether = pace.gates("bob")
    assert own() == 0.0
    assert 0 < altogether() <= 1
    assert 0 < altogether() <= 1
    assert 0 < own() <= 1.001  # spent, and by no more than one message
