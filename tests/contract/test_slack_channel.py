"""Slack keeps what every vendor's channel promises."""

from connectors.message import JSON
from tests.contract.vendor_bench import House
from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.slack_bench import SlackBench


class TestSlack(VendorSuite):
    """In a direct chat; threads of channels are in tests/channels/test_slack.py."""

    bench_class = SlackBench

    async def events_of(self, house: House, fixture: JSON) -> list[JSON]:
        """Without the looks at profiles, which come once for each address."""
        found = await super().events_of(house, fixture)
        return [each for each in found if not str(each.get("key")).startswith("profile:")]
