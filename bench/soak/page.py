"""A customer's page under fire: stays connected, repeats what was not acknowledged, and notes all it is shown."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Any, Self

import aiohttp

JSON = dict[str, Any]

RECONNECT_S = 0.1
PATIENCE_S = 90.0  # longer than any program needs to come back


class Page:
    """One customer's page (docs/protocol/web.md), as the widget behaves: one socket, resumed after the last message.

    `said` are the client ids of messages in order, `acks` the first acknowledgement of each frame, `delivered` the
    numbers of the messages in the order they came, `shown` the messages by number. `contradicted` counts
    acknowledgements that say something else than the first, `sessions_ended` conversations that were taken away.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, language: str, name: str) -> None:
        self.language, self.name = language, name
        self.conversation_id = ""
        self.said: list[str] = []
        self.acks: dict[str, JSON] = {}
        self.refused: dict[str, str] = {}
        self.delivered: list[int] = []
        self.shown: dict[int, JSON] = {}
        self.contradicted = 0
        self.sessions_ended = 0
        self.state: JSON = {"owner": "bot", "state": "bot"}
        self._http, self._url = http, url
        self._token = ""
        self._frames = 0
        self._pending: dict[str, JSON] = {}
        self._sent: set[str] = set()  # on the socket that is open now
        self._repeats: deque[JSON] = deque()
        self._frames_said: dict[str, JSON] = {}
        self._to_say, self._news, self._here = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._here.set()
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        self._staying = asyncio.create_task(self._stay(), name=self.name)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._staying.cancel()
        await asyncio.gather(self._staying, return_exceptions=True)

    @property
    def pending(self) -> int:
        """How many frames are not acknowledged yet."""
        return len(self._pending)

    @property
    def last(self) -> int:
        """The number of the last message it has."""
        return max(self.shown, default=0)

    def say(self, text: str) -> str:
        """Send a message, now or when there is a connection; its client id."""
        client_id = self._send({"type": "message", "text": text})
        self.said.append(client_id)
        return client_id

    def act(self, action: str, **arguments: object) -> str:
        """Send an action; its client id."""
        return self._send({"type": "action", "action": action, **arguments})

    def say_again(self, client_ids: list[str]) -> None:
        """Send frames once more that may have been acknowledged long ago, in any order."""
        self._repeats.extend(self._frames_said[client_id] for client_id in client_ids)
        self._to_say.set()

    async def lose_connection(self) -> None:
        """The network is gone for a moment."""
        if self._socket is not None and not self._socket.closed:
            await self._socket.close()

    async def leave(self) -> None:
        """Close the page until `come_back`."""
        self._here.clear()
        await self.lose_connection()

    def come_back(self) -> None:
        """Open the page again."""
        self._here.set()

    async def until(self, happened: Callable[[], object], within_s: float = PATIENCE_S) -> bool:
        """Wait until something has happened; whether it did in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not happened():
                    self._news.clear()
                    await self._news.wait()
        return bool(happened())

    async def heard(self) -> bool:
        """Wait until everything is acknowledged."""
        return await self.until(lambda: not self._pending)

    async def answered(self, client_id: str) -> bool:
        """Wait until a message is acknowledged and something was said after it."""

        def answer() -> bool:
            ack = self.acks.get(client_id)
            return bool(ack) and any(
                message["author"] != "customer" for seq, message in self.shown.items() if ack and seq > ack["seq"]
            )

        return await self.until(answer)

    def _send(self, frame: JSON) -> str:
        self._frames += 1
        client_id = f"{self.name}-{self._frames:04}"
        self._pending[client_id] = self._frames_said[client_id] = {**frame, "client_id": client_id}
        self._to_say.set()
        return client_id

    async def _stay(self) -> None:
        while True:
            await self._here.wait()
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                await self._connect()
            await asyncio.sleep(RECONNECT_S)

    async def _connect(self) -> None:
        async with self._http.post(
            f"{self._url}/api/v1/web/session", json={"language": self.language, "token": self._token}
        ) as response:
            response.raise_for_status()
            session = await response.json()
        self._token = session["token"]
        self.sessions_ended += bool(self.conversation_id) and session["conversation_id"] != self.conversation_id
        self.conversation_id = session["conversation_id"]
        async with self._http.ws_connect(f"{self._url}/api/v1/web/socket") as self._socket:
            await self._socket.send_json({"type": "hello", "token": self._token, "after": self.last})
            self._sent.clear()
            speaking = asyncio.create_task(self._speak(self._socket))
            try:
                async for received in self._socket:
                    if received.type is aiohttp.WSMsgType.TEXT:
                        self._take(received.json())
                        self._news.set()
            finally:
                speaking.cancel()
                await asyncio.gather(speaking, return_exceptions=True)

    async def _speak(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """The only one who sends on a socket, so what was said first leaves first."""
        while True:
            self._to_say.clear()
            for client_id, frame in list(self._pending.items()):
                if client_id not in self._sent:
                    self._sent.add(client_id)
                    await socket.send_json(frame)
            while self._repeats:
                await socket.send_json(self._repeats.popleft())
            await self._to_say.wait()

    def _take(self, frame: JSON) -> None:
        match frame:
            case {"type": "message", "message": message}:
                self.delivered.append(message["seq"])
                self.shown[message["seq"]] = message
            case {"type": "ack", "client_id": client_id}:
                self.contradicted += self.acks.setdefault(client_id, frame) != frame
                self._pending.pop(client_id, None)
            case {"type": "error", "client_id": client_id, "retry_after": seconds}:
                asyncio.get_running_loop().call_later(seconds, self._try_again, client_id)
            case {"type": "error", "client_id": client_id, "code": code}:
                self.refused[client_id] = code
                self._pending.pop(client_id, None)
            case {"conversation": conversation}:
                self.state = conversation

    def _try_again(self, client_id: str) -> None:
        self._sent.discard(client_id)
        self._to_say.set()
