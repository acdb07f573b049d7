"""One open console: who looks at it, which tickets it shows, and the frames on their way to it."""

import asyncio

from aiohttp import web

from connectors.message import JSON
from storage.agents import Agent

SIGNED_OUT, MUST_CHANGE, TOO_FAST, GOING_DOWN, TOO_SLOW = 4401, 4403, 4429, 1012, 1013
BACKLOG = 500  # frames; a console that is further behind starts over
WATCHED = 8


class Screen:
    """Frames are queued and written by a task of their own, so that a slow console holds up nobody."""

    def __init__(self, agent: Agent, session_id: str, language: str) -> None:
        self.agent, self.session_id, self.language = agent, session_id, language
        self.watched: dict[str, str] = {}  # ticket id → conversation id
        self.closed_with: int | None = None
        self._outgoing: asyncio.Queue[JSON | None] = asyncio.Queue()

    def send(self, frame: JSON) -> None:
        """Queue a frame."""
        if self._outgoing.qsize() >= BACKLOG:
            self.close(TOO_SLOW)
        else:
            self._outgoing.put_nowait(frame)

    def close(self, code: int) -> None:
        """Have the socket closed with a code; what is still queued is not sent."""
        self.closed_with = code
        while not self._outgoing.empty():
            self._outgoing.get_nowait()
        self._outgoing.put_nowait(None)

    async def write(self, socket: web.WebSocketResponse) -> None:
        """Send what is queued until the socket is to be closed, or the console has gone."""
        while (frame := await self._outgoing.get()) is not None:
            try:
                await socket.send_json(frame)
            except ConnectionError:
                return
