"""The socket.io channel passes the suite of channels."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from connectors.channels.socketio import SocketioChannel
from tests.channels.memory import MemoryCore
from tests.channels.test_socketio import Chat, Client, connected, served
from tests.contract.channel_suite import ChannelSuite

STATUS = {"too_long": 413, "rate_limited": 429, "unavailable": 503}


class SocketioBench:
    """One session. Its id is a claim, so there is nothing to forge but the origin of the page."""

    secrets = ()
    text_limit = 500

    def __init__(self, core: MemoryCore, client: Client, channel: SocketioChannel, chat: Chat) -> None:
        self.core, self.client, self.channel, self.chat = core, client, channel, chat

    def stored(self) -> list[str]:
        return [inbound.content.text for inbound in self.core.inbounds]

    async def deliver(self, text: str, message_id: str) -> int:
        return await self._utter({"message": text, "session_id": "s1", "metadata": {"message_id": message_id}})

    async def forged(self, text: str) -> Iterable[int]:
        return [
            (await self.client.get(f"/socket.io/?EIO=4&transport={transport}", headers={"Origin": origin})).status
            for transport in ("polling", "websocket")
            for origin in ("https://evil.example", "null")
        ]

    async def malformed(self) -> Iterable[int]:
        wrong: list[Any] = [None, "x", {"message": 7, "session_id": "s1"}, {"message": "x", "session_id": {}}]
        return [await self._utter(data) for data in wrong]

    async def unsupported(self) -> Iterable[int]:
        await self.chat.client.emit("call", {"message": "x", "session_id": "s1"})
        return []

    async def flood(self) -> Iterable[int]:
        return [await self.deliver("x", f"flood-{number}") for number in range(40)]

    async def _utter(self, data: Any) -> int:
        answer = await self.chat.client.call("user_uttered", data, timeout=5)
        return STATUS.get(answer["error"]["code"], 400) if "error" in answer else 200


class TestSocketioChannel(ChannelSuite):
    @pytest.fixture
    async def bench(self) -> AsyncIterator[SocketioBench]:
        core = MemoryCore()
        async with served(core, text=SocketioBench.text_limit) as (client, channel), connected(client) as chat:
            yield SocketioBench(core, client, channel, chat)
