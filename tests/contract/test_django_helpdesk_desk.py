"""django-helpdesk, a real one: the contract of helpdesks, and what is its own."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from connectors.errors import Undeliverable
from connectors.helpdesk_model import Post, TicketState, Upload
from connectors.message import Author
from tests.contract.helpdesk_bench import PICTURE, HelpdeskHouse, helpdesk_house
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.fakes.desks.django_helpdesk import DjangoHelpdeskBench, Listener, called
from tests.fakes.servers.django_helpdesk import DjangoHelpdesk
from tests.fakes.servers.gateway import Gateway


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """Whom the site calls."""
    with Listener() as listener:
        yield listener


@pytest.fixture(scope="module")
def server(listener: Listener) -> Iterator[DjangoHelpdesk]:
    """One for all tests."""
    with DjangoHelpdesk(followup_webhooks=(listener.url,), ticket_webhooks=(listener.url,)) as server:
        yield server


@pytest.fixture
async def bench(server: DjangoHelpdesk) -> AsyncIterator[DjangoHelpdeskBench]:
    """Reached by a line of its own."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with Gateway(server.url) as gateway, aiohttp.ClientSession(cookie_jar=jar) as session:
        yield DjangoHelpdeskBench(server, gateway, session)


class TestDjangoHelpdesk(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self, bench: DjangoHelpdeskBench) -> DjangoHelpdeskBench:
        return bench


@pytest.fixture
async def house(
    request: pytest.FixtureRequest, bench: DjangoHelpdeskBench, tmp_path: Path, empty_database: Path
) -> AsyncIterator[HelpdeskHouse]:
    """A service with a django-helpdesk, whose settings a test may change by `parametrize`."""
    bench.changes = getattr(request, "param", {})
    async with helpdesk_house(bench, tmp_path, empty_database) as house:
        yield house


def settings(**changes: object) -> pytest.MarkDecorator:
    """A test with other settings."""
    return pytest.mark.parametrize("house", [changes], indirect=True, ids=[""])
