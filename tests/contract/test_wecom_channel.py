"""WeCom's channel passes the suite of vendors, with callbacks that another implementation encrypts."""

from connectors.channels.wecom_parse import callback, fetched
from connectors.message import JSON
from tests.contract.vendor_bench import House, shape
from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.wecom import CORP
from tests.fakes.vendors.wecom_bench import WeComBench


class TestWeCom(VendorSuite):
    """WeCom passes."""

    bench_class = WeComBench

    async def events_of(self, house: House, fixture: JSON) -> list[JSON]:
        """A callback (`body`), or what sync_msg answered (`payload`)."""
        if "body" in fixture:
            corp = fixture.get("corp", CORP)
            event = shape(callback(fixture["body"].encode(), house.channel.name, corp, (), 1_348_831_860))
            return [event]
        now = fixture.get("now", 1_700_000_000)
        items = [fetched(each, house.channel.name, now) for each in fixture["payload"]["msg_list"]]
        return [shape(event) for each in items for event in each.events]
