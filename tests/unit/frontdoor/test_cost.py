"""What a turn costs the database, counted: three transactions, and statements that do not grow with the history."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event

from connectors.message import Opening
from frontdoor.brain import Brain
from frontdoor.core import Core
from storage.bus import MemoryBus
from storage.database import Database
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.unit.frontdoor.conftest import SETTINGS, Customer, unlinked, until
from tests.unit.frontdoor.test_vendors import Customer as VendorCustomer
from tests.unit.frontdoor.test_vendors import Vendor


class Meter:
    """Counts transactions and statements, those of savepoints and of looking at the result aside."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.transactions = 0

    async def rest(self) -> None:
        """Wait until nobody asks the database any more: what was done before goes on a little behind its result."""
        before, now = -1, 0
        while before != now:
            before = now
            await asyncio.sleep(0.4)
            now = self.transactions + len(self.statements)

    def statement(self, *cursor: object) -> None:
        statement = str(cursor[2])
        if statement.startswith("BEGIN"):
            self.transactions += 1
        elif not statement.startswith(("SAVEPOINT", "RELEASE")):
            self.statements.append(statement)


@pytest.fixture
def meter(database: Database) -> Iterator[Meter]:
    meter = Meter()
    event.listen(database.engine, "before_cursor_execute", meter.statement)
    yield meter
    event.remove(database.engine, "before_cursor_execute", meter.statement)


async def cost_of(customer: Customer, meter: Meter, text: str) -> tuple[int, int]:
    """Transactions and statements from a message to its answer."""
    await meter.rest()
    async with customer.core.portal.listen((await customer.snapshot())["conversation"]["id"]) as frames:
        meter.statements.clear()
        meter.transactions = 0
        await customer.say(text)
        async for frame in frames:
            if frame["type"] == "done":
                break
    return meter.transactions, len(meter.statements)


async def test_a_turn_costs_two_writes_and_one_read_however_long_the_conversation(
    customer: Customer, meter: Meter
) -> None:
    await customer.say("hello")
    await customer.sees("You said: hello")
    early = await cost_of(customer, meter, "once")
    for index in range(30):
        await customer.say(f"number {index}")
    await customer.sees("You said: number 29")
    late = await cost_of(customer, meter, "again")
    assert early == late == (3, 14), meter.statements


async def test_a_turn_at_a_vendors_with_a_reply_window_costs_this_much_however_long_the_conversation(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa, desk: TableDesk, meter: Meter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """given customers at a vendor that counts our messages, then receiving, answering and sending is four writes, and
    three reads of what there is to do.
    """
    for sweeper in ("errands", "timers"):
        monkeypatch.setattr(f"frontdoor.{sweeper}.SWEEP_S", 3600)
    vendor = Vendor()
    vendor.limits = replace(vendor.limits, text_length=None, opening=Opening(seconds=3600, messages=500))
    brain = Brain(rasa.url, TOKEN, timeout_s=2)
    core = Core(SETTINGS, database=database, bus=bus, brain=brain, link=unlinked, discard=_discard)

    async def cost(text: str) -> tuple[int, int]:
        await meter.rest()
        async with bus.subscribe("delivery") as sent:
            meter.statements.clear()
            meter.transactions = 0
            await ann.says(text)
            async for _ in sent:
                break
        await meter.rest()  # whoever has sent looks whether there is more
        return meter.transactions, len(meter.statements)

    async with core.running({"vendor": vendor}, {"table": desk}):
        ann = VendorCustomer(core)
        await ann.says("hello")
        await until(lambda: vendor.sent)
        early = await cost("once")
        for number in range(15):
            await ann.says(f"number {number}")
        await until(lambda: "You said: number 14" in vendor.texts)
        late = await cost("again")
    await brain.close()
    assert early == late == (7, 28), meter.statements


async def _discard(_: object) -> None:
    """There are no files."""
