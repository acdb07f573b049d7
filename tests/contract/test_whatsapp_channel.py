"""WhatsApp passes the suite of vendors."""

from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.whatsapp_bench import WhatsappBench


class TestWhatsapp(VendorSuite):
    """WhatsApp."""

    bench_class = WhatsappBench
