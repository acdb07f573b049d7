"""Killed at every step of opening a ticket whose packet follows: one ticket each, and everything in it once."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.desk import Line
from connectors.helpdesk import Helpdesk
from connectors.message import Author, Content
from frontdoor.desk_settings import helpdesks
from frontdoor.desks import helpdesk
from storage.channel_state import ChannelState
from storage.desk_ledger import DeskLedger
from storage.tables import new_id
from tests.contract.desk_suite import AT
from tests.contract.helpdesk_bench import HelpdeskHouse, helpdesk_house
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.contract.test_chatwoot_desk import ChatwootBench
from tests.contract.test_helpdesk_kills import Bomb, Killed, Watched
from tests.contract.test_jira_desk import JiraBench
from tests.contract.test_servicenow_desk import ServiceNowBench
from tests.fakes.desks.bench import FakeBench
from tests.fakes.desks.chatwoot import ChatwootVendor
from tests.fakes.desks.jira import JiraVendor
from tests.fakes.desks.servicenow import ServiceNowVendor

STRIDE = 3
"""Of steps; three lets each kind of step have its turn, before it and after it, in little time."""


@asynccontextmanager
async def another_life(house: HelpdeskHouse, bomb: Bomb) -> AsyncIterator[Helpdesk]:
    """The connector in a process that was just started, on the same disk."""
    name = house.bench.kind
    own = helpdesks(house.settings.desks)[name]
    ledger = Watched(DeskLedger(house.database, house.core.locks, name), bomb)
    state = ChannelState(house.database, house.core.locks, f"desk:{name}")
    desk = helpdesk(house.settings, name, own, ledger, house.store, state)
    assert isinstance(desk, Helpdesk)
    desk.features = replace(desk.features, finds_after_s=0)  # type: ignore[misc]
    asks = getattr(desk, "_api", desk)
    client, asks._client = asks._client, Watched(asks._client, bomb)
    try:
        yield desk
    finally:
        await client.close()


@pytest.mark.parametrize(
    ("vendor_class", "bench_class"),
    [(ChatwootVendor, ChatwootBench), (JiraVendor, JiraBench), (ServiceNowVendor, ServiceNowBench)],
    ids=["chatwoot", "jira", "servicenow"],
)
async def test_killed_at_every_step_of_opening(
    vendor_class: Callable[[], AbstractAsyncContextManager[Any]],
    bench_class: Callable[[Any], FakeBench],
    tmp_path: Path,
    empty_database: Path,
) -> None:
    suite = HelpdeskSuite()
    async with vendor_class() as vendor, helpdesk_house(bench_class(vendor), tmp_path, empty_database) as house:
        vendor.lag_s = 0  # of those whose search follows later
        for counted in (Bomb(), Bomb()):  # the first makes the customer known, which takes steps of its own
            async with another_life(house, counted) as desk:
                await desk.open(replace(await suite.stored(house), transcript=said("line 0")))
        for at in range(1, counted.steps + 1, STRIDE):
            handoff = replace(await suite.stored(house), transcript=said(f"line {at}"))
            async with another_life(house, Bomb(at)) as desk:
                with pytest.raises(Killed):
                    await desk.open(handoff)
            async with another_life(house, Bomb()) as desk:
                ref = await desk.open(handoff)
            assert await house.bench.tickets_of(handoff.reference) == [ref.ticket_id]
            shown = await house.bench.shown(ref.ticket_id)
            assert shown.count(f"line {at}\n") + shown.endswith(f"line {at}") == 1, f"killed at step {at}"
            assert f"handoff-{handoff.reference}.json" in await house.bench.files(ref.ticket_id)
        assert vendor.wrongs == []
        assert counted.steps >= 20


def said(text: str) -> tuple[Line, ...]:
    line = Line(message_id=new_id(), author=Author.CUSTOMER, author_name="", at=AT, content=Content(text=text))
    return (line,)
