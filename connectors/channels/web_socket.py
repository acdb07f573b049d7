"""One page's WebSocket, from `hello` to the close (docs/protocol/web.md)."""

import asyncio
import logging
from contextlib import AbstractContextManager
from typing import Protocol

from aiohttp import WebSocketError, WSCloseCode, WSMessage, WSMsgType, web

from connectors.channels.web_frames import Hello, read_frame
from connectors.channels.web_intake import Intake
from connectors.channels.web_order import Order
from connectors.channels.web_session import Session
from connectors.errors import Malformed, Rejected
from connectors.faults import log_fault
from connectors.feed import Feed, FeedEndedError
from connectors.fields import parse_json
from connectors.http import NotSignedIn, TooMany, count_refusal, preferred_language
from connectors.message import JSON
from connectors.ports import Conversations

logger = logging.getLogger(__name__)

SESSION_INVALID = 4401
TOO_MANY = 4429
HELLO_WITHIN = 10.0  # seconds
HEARTBEAT = 20.0  # seconds between pings
SEND_WITHIN = 10.0  # seconds; a page that takes nothing for so long is dropped, and resumes
PRESENT_EVERY = 30.0  # seconds
LOOK_AGAIN_EVERY = 30.0  # seconds of silence after which the history is read, in case a hint was lost
HISTORY = 500  # messages at most for a page that has none yet
PATIENCE = 20  # frames over the rate in a row, then the socket is closed

SHOWN = frozenset({"message", "state", "typing", "seen"})
"""Live frames that are for the page; the rest is for other channels."""


class Rooms(Protocol):
    """What a socket asks of its channel."""

    conversations: Conversations
    intake: Intake

    def session(self, token: str) -> Session:
        """The session of a token. Raises `NotSignedIn`."""

    def seat(self, session: Session) -> AbstractContextManager[None]:
        """A place among the sockets of one session. Raises `TooMany`."""

    async def ready(self, session: Session) -> JSON:
        """The `ready` frame. Raises `NotSignedIn` when the session's conversation is another one now."""


FORMS = frozenset({"solved_question", "ask_rating"})
"""What the widget has forms of its own for."""


def beginning(after: int, last: int) -> int:
    """The number after which a page is told the messages: it has those up to `after`, and the last is `last`."""
    return after or max(0, last - HISTORY)


def for_page(frame: JSON) -> JSON:
    """A live frame as the page gets it: where the widget has its own form, the buttons of the message stay out."""
    message = frame.get("message")
    if message and message.get("buttons") and message.get("custom", {}).get("kind") in FORMS:
        return {**frame, "message": {name: value for name, value in message.items() if name != "buttons"}}
    return frame


class PageSocket:
    """Serves one socket. `language` follows the conversation's, for error sentences."""

    def __init__(self, rooms: Rooms, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._rooms, self._request, self._socket = rooms, request, socket
        self._language = preferred_language(request)
        self._excess = 0
        self._order = Order()

    async def serve(self) -> None:
        """Talk until one side ends it."""
        try:
            hello = await self._hello()
            if hello is None:
                return
            session = self._rooms.session(hello.token)
            with self._rooms.seat(session):
                await self._resume(session, hello.after)
        except Rejected as refused:
            count_refusal("web", refused.code)
            await self.close(TOO_MANY if isinstance(refused, TooMany) else SESSION_INVALID, str(refused))
        except FeedEndedError:
            await self.close(WSCloseCode.SERVICE_RESTART, "resume later")
        except (ConnectionError, TimeoutError):
            if self._request.transport is not None:
                self._request.transport.abort()
        except Exception as error:
            log_fault(logger, "a web socket", error)
            await self.close(WSCloseCode.INTERNAL_ERROR, "resume later")

    async def close(self, code: int, reason: str) -> None:
        """End it; the page knows from the code what to do."""
        await self._socket.close(code=code, message=reason.encode()[:120])

    async def _hello(self) -> Hello | None:
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                received = await self._socket.receive()
        except TimeoutError:
            raise Malformed("hello did not come in time", code="late") from None
        if received.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
            _count_broken(received)
            return None
        value = _value(received)
        frame = read_frame(value, 0) if isinstance(value, dict) and value.get("type") == "hello" else None
        if not isinstance(frame, Hello):
            raise Malformed("the first frame must be hello", code="bad_frame")
        return frame

    async def _resume(self, session: Session, after: int) -> None:
        async with Feed(self._rooms.conversations, session.conversation_id, after) as feed:
            ready = await self._rooms.ready(session)
            feed.after = beginning(after, ready["last"])
            await self._send(ready)
            await self._talk(session, feed)

    async def _talk(self, session: Session, feed: Feed) -> None:
        parts = {
            asyncio.create_task(self._listen(session)),
            asyncio.create_task(self._tell(feed)),
            asyncio.create_task(self._be_present(session)),
        }
        try:
            ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        for part in ended:
            part.result()

    async def _listen(self, session: Session) -> None:
        async for received in self._socket:
            if received.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                _count_broken(received)
                return
            try:
                value = _value(received)
            except Malformed as refused:
                answer: JSON | None = self._rooms.intake.unreadable(session, refused, self._language)
            else:
                answer = await self._rooms.intake.answer(session, value, self._language, self._order)
            if answer is not None:
                await self._send(answer)
            limited = answer is not None and answer.get("code") == "rate_limited"
            self._excess = self._excess + 1 if limited else 0
            if self._excess >= PATIENCE:
                await self.close(TOO_MANY, "too many frames")
                return

    async def _tell(self, feed: Feed) -> None:
        while True:
            frame = await feed.next(LOOK_AGAIN_EVERY)
            if frame is None:
                feed.look_again()
            elif frame["type"] == "moved":
                raise NotSignedIn("the customer's conversation is another one now", code="session_invalid")
            elif frame["type"] in SHOWN:
                await self._send(for_page(frame))

    async def _be_present(self, session: Session) -> None:
        while True:
            await self._rooms.conversations.present(session.conversation_id)
            await asyncio.sleep(PRESENT_EVERY)

    async def _send(self, frame: JSON) -> None:
        if "conversation" in frame:
            self._language = frame["conversation"]["language"] or self._language
        async with asyncio.timeout(SEND_WITHIN):
            await self._socket.send_json(frame)


def _count_broken(received: WSMessage) -> None:
    """Count what aiohttp has ended the socket for: a frame that is too big, or none."""
    if isinstance(received.data, WebSocketError):
        count_refusal("web", "too_long" if received.data.code == WSCloseCode.MESSAGE_TOO_BIG else "bad_frame")


def _value(received: WSMessage) -> object:
    if received.type is not WSMsgType.TEXT:
        raise Malformed("frames are JSON text", code="bad_frame")
    return parse_json(received.data)
