"""Rasa's socket.io channel, for clients that already speak it, such as rasa-webchat.

Session ids are the client's claim. docs/channels/socketio.md has what we add to the protocol.
"""

import asyncio
import logging
import secrets
from collections import Counter
from dataclasses import dataclass

import socketio
from aiohttp import web

from connectors.channel import Limits, Receipt, Standing
from connectors.channels.socketio_members import Members
from connectors.channels.socketio_packet import TextPacket
from connectors.channels.socketio_visitor import TRAVEL, Visitor
from connectors.errors import Malformed, Rejected
from connectors.faults import log_fault
from connectors.fields import Fields
from connectors.guard import Guard
from connectors.http import Origins, TooMany, Unavailable, count_refusal, error_body, preferred_language
from connectors.message import JSON, Outbound, Profile
from connectors.ports import Conversations
from connectors.rasa_protocol import claimed_sender, read_inbound
from connectors.rates import Rate, network_of

logger = logging.getLogger(__name__)
_LIBRARY = logging.getLogger("connectors.socketio_library")
_LIBRARY.setLevel(
    logging.CRITICAL
)  # what clients do wrong is refused and counted here; it would print a traceback each

PATH = "/socket.io"
_SILENT = frozenset({"bad_frame", "empty"})  # mistakes of the page, which the customer cannot mend
_CLOSE_WITHIN = 3.0  # seconds
_PATIENCE = 20  # refusals for being too many in a row, then the connection is closed


@dataclass(frozen=True, kw_only=True)
class SocketioSettings:
    """`channels.yml: socketio` and the limits of frontdoor.yml. Rates count per process."""

    allowed_origins: tuple[str, ...] = ()  # of pages that may connect; our own always may
    public_url: str = ""  # makes links to attachments absolute
    text: int = 4000  # characters in one message
    packet_bytes: int = 64 * 1024
    events_per_10s: int = 30  # of one session
    connections_per_ip_per_min: int = 60
    events_per_ip_per_min: int = 1200
    ping_interval: float = 25.0  # seconds
    ping_timeout: float = 20.0  # seconds


