"""Messenger passes the suite of vendors."""

from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.messenger_bench import MessengerBench


class TestMessenger(VendorSuite):
    """Messenger."""

    bench_class = MessengerBench
