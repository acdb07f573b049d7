"""What helpdesks have of us is kept on every database, and two workers that share one open one ticket."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from connectors.desk import Entry, Handoff, Progress, Reading
from connectors.desk_ports import DeskPorts, Opened
from connectors.desks.zammad import Zammad, ZammadSettings
from connectors.message import Profile
from frontdoor.files import FileStore
from storage import conversations, desk_ledger, handoffs, retention
from storage.channel_state import ChannelState
from storage.database import Database
from storage.desk_ledger import DeskLedger
from storage.locks import Locks
from tests.contract.desk_suite import AT, packet
from tests.fakes.desks.zammad import TOKEN, ZammadVendor


async def stored(database: Database) -> Handoff:
    """A handoff that waits for its ticket."""
    found = await database.write(conversations.begin, "web", "visitor", Profile(language="zh"))
    made = packet(conversation_id=found.id, attachments=())
    await database.write(
        handoffs.add, id=made.id, conversation_id=found.id, reference=made.reference, reason="requested",
        status="requested", packet=made.to_json(), seq=0, desk="zammad", created_at=AT, updated_at=AT,
    )  # fmt: skip
    return made


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[DeskLedger]:
    locks = Locks(database)
    yield DeskLedger(database, locks, "zammad")
    await locks.close()


async def test_an_attempt_is_known_until_it_is_taken_back(database: Database, ledger: DeskLedger) -> None:
    handoff = await stored(database)
    assert await ledger.attempt(handoff.id) is None
    await ledger.begin(handoff.id)
    begun = await ledger.attempt(handoff.id)
    assert begun is not None
    assert (begun.reference, begun.opened) == (handoff.reference, None)
    await ledger.retract(handoff.id)
    assert await ledger.attempt(handoff.id) is None
    await ledger.begin(handoff.id)
    await ledger.opened(handoff.id, Opened(ticket_id="7", number="537", url="https://x/7"))
    await ledger.retract(handoff.id)  # too late: it is there
    found = await ledger.of_ticket("7")
    assert found is not None
    assert found.handoff_id == handoff.id


async def test_entries_and_readings_are_kept_and_go_with_the_conversation(
    database: Database, ledger: DeskLedger
) -> None:
    handoff = await stored(database)
    await ledger.opened(handoff.id, Opened(ticket_id="7"))
    await ledger.sending("7", "m1", "digest")
    assert [(each.message_id, each.external_id) for each in await ledger.entries("7")] == [("m1", "")]
    await ledger.sent("7", "m1", "e1", "digest")
    entry = Entry(external_id="e2", message_id="7:e2", digest="other", at=AT)
    reading = Reading(entries=(entry,), progress=Progress(cursor="c", state="open", turns=1, since=0))
    assert await database.write(desk_ledger.keep_reading, "zammad", "7", reading)
    assert {each.external_id for each in await ledger.entries("7")} == {"e1", "e2"}
    assert not await database.write(desk_ledger.keep_reading, "zammad", "7", reading), "it is a thing of the past"
    await database.write(retention.erase, [handoff.conversation_id])
    assert await ledger.entries("7") == []
    assert await ledger.of_ticket("7") is None


async def test_a_ticket_that_a_desk_goes_on_with_is_that_of_the_last_handoff(
    database: Database, ledger: DeskLedger
) -> None:
    made = [await stored(database) for _ in range(2)]
    for each in made:
        await ledger.opened(each.id, Opened(ticket_id="7"))
        await database.write(partial(handoffs.change, handoff_id=each.id, ticket_id="7"))
    found, attempt = await database.read(handoffs.find_by_ticket, "zammad", "7"), await ledger.of_ticket("7")
    assert found is not None
    assert attempt is not None
    assert found.id == attempt.handoff_id == max(each.id for each in made)


async def test_two_workers_at_once_open_one_ticket(postgres_url: str, tmp_path: Path) -> None:
    databases = [Database(postgres_url) for _ in range(2)]  # on SQLite there is one
    locks = [Locks(each) for each in databases]
    async with ZammadVendor() as vendor:
        settings = ZammadSettings.model_validate({"url": vendor.url, "token": TOKEN, "requester": "a@example.com"})
        desks = []
        for database, own in zip(databases, locks, strict=True):
            files = FileStore(database, tmp_path, key="k" * 32, max_bytes=1, types=frozenset())
            ports = DeskPorts(
                name="zammad", ledger=DeskLedger(database, own, "zammad"), files=files,
                state=ChannelState(database, own, "desk:zammad"), public_url="https://x.example", brand={},
            )  # fmt: skip
            desks.append(Zammad(settings, ports))
        for number in range(4):
            made = replace(await stored(databases[0]), reference=f"FD-TWO{number}")
            refs = await asyncio.gather(*(desk.open(made) for desk in desks))
            assert len({ref.ticket_id for ref in refs}) == 1
        assert len(vendor.tickets) == 4
        for desk in desks:
            await desk.close()
    for own, database in zip(locks, databases, strict=True):
        await own.close()
        await database.close()
