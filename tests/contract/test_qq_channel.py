"""QQ keeps what every vendor's channel promises; what its short windows do is in tests/channels/test_qq.py."""

from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.qq_bench import QQBench


class TestQQ(VendorSuite):
    """In a direct chat, with more than the four answers that one message allows."""

    bench_class = QQBench
