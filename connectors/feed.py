"""One conversation as a stream: what was missed, then what happens, without gaps and without repeats.

Live frames are hints (a bus may drop the oldest to a slow listener); the history is the truth. Listening begins before
the history is read, messages already given are left out by `seq`, and a jump in `seq` sends the stream back to it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

from connectors.message import JSON
from connectors.ports import Conversations, Frames

_PAGE = 200  # messages
_MOST = 1_000  # frames in one answer


class FeedEndedError(Exception):
    """The service is going down, or the feed was stopped: nothing more will come."""


class Feed:
    """Frames of one conversation after message number `after`, while inside `async with`."""

    def __init__(self, conversations: Conversations, conversation_id: str, after: int) -> None:
        self._conversations, self._id = conversations, conversation_id
        self.after = after
        self._frames: Frames = conversations.listen(conversation_id)
        self._ready: deque[JSON] = deque()
        self._behind = True
        self._pending: asyncio.Task[JSON] | None = None
        self._stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        await self._frames.__aenter__()
        self._live: AsyncIterator[JSON] = aiter(self._frames)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._pending is not None:
            self._pending.cancel()
            await asyncio.wait({self._pending})
        await self._frames.__aexit__(*error)

    def stop(self) -> None:
        """Make the reader's `next` raise `FeedEndedError`."""
        if not self._stopped.done():
            self._stopped.set_result(None)

    def look_again(self) -> None:
        """Read the history before the next live frame, in case a hint was lost."""
        self._behind = True

    async def next(self, wait: float | None = None) -> JSON | None:
        """The next frame, or None after `wait` seconds (0: only what is there now). Raises `FeedEndedError`."""
        deadline = None if wait is None else asyncio.get_running_loop().time() + wait
        while True:
            if self._behind and not self._ready:
                await self._read_history()
            if self._ready:
                return self._in_order(self._ready.popleft())
            frame = await self._hint(deadline)
            if frame is None:
                return None
            if frame["type"] != "message":
                return frame
            seq = frame["message"]["seq"]
            if seq == self.after + 1:
                return self._in_order(frame)
            self._behind = seq > self.after

    async def _read_history(self) -> None:
        page = await self._conversations.history(self._id, self.after, _PAGE)
        self._ready.extend({"type": "message", "message": message} for message in page)
        self._behind = len(page) == _PAGE

    def _in_order(self, frame: JSON) -> JSON:
        self.after = frame["message"]["seq"]
        return frame

    async def _hint(self, deadline: float | None) -> JSON | None:
        if self._pending is None:
            self._pending = asyncio.ensure_future(_next(self._live))
        wait = None if deadline is None else max(0.0, deadline - asyncio.get_running_loop().time())
        either: set[asyncio.Future[Any]] = {self._pending, self._stopped}
        await asyncio.wait(either, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        if self._stopped.done():
            raise FeedEndedError
        if not self._pending.done():
            return None
        pending, self._pending = self._pending, None
        return pending.result()


async def collect(feed: Feed, wait: float, wanted: Callable[[JSON], bool]) -> list[JSON]:
    """The wanted frames that are there, else the first that come within `wait` seconds; for polling."""
    clock = asyncio.get_running_loop().time
    until = clock() + wait
    frames: list[JSON] = []
    try:
        while len(frames) < _MOST:
            frame = await feed.next(0 if frames else max(0.0, until - clock()))
            if frame is None:
                break
            if wanted(frame):
                frames.append(frame)
    except FeedEndedError:
        pass  # the client asks again, and finds the service restarted
    return frames


async def _next(frames: AsyncIterator[JSON]) -> JSON:
    try:
        return await anext(frames)
    except StopAsyncIteration:
        raise FeedEndedError from None
