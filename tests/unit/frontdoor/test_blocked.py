"""Blocked addresses: what comes from there is counted, and nothing else happens."""

import pytest

from connectors.errors import Blocked
from frontdoor.core import Core
from storage import blocks
from storage.blocks import Block
from storage.clock import now_ms
from storage.database import Database
from tests.unit.frontdoor.conftest import Customer


async def test_nothing_is_taken_from_a_blocked_address_until_it_is_lifted(
    core: Core, customer: Customer, database: Database
) -> None:
    await customer.say("how long does delivery take?")
    await customer.sees("1–3 days")
    said = await customer.transcript()
    row = Block(
        id="",
        channel="web",
        address=customer.address,
        ticket_id="t",
        reason="abuse",
        by_id="a",
        by_name="Ada",
        at=now_ms(),
    )
    await database.write(blocks.add, row)

    with pytest.raises(Blocked):
        await customer.say("you fools")
    with pytest.raises(Blocked):
        await customer.say("you fools")
    assert await customer.transcript() == said
    (counted,) = await database.read(blocks.of_address, "web", customer.address)
    assert counted.turned_away == 2

    await database.write(blocks.lift, "web", customer.address, by="Ada", at=now_ms())
    await customer.say("how long does delivery take, please?")
    await customer.sees("please")
