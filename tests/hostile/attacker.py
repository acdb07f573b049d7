"""Somebody who means no good: an address of their own, and a hand for every way in."""

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

JSON = dict[str, Any]

_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What is sent, and the answer that it must get; `code` is empty where the answer has no JSON body."""

    what: str
    method: str = "POST"
    path: str
    body: bytes | None = None
    json: object = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int
    code: str = ""

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Any
    body: bytes
    json: Any

    @property
    def code(self) -> str:
        """The word for programs."""
        error = self.json.get("error", {}) if isinstance(self.json, dict) else {}
        return str(error.get("code", "")) if isinstance(error, dict) else ""


class Attacker:
    """A caller from an address that nobody else has, as all of 127.0.0.0/8 is this machine."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._writers: list[asyncio.StreamWriter] = []
        number = next(_numbers)
        self.address = f"127.77.{number // 250}.{number % 250 + 1}"

    async def __aenter__(self) -> "Attacker":
        connector = aiohttp.TCPConnector(local_addr=(self.address, 0), limit=0)
        self.http = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.http.close()
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def send(self, attack: Attack, **headers: str) -> Answer:
        """Do it."""
        return await self.call(
            attack.method, attack.path, data=attack.body, json=attack.json, headers=attack.headers | headers
        )

    async def call(self, method: str, path: str, **arguments: Any) -> Answer:
        """Any request; the path is sent as it is written."""
        url = URL(f"{self.url}{path}", encoded=True)
        async with self.http.request(method, url, allow_redirects=False, **arguments) as response:
            body = await response.read()
            json = await response.json() if response.content_type == "application/json" and body else None
            return Answer(status=response.status, headers=response.headers, body=body, json=json)

    async def session(self) -> str:
        """The token of a new visitor."""
        answer = await self.call("POST", "/api/v1/web/session", json={"language": "en"})
        assert answer.status == 200, answer
        return str(answer.json["token"])

    async def frames(self, token: str, *frames: object) -> list[JSON]:
        """What frames sent over HTTP are answered."""
        answer = await self.call(
            "POST", "/api/v1/web/frames", json={"frames": frames}, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status == 200, answer
        answers: list[JSON] = answer.json["frames"]
        return answers

    async def events(self, token: str, wait: int = 0) -> list[JSON]:
        """What the conversation of a token shows."""
        answer = await self.call(
            "GET", f"/api/v1/web/events?after=0&wait={wait}", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status == 200, answer
        frames: list[JSON] = answer.json["frames"]
        return frames

    async def socket(self, **headers: str) -> aiohttp.ClientWebSocketResponse:
        """The web channel's socket, before `hello`."""
        return await self.http.ws_connect(f"{self.url}/api/v1/web/socket", headers=headers, max_msg_size=0)

    async def page(self, token: str) -> aiohttp.ClientWebSocketResponse:
        """A socket that has said hello."""
        socket = await self.socket()
        await socket.send_json({"type": "hello", "token": token, "after": 0})
        assert (await socket.receive_json())["type"] == "ready"
        return socket

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A plain connection, to write whatever one likes."""
        url = URL(self.url)
        reader, writer = await asyncio.open_connection(url.host, url.port, local_addr=(self.address, 0))
        self._writers.append(writer)
        return reader, writer

    async def raw(self, sent: bytes) -> bytes:
        """What bytes are answered until the connection is closed, or nothing came for two seconds."""
        reader, writer = await self.connect()
        received = b""
        try:
            writer.write(sent)
            await writer.drain()
            while chunk := await asyncio.wait_for(reader.read(65_536), 2):
                received += chunk
        except (TimeoutError, ConnectionError):
            pass
        finally:
            writer.close()
        return received
