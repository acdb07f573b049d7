"""The e-mail desk passes the suite of all helpdesks, with a real Dovecot for both sides; and what is particular about
it.
"""

from collections.abc import AsyncIterator, Iterator

import pytest

from connectors.errors import TryLater
from tests.contract.helpdesk_bench import HelpdeskBench, HelpdeskHouse
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.fakes.desks.email import EmailDeskBench, MailRoom
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.dovecot import Dovecot


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    """One for all tests: each has mailboxes of its own in it."""
    with Dovecot() as server:
        yield server


class TestEmailDesk(HelpdeskSuite):
    """The contract. What differs: mail servers do not say when they want to be asked again."""

    @pytest.fixture
    async def bench(self, dovecot: Dovecot) -> AsyncIterator[HelpdeskBench]:
        async with MailRoom(dovecot) as room:
            yield EmailDeskBench(room)

    async def test_more_than_it_allows_is_asked_later(self, house: HelpdeskHouse) -> None:
        handoff = await self.stored(house)
        house.bench.trouble(Trouble(status=451))
        with pytest.raises(TryLater):
            await house.desk.open(handoff)
        await house.desk.open(handoff)
        assert len(await house.bench.tickets_of(handoff.reference)) == 1
