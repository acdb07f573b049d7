"""The service's side of docs/protocol/web.md, as the widget sees it on the wire, with switches for bad days.

It keeps one conversation per token, numbers its messages, acknowledges each client id once and records every frame it
receives, so that a test can count what really arrived.
"""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

JSON = dict[str, Any]
KNOWN = "t-known"  # what an earlier visit left in the browser
WEB = Path(__file__).parents[2] / "web"
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"></head>
<body><main><h1>Shop</h1><a id="before" href="#x">Link</a></main>
<script type="module" src="{origin}/widget.js" {attributes}></script></body></html>"""
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


@dataclass(kw_only=True)
class Conversation:
    """What the service holds of one visitor."""

    id: str
    token: str
    messages: list[JSON] = field(default_factory=list)
    acks: dict[str, JSON] = field(default_factory=dict)
    seen: int = 0
    state: JSON = field(default_factory=lambda: {"owner": "bot", "state": "bot"})
    sockets: dict[web.WebSocketResponse, asyncio.Future[int]] = field(default_factory=dict)  # and what closes them
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(kw_only=True)
class Peer:
    """The running peer; the fields below `origin` are the switches."""

    origin: str = ""
    block_sockets: bool = False  # the upgrade is refused
    swallow_sockets: bool = False  # the upgrade works, nothing ever comes back
    refuse_all: bool = False  # the service is down: every request fails
    ack_delay: float = 0.0  # seconds
    lose_acks: int = 0  # so many acknowledgements are stored but never sent
    duplicate: bool = False  # every frame is sent twice
    deaf: bool = False  # sockets stay open, and nothing comes back
    lose_next: bool = False  # the next live message is stored but not sent
    errors: dict[str, JSON] = field(default_factory=dict)  # text → error instead of an acknowledgement
    text_limit: int = 4000
    file_bytes: int = 100_000
    upload_delay: float = 0.0
    upload_url: bool = True  # whether the answer to an upload has a link already
    conversations: dict[str, Conversation] = field(default_factory=dict)
    received: list[JSON] = field(default_factory=list)  # every frame that reached the service, repeats too
    hellos: list[JSON] = field(default_factory=list)
    sessions: list[JSON] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    ids: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def conversation(self) -> Conversation:
        """The conversation of the one visitor most tests have."""
        return next(reversed(self.conversations.values()))

    def texts(self) -> list[str]:
        """Texts of the customer's messages as stored."""
        return [message["text"] for message in self.conversation.messages if message["author"] == "customer"]

    def frames(self, kind: str) -> list[JSON]:
        """All received frames of one type."""
        return [frame for frame in self.received if frame["type"] == kind]

    def begin(self, count: int = 0, token: str = KNOWN) -> Conversation:
        """A conversation that exists before the page is opened, with `count` messages from both sides."""
        conversation = self.conversations.setdefault(token, Conversation(id=f"conv-{token}", token=token))
        for number in range(1, count + 1):
            author = "customer" if number % 2 else "bot"
            conversation.messages.append(self._message(conversation, author, f"{author} {number}"))
        return conversation

    def _message(self, conversation: Conversation, author: str, text: str, **parts: Any) -> JSON:
        names = {"bot": "", "agent": "Li Na"}
        return {
            "id": f"m-{next(self.ids)}",
            "seq": len(conversation.messages) + 1,
            "at": int(time.time() * 1000),
            "author": author,
            "name": names.get(author, ""),
            "text": text,
            "language": "en",
            "buttons": [],
            "article": None,
            "attachments": [],
            "custom": {},
            "helpful": None,
            **parts,
        }

    async def say(self, text: str, author: str = "bot", **parts: Any) -> JSON:
        """Stores a message and delivers it to every connection."""
        conversation = self.conversation
        message = self._message(conversation, author, text, **parts)
        conversation.messages.append(message)
        if self.lose_next:
            self.lose_next = False
        else:
            await self.push({"type": "message", "message": message})
        conversation.changed.set()
        return message

    async def own(self, **state: Any) -> None:
        """Changes the conversation's state and tells it."""
        self.conversation.state = {"owner": "bot", "state": "bot", **state}
        await self.push({"type": "state", "conversation": self.conversation.state})
        self.conversation.changed.set()

    async def push(self, frame: JSON) -> None:
        """Sends a live frame to every socket of the conversation."""
        for socket in list(self.conversation.sockets):
            await self._send(socket, frame)

    async def drop(self, code: int = 1012) -> None:
        """Has every socket closed. Nobody reads it any more then, as at the service, so that the page hears the code:
        a socket that is closed under a reader's hands is cut at once.
        """
        for conversation in self.conversations.values():
            for ending in conversation.sockets.values():
                ending.set_result(code)
            conversation.sockets.clear()

    async def _send(self, socket: web.WebSocketResponse, frame: JSON) -> None:
        for _ in range(2 if self.duplicate else 1):
            if not socket.closed and not self.deaf:
                await socket.send_json(frame)

    def _ready(self, conversation: Conversation) -> JSON:
        state = {
            "id": conversation.id,
            "position": None,
            "wait_seconds": None,
            "agent": None,
            "ticket": "",
            "language": "en",
            "email": "",
            "opens_at": None,
            **conversation.state,
        }
        return {"type": "ready", "conversation": state, "seen": conversation.seen, "last": len(conversation.messages)}

    async def _take(self, conversation: Conversation, frame: JSON) -> JSON | None:
        """Stores a client frame; the answer, if it deserves one."""
        self.received.append(frame)
        if frame["type"] == "ping":
            return {"type": "pong"}
        if frame["type"] == "seen":
            conversation.seen = max(conversation.seen, frame["seq"])
        if frame["type"] not in {"message", "button", "action"}:
            return None
        client_id, text = frame["client_id"], frame.get("text", frame.get("title", ""))
        if error := self.errors.get(text):
            return {"type": "error", "client_id": client_id, **error}
        if client_id not in conversation.acks:
            message_id, seq = "", 0
            if frame["type"] != "action":
                files = [self._file(each) for each in frame.get("attachments", [])]
                message = self._message(conversation, "customer", text, client_id=client_id, attachments=files)
                conversation.messages.append(message)
                message_id, seq = message["id"], message["seq"]
                self._later(self.push({"type": "message", "message": message}))
                conversation.changed.set()
            conversation.acks[client_id] = {"type": "ack", "client_id": client_id, "message_id": message_id, "seq": seq}
        if self.lose_acks:
            self.lose_acks -= 1
            return None
        return conversation.acks[client_id]

    def _file(self, file_id: str) -> JSON:
        name, media_type = ("photo.png", "image/png") if "png" in file_id else ("notes.txt", "text/plain")
        return {
            "id": file_id,
            "name": name,
            "media_type": media_type,
            "size": 70,
            "url": f"/api/v1/attachments/{file_id}?signature=s",
        }

    def _later(self, work: Any) -> None:
        async def delayed() -> None:
            await asyncio.sleep(self.ack_delay + 0.01)
            await work

        task = asyncio.get_running_loop().create_task(delayed())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def session(self, request: web.Request) -> web.Response:
        """`POST /api/v1/web/session`."""
        body = await request.json()
        self.sessions.append(body)
        identity = body.get("identity")
        if identity and identity.get("hash") != "good":
            return web.json_response({"error": {"code": "identity_invalid", "message": "hash is wrong"}}, status=403)
        resumed = body.get("token") in self.conversations
        token = body["token"] if resumed else f"t-{next(self.ids)}"
        conversation = self.conversations.setdefault(token, Conversation(id=f"conv-{token}", token=token))
        return web.json_response(
            {
                "token": token,
                "conversation_id": conversation.id,
                "language": "en",
                "resumed": resumed,
                "verified": bool(identity),
                "socket": "/api/v1/web/socket",
                "limits": {
                    "text": self.text_limit,
                    "file_bytes": self.file_bytes,
                    "file_types": ["image/png", "text/plain", "application/pdf"],
                },
            }
        )

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """`GET /api/v1/web/socket`."""
        if self.block_sockets:
            raise web.HTTPBadRequest
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = await socket.receive_json()
        self.hellos.append(hello)
        if self.swallow_sockets:
            async for _ in socket:
                pass
            return socket
        conversation = self.conversations.get(hello["token"])
        if conversation is None:
            await socket.close(code=4401)
            return socket
        await self._send(socket, self._ready(conversation))
        for message in conversation.messages[hello["after"] :]:
            await self._send(socket, {"type": "message", "message": message})
        ending: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        conversation.sockets[socket] = ending
        reading = asyncio.create_task(self._read(socket, conversation))
        try:
            await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            conversation.sockets.pop(socket, None)
            reading.cancel()
            await asyncio.wait({reading})
        if ending.done():
            await socket.close(code=ending.result())
        return socket

    async def _read(self, socket: web.WebSocketResponse, conversation: Conversation) -> None:
        async for event in socket:
            if event.type is WSMsgType.TEXT and (answer := await self._take(conversation, json.loads(event.data))):
                self._later(self._send(socket, answer))

    def _bearer(self, request: web.Request) -> Conversation:
        conversation = self.conversations.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if conversation is None:
            raise web.HTTPUnauthorized
        return conversation

    async def frames_in(self, request: web.Request) -> web.Response:
        """`POST /api/v1/web/frames`."""
        conversation = self._bearer(request)
        answers = [await self._take(conversation, frame) for frame in (await request.json())["frames"]]
        return web.json_response({"frames": [answer for answer in answers if answer]})

    async def events(self, request: web.Request) -> web.Response:
        """`GET /api/v1/web/events`."""
        conversation = self._bearer(request)
        after, wait = int(request.query["after"]), int(request.query["wait"])
        conversation.changed.clear()
        if len(conversation.messages) <= after and wait:
            try:
                async with asyncio.timeout(wait):
                    await conversation.changed.wait()
            except TimeoutError:
                pass
        messages = [{"type": "message", "message": message} for message in conversation.messages[after:]]
        return web.json_response({"frames": [self._ready(conversation), *messages]})

    async def upload(self, request: web.Request) -> web.Response:
        """`POST /api/v1/web/attachments`."""
        self._bearer(request)
        part = await (await request.multipart()).next()
        assert part is not None
        data = await part.read()
        await asyncio.sleep(self.upload_delay)
        if part.filename == "fake.png":
            return web.json_response({"error": {"code": "file_type", "message": "not an image"}}, status=415)
        kind = "png" if data.startswith(b"\x89PNG") else "txt"
        return web.json_response(
            {
                **self._file(f"f-{next(self.ids)}-{kind}"),
                "name": part.filename,
                "size": len(data),
                **({} if self.upload_url else {"url": ""}),
            },
            status=201,
        )

    async def attachment(self, request: web.Request) -> web.Response:
        """`GET /api/v1/attachments/<id>`."""
        return web.Response(body=PIXEL, content_type="image/png")

    async def page(self, request: web.Request) -> web.Response:
        """The embedding page under a strict policy; `?lang=`, and every other parameter becomes a data- attribute."""
        attributes = " ".join(f"data-{key}='{value}'" for key, value in request.query.items() if key != "lang")
        page = PAGE.format(lang=request.query.get("lang", "en"), origin=self.origin, attributes=attributes)
        sockets = self.origin.replace("http", "ws")
        policy = (
            f"default-src 'none'; script-src {self.origin}; connect-src {self.origin} {sockets}; img-src {self.origin}"
        )
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def _file_of_widget(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(WEB / "widget" / request.match_info.get("name", "widget.js"))

    async def _demo(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(WEB / "demo" / "index.html")

    @web.middleware
    async def _around(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Cross-origin headers, as a service that allows every origin would send them."""
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization, Content-Type"}
        if self.refuse_all and request.path.startswith("/api/"):
            return web.Response(status=503, headers=headers)
        if request.method == "OPTIONS":
            return web.Response(headers=headers)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(headers)
            raise
        if not response.prepared:
            response.headers.update(headers)
        return response

    def app(self) -> web.Application:
        """All routes."""
        app = web.Application(middlewares=[self._around])
        app.router.add_post("/api/v1/web/session", self.session)
        app.router.add_get("/api/v1/web/socket", self.socket)
        app.router.add_post("/api/v1/web/frames", self.frames_in)
        app.router.add_get("/api/v1/web/events", self.events)
        app.router.add_post("/api/v1/web/attachments", self.upload)
        app.router.add_get("/api/v1/attachments/{id}", self.attachment)
        app.router.add_get("/widget.js", self._file_of_widget)
        app.router.add_get("/widget/{name}", self._file_of_widget)
        app.router.add_get("/page", self.page)
        app.router.add_get("/", self._demo)
        app.router.add_static("/demo", WEB / "demo")
        return app


@asynccontextmanager
async def running_peer(port: int = 0) -> AsyncIterator[Peer]:
    """A peer on a loopback port."""
    peer = Peer()
    runner = web.AppRunner(peer.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    peer.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield peer
    finally:
        await peer.drop()
        await runner.cleanup()
