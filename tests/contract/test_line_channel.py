"""LINE keeps what every vendor's channel promises, whether it pushes everything or replies where that is free."""

from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.line_bench import LineBench, LineReplyingBench


class TestLinePushing(VendorSuite):
    """Everything is pushed under a retry key."""

    bench_class = LineBench


class TestLineReplying(VendorSuite):
    """The first answer goes out as a reply."""

    bench_class = LineReplyingBench

    def broken(self) -> Trouble:
        """LINE says of a 5xx that the message may have arrived, and a reply has no retry key; only this is certain."""
        return Trouble(status=429, body={"message": "Too many concurrent requests"}, headers={"Retry-After": "1"})
