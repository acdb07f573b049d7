"""Forgetting does the same on SQLite and PostgreSQL: all of a conversation, and nothing of another."""

from dataclasses import replace

from sqlalchemy import JSON, Boolean, Connection, String, Table, Text, func, select, update

from storage import article_drafts, outbox, retention, work
from storage.article_drafts import Draft
from storage.conversations import conversation
from storage.customers import customer
from storage.database import Database
from storage.files import attachment
from storage.followups import follow_up
from storage.gaps import question
from storage.handoffs import handoff, rating
from storage.masked import masked_value
from storage.messages import delivery, message
from storage.outbox import outbox as parcel
from storage.status_links import status_link
from storage.surveys import survey
from storage.ticket_entries import entry
from storage.tickets import ticket
from storage.work import work as work_table

OF_A_CONVERSATION = (
    customer, conversation, message, delivery, parcel, attachment, handoff, rating, ticket, entry, work_table,
    question, survey, status_link, follow_up, masked_value,
)  # fmt: skip


def keep(tx: Connection, table: Table, **values: object) -> None:
    """A row of which only what matters is said."""
    for column in table.c:
        if column.name not in values and not column.nullable and column.name != "id":
            plain = {} if isinstance(column.type, JSON) else False if isinstance(column.type, Boolean) else 1
            values[column.name] = "x" if isinstance(column.type, String | Text) else plain
    tx.execute(table.insert().values(**values))


def whole_conversation(tx: Connection, name: str, *, state: str = "rated") -> None:
    """One row in each table that knows of conversation `name`."""
    keep(tx, customer, id=name, person_id=name, address=name)
    keep(tx, conversation, id=name, address=name, customer_id=name, state=state)
    keep(tx, message, id=name, conversation_id=name)
    keep(tx, question, message_id=name, vector=b"")
    keep(tx, delivery, address=name, conversation_id=name, external_id="1")
    keep(tx, parcel, message_id=name, conversation_id=name, status="sent")
    keep(tx, attachment, id=f"file-of-{name}", conversation_id=name)
    keep(tx, handoff, id=name, conversation_id=name, reference=name)
    keep(tx, rating, handoff_id=name)
    keep(tx, masked_value, handoff_id=name)
    keep(tx, survey, id=name, conversation_id=name)
    keep(tx, status_link, token_hash=name, handoff_id=name)
    keep(tx, follow_up, id=name, key=name, conversation_id=name)
    keep(tx, ticket, id=name, handoff_id=name, conversation_id=name)
    keep(tx, entry, ticket_id=name, id=name)
    work.enqueue(tx, lane=work.conversation_lane(name), kind="turn", key=f"turn:{name}", payload={})
    tx.execute(update(work_table).values(status="done", created_at=1))


async def counts(database: Database) -> dict[str, int]:
    def count(tx: Connection) -> dict[str, int]:
        return {
            each.name: tx.execute(select(func.count()).select_from(each)).scalar_one() for each in OF_A_CONVERSATION
        }

    return await database.read(count)


async def test_a_conversation_goes_from_every_table_and_its_neighbour_stays(database: Database) -> None:
    await database.write(whole_conversation, "a")
    await database.write(whole_conversation, "b")
    assert await database.write(retention.erase, ["a", "unknown"]) == {"a": ["file-of-a"]}
    assert set((await counts(database)).values()) == {1}
    assert await database.write(retention.erase, ["a"]) == {}


async def test_a_customer_is_found_by_what_they_can_name(database: Database) -> None:
    await database.write(whole_conversation, "a")
    await database.write(whole_conversation, "b")

    def named(tx: Connection) -> None:
        tx.execute(update(customer).where(customer.c.id == "a").values(email="anna@example.com", user_id="u-1"))
        tx.execute(update(handoff).where(handoff.c.id == "a").values(number="4711"))

    await database.write(named)
    for who in ("a", "anna@example.com", "u-1", "4711"):
        assert await database.read(retention.conversations_of, who) == ["a"], who
    assert await database.read(retention.conversations_of, "") == []
    assert await database.read(retention.conversations_of, "nobody") == []


