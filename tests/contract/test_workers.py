"""Several workers on one database: a lane is worked, and a conversation's messages are sent, by one of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import Connection, text

from connectors.channel import Limits, Receipt
from connectors.message import Author, Content, Outbound, Profile
from frontdoor.lanes import Handler, Lanes
from frontdoor.outbox import Outbox
from frontdoor.step import Steps
from storage import conversations, messages, outbox, work
from storage.bus import MemoryBus
from storage.database import Database
from storage.locks import Locks
from storage.migrate import upgrade
from storage.work import Work
from tests.unit.frontdoor.conftest import unlinked

WORKERS, LANES, EACH = 3, 8, 6


@pytest.fixture
async def workers(postgres_url: str) -> AsyncIterator[list[Database]]:
    databases = [Database(postgres_url) for _ in range(WORKERS)]
    await upgrade(databases[0])
    yield databases
    for database in databases:
        await database.close()


@asynccontextmanager
async def running(part: Lanes | Outbox, locks: Locks) -> AsyncIterator[None]:
    task = asyncio.create_task(part.run())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await locks.close()


async def test_a_lane_is_worked_by_one_worker_at_a_time(workers: list[Database]) -> None:
    """given three workers who hear the same hints, when lanes fill, then each piece of work is done once, in order."""
    bus, busy, done = MemoryBus(), Counter[str](), list[str]()

    def look(_tx: Connection, _item: Work) -> None: ...

    def handler(database: Database) -> Handler[None]:
        async def do(item: Work, _: None) -> None:
            busy[item.lane] += 1
            assert busy[item.lane] == 1, "two workers in one lane"
            await asyncio.sleep(0.01)
            done.append(item.key)
            await database.write(work.finish, item.id)
            busy[item.lane] -= 1

        return Handler(look=look, do=do)

    async def bury(item: Work, error: str) -> None:
        raise AssertionError(error)

    def promise(tx: Connection, lane: str, key: str) -> None:
        work.enqueue(tx, lane=lane, kind="turn", key=key, payload={})

    async with AsyncExitStack() as stack:
        for database in workers:
            locks = Locks(database)
            await stack.enter_async_context(
                running(Lanes(database, bus, locks, {"turn": handler(database)}, bury), locks)
            )
        for number in range(EACH):
            for lane in range(LANES):
                await workers[0].write(promise, f"conv:{lane}", f"{lane}:{number}")
                await bus.publish("work", {"lane": f"conv:{lane}"})
        for _ in range(300):
            if not (await workers[0].read(work.counts))["pending"]:
                break
            await asyncio.sleep(0.05)
    assert len(done) == LANES * EACH
    for lane in range(LANES):
        assert [key for key in done if key.startswith(f"{lane}:")] == [f"{lane}:{number}" for number in range(EACH)]


async def test_a_conversations_messages_are_sent_in_order_by_many_workers(workers: list[Database]) -> None:
    sent: list[str] = []

    class Vendor:
        name, limits = "vendor", Limits()

        async def send(self, message: Outbound) -> Receipt:
            await asyncio.sleep(0.01)
            sent.append(message.content.text)
            return Receipt()

        async def close(self) -> None: ...

    def store(tx: Connection, number: int) -> str:
        held = conversations.begin(tx, "vendor", "42", Profile())
        said = messages.add(
            tx, conversation_id=held.id, seq=held.seq + 1, author=Author.BOT, content=Content(text=f"m{number}")
        )
        conversations.update_conversation(tx, held.id, seq=said.seq)
        outbox.add(tx, message_id=said.id, conversation_id=held.id, seq=said.seq, channel="vendor", address="42")
        return held.id

    bus = MemoryBus()
    async with AsyncExitStack() as stack:
        for database in workers:
            locks = Locks(database)
            await stack.enter_async_context(
                running(Outbox(Steps(database, bus, unlinked), locks, {"vendor": Vendor()}), locks)
            )
        for number in range(30):
            conversation_id = await workers[0].write(store, number)
            await bus.publish("outbox", {"conversation_id": conversation_id})
        for _ in range(300):
            if len(sent) >= 30:
                break
            await asyncio.sleep(0.05)
    assert sent == [f"m{number}" for number in range(30)]
    assert await workers[0].read(outbox.counts) == {}


async def test_a_lock_is_given_back_when_its_holder_dies_and_found_again_after_a_cut(workers: list[Database]) -> None:
    first, second = Locks(workers[0]), Locks(workers[1])
    async with first.hold("lane:1") as held, second.hold("lane:1") as too, second.hold("lane:2") as other:
        assert (held, too, other) == (True, False, True)
        await workers[2].write(
            lambda tx: tx.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
            ).all()
        )
        third = Locks(workers[2])
        for _ in range(100):
            async with third.hold("lane:1") as free:
                if free:
                    break
            await asyncio.sleep(0.02)
        assert free
        await third.close()
    async with first.hold("lane:1") as held:
        assert held
    await first.close()
    await second.close()


async def test_on_sqlite_there_is_nobody_to_agree_with(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    locks = Locks(database)
    async with locks.hold("lane:1") as held:
        assert held
    await locks.close()
    await database.close()
