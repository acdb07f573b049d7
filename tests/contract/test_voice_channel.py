"""Calls by Twilio, held to the suite of vendors as far as a voice can be."""

import asyncio

import pytest

from frontdoor import outbox
from tests.contract.vendor_bench import House, until
from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.voice import VoiceBench


class TestVoice(VendorSuite):
    """Calls pass. What is different about them is said here: nothing is sent to a caller, they ask for what there is;
    only what humans write after the call leaves by itself, as a text message.
    """

    bench_class = VoiceBench

    async def reply(self, house: House, text: str) -> None:
        """A human writes, and the caller is silent: so they hear what there is."""
        assert isinstance(house.bench, VoiceBench)
        house.bench.phone(house).silent = True
        await super().reply(house, text)

    async def test_a_message_is_stored_and_answered(self, house: House) -> None:
        """Pictures are stored and not spoken."""
        assert await house.says("hello 👋 你好", "1001") == 200
        assert await house.stored() == ["hello 👋 你好"]
        await house.sees("You said: hello 你好")
        assert await house.settled() == {"sent": 1}

    async def test_a_long_text_is_split_where_a_reader_would(self, house: House) -> None:
        """A human's words are spoken in full, without what cannot be spoken."""
        await house.says("I want a human", "1001")
        await house.sees("in line")
        await self.reply(house, "长句子，有表情👨‍👩‍👧‍👦和链接 https://support.hearthline.example/a 。" * 200)
        await house.sees("长句子")
        await house.settled()
        spoken = "".join("".join(house.vendor.texts("ann")).split())
        assert spoken.count("长句子，有表情和链接。") == 200
        assert "http" not in spoken

    async def test_silence_after_the_request_has_left_is_never_repeated(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The call is over, and Twilio takes the text message without a word."""
        monkeypatch.setattr(outbox, "SEND_TIMEOUT_S", 0.5)
        await house.says("I want a human", "1001")
        await house.sees("in line")
        assert isinstance(house.bench, VoiceBench)
        await house.bench.phone(house).hangs_up()
        house.vendor.troubles.append(Trouble(silent_s=3))
        await super().reply(house, "We found it.")
        await until(lambda: house.vendor.requests, house.explain)
        assert await house.settled() == {"sent": 1, "undeliverable": 1, "unknown": 1}
        await asyncio.sleep(0.6)
        assert len(house.vendor.requests) == 1
        assert "We found it." not in house.vendor.texts("ann")

    @pytest.fixture(autouse=True)
    def _texts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With a number for text messages."""
        settings = VoiceBench.settings
        monkeypatch.setattr(VoiceBench, "settings", lambda bench: settings(bench) | {"text_from": "+12025550100"})
