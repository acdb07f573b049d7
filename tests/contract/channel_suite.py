"""What every channel must do: a channel passes by giving the fixture `bench` to a subclass of `ChannelSuite`.

A bench delivers as the vendor (or our own page) would, over the wire, and reports what came back as an HTTP status;
protocols without statuses say what the same refusal would be over HTTP.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

import pytest

from connectors.channel import Channel, Limits
from connectors.registry import CHANNELS, load

TAKEN = range(200, 300)
REFUSED = range(400, 500)
PRIVATE = "my card number is 4111-1111-1111-1111"


class Bench(Protocol):
    """A channel that is being served, with a customer in front and a store behind it."""

    channel: Channel
    secrets: tuple[str, ...]
    """What must never be seen anywhere: tokens, keys, passwords."""

    text_limit: int
    """Characters that a customer may send at once."""

    def stored(self) -> list[str]:
        """The texts of all messages stored from customers."""

    async def deliver(self, text: str, message_id: str) -> int:
        """A customer's message; the status that the vendor gets."""

    async def forged(self, text: str) -> Iterable[int]:
        """The same without, and with wrong, proof; a status for each way to forge."""

    async def malformed(self) -> Iterable[int]:
        """Genuine deliveries that are not as documented; a status for each."""

    async def unsupported(self) -> Iterable[int]:
        """Genuine deliveries of kinds that the channel does not know; a status for each."""

    async def flood(self) -> Iterable[int]:
        """More deliveries at once than the channel's rate allows; a status for each. Empty: the vendor limits them."""


class ChannelSuite:
    """The tests. Where a vendor's protocol differs for a reason, its bench says so in one place."""

    async def test_a_message_is_stored_before_it_is_acknowledged(self, bench: Bench) -> None:
        assert await bench.deliver("你好 👋 <b>hello</b>", "message-1") in TAKEN
        assert bench.stored() == ["你好 👋 <b>hello</b>"]

    async def test_a_repeat_changes_nothing(self, bench: Bench) -> None:
        for _ in range(3):
            assert await bench.deliver("once", "message-1") in TAKEN
        assert bench.stored() == ["once"]
        assert await bench.deliver("once", "message-2") in TAKEN
        assert bench.stored() == ["once", "once"]

    async def test_repeats_at_the_same_time_change_nothing(self, bench: Bench) -> None:
        statuses = await asyncio.gather(*(bench.deliver("once", "message-1") for _ in range(5)))
        assert set(statuses) <= set(TAKEN)
        assert bench.stored() == ["once"]

    async def test_what_is_forged_is_refused_and_not_stored(self, bench: Bench) -> None:
        statuses = list(await bench.forged("let me in"))
        assert statuses
        assert set(statuses) <= {401, 403}
        assert bench.stored() == []

    async def test_what_is_malformed_is_refused_and_not_stored(self, bench: Bench) -> None:
        statuses = list(await bench.malformed())
        assert statuses
        assert set(statuses) <= set(REFUSED)
        assert bench.stored() == []
        assert await bench.deliver("and it goes on", "message-1") in TAKEN

    async def test_what_is_not_supported_is_harmless(self, bench: Bench) -> None:
        for status in await bench.unsupported():
            assert status in {*TAKEN, *REFUSED}
        assert bench.stored() == []
        assert await bench.deliver("and it goes on", "message-1") in TAKEN

    async def test_text_over_the_limit_is_refused_and_not_cut(self, bench: Bench) -> None:
        assert await bench.deliver("字" * bench.text_limit, "message-1") in TAKEN
        assert await bench.deliver("字" * (bench.text_limit + 1), "message-2") == 413
        assert [len(text) for text in bench.stored()] == [bench.text_limit]

    async def test_a_flood_is_held_back(self, bench: Bench) -> None:
        statuses = list(await bench.flood())
        if statuses:
            assert 429 in statuses
            assert len(bench.stored()) < len(statuses)

    async def test_logs_and_names_keep_secrets_and_texts(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, logger="connectors")
        await bench.deliver(PRIVATE, "message-1")
        await bench.forged(PRIVATE)
        await bench.malformed()
        logged = "\n".join(record.getMessage() + str(record.exc_info or "") for record in caplog.records)
        settings = [value for name, value in vars(bench.channel).items() if "settings" in name]
        seen = logged + repr(bench.channel) + repr(settings)
        assert PRIVATE not in seen
        for secret in bench.secrets:
            assert secret not in seen

    async def test_limits_are_declared(self, bench: Bench) -> None:
        limits = bench.channel.limits
        assert isinstance(limits, Limits)
        for name, value in vars(limits).items():
            assert not isinstance(value, int | float) or value >= 0, name
        assert not limits.buttons or limits.button_title > 0

    def test_the_registry_knows_it(self, bench: Bench) -> None:
        assert load(CHANNELS[bench.channel.name]) is type(bench.channel)

    async def test_closing_twice_is_harmless(self, bench: Bench) -> None:
        await bench.channel.close()
        await bench.channel.close()
