"""The console's WebSocket: frames in, and a `Screen` for the frames out."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

import structlog
from aiohttp import WSMsgType, web
from pydantic import Field

from connectors.http import count_refusal
from connectors.message import JSON
from desk.api.bodies import Body, Id
from desk.api.gate import ENTRANCE, Gate, check, read_object
from desk.errors import Refused
from desk.live import Live
from desk.screen import MUST_CHANGE, SIGNED_OUT, TOO_FAST, Screen
from desk.service import DeskService

log = structlog.get_logger(__name__)

PING_S = 20.0
CLOSE_S = 2.0  # until a console that does not answer is left alone
FRAME_BYTES = 4096
FRAMES, WINDOW_S = 60, 10.0


class _Ticket(Body):
    ticket_id: Id


class _Typing(Body):
    ticket_id: Id
    on: Annotated[bool, Field(strict=True)]
    what: Literal["reply", "note"] = "reply"


class _Seen(Body):
    ticket_id: Id
    entry_id: Id


def socket_route(desk: DeskService, live: Live, gate: Gate) -> web.RouteDef:
    """`GET /desk/api/socket`."""

    async def connect(request: web.Request) -> web.StreamResponse:
        gate.require_origin(request, required=True)
        who = await gate.who(request)
        socket = web.WebSocketResponse(heartbeat=PING_S, max_msg_size=FRAME_BYTES, compress=False)
        await socket.prepare(request)
        if who.stage:
            await socket.close(code=MUST_CHANGE)
            return socket
        screen = Screen(who.agent, who.session.id, "zh" if request.query.get("language", "").startswith("zh") else "en")
        code = await _serve(socket, live, _Reader(desk, live, screen))
        if code is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await socket.close(code=code)
        return socket

    return web.get("/desk/api/socket", gate.declared(gate.answering(connect), "account"), allow_head=False)


async def _serve(socket: web.WebSocketResponse, live: Live, reader: "_Reader") -> int | None:
    """Talk until one side ends it; the code to close with, if it is ours. Nothing reads any more when this returns: a
    socket that is closed while somebody reads is cut at once, and its console may never hear why.
    """
    parts = [asyncio.create_task(_read(socket, live, reader)), asyncio.create_task(reader.screen.write(socket))]
    try:
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for part in parts:
            part.cancel()
        ended = await asyncio.gather(*parts, return_exceptions=True)
        await live.detach(reader.screen)
    for each in ended:
        if isinstance(each, Exception):
            raise each
    return reader.screen.closed_with


async def _read(socket: web.WebSocketResponse, live: Live, reader: "_Reader") -> None:
    arrived: deque[float] = deque(maxlen=FRAMES)
    clock = asyncio.get_running_loop().time
    try:
        await live.attach(reader.screen)
    except Refused:  # the agent's account has ended meanwhile
        reader.screen.close(SIGNED_OUT)
        return
    async for message in socket:
        now = clock()
        if len(arrived) == FRAMES and now - arrived[0] < WINDOW_S:
            count_refusal(ENTRANCE, "too_many")
            reader.screen.close(TOO_FAST)
            return
        arrived.append(now)
        if message.type is WSMsgType.TEXT:
            await reader.frame(message.data)
        else:
            reader.refuse(Refused("bad_frame"))


class _Reader:
    def __init__(self, desk: DeskService, live: Live, screen: Screen) -> None:
        self._desk, self._live, self.screen = desk, live, screen
        self._frames: dict[str, Callable[[JSON], Awaitable[None]]] = {
            "watch": self._watch,
            "unwatch": self._unwatch,
            "typing": self._typing,
            "seen": self._seen,
            "ping": self._ping,
        }

    async def frame(self, text: str) -> None:
        """Do what a frame asks for; what cannot be done is answered with an `error` frame."""
        try:
            data = read_object(text, "bad_frame")
            kind = data.pop("type", None)
            if not isinstance(kind, str) or kind not in self._frames:
                raise Refused("bad_frame")
            await self._frames[kind](data)
        except Refused as refused:
            self.refuse(refused)
        except Exception as error:
            log.exception("desk.frame_failed", error=type(error).__name__)
            self.refuse(Refused("internal"))

    def refuse(self, refused: Refused) -> None:
        """Tell the console what was wrong."""
        count_refusal(ENTRANCE, refused.code)
        self.screen.send({"type": "error"} | refused.to_json(self.screen.language)["error"])

    async def _watch(self, data: JSON) -> None:
        await self._live.watch(self.screen, check(_Ticket, data).ticket_id)

    async def _unwatch(self, data: JSON) -> None:
        await self._live.unwatch(self.screen, check(_Ticket, data).ticket_id)

    async def _typing(self, data: JSON) -> None:
        typing = check(_Typing, data)
        await self._desk.typing(self.screen.agent, typing.ticket_id, typing.on, typing.what)

    async def _seen(self, data: JSON) -> None:
        seen = check(_Seen, data)
        await self._desk.seen(self.screen.agent, seen.ticket_id, seen.entry_id)

    async def _ping(self, _data: JSON) -> None:
        self.screen.send({"type": "pong"})
