"""The HTTP face: one aiohttp application with the pages, health, attachments, and the vendors' webhooks.

Every answer carries the security headers; every error is `{"error": {"code", "message", "field"?}}`.
"""

import asyncio
import hmac
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import structlog
import yaml
from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_LATEST

from connectors.channel import Accept, Answer, AnsweringChannel, HandshakeChannel, Request, WebhookChannel
from connectors.desk import AcceptNews, HandshakeDesk, WebhookDesk
from connectors.errors import Forged
from connectors.http import TooMany, count_refusal
from connectors.rates import Rate, network_of
from frontdoor import metrics
from frontdoor.arrivals import arrivals, problem
from frontdoor.desk_intake import UnknownTicket
from frontdoor.doors import Rules
from frontdoor.files import FileStore
from frontdoor.pages import add_pages, secure
from frontdoor.readiness import Readiness
from frontdoor.thumbnails import MEDIA_TYPE as THUMBNAIL
from storage import handoffs
from storage.conversations import find
from storage.database import Database
from storage.handoffs import HandoffRow

log = structlog.get_logger(__name__)

FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
TICKET_STATUS = {
    "requested": "queued",
    "open": "open",
    "resolved": "resolved",
    "confirmed": "resolved",
    "silent": "resolved",
    "returned": "resolved",
    "withdrawn": "resolved",
    "refused": "resolved",
}


HELPDESK_BYTES = 2 << 20  # of one call: some send the ticket with all that was said
FORGED_PER_MIN = 120  # calls that one address may make without proof, until it has to wait


@dataclass(frozen=True, kw_only=True)
class Face:
    """What the HTTP face is made of."""

    database: Database
    accept: Accept
    files: FileStore
    readiness: Readiness
    webhooks: Mapping[str, WebhookChannel]
    desk_webhooks: Mapping[str, WebhookDesk]
    accept_news: Callable[[str], AcceptNews]
    pages: Path
    public_url: str
    internal_token: str
    metrics_token: str
    body_bytes: int
    requests_per_ip_per_min: int
    rules: Rules


def application(face: Face, routes: Iterable[web.AbstractRouteDef]) -> web.Application:
    """The application: the channels' and the desk's `routes`, and everything that is nobody else's."""
    vendors = frozenset(f"/webhooks/{name}/webhook" for name in face.webhooks)
    helpdesks = frozenset(f"/desks/{name}/webhook" for name in face.desk_webhooks)
    middlewares = arrivals(face.rules, face.requests_per_ip_per_min, vendors | helpdesks)
    app = web.Application(client_max_size=face.body_bytes, middlewares=middlewares)
    app.on_response_prepare.append(secure)
    site = Site(face)
    app.router.add_get("/healthz", site.healthz)
    app.router.add_get("/readyz", site.readyz)
    app.router.add_get("/metrics", site.metrics)
    app.router.add_get("/api/v1/openapi.json", site.openapi)
    app.router.add_get("/api/v1/attachments/{id}", site.attachment)
    app.router.add_get("/internal/v1/conversations/{id}/tickets", site.tickets)
    for path in vendors:
        app.router.add_route("*", path, site.webhook)
    for path in helpdesks:
        app.router.add_route("*", path, site.desk_webhook)
    app.router.add_routes(routes)
    add_pages(app, face.pages)
    return app


