"""Every database behaves the same behind `Database`: the same suite on SQLite and PostgreSQL."""

import asyncio
import threading
import time

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event, update

from connectors.message import Author, Content, Profile
from storage import conversations, messages, outbox, work
from storage.database import Database
from storage.migrate import tables, upgrade
from storage.schema import metadata
from storage.settings import read_setting, setting, write_setting


async def test_migrations_give_exactly_the_schema_of_the_code(database: Database) -> None:
    def differences(tx: Connection) -> list[object]:
        def ours(_thing: object, name: str | None, kind: str, *_: object) -> bool:
            """SQLite's full-text index is a table of its own, with parts; PostgreSQL's is an index."""
            if tx.dialect.name != "sqlite":
                return True
            return not (kind == "table" and str(name).startswith("search_words")) and name != "ix_search_doc_words"

        context = MigrationContext.configure(tx, opts={"include_object": ours})
        return list(compare_metadata(context, metadata))

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
    first, following = await database.read(work.first, "conv:1", 2)
    assert (first.payload, following.payload) == ({"index": 0}, {"index": 1})
    assert await database.write(work.finish, first.id)
    assert not await database.write(work.finish, first.id)
    assert not await database.write(work.bury, first.id, error="done already")
    assert await database.read(work.head, "conv:1") == following


async def test_lanes_that_wait_are_found_by_their_first_work_due_or_not(database: Database) -> None:
    def promise(tx: Connection) -> None:
        for lane, due_at in (("later", 2_000), ("later", 500), ("now", 1_000), ("now", 9_000)):
            work.enqueue(tx, lane=lane, kind="turn", key=f"{lane}:{due_at}", payload={}, due_at=due_at)

    await database.write(promise)
    assert await database.read(work.waiting_lanes) == ["now", "later"]


async def test_looking_for_work_reads_only_what_is_pending(sqlite_url: str) -> None:
    """given much that is done, when looking for the next, then an index of what is pending is used."""
    database = Database(sqlite_url)
    await upgrade(database)
    queries: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *it: queries.append(it[2]))

    def look(tx: Connection) -> list[str]:
        work.head(tx, "x"), work.waiting_lanes(tx), work.counts(tx)
        outbox.head(tx, "x"), outbox.open_conversations(tx), outbox.counts(tx)
        looked = [query for query in queries if query.startswith("SELECT")]
        return [str(tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", (1,) * each.count("?")).all()) for each in looked]

    plans = await database.read(look)
    assert len(plans) == 7
    assert [plan for plan in plans if "ix_work" not in plan and "ix_outbox" not in plan] == []
    await database.close()


async def test_message_numbers_have_no_gaps_when_many_write_at_once(database: Database) -> None:
    conversation = await database.write(conversations.begin, "web", "visitor", Profile())

    def say(tx: Connection, text: str) -> int:
        held = conversations.lock(tx, conversation.id)
        content = Content(text=text)
        said = messages.add(tx, conversation_id=held.id, seq=held.seq + 1, author=Author.CUSTOMER, content=content)
        conversations.update_conversation(tx, held.id, seq=said.seq)
        return said.seq

    numbers = await asyncio.gather(*(database.write(say, f"m{index}") for index in range(40)))
    assert sorted(numbers) == list(range(1, 41))


async def test_a_customer_who_comes_twice_at_once_has_one_conversation(database: Database) -> None:
    found = await asyncio.gather(
        *(database.write(conversations.begin, "web", "visitor", Profile(name="Li Na")) for _ in range(10))
    )
    assert len({each.id for each in found}) == 1


async def test_a_message_whose_sending_was_cut_off_is_found_again(database: Database) -> None:
    def send(tx: Connection) -> str:
        conversation = conversations.begin(tx, "telegram", "42", Profile())
        message = messages.add(
            tx, conversation_id=conversation.id, seq=1, author=Author.BOT, content=Content(text="hello")
        )
        outbox.add(tx, message_id=message.id, conversation_id=conversation.id, seq=1, channel="telegram", address="42")
        outbox.claim(tx, message.id)
        return conversation.id

    conversation_id = await database.write(send)
    assert await database.read(outbox.open_conversations) == [conversation_id]
    cut_off = await database.read(outbox.head, conversation_id)
    assert cut_off is not None
    assert cut_off.status == "sending"
    await database.write(outbox.settle, cut_off.message_id, "unknown")
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


async def test_a_read_sees_one_moment(database: Database) -> None:
    """given two statements in one read, when something is written between them, then both see what was before."""
    loop = asyncio.get_running_loop()

    def twice(tx: Connection) -> tuple[object, object]:
        first = read_setting(tx, "n", 0)
        asyncio.run_coroutine_threadsafe(database.write(write_setting, "n", 1), loop).result(5)
        return first, read_setting(tx, "n", 0)

    assert await database.read(twice) == (0, 0)
    assert await database.read(read_setting, "n") == 1


async def test_customers_who_say_who_they_are_while_the_bot_learns_it_deadlock_nobody(database: Database) -> None:
    """given one transaction that begins a conversation anew with a name, and one that holds it and changes the
    customer.
    """
    conversation = await database.write(conversations.begin, "web", "visitor", Profile())

    def learn(tx: Connection, name: str) -> None:
        held = conversations.lock(tx, conversation.id)
        time.sleep(0.02)
        conversations.update_customer(tx, held.customer_id, name=name)

    await asyncio.gather(
        *(database.write(conversations.begin, "web", "visitor", Profile(name=f"a{n}")) for n in range(10)),
        *(database.write(learn, f"b{n}") for n in range(10)),
    )


async def test_who_gives_way_in_a_deadlock_does_it_again(postgres_url: str) -> None:
    """given two transactions that take the same rows the other way round, then both are stored, the one after the
    other, and neither caller hears of it.
    """
    database, met = Database(postgres_url), threading.Barrier(2)
    tries: list[str] = []
    await upgrade(database)
    for name in ("a", "b"):
        await database.write(write_setting, name, "")

    def crosswise(tx: Connection, first: str, then: str) -> None:
        tries.append(first)
        tx.execute(update(setting).where(setting.c.name == first).values(value=first))
        if len(tries) <= 2:
            met.wait(5)
        tx.execute(update(setting).where(setting.c.name == then).values(value=first))

    await asyncio.gather(database.write(crosswise, "a", "b"), database.write(crosswise, "b", "a"))
    assert len(tries) == 3
    assert {await database.read(read_setting, name, "") for name in ("a", "b")} == {tries[2]}
    await database.close()
