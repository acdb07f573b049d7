"""WeChat passes, encrypted and in plain."""

from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.wechat_bench import PlainWechatBench, WechatBench


class TestWechat(VendorSuite):
    """Safe mode, numbered choices."""

    bench_class = WechatBench


class TestWechatInPlain(VendorSuite):
    """Plain mode, choices to be touched."""

    bench_class = PlainWechatBench
