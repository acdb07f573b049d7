"""Telegram passes the suite of vendors in both of its ways."""

from connectors.channels.telegram_parse import read
from connectors.message import JSON
from tests.contract.vendor_bench import House, shape
from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.telegram_bench import PollingBench, TelegramBench


class TestTelegramCalled(VendorSuite):
    """`mode: webhook`."""

    bench_class = TelegramBench


class TestTelegramAsked(VendorSuite):
    """`mode: polling`."""

    bench_class = PollingBench

    async def events_of(self, house: House, fixture: JSON) -> list[JSON]:
        return [shape(event) for event in read(fixture["payload"], house.channel.name).events]