async def test_only_what_is_finished_and_old_is_found(database: Database) -> None:
    await database.write(whole_conversation, "old")
    await database.write(whole_conversation, "waiting", state="queued")
    await database.write(whole_conversation, "busy")
    await database.write(whole_conversation, "leaving")
    await database.write(whole_conversation, "young")

    def differ(tx: Connection) -> None:
        work.enqueue(tx, lane=work.urgent_lane("busy"), kind="action", key="action:busy", payload={})
        tx.execute(update(parcel).where(parcel.c.message_id == "leaving").values(status="pending"))
        tx.execute(update(conversation).where(conversation.c.id == "young").values(present_at=20))

    await database.write(differ)
    found = await database.write(retention.finished, states=("rated", "bot"), before=10, limit=9)
    assert found == ["old"]
    assert await database.read(outbox.open_conversations) == ["leaving"]


async def test_deliveries_are_forgotten_oldest_first(database: Database) -> None:
    def receive(tx: Connection) -> None:
        for at in (5, 3, 9, 1):
            keep(tx, delivery, external_id=str(at), at=at)

    await database.write(receive)
    assert await database.write(retention.drop_deliveries, before=6, limit=2) == 2
    assert await database.write(retention.drop_deliveries, before=6, limit=2) == 1
    assert await database.write(retention.drop_deliveries, before=6, limit=2) == 0
    assert await database.read(lambda tx: list(tx.execute(select(delivery.c.at)).scalars())) == [9]


async def test_old_work_is_dropped_in_parts_past_what_must_stay(database: Database) -> None:
    def promise(tx: Connection) -> None:
        for number in range(25):
            work.enqueue(tx, lane=f"conv:{number}", kind="turn", key=f"turn:{number}", payload={})
        tx.execute(update(work_table).where(work_table.c.id % 5 != 0).values(status="done"))
        tx.execute(update(work_table).where(work_table.c.id <= 20).values(created_at=0))

    await database.write(promise)
    dropped, reached, parts = 0, 0, 0
    while reached is not None:
        swept = await database.write(retention.drop_done_work, before=1, after=reached, limit=6)
        dropped, reached, parts = dropped + swept.dropped, swept.reached, parts + 1
    assert dropped == 16
    assert parts == 4
    left = await database.read(lambda tx: sorted(tx.execute(select(work_table.c.id)).scalars()))
    assert left == [5, 10, 15, 20, 21, 22, 23, 24, 25]


async def test_a_draft_begun_with_their_words_goes_until_somebody_saves_it(database: Database) -> None:
    """given drafts begun with the words of two customers, when one is forgotten, then what nobody has saved since goes,
    and what a colleague has made their own stays"""
    begun = Draft(article_id="a", content={}, base=0, note="", by="x", at=1, conversations=["a", "b"])

    def talk(tx: Connection) -> None:
        whole_conversation(tx, "a")
        article_drafts.save(tx, begun)
        article_drafts.save(tx, replace(begun, article_id="of-another", conversations=["c"]))
        article_drafts.save(tx, replace(begun, article_id="saved"))
        article_drafts.save(tx, replace(begun, article_id="saved", conversations=None))

    await database.write(talk)
    await database.write(retention.erase, ["a"])
    assert sorted(each.article_id for each in await database.read(article_drafts.everything)) == ["of-another", "saved"]


async def test_no_replay_quotes_what_was_forgotten(database: Database) -> None:
    draft = Draft(article_id="a", content={}, base=0, note="", by="x", at=1)

    def replayed(tx: Connection) -> None:
        whole_conversation(tx, "a")
        article_drafts.keep_replay(tx, article_drafts.save(tx, draft), {"changes": [{"question": "what they asked"}]})

    await database.write(replayed)
    await database.write(retention.erase, ["a"])
    kept = await database.read(article_drafts.find, "a")
    assert kept is not None
    assert kept.replay is None
