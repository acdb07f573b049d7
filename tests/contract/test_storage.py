"""Every database behaves the same behind `Database`: the same suite on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from connectors.message import Author, Content, Profile
from storage import conversations, messages, outbox, work
from storage.database import Database
from storage.migrate import tables, upgrade
from storage.schema import metadata
from storage.settings import read_setting, write_setting


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await upgrade(database)
    yield database
    await database.close()


async def test_migrations_give_exactly_the_schema_of_the_code(database: Database) -> None:
    def differences(tx: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(tx), metadata))

    assert await database.read(differences) == []


async def test_upgrading_twice_changes_nothing(database: Database) -> None:
    before = await database.read(tables)
    await upgrade(database)
    assert await database.read(tables) == before


async def test_what_fails_is_rolled_back_alone(database: Database) -> None:
    """given many writes at once, when one fails, then the others are stored and only its caller hears of it."""

    def keep(tx: Connection, name: str) -> None:
        write_setting(tx, name, name)
        if name == "bad":
            raise ValueError(name)

    names = [f"n{index}" for index in range(30)] + ["bad"]
    results = await asyncio.gather(*(database.write(keep, name) for name in names), return_exceptions=True)

    assert [type(result) for result in results if result is not None] == [ValueError]
    assert await database.read(read_setting, "bad") is None
    assert await database.read(read_setting, "n29") == "n29"


async def test_a_repeated_insert_violates_nothing(database: Database) -> None:
    def promise(tx: Connection) -> bool:
        return work.enqueue(tx, lane="conv:1", kind="turn", key="turn:1", payload={})

    assert await database.write(promise)
    assert not await database.write(promise)
    assert await database.read(work.counts) == {"pending": 1, "dead": 0}


async def test_a_lane_is_worked_in_order_and_done_work_stays_done(database: Database) -> None:
    def promise(tx: Connection) -> None:
        for index in range(3):
            work.enqueue(tx, lane="conv:1", kind="turn", key=f"turn:{index}", payload={"index": index})

    await database.write(promise)
    first = await database.read(work.head, "conv:1")
    assert first is not None
    assert first.payload == {"index": 0}
    assert await database.write(work.finish, first.id)
    assert not await database.write(work.finish, first.id)
    second = await database.read(work.head, "conv:1")
    assert second is not None
    assert second.payload == {"index": 1}


async def test_message_numbers_have_no_gaps_when_many_write_at_once(database: Database) -> None:
    conversation = await database.write(conversations.begin, "web", "visitor", Profile())

    def say(tx: Connection, text: str) -> int:
        held = conversations.lock(tx, conversation.id)
        content = Content(text=text)
        return messages.add(tx, conversation_id=held.id, seq=held.seq + 1, author=Author.CUSTOMER, content=content).seq

    numbers = await asyncio.gather(*(database.write(say, f"m{index}") for index in range(40)))
    assert sorted(numbers) == list(range(1, 41))


async def test_a_customer_who_comes_twice_at_once_has_one_conversation(database: Database) -> None:
    found = await asyncio.gather(
        *(database.write(conversations.begin, "web", "visitor", Profile(name="Li Na")) for _ in range(10))
    )
    assert len({each.id for each in found}) == 1


async def test_messages_interrupted_while_sending_become_unknown(database: Database) -> None:
    def send(tx: Connection) -> str:
        conversation = conversations.begin(tx, "telegram", "42", Profile())
        message = messages.add(
            tx, conversation_id=conversation.id, seq=1, author=Author.BOT, content=Content(text="hello")
        )
        outbox.add(tx, message_id=message.id, conversation_id=conversation.id, seq=1, channel="telegram", address="42")
        outbox.claim(tx, message.id)
        return conversation.id

    conversation_id = await database.write(send)
    assert await database.write(outbox.interrupted) == 1
    assert await database.read(outbox.head, conversation_id) is None
    assert await database.read(outbox.counts) == {"unknown": 1}


async def test_content_survives_as_it_was(database: Database) -> None:
    text = "您好 👩‍👩‍👧 \u202eabc\u202c \n\t“quotes” <b>"
    conversation = await database.write(conversations.begin, "web", "visitor", Profile())

    def say(tx: Connection) -> None:
        content = Content(text=text, custom={"kind": "x", "n": 1.5})
        messages.add(tx, conversation_id=conversation.id, seq=1, author=Author.BOT, content=content)

    await database.write(say)
    stored = await database.read(messages.after, conversation.id, 0)
    assert stored[0].content == Content(text=text, custom={"kind": "x", "n": 1.5})
