"""Which connection is in which session, and the task that tells it what happens there."""

import asyncio
import logging

import socketio
from aiohttp import web

from connectors.channels.socketio_visitor import Visitor
from connectors.faults import log_fault
from connectors.feed import FeedEndedError
from connectors.message import JSON, Profile
from connectors.ports import Conversations
from connectors.rasa_protocol import Claim

logger = logging.getLogger(__name__)

CHANNEL = "socketio"
_NAMESPACE = "/"


class Members:
    """The visitors of one socket.io server, by the id of their connection."""

    def __init__(self, server: socketio.AsyncServer, conversations: Conversations, public_url: str) -> None:
        self._server, self._conversations, self._public_url = server, conversations, public_url
        self._visitors: dict[str, Visitor] = {}
        self._followers: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._visitors) + len(self._followers)

    def get(self, sid: str) -> Visitor | None:
        """The connection's visitor; None before it has joined a session."""
        return self._visitors.get(sid)

    def place(self, sid: str, session_id: str) -> Visitor:
        """The connection's place in a session; it leaves the one it was in."""
        claim = Claim(channel=CHANNEL, sender=session_id)
        current = self._visitors.get(sid)
        if current is not None and current.claim == claim:
            return current
        self.leave(sid)

        async def emit(data: JSON) -> None:
            await self._server.emit("bot_uttered", data, to=sid)

        request = self.request(sid)
        here = f"{request.scheme}://{request.host}" if request is not None else ""
        visitor = Visitor(
            self._conversations,
            claim,
            emit,
            dead_after=self._server.eio.ping_interval + self._server.eio.ping_timeout,
            base=self._public_url or here,
        )
        if self._server.manager.is_connected(sid, _NAMESPACE):
            self._visitors[sid] = visitor
        return visitor

    async def follow(self, sid: str, visitor: Visitor, profile: Profile) -> None:
        """Begin to tell the connection what it missed and what happens, unless that has begun."""
        if sid in self._followers or self._visitors.get(sid) is not visitor:
            return
        opened = await self._conversations.open(CHANNEL, visitor.claim.address, profile)
        visitor.language = opened["conversation"]["language"] or profile.language
        if sid in self._followers or self._visitors.get(sid) is not visitor:
            return

        async def tell() -> None:
            try:
                await visitor.follow(opened["conversation"]["id"], opened["seen"])
            except FeedEndedError:
                pass
            except Exception as error:
                log_fault(logger, "following a conversation", error)
            self._followers.pop(sid, None)
            await self._server.disconnect(sid)  # it comes back, and is told what it missed

        self._followers[sid] = asyncio.create_task(tell())

    def leave(self, sid: str) -> Visitor | None:
        """Take the connection out of its session; its visitor, if it had joined."""
        follower = self._followers.pop(sid, None)
        if follower is not None:
            follower.cancel()
        return self._visitors.pop(sid, None)

    def request(self, sid: str) -> web.Request | None:
        """The request that the connection began with; None when it has ended."""
        environ = self._server.get_environ(sid)
        request: web.Request | None = environ["aiohttp.request"] if environ else None
        return request

    def answers_pings(self, sid: str) -> bool:
        """Whether the connection was alive to the end. The reason that engine.io gives does not tell."""
        socket = self._server.eio.sockets.get(self._server.manager.eio_sid_from_sid(sid, _NAMESPACE))
        return socket is not None and not socket.last_ping
