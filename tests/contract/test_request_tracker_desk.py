"""Request Tracker, a real one: the contract of helpdesks, and what is its own."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.fakes.desks.request_tracker import RequestTrackerBench
from tests.fakes.servers.gateway import Gateway
from tests.fakes.servers.request_tracker import RequestTracker


@pytest.fixture(scope="module")
def server() -> Iterator[RequestTracker]:
    """One for all tests."""
    with RequestTracker() as server:
        yield server


@pytest.fixture
async def bench(server: RequestTracker) -> AsyncIterator[RequestTrackerBench]:
    """Reached by a line of its own."""
    async with Gateway(server.url) as gateway, aiohttp.ClientSession() as session:
        yield RequestTrackerBench(server, gateway, session)


class TestRequestTracker(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self, bench: RequestTrackerBench) -> RequestTrackerBench:
        return bench
