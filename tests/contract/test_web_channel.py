"""The web channel passes the suite of channels, over its socket and over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from connectors.channels.web import WebChannel
from tests.channels.memory import MemoryCore
from tests.channels.pages import KEY, SECRET, Client, Page, proof, served, session
from tests.contract.channel_suite import ChannelSuite

STATUS = {"too_long": 413, "rate_limited": 429, "unavailable": 503}


class WebBench:
    """One visitor; `transport` carries the frames."""

    secrets = (KEY, SECRET)
    text_limit = 500

    def __init__(self, core: MemoryCore, client: Client, channel: WebChannel, token: str, page: Page | None) -> None:
        self.core, self.client, self.channel, self.token, self.page = core, client, channel, token, page

    def stored(self) -> list[str]:
        return [inbound.content.text for inbound in self.core.inbounds]

    async def deliver(self, text: str, message_id: str) -> int:
        (status,) = await self._frames([{"type": "message", "client_id": message_id, "text": text}], message_id)
        return status

    async def forged(self, text: str) -> Iterable[int]:
        statuses = []
        frames = {"frames": [{"type": "message", "client_id": "forged-1", "text": text}]}
        for token in ("", "x", self.token[:-3] + "abc", self.token.replace(".", ".x", 1)):
            headers = {"Authorization": f"Bearer {token}"}
            statuses.append((await self.client.post("/api/v1/web/frames", json=frames, headers=headers)).status)
        stolen = {"Authorization": f"Bearer {self.token}", "Origin": "https://evil.example"}
        statuses.append((await self.client.post("/api/v1/web/frames", json=frames, headers=stolen)).status)
        identity = {"identity": {"user_id": "u-1", "hash": proof("u-2")}}
        statuses.append((await self.client.post("/api/v1/web/session", json=identity)).status)
        return statuses

    async def malformed(self) -> Iterable[int]:
        return await self._frames(
            [
                {"type": "message", "client_id": "message-9"},
                {"type": "message", "client_id": "message-9", "text": ["x"]},
                {"type": "message", "client_id": "message-9", "text": "x", "to": "y"},
                {"type": "button", "client_id": "message-9", "token": ""},
            ],
            "message-9",
        )

    async def unsupported(self) -> Iterable[int]:
        return await self._frames([{"type": "call", "client_id": "message-9"}], "message-9")

    async def flood(self) -> Iterable[int]:
        return [await self.deliver("x", f"flood-{number:04d}") for number in range(40)]

    async def _frames(self, frames: list[dict[str, Any]], client_id: str) -> list[int]:
        if self.page is None:
            headers = {"Authorization": f"Bearer {self.token}"}
            response = await self.client.post("/api/v1/web/frames", json={"frames": frames}, headers=headers)
            return [_status(frame) for frame in (await response.json())["frames"]]
        count = sum(frame.get("client_id") == client_id for frame in self.page.frames)
        for frame in frames:
            await self.page.send(**frame)
        async with asyncio.timeout(5):
            while True:
                answers = [frame for frame in self.page.frames if frame.get("client_id") == client_id]
                if len(answers) >= count + len(frames):
                    return [_status(frame) for frame in answers[count : count + len(frames)]]
                await asyncio.sleep(0.005)


def _status(frame: dict[str, Any]) -> int:
    return 200 if frame["type"] == "ack" else STATUS.get(frame["code"], 400)


class TestWebChannel(ChannelSuite):
    @pytest.fixture(params=["socket", "http"])
    async def bench(self, request: pytest.FixtureRequest) -> AsyncIterator[WebBench]:
        core = MemoryCore()
        async with served(core, text=WebBench.text_limit) as (client, channel):
            token = (await session(client))["token"]
            page = None
            if request.param == "socket":
                page = Page(await client.ws_connect("/api/v1/web/socket"))
                await page.send(type="hello", token=token, after=0)
                await page.wait("ready")
            yield WebBench(core, client, channel, token, page)
            if page is not None:
                await page.close()