class SocketioChannel:
    """Rasa's socket.io protocol over our own conversations."""

    name = "socketio"
    limits = Limits(buttons=20, button_title=200, attachments=True)
    standing = Standing.INDEPENDENT
    addresses_are_claimed = True
    stored_is_delivered = True

    def __init__(self, settings: SocketioSettings, conversations: Conversations) -> None:
        self._settings = settings
        self._conversations = conversations
        self._origins = Origins(settings.allowed_origins)
        self._values = {"text": settings.text, "megabytes": 0}
        self._guard = Guard(self._origins, self._values, self.name)
        self._events = Rate(settings.events_per_10s, 10)
        self._callers = Rate(settings.events_per_ip_per_min, 60)
        self._excess: Counter[str] = Counter()  # refused for being too many, in a row, by connection
        self._connections = Rate(settings.connections_per_ip_per_min, 60)
        self._requests: set[asyncio.Task[web.StreamResponse]] = set()
        self._closed = False
        self._server = socketio.AsyncServer(
            async_mode="aiohttp",
            cors_allowed_origins=lambda _, environ: self._origins.allow(environ["aiohttp.request"]),
            max_http_buffer_size=settings.packet_bytes,
            ping_interval=settings.ping_interval,
            ping_timeout=settings.ping_timeout,
            serializer=TextPacket,
            logger=_LIBRARY,
            engineio_logger=_LIBRARY,
        )
        self._members = Members(self._server, conversations, settings.public_url)
        self._server.on("session_request", self._on_session_request)
        self._server.on("user_uttered", self._on_user_uttered)
        self._server.on("*", self._on_something_else)
        self._server.on("disconnect", self._on_disconnect)

    def routes(self) -> list[web.RouteDef]:
        """What the service serves for this channel."""
        handler = self._guard(self._handle)
        return [
            web.get("/webhooks/socketio/", self._guard(_health)),
            *(web.route(method, f"{PATH}/", handler) for method in ("GET", "POST", "OPTIONS")),
        ]

    async def send(self, message: Outbound) -> Receipt:
        """Nothing left to do: connections read what was stored."""
        return Receipt()

    async def close(self) -> None:
        """Send every client away; they come back and are told what they missed."""
        if not self._closed:
            self._closed = True
            for socket in list(self._server.eio.sockets.values()):
                await socket.close(wait=False)
            await self._server.shutdown()
            if self._requests:
                await asyncio.wait(self._requests, timeout=_CLOSE_WITHIN)
            for request in self._requests:  # those of clients that do not take the goodbye
                request.cancel()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if self._closed:
            raise Unavailable
        if (
            "sid" not in request.query
            and request.method == "GET"
            and (wait := self._connections.take(network_of(request.remote)))
        ):
            raise TooMany(wait)
        if "j" in request.query:  # JSONP would let pages of any origin call
            raise Malformed("scripts are not served; use XMLHttpRequest or a WebSocket", code="bad_frame")
        serving: asyncio.Task[web.StreamResponse] = asyncio.create_task(self._server.handle_request(request))
        self._requests.add(serving)
        try:
            await asyncio.wait({serving})
        finally:
            serving.cancel()
            self._requests.discard(serving)
        if serving.cancelled():
            raise Unavailable
        response = serving.result()
        if response.status >= 400:
            count_refusal(self.name, "bad_frame")
        return response

    async def _on_session_request(self, sid: str, data: object = None, *_: object) -> JSON | None:
        try:
            self._count(sid)
            fields = Fields({} if data is None else data)
            known = "session_id" in fields
            visitor = self._members.place(sid, claimed_sender(fields, "session_id") if known else secrets.token_hex(16))
            await self._server.emit("session_confirm", visitor.claim.sender, to=sid)
            if known:  # a new session has nothing to be told, and is begun by its first message
                await self._members.follow(sid, visitor, Profile())
        except Rejected as refused:
            return await self._refuse(sid, refused)
        except Exception as error:
            log_fault(logger, "joining a session", error)
            await self._server.disconnect(sid)
        return None

    async def _on_user_uttered(self, sid: str, data: object = None, *_: object) -> JSON | None:
        try:
            self._count(sid)
            fields = Fields(data)
            current = self._members.get(sid)
            claimed = claimed_sender(fields, "session_id") if "session_id" in fields else ""
            visitor = self._members.place(sid, claimed or (current.claim.sender if current else secrets.token_hex(16)))
            async with visitor.lock:
                return await self._take(sid, visitor, fields)
        except Rejected as refused:
            return await self._refuse(sid, refused)
        except Exception as error:
            log_fault(logger, "storing a message", error)
            return await self._refuse(sid, Unavailable())

    async def _take(self, sid: str, visitor: Visitor, fields: Fields) -> JSON:
        if wait := self._events.take(visitor.claim.address):
            raise TooMany(wait)
        inbound = read_inbound(visitor.claim, fields, self._settings.text, "metadata", "customData")
        await visitor.shown(TRAVEL)
        await self._members.follow(sid, visitor, inbound.profile)
        accepted = await self._conversations.accept(inbound)
        self._excess.pop(sid, None)
        return {"message_id": accepted.message_id, "seq": accepted.seq}

    async def _refuse(self, sid: str, refused: Rejected) -> JSON:
        """Tell the customer in the chat, and the page in the acknowledgement, if it asked for one."""
        answer = self._error(sid, refused)
        self._excess[sid] = self._excess[sid] + 1 if isinstance(refused, TooMany) else 0
        if self._excess[sid] >= _PATIENCE:
            await self._server.disconnect(sid)
        if refused.code not in _SILENT and self._excess[sid] < 2:
            await self._server.emit("bot_uttered", {"text": answer["error"]["message"]}, to=sid)
        return answer

    async def _on_something_else(self, _event: str, sid: str, *_: object) -> JSON:
        try:
            self._count(sid)
        except TooMany as refused:
            return await self._refuse(sid, refused)
        return await self._refuse(sid, Malformed("is not an event of this protocol", code="bad_frame"))

    def _count(self, sid: str) -> None:
        """Whatever session it claims to be in, a connection and its address have their limits. Raises `TooMany`."""
        request = self._members.request(sid)
        wait = self._events.take(sid) or (self._callers.take(network_of(request.remote)) if request is not None else 0)
        if wait:
            raise TooMany(wait)

    def _error(self, sid: str, refused: Rejected) -> JSON:
        visitor = self._members.get(sid)
        request = self._members.request(sid)
        language = visitor.language if visitor is not None else ""
        if not language and request is not None:
            language = preferred_language(request)
        return {"error": error_body(refused, language, self._values, self.name)}

    async def _on_disconnect(self, sid: str, *_: object) -> None:
        self._excess.pop(sid, None)
        answering = self._members.answers_pings(sid)
        visitor = self._members.leave(sid)
        if visitor is None or not answering:
            return
        try:
            await visitor.shown(TRAVEL)
        except Exception as error:
            log_fault(logger, "leaving a session", error)


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