class Site:
    """The handlers."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._openapi: object = None
        self._forgers = Rate(FORGED_PER_MIN, 60)

    async def healthz(self, _: web.Request) -> web.Response:
        """The process lives and its event loop turns."""
        return web.json_response({"ok": True})

    async def readyz(self, _: web.Request) -> web.Response:
        """Whether customers are served as they should be; 503 with what is missing."""
        parts = await self._face.readiness.look()
        return web.json_response({"ok": parts.ready, "parts": parts.parts}, status=200 if parts.ready else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """For Prometheus: from this machine, or with the token of the configuration."""
        token = self._face.metrics_token
        given = request.headers.get(hdrs.AUTHORIZATION, "")
        known = bool(token) and hmac.compare_digest(
            given.encode("utf-8", "surrogateescape"), f"Bearer {token}".encode()
        )
        if not known and (token or not _from_here(request)):
            count_refusal("metrics", "forbidden")
            return problem(403, "forbidden", "Metrics need the bearer token of frontdoor.yml: metrics_token.")
        return web.Response(
            body=await metrics.exposition(self._face.database), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST}
        )

    async def openapi(self, _: web.Request) -> web.Response:
        """The description of everything customers' pages and programs may call."""
        if self._openapi is None:
            self._openapi = await asyncio.to_thread(_description, self._face.pages / "api" / "openapi.yml")
        return web.json_response(self._openapi, headers={"Access-Control-Allow-Origin": "*"})

    async def attachment(self, request: web.Request) -> web.StreamResponse:
        """A file behind its signed link; with `thumbnail=1` a small picture of an image."""
        query = request.query
        row, path = await self._face.files.open(
            request.match_info["id"], query.get("expires", ""), query.get("signature", "")
        )
        inline = row.media_type.startswith("image/")
        small = await self._face.files.small(row, path) if query.get("thumbnail") == "1" else None
        response = web.FileResponse(small or path)
        response.content_type = THUMBNAIL if small else row.media_type
        disposition = "inline" if inline else "attachment"
        response.headers[hdrs.CONTENT_DISPOSITION] = f"{disposition}; filename*=UTF-8''{quote(row.name, safe='')}"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers[hdrs.CACHE_CONTROL] = "private, max-age=3600"
        return response

    async def tickets(self, request: web.Request) -> web.Response:
        """For actions: the tickets of a conversation."""
        given = request.headers.get(hdrs.AUTHORIZATION, "")
        if not hmac.compare_digest(
            given.encode("utf-8", "surrogateescape"), f"Bearer {self._face.internal_token}".encode()
        ):
            count_refusal("internal", "unauthorized")
            return problem(401, "unauthorized", "The internal token is missing or wrong.")
        conversation_id = request.match_info["id"]
        conversation = await self._face.database.read(find, conversation_id)
        rows = await self._face.database.read(handoffs.of_conversation, conversation_id)
        state = conversation.state if conversation else ""
        return web.json_response(
            {"tickets": [_ticket(row, state, conversation.position if conversation else None) for row in rows]}
        )

    async def webhook(self, request: web.Request) -> web.StreamResponse:
        """A vendor's call: verify, parse, store, acknowledge."""
        channel = self._face.webhooks[request.path.split("/")[2]]
        seen = await self._seen(request, channel.limits.delivery_bytes)
        try:
            if isinstance(channel, HandshakeChannel) and (answer := channel.handshake(seen)) is not None:
                return await _answer(request, answer)
            if request.method != hdrs.METH_POST:
                raise web.HTTPMethodNotAllowed(request.method, [hdrs.METH_POST])
            channel.verify(seen)
        except Forged:
            self._count_forger(request)
            raise
        events = channel.parse(seen)
        for event in events:
            await self._face.accept(event)
        if isinstance(channel, AnsweringChannel):
            return await _answer(request, await channel.answer(seen, events))
        return web.json_response({"ok": True})

    async def desk_webhook(self, request: web.Request) -> web.StreamResponse:
        """A helpdesk's call: verify, parse, store, acknowledge."""
        name = request.path.split("/")[2]
        desk = self._face.desk_webhooks[name]
        seen = await self._seen(request, HELPDESK_BYTES)
        try:
            if isinstance(desk, HandshakeDesk) and (answer := desk.handshake(seen)) is not None:
                return await _answer(request, answer)
            if request.method != hdrs.METH_POST:
                raise web.HTTPMethodNotAllowed(request.method, [hdrs.METH_POST])
            desk.verify(seen)
        except Forged:
            self._count_forger(request)
            raise
        unknown: UnknownTicket | None = None
        for news in desk.parse(seen):
            try:
                await self._face.accept_news(name)(news)
            except UnknownTicket as error:  # what is told of other tickets counts all the same
                unknown = error
        if unknown is not None:
            raise unknown
        return web.json_response({"ok": True})

    async def _seen(self, request: web.Request, room: int) -> Request:
        """A call as connectors see it, with at most `room` bytes, or as many as anybody may send."""
        body = await request.clone(client_max_size=max(self._face.body_bytes, room)).read()
        return Request(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            remote=request.remote or "",
            url=f"{self._face.public_url}{request.path_qs}",
        )

    def _count_forger(self, request: web.Request) -> None:
        """Whoever shares the forger's address, behind a proxy, goes on unhindered. Raises `TooMany`."""
        if wait := self._forgers.take(network_of(request.remote)):
            raise TooMany(wait) from None


async def _answer(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Give a vendor the answer it expects; whoever waits for that learns whether it got there."""
    written = answer.written or _nobody_asks
    response = web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)
    if request.transport is None or request.transport.is_closing():
        written(False)
        return response
    try:
        await response.prepare(request)
        await response.write_eof()
    except BaseException:
        written(None)  # some of it may have got there
        raise
    written(True)
    return response


def _nobody_asks(_: bool | None) -> None:
    """For answers whose fate is nobody's business."""


def _ticket(row: HandoffRow, state: str, position: int | None) -> dict[str, object]:
    status = TICKET_STATUS[row.status]
    if row.status == "open" and state in {"queued", "failed", "abandoned"}:
        status = "queued"
    if row.status == "open" and state in {"waiting_customer", "idle"}:
        status = "waiting_customer"
    return {
        "number": row.number or row.reference,
        "status": status,
        "position": position if status == "queued" else None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _from_here(request: web.Request) -> bool:
    """Whether a program on this machine asks for itself: not through a proxy, and not a browser that was tricked into
    it by a name that leads here."""
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
        return ipaddress.ip_address(request.remote or "").is_loopback and (
            host == "localhost" or ipaddress.ip_address(host).is_loopback
        )
    except ValueError:
        return False


def _description(path: Path) -> object:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
