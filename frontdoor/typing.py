"""Typing: customers see that somebody types to them, where their vendor can show it. Best effort, never waited for."""

import asyncio
import time
from collections.abc import Mapping

import structlog

from connectors.channel import Channel, TypingChannel
from connectors.errors import SendError

log = structlog.get_logger(__name__)

AGAIN_S = 4.0  # vendors show it for about five seconds
REMEMBERED = 10_000


class Typing:
    """Shows it. `channels` are put in when they run."""

    def __init__(self) -> None:
        self.channels: Mapping[str, Channel] = {}
        self._shown: dict[tuple[str, str], float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def possible(self) -> bool:
        """Whether any channel can show it."""
        return any(isinstance(each, TypingChannel) for each in self.channels.values())

    def show(self, channel: str, address: str) -> None:
        """Somebody is typing to the customer."""
        vendor = self.channels.get(channel)
        if not isinstance(vendor, TypingChannel) or not vendor.limits.typing:
            return
        now = time.monotonic()
        if now - self._shown.get((channel, address), -AGAIN_S) < AGAIN_S:
            return
        if len(self._shown) >= REMEMBERED:
            self._shown = {key: at for key, at in self._shown.items() if now - at < AGAIN_S}
        self._shown[channel, address] = now
        task = asyncio.create_task(self._show(vendor, address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _show(self, vendor: TypingChannel, address: str) -> None:
        try:
            await vendor.typing(address)
        except SendError as error:
            log.debug("typing.not_shown", channel=vendor.name, error=str(error))
        except Exception as error:
            log.warning("typing.failed", channel=vendor.name, error=type(error).__name__)
