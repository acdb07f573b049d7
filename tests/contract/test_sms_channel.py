"""Texts by Twilio, held to the suite of vendors."""

from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.sms import SmsBench


class TestSms(VendorSuite):
    """Texts pass."""

    bench_class = SmsBench
