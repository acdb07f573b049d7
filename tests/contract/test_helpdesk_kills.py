"""Killed at every step of opening a ticket, a hundred times: there is exactly one ticket each, and every line once."""

import inspect
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.desk import Handoff, Line
from connectors.desk_ports import Attempt
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.helpdesk import Helpdesk
from connectors.message import Author, Content
from frontdoor.desk_settings import helpdesks
from frontdoor.desks import helpdesk
from storage import desk_ledger
from storage.channel_state import ChannelState
from storage.clock import now_ms
from storage.desk_ledger import DeskLedger
from storage.tables import new_id
from tests.contract.desk_suite import AT
from tests.contract.helpdesk_bench import HelpdeskHouse, helpdesk_house
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.contract.test_zammad_desk import ZammadBench
from tests.fakes.desks.zammad import ZammadVendor
from tests.fakes.vendors.base import Trouble

TIMES = 100
LINES = 5


class Killed(BaseException):
    """The process is no more: nothing catches it, nothing is put in order."""


class Bomb:
    """Goes off at one of the steps that are counted."""

    def __init__(self, at: int = -1) -> None:
        self.at, self.steps = at, 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise Killed


class Watched:
    """Counts a step before and after each call of what it stands for: a write to disk, or a request to the helpdesk."""

    def __init__(self, real: Any, bomb: Bomb) -> None:
        self._real, self._bomb = real, bomb

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def watched(*args: Any, **kwargs: Any) -> Any:
            self._bomb.step()
            result = await found(*args, **kwargs)
            self._bomb.step()
            return result

        return watched


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[HelpdeskHouse]:
    async with ZammadVendor() as vendor, helpdesk_house(ZammadBench(vendor), tmp_path, empty_database) as house:
        yield house
        assert vendor.wrongs == []


def another_life(house: HelpdeskHouse, bomb: Bomb) -> Helpdesk:
    """The connector in a process that was just started, on the same disk."""
    own = helpdesks(house.settings.desks)["zammad"]
    ledger = Watched(DeskLedger(house.database, house.core.locks, "zammad"), bomb)
    state = ChannelState(house.database, house.core.locks, "desk:zammad")
    desk = helpdesk(house.settings, "zammad", own, ledger, house.store, state)
    assert isinstance(desk, Helpdesk)
    desk.features = replace(desk.features, finds_after_s=0)  # type: ignore[misc]
    api = desk._api  # type: ignore[attr-defined]
    api._client = Watched(api._client, bomb)
    return desk


async def test_killed_at_every_step_of_opening(house: HelpdeskHouse) -> None:
    suite, steps, killed = HelpdeskSuite(), 0, set[int]()
    for number in range(TIMES + 1):
        lines = tuple(
            Line(
                message_id=new_id(),
                author=Author.CUSTOMER,
                author_name="",
                at=AT + n,
                content=Content(text=f"line {n}"),
            )
            for n in range(LINES)
        )
        handoff = replace(await suite.stored(house), transcript=lines)
        bomb = Bomb(1 + number % steps if steps else -1)
        desk = another_life(house, bomb)
        if steps:
            with pytest.raises(Killed):
                await desk.open(handoff)
            killed.add(bomb.at)
        else:
            await desk.open(handoff)
            steps = bomb.steps
        await desk.close()
        survivor = another_life(house, Bomb())
        ref = await survivor.open(handoff)
        await survivor.close()
        assert await house.bench.tickets_of(handoff.reference) == [ref.ticket_id]
        shown = await house.bench.shown(ref.ticket_id)
        assert [shown.count(f"line {n}") for n in range(LINES)] == [1] * LINES, f"killed at step {bomb.at}"
    assert killed == set(range(1, steps + 1)), "every step had its turn"
    assert steps >= 20


async def began(house: HelpdeskHouse, ms_ago: int) -> Handoff:
    """A handoff with an attempt of then whose outcome nobody knows, at a helpdesk whose search takes its time."""
    house.desk.features = replace(house.desk.features, finds_after_s=0.3)  # type: ignore[misc]
    handoff = await HelpdeskSuite().stored(house)
    await house.database.write(desk_ledger.begin, "zammad", handoff.id)
    then = now_ms() - ms_ago
    await house.database.write(lambda tx: tx.execute(desk_ledger.desk_ticket.update().values(began_at=then)))
    return handoff


async def test_a_second_attempt_is_given_the_time_that_the_search_needs_too(house: HelpdeskHouse) -> None:
    """given an attempt of which nothing was found, when the outcome of the next is unknown, then it is waited for."""
    handoff = await began(house, ms_ago=60_000)
    house.bench.trouble(Trouble(status=504))
    with pytest.raises(OutcomeUnknown):
        await house.desk.open(handoff)
    with pytest.raises(TryLater) as told:
        await house.desk.open(handoff)
    assert 0 < (told.value.after or 0) <= 0.3


async def test_a_clock_that_was_set_back_keeps_nobody_waiting(house: HelpdeskHouse) -> None:
    """given an attempt that lies in the future by now, then it is looked for after the usual time."""
    handoff = await began(house, ms_ago=-86_400_000)
    with pytest.raises(TryLater) as told:
        await house.desk.open(handoff)
    assert 0 < (told.value.after or 0) <= 0.3
    ref = await HelpdeskSuite().patiently(house, handoff)
    assert await house.bench.tickets_of(handoff.reference) == [ref]


async def test_a_ticket_that_cannot_be_looked_for_is_not_refused(house: HelpdeskHouse) -> None:
    """given an attempt whose outcome nobody knows, when the helpdesk lets nobody search, then the handoff waits."""
    handoff = await HelpdeskSuite().stored(house)
    desk = another_life(house, Bomb())

    async def forbidden(_: Attempt) -> None:
        raise Undeliverable("it answered 403")

    desk.find = forbidden  # type: ignore[method-assign]
    await desk._ledger.begin(handoff.id)
    with pytest.raises(TryLater, match="may have the ticket already"):
        await desk.open(handoff)
    await desk.close()
