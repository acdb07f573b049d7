"""A desk that has run for a while gets the version with tiers at work: every ticket is there, and goes on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, Table, insert

from connectors.desk import DeskEventKind, TicketChange
from desk.jobs import jobs
from storage import tickets
from storage.database import Database
from storage.migrate import configuration, tables
from storage.sla import clocks_of_one
from storage.ticket_entries import timeline
from tests.desk.house import OPEN_AT, House, build
from tests.desk.test_search import ids

BEFORE = "0008"
HELD, CLOSED = ("open", "waiting_customer"), ("returned", "resolved", "withdrawn", "abandoned")
STATES = ("queued", *HELD, *CLOSED)


def migrated(tx: Connection, revision: str) -> None:
    config = configuration()
    config.attributes["connection"] = tx
    back = revision == BEFORE and _is_new(tx)
    (command.downgrade if back else command.upgrade)(config, revision)


def _is_new(tx: Connection) -> bool:
    return "sla_clock" in tables(tx)


def as_it_was(tx: Connection) -> None:
    """One agent, and a ticket in each state, each of a customer of its own."""
    migrated(tx, BEFORE)
    known = {
        name: Table(name, MetaData(), autoload_with=tx)
        for name in ("agent", "customer", "conversation", "ticket", "ticket_entry")
    }

    def add(name: str, /, **values: Any) -> None:
        columns = {each.name: each for each in known[name].columns}
        empty = {
            key: "" if str(each.type).startswith(("VARCHAR", "TEXT")) else 0
            for key, each in columns.items()
            if not each.nullable and each.server_default is None
        }
        tx.execute(insert(known[name]).values(**empty | values))

    add(
        "agent", id="a-old", login="old.hand", name="Old Hand", role="agent", tiers=["front_line"], grade="junior",
        languages=["zh", "en"], skills=[], capacity=4, language="en", password="!", must_change=False, disabled=False,
        presence="online", alive_at=OPEN_AT, created_at=5,
    )  # fmt: skip
    for state in STATES:
        about = {"channel": "web", "address": f"v-{state}", "created_at": 5}
        add("customer", id=f"p-{state}", name="王芳", person_id=f"p-{state}", **about)
        add(
            "conversation", id=f"c-{state}", customer_id=f"p-{state}", state="bot", apologised=False, customer_at=5,
            present_at=5, **about,
        )  # fmt: skip
        taken = {} if state == "queued" else {"agent_id": "a-old", "agent_name": "Old Hand", "taken_at": 7}
        add(
            "ticket", id=f"t-{state}", handoff_id=f"h-{state}", conversation_id=f"c-{state}", number=f"FD-{state}",
            channel="web", state=state, tier="front_line", tier_because={"en": "", "zh": ""}, priority=2,
            urgency="normal", language="zh", reason="no_answer", sentiment="neutral", question="退货地址填错了怎么办",
            customer_name="王芳", verified=True, packet={"customer": {}}, online=True, entries=1, version=1,
            last={"author": "customer", "text": "退货", "at": 6}, created_at=5, queued_at=5, updated_at=OPEN_AT,
            closed_at=8 if state in CLOSED else None,
            rating={"score": 4, "comment": "", "at": 8} if state == "resolved" else None, **taken,
        )  # fmt: skip
        add(
            "ticket_entry", ticket_id=f"t-{state}", n=1, id=f"e-{state}", kind="message", author="customer", at=6,
            before=True, content={"text": f"退货 {state}"}, data={}, text=f"退货 {state}",
        )  # fmt: skip


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """The desk of now on the database of then."""
    old = Database(database_url)
    await old.write(as_it_was)
    await old.close()
    async for built in build(database_url, tmp_path / "files"):
        yield built


async def test_every_ticket_of_an_older_desk_is_there_and_goes_on(house: House) -> None:
    admin = await house.console("boss", role="admin")
    for job in jobs(house.service):
        await job.run()
    for state in STATES:
        shown = await admin.json(f"/tickets/t-{state}")
        assert (shown["ticket"]["tags"], shown["ticket"]["kind"]) == ([], "case")
        assert shown["timeline"][0]["content"]["text"] == f"退货 {state}"
        clocks = await house.db.read(clocks_of_one, f"t-{state}")
        assert bool(clocks) == (state not in CLOSED), state
    assert sorted(await ids(admin, "退货")) == sorted(f"c-{state}" for state in STATES)
    assert (await admin.json("/wall"))["tiers"][0]["held"] == 2
    assert (await admin.json("/tickets/t-resolved/way"))["stretches"]

    await admin.act("t-queued", "take")
    await admin.act("t-open", "messages", client_id="reply-0001", text="您好")
    await admin.act("t-waiting_customer", "resolve")
    await house.desk.change("t-resolved", TicketChange.REOPENED, {})
    again = await house.db.read(tickets.find_ticket, "t-resolved")
    assert again is not None
    assert (again.state, again.reopened, again.rating) == ("open", 1, {"score": 4, "comment": "", "at": 8})
    assert [each.kind for each in await house.work("c-resolved")] == [DeskEventKind.TAKEN]


async def test_the_way_back_keeps_what_the_older_desk_knew(house: House) -> None:
    await house.db.write(migrated, BEFORE)
    assert not await house.db.read(_is_new)
    await house.db.write(migrated, "head")
    for state in STATES:
        assert await house.db.read(tickets.find_ticket, f"t-{state}") is not None
        assert len(await house.db.read(timeline, f"t-{state}")) == 1
