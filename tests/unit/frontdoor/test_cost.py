"""What a turn costs the database, counted: three transactions, and statements that do not grow with the history."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from storage.database import Database
from tests.unit.frontdoor.conftest import Customer


class Meter:
    """Counts transactions and statements, those of savepoints and of looking at the result aside."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.transactions = 0

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
    assert early == late == (3, 13), meter.statements
