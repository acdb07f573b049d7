"""LINE keeps what every vendor's channel promises, whether it pushes everything or replies where that is free."""

from connectors.message import JSON
from tests.contract.vendor_bench import House
from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.line_bench import LineBench, LineReplyingBench


class LineSuite(VendorSuite):
    """What LINE has of its own."""

    async def events_of(self, house: House, fixture: JSON) -> list[JSON]:
        """Without the looks at profiles, which come once for each customer."""
        found = await super().events_of(house, fixture)
        return [each for each in found if not str(each.get("key")).startswith("profile:")]


class TestLinePushing(LineSuite):
    """Everything is pushed under a retry key."""

    bench_class = LineBench


class TestLineReplying(LineSuite):
    """The first answer goes out as a reply."""

    bench_class = LineReplyingBench

    def broken(self) -> Trouble:
        """LINE says of a 5xx that the message may have arrived, and a reply has no retry key; only this is certain."""
        return Trouble(status=429, body={"message": "Too many concurrent requests"}, headers={"Retry-After": "1"})
