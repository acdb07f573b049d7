"""Forgetting: finished conversations go completely, bookkeeping goes when it has no use, and nothing else goes."""

from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Connection, Table, func, select, update

from connectors.desk import DeskEventKind
from connectors.errors import TryLater, Undeliverable
from connectors.message import Action
from frontdoor import retention as product
from frontdoor.brain import Brain
from frontdoor.core import Core
from frontdoor.retention import BOOKKEEPING_DAYS, DAY_MS, Retention
from storage import files, followups, work
from storage.bus import Bus
from storage.clock import now_ms
from storage.conversations import conversation
from storage.database import Database
from storage.files import FileRow
from storage.handoffs import handoff
from storage.locks import Locks
from storage.messages import delivery
from storage.search_docs import search_doc
from storage.search_feed import index_some
from storage.tables import metadata
from storage.work import work as work_table
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.unit.frontdoor.conftest import Customer, until

KEPT_DAYS = 30


@pytest.fixture
def sweeper(core: Core, rasa: ScriptedRasa, monkeypatch: pytest.MonkeyPatch) -> Retention:
    async def discard(_: Sequence[str]) -> None:
        raise AssertionError("done in the lanes of the core")

    monkeypatch.setattr(product, "PAUSE_S", 0)
    steps = core.steps
    brain = Brain(rasa.url, TOKEN, timeout_s=2)
    return Retention(steps.database, steps.bus, brain, Locks(steps.database), days=KEPT_DAYS, discard=discard)


async def aged(database: Database, days: float) -> None:
    """Everything there is becomes older."""

    def age(tx: Connection) -> None:
        by = int(days * DAY_MS)
        for table in metadata.sorted_tables:
            times = {each.name: each - by for each in table.c if each.name == "at" or each.name.endswith("_at")}
            if times:
                tx.execute(update(table).values(**times))

    await database.write(age)


async def rows(database: Database, *tables: Table) -> dict[str, int]:
    """How many rows tables have; those with none are left out."""

    def count(tx: Connection) -> dict[str, int]:
        counted = {each.name: tx.execute(select(func.count()).select_from(each)).scalar_one() for each in tables}
        return {name: number for name, number in counted.items() if number}

    return await database.read(count)


async def helped(customer: Customer, desk: TableDesk, database: Database) -> str:
    """A whole conversation: the bot, a file, a human, a rating. Its id."""
    await customer.say("how long does delivery take?")
    await customer.sees("1–3 days")
    conversation_id = str((await customer.snapshot())["conversation"]["id"])
    await database.write(files.add, FileRow(
        id="file-1", conversation_id=conversation_id, name="receipt.png", media_type="image/png", size=3, sha256="0"
    ))  # fmt: skip
    await customer.say("I want a human")
    await customer.reaches("queued")
    await desk.happens(DeskEventKind.TAKEN)
    await customer.reaches("with_agent")
    await desk.happens(DeskEventKind.RESOLVED)
    await customer.reaches("resolved")
    await customer.do(Action.RATE, score=5, comment="thanks")
    await customer.reaches("rated")
    await until_idle(database)
    return conversation_id


async def until_idle(database: Database) -> None:
    """No work is left."""
    pending = 1
    while pending:
        pending = (await database.read(work.counts))["pending"]


async def test_a_finished_conversation_goes_completely(
    customer: Customer, desk: TableDesk, database: Database, sweeper: Retention, rasa: ScriptedRasa,
    discarded: list[str],
) -> None:  # fmt: skip
    conversation_id = await helped(customer, desk, database)
    await database.write(index_some, 1_000)
    assert await rows(database, search_doc)
    await aged(database, KEPT_DAYS + 1)
    await sweeper.sweep()
    await until(lambda: rasa.forgotten == [conversation_id] and discarded == ["file-1"])
    await until_idle(database)
    await aged(database, BOOKKEEPING_DAYS + 1)
    await sweeper.sweep()  # the promise to forget is bookkeeping too
    await database.write(index_some, 1_000)  # what was noted of those who are gone
    left = await rows(database, *metadata.sorted_tables)
    assert left.pop("macro")  # the shipped replies
    assert left == {"article_log": 1}  # a counter, of nobody


async def test_what_the_bot_cannot_forget_now_it_forgets_later(
    customer: Customer, desk: TableDesk, database: Database, sweeper: Retention, rasa: ScriptedRasa
) -> None:
    conversation_id = await helped(customer, desk, database)
    await aged(database, KEPT_DAYS + 1)
    rasa.status = 503
    await sweeper.sweep()
    assert await rows(database, conversation) == {}
    rasa.status = 200
    await until(lambda: rasa.forgotten == [conversation_id], within_s=10)


async def test_a_customer_who_comes_back_keeps_the_conversation(
    customer: Customer, desk: TableDesk, database: Database, sweeper: Retention
) -> None:
    await helped(customer, desk, database)
    await aged(database, KEPT_DAYS + 1)
    await customer.say("hello again")
    await customer.sees("You said: hello again")
    await sweeper.sweep()
    assert (await customer.transcript())[0] == "customer: how long does delivery take?"


