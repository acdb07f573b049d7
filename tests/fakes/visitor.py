"""A visitor: what the widget does, without a browser. Speaks docs/protocol/web.md, repeats until acknowledged."""

import asyncio
import contextlib
import itertools
from typing import Any

import aiohttp

JSON = dict[str, Any]


class Visitor:
    """One customer at a web page. `frames` has everything received, `messages` the messages by number."""

    def __init__(self, url: str, *, language: str = "en", name: str = "visitor") -> None:
        self.url, self.language, self.name = url, language, name
        self.frames: list[JSON] = []
        self.messages: dict[int, JSON] = {}
        self.doubled: list[JSON] = []
        self.acks: dict[str, JSON] = {}
        self.errors: list[JSON] = []
        self.state: JSON = {}
        self._ids = itertools.count(1)
        self._token = ""
        self._pending: dict[str, JSON] = {}
        self._news = asyncio.Event()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Visitor":
        self._http = aiohttp.ClientSession()
        self._task = asyncio.create_task(self._stay_connected())
        await self.until(lambda: self._socket is not None, within_s=60)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._http.close()

    async def say(self, text: str) -> str:
        """Send a message; returns its client id. It is sent again until acknowledged."""
        return await self._send({"type": "message", "text": text})

    async def press(self, title: str) -> str:
        """Press the newest button with this title."""
        for _, message in sorted(self.messages.items(), reverse=True):
            for button in message.get("buttons", ()):
                if button["title"] == title:
                    return await self._send({"type": "button", "token": button["token"], "title": title})
        raise AssertionError(f"no button {title!r} in {self.transcript}")

    async def press_unknown(self) -> str:
        """Press a button that nobody offered."""
        return await self._send({"type": "button", "token": "01ARZ3NDEKTSV4RRFFQ69G5FAV.0", "title": "x"})

    async def act(self, action: str, **arguments: object) -> str:
        """Send an action."""
        return await self._send({"type": "action", "action": action, **arguments})

    async def typing(self, on: bool) -> None:
        """Say that the customer is typing."""
        if self._socket is not None:
            await self._socket.send_json({"type": "typing", "on": on})

    @property
    def transcript(self) -> list[str]:
        """The messages in order, as `author: text`."""
        return [f"{message['author']}: {message['text']}" for _, message in sorted(self.messages.items())]

    async def sees(self, part: str, *, author: str = "", within_s: float = 15) -> JSON:
        """Wait for a message that contains `part`."""

        def found() -> JSON | None:
            for _, message in sorted(self.messages.items()):
                if part in message["text"] and author in ("", message["author"]):
                    return message
            return None

        await self.until(found, within_s=within_s, what=f"a message with {part!r}")
        message = found()
        assert message is not None
        return message

    async def until(self, happened: Any, *, within_s: float = 15, what: str = "it") -> None:
        """Wait until `happened()` is true."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not happened():
                    self._news.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._news.wait(), 0.5)
        assert happened(), f"{what} did not come for {self.name}; there is {self.transcript}, state {self.state}"

    async def _send(self, frame: JSON) -> str:
        client_id = f"{self.name}-{next(self._ids):06}"
        self._pending[client_id] = {**frame, "client_id": client_id}
        if self._socket is not None:
            with contextlib.suppress(ConnectionError, aiohttp.ClientError):
                await self._socket.send_json(self._pending[client_id])
        return client_id

    async def _stay_connected(self) -> None:
        while True:
            try:
                await self._connect()
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            finally:
                self._socket = None
            await asyncio.sleep(0.05)

    async def _connect(self) -> None:
        body = {"token": self._token, "language": self.language}
        async with self._http.post(f"{self.url}/api/v1/web/session", json=body) as response:
            response.raise_for_status()
            self._token = (await response.json())["token"]
        async with self._http.ws_connect(f"{self.url}/api/v1/web/socket") as socket:
            await socket.send_json({"type": "hello", "token": self._token, "after": max(self.messages, default=0)})
            self._socket = socket
            for frame in list(self._pending.values()):
                await socket.send_json(frame)
            async for received in socket:
                if received.type is aiohttp.WSMsgType.TEXT:
                    self._take(received.json())
                    self._news.set()

    def _take(self, frame: JSON) -> None:
        self.frames.append(frame)
        match frame["type"]:
            case "message":
                message = frame["message"]
                if message["seq"] in self.messages:
                    self.doubled.append(message)
                self.messages[message["seq"]] = message
            case "ack":
                self.acks[frame["client_id"]] = frame
                self._pending.pop(frame["client_id"], None)
            case "error":
                self.errors.append(frame)
            case "state" | "ready":
                self.state = frame["conversation"]
