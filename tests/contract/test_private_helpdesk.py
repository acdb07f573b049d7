"""A customer, a helpdesk that may not know everything, and an agent there who answers all the same."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from connectors.desk import DeskEvent, DeskEventKind
from connectors.message import JSON, Content
from frontdoor import desk_forgetting, retention
from storage import desk_ledger, masked
from storage.conversations import conversation
from storage.handoffs import handoff
from storage.work import forgetting_lane
from tests.contract.helpdesk_bench import PICTURE, HelpdeskHouse, helpdesk_house, until
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.contract.test_zammad_desk import ZammadBench
from tests.fakes.desks.base import FakeTicket
from tests.fakes.desks.zammad import ZammadVendor

POLICY = {"names": "mask", "phones": "mask", "emails": "mask", "attachments": "link"}
PRIVATE = ("Ann Lee", "555-0187", "4111", "ann@example.com")


class PrivateBench(ZammadBench):
    """Zammad, which may know neither names nor numbers."""

    def settings(self) -> JSON:
        return super().settings() | {"privacy": POLICY}


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[HelpdeskHouse]:
    async with ZammadVendor() as vendor, helpdesk_house(PrivateBench(vendor), tmp_path, empty_database) as house:
        yield house
        assert vendor.wrongs == []


async def test_a_helpdesk_reads_marks_and_the_customer_their_own_values(house: HelpdeskHouse) -> None:
    """given a policy, when customer and agent talk, then what is private is nowhere in the helpdesk."""
    customer, bench = house.customer, house.bench
    await customer.say("My name is Ann Lee, my card 4111 1111 1111 1111 was charged twice")
    await customer.sees("You said")
    file = await house.attach(customer, "Ann Lee.png", PICTURE)
    await house.send_file(customer, file, "see here")
    ticket_id = await house.handed_over()
    await customer.say("Call Ann Lee on (212) 555-0187 or write to ann@example.com")
    await house.settled()
    shown = await bench.shown(ticket_id)
    assert "[name 1]" in shown
    assert "[card 1]" in shown
    assert "Call [name 1] on [phone 1] or write to [e-mail 1]" in shown
    files = await bench.files(ticket_id)
    assert [name for name in files if not name.startswith("handoff-")] == []
    everything = shown + "".join(data.decode() for data in files.values())
    assert [each for each in PRIVATE if each in everything] == []
    await bench.replies(ticket_id, "We will call [phone 1], [name 1].")
    await house.looks(ticket_id)
    await customer.sees("We will call (212) 555-0187, Ann Lee.")


async def test_what_is_deleted_here_is_deleted_there_and_the_originals_with_it(house: HelpdeskHouse) -> None:
    await house.customer.say("My name is Ann Lee")
    ticket_id = await house.handed_over()
    await house.settled()

    def erased(tx: Connection) -> list[str]:
        ids = [*tx.execute(select(handoff.c.id)).scalars(), *tx.execute(select(conversation.c.id)).scalars()]
        retention.erase(tx, ids[1:])
        return ids

    for each in await house.database.write(erased):
        await house.core.steps.bus.publish("work", {"lane": forgetting_lane(each)})
    await house.settled()
    assert isinstance(house.bench, PrivateBench)
    assert ticket_id not in house.bench.vendor.tickets
    assert await house.database.read(lambda tx: tx.execute(masked.masked_value.select()).all()) == []


async def test_a_ticket_that_was_being_opened_is_deleted_when_it_is_there(
    house: HelpdeskHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given a conversation that is deleted while its ticket is asked for, then what comes of that is deleted, too."""
    monkeypatch.setattr(desk_forgetting, "IN_FLIGHT_S", 0.2)
    wrapped = house.core.desk_intake.desks["zammad"]
    monkeypatch.setattr(wrapped, "features", replace(house.desk.features, finds_after_s=0))
    handoff = await HelpdeskSuite().stored(house)
    await house.database.write(desk_ledger.begin, "zammad", handoff.id)
    await house.database.write(retention.erase, [handoff.conversation_id])
    for each in (handoff.id, handoff.conversation_id):
        await house.core.steps.bus.publish("work", {"lane": forgetting_lane(each)})
    assert isinstance(house.bench, PrivateBench)
    vendor = house.bench.vendor
    await until(lambda: any("search" in each for each in vendor.requests))
    vendor.tickets["7"] = FakeTicket(
        id="7", subject=f"[{handoff.reference}]", state="new", data={"group": "Users", "priority": "2 normal"}
    )  # fmt: skip
    await house.settled()
    assert "7" not in vendor.tickets


async def test_long_names_and_ids_of_agents_fit_into_what_we_keep(house: HelpdeskHouse) -> None:
    """given a helpdesk that names its people at length, then their replies are said all the same."""
    ticket_id = await house.handed_over()
    told = DeskEvent(
        id="e1", desk="zammad", ticket_id=ticket_id, kind=DeskEventKind.REPLIED, agent_id=f"{'x' * 90}@a.example",
        agent_name="Li\x00 " + "Na" * 100, content=Content(text="Here I am."),
    )  # fmt: skip
    await house.core.desk_intake.accept("zammad")(told)
    await house.customer.sees("Here I am.")
    (row,) = await house.database.read(lambda tx: tx.execute(conversation.select()).all())
    assert len(row.agent_id) <= 64
    assert (len(row.agent_name), row.agent_name[:5]) == (160, "Li Na")