async def test_who_waits_for_a_human_is_not_forgotten(
    customer: Customer, desk: TableDesk, database: Database, sweeper: Retention
) -> None:
    await customer.say("I want a human")
    await customer.reaches("queued")
    await until_idle(database)
    await aged(database, KEPT_DAYS + 1)
    await sweeper.sweep()
    assert await customer.state() == "queued"


async def test_who_was_promised_to_hear_from_us_is_not_forgotten_before(
    customer: Customer, desk: TableDesk, database: Database, sweeper: Retention
) -> None:
    conversation_id = await helped(customer, desk, database)
    await database.write(followups.add, followups.FollowUp(
        id="f-1", key="scheduled:f-1", conversation_id=conversation_id, reason=followups.SCHEDULED,
        due_at=now_ms() + 200 * DAY_MS, tier="senior", created_at=1, updated_at=1,
    ))  # fmt: skip
    await aged(database, KEPT_DAYS + 1)
    await sweeper.sweep()
    assert await rows(database, conversation, followups.follow_up) == {"conversation": 1, "follow_up": 1}
    await database.write(followups.change, "f-1", at=1, state=followups.MISSED)
    await sweeper.sweep()
    assert await rows(database, conversation, followups.follow_up) == {}


async def test_what_an_agent_did_lately_counts(
    customer: Customer, desk: TableDesk, database: Database, sweeper: Retention
) -> None:
    await helped(customer, desk, database)
    await aged(database, KEPT_DAYS + 1)
    await database.write(lambda tx: tx.execute(update(handoff).values(updated_at=handoff.c.updated_at + 5 * DAY_MS)))
    await sweeper.sweep()
    assert await rows(database, conversation) == {"conversation": 1}


async def test_bookkeeping_goes_and_messages_stay(
    customer: Customer, desk: TableDesk, database: Database, sweeper: Retention
) -> None:
    await helped(customer, desk, database)
    before = await customer.transcript()
    assert set(await rows(database, work_table, delivery)) == {"work", "delivery"}
    await aged(database, BOOKKEEPING_DAYS + 1)
    await customer.say("hello again")
    await customer.sees("You said: hello again")
    await until_idle(database)
    await sweeper.sweep()
    assert await rows(database, work_table, delivery) == {"work": 1, "delivery": 1}, "of today"
    assert (await customer.transcript())[: len(before)] == before


async def test_lines_that_an_open_ticket_has_are_remembered(
    customer: Customer, desk: TableDesk, database: Database, sweeper: Retention
) -> None:
    await customer.say("I want a human")
    await customer.reaches("queued")
    await customer.say("my fridge leaks")
    await until(lambda: len(desk.lines) >= 1)
    await until_idle(database)
    await aged(database, BOOKKEEPING_DAYS + 1)
    await sweeper.sweep()
    kinds = await database.read(lambda tx: set(tx.execute(select(work_table.c.kind)).scalars()))
    assert kinds == {"desk_append"}


class Forgetful(TableDesk):
    """A desk that can delete its tickets, unless it is down or refuses."""

    def __init__(self, database: Database, bus: Bus) -> None:
        super().__init__(database, bus)
        self.deleted: list[str] = []
        self.refuses = False

    async def forget(self, ticket_id: str) -> None:
        if self.down:
            raise TryLater("the desk is down")
        if self.refuses:
            raise Undeliverable("it may not")
        self.deleted.append(ticket_id)


def forgotten(outcome: str) -> float:
    """How many tickets were counted so."""
    labels = {"desk": "table", "outcome": outcome}
    return REGISTRY.get_sample_value("frontdoor_desk_forgotten_total", labels) or 0


class TestAtHelpdesks:
    """The tickets of a conversation at a helpdesk go with it."""

    @pytest.fixture
    async def desk(self, database: Database, bus: Bus) -> Forgetful:
        return Forgetful(database, bus)

    async def test_a_ticket_is_deleted_there_once_the_desk_is_back(
        self, customer: Customer, desk: Forgetful, database: Database, sweeper: Retention
    ) -> None:
        await helped(customer, desk, database)
        ticket_id = f"t-{desk.opened[0].id}"
        await aged(database, KEPT_DAYS + 1)
        desk.down = True
        await sweeper.sweep()
        assert await rows(database, conversation, handoff) == {}
        desk.down = False
        await until(lambda: desk.deleted == [ticket_id], within_s=10)

    async def test_what_it_refuses_is_counted_and_tried_no_more(
        self, customer: Customer, desk: Forgetful, database: Database, sweeper: Retention
    ) -> None:
        before = forgotten("refused")
        await helped(customer, desk, database)
        await aged(database, KEPT_DAYS + 1)
        desk.refuses = True
        await sweeper.sweep()
        await until_idle(database)
        assert forgotten("refused") == before + 1


async def test_a_desk_that_cannot_delete_is_counted(
    customer: Customer, desk: TableDesk, database: Database, sweeper: Retention
) -> None:
    before = forgotten("unsupported")
    await helped(customer, desk, database)
    await aged(database, KEPT_DAYS + 1)
    await sweeper.sweep()
    await until_idle(database)
    assert forgotten("unsupported") == before + 1
