"""Messenger passes the suite of vendors."""

from connectors.message import JSON
from tests.contract.vendor_bench import House
from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.messenger_bench import MessengerBench


class TestMessenger(VendorSuite):
    """Messenger."""

    bench_class = MessengerBench

    async def events_of(self, house: House, fixture: JSON) -> list[JSON]:
        """Without the looks at profiles: there is one for each person, whichever payload is first."""
        events = await super().events_of(house, fixture)
        return [event for event in events if not str(event.get("key", "")).startswith("profile:")]
