"""The REST channel passes the suite of channels."""

from collections.abc import AsyncIterator, Iterable

import pytest

from connectors.channels.rest import RestChannel
from tests.channels.memory import MemoryCore
from tests.channels.test_rest import CALLBACK_SECRET, URL, Client, served
from tests.contract.channel_suite import ChannelSuite

TOKEN = "rest-token-of-the-client-0123456789"


class RestBench:
    """One sender."""

    secrets = (TOKEN, CALLBACK_SECRET)
    text_limit = 500

    def __init__(self, core: MemoryCore, client: Client, channel: RestChannel) -> None:
        self.core, self.client, self.channel = core, client, channel

    def stored(self) -> list[str]:
        return [inbound.content.text for inbound in self.core.inbounds]

    async def deliver(self, text: str, message_id: str) -> int:
        return await self._post({"sender": "ann", "message": text, "message_id": message_id})

    async def forged(self, text: str) -> Iterable[int]:
        body = {"sender": "ann", "message": text}
        statuses = [await self._post(body, token) for token in ("", "x", TOKEN[:-1], TOKEN + "x")]
        evil = {"Authorization": f"Bearer {TOKEN}", "Origin": "https://evil.example"}
        return [*statuses, (await self.client.post(URL, json=body, headers=evil)).status]

    async def malformed(self) -> Iterable[int]:
        bodies: list[object] = [
            [],
            {},
            {"sender": "ann"},
            {"sender": 1, "message": "x"},
            {"sender": "a", "message": []},
        ]
        return [await self._post(body) for body in bodies]

    async def unsupported(self) -> Iterable[int]:
        return [await self._post({"sender": "ann", "message": "", "image": "https://x.example/a.png"})]

    async def flood(self) -> Iterable[int]:
        return [await self.deliver("x", f"flood-{number}") for number in range(40)]

    async def _post(self, body: object, token: str = TOKEN) -> int:
        response = await self.client.post(URL, json=body, headers={"Authorization": f"Bearer {token}"})
        return response.status


class TestRestChannel(ChannelSuite):
    @pytest.fixture
    async def bench(self) -> AsyncIterator[RestBench]:
        core = MemoryCore()
        callback = {"callback_url": "http://127.0.0.1:9/replies", "callback_secret": CALLBACK_SECRET}
        async with served(core, token=TOKEN, text=RestBench.text_limit, **callback) as (client, channel):
            yield RestBench(core, client, channel)
