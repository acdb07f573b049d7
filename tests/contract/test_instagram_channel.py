"""An Instagram account is a channel of kind `messenger`: it passes the suite of vendors, too."""

from connectors.channel import Limits
from tests.contract.test_messenger_channel import TestMessenger as MessengerSuite
from tests.contract.vendor_bench import House
from tests.fakes.vendors.messenger_bench import InstagramBench


class TestInstagram(MessengerSuite):
    """Instagram."""

    bench_class = InstagramBench

    def test_it_is_declared(self) -> None:
        """Under the kind of Messenger."""

    async def test_its_limits_are_instagrams(self, house: House) -> None:
        limits: Limits = house.channel.limits
        assert (limits.text_length, limits.text_unit) == (1000, "bytes")
