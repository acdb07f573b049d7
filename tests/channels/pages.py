"""A page that talks docs/protocol/web.md, for tests: one session, one socket."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from connectors.channels.web import WebChannel, WebSettings
from connectors.message import JSON
from tests.channels.memory import MemoryCore

SECRET = "shop-shared-secret-for-tests-0123456789"
KEY = "signing-key-for-tests-0123456789abcdef"


Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def served(core: MemoryCore, **settings: Any) -> AsyncIterator[tuple[Client, WebChannel]]:
    """A client of a served web channel."""
    channel = WebChannel(WebSettings(identity_secret=SECRET, **settings), core, core, KEY)
    app = web.Application()
    app.add_routes(channel.routes())

    async def close(_: web.Application) -> None:
        await channel.close()

    app.on_shutdown.append(close)
    async with TestClient(TestServer(app)) as client:
        yield client, channel


def proof(user_id: str, secret: str = SECRET) -> str:
    """The hash that the embedding site makes."""
    return hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()


async def session(client: Client, **body: Any) -> JSON:
    """Open a session."""
    response = await client.post("/api/v1/web/session", json=body)
    assert response.status == 200, await response.text()
    answer: JSON = await response.json()
    return answer


class Page:
    """A socket that keeps what it received."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[JSON] = []
        self.code: int | None = None
        self._arrived = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for received in self.socket:
            if received.type is WSMsgType.TEXT:
                async with self._arrived:
                    self.frames.append(received.json())
                    self._arrived.notify_all()
        async with self._arrived:
            self.code = self.socket.close_code
            self._arrived.notify_all()

    async def send(self, **frame: Any) -> None:
        """Send a frame."""
        await self.socket.send_json(frame)

    async def wait(self, kind: str, count: int = 1, **members: Any) -> JSON:
        """The `count`-th frame of this kind with these members, now or soon."""

        def found() -> list[JSON]:
            return [f for f in self.frames if f["type"] == kind and all(f.get(n) == v for n, v in members.items())]

        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: len(found()) >= count)
        return found()[count - 1]

    async def wait_text(self, text: str) -> JSON:
        """The message with this text."""
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: text in self.texts)
        return next(m for m in self.messages if m["text"] == text)

    async def wait_close(self) -> int | None:
        """The code the server closed with."""
        async with asyncio.timeout(5):
            await self._reader
        return self.code

    @property
    def messages(self) -> list[JSON]:
        """Messages received, in order of arrival."""
        return [frame["message"] for frame in self.frames if frame["type"] == "message"]

    @property
    def texts(self) -> list[str]:
        """Their texts."""
        return [message["text"] for message in self.messages]

    async def close(self) -> None:
        """Leave."""
        await self.socket.close()
        await self._reader


@asynccontextmanager
async def page(client: Client, token: str, after: int = 0, **headers: str) -> AsyncIterator[Page]:
    """A connected page that has said hello."""
    opened = Page(await client.ws_connect("/api/v1/web/socket", headers=headers))
    await opened.send(type="hello", token=token, after=after)
    try:
        yield opened
    finally:
        await opened.close()
