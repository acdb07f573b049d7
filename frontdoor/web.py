"""The HTTP face: one aiohttp application with the pages, health, attachments, and the vendors' webhooks.

Every answer carries the security headers; every error is `{"error": {"code", "message", "field"?}}`.
"""

import asyncio
import hmac
import ipaddress
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import structlog
import yaml
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST

from connectors.channel import Request, WebhookChannel
from connectors.errors import Rejected
from connectors.http import count_refusal
from frontdoor import metrics
from frontdoor.files import FileStore
from frontdoor.inbox import Inbox
from frontdoor.pages import add_pages, secure
from frontdoor.readiness import Readiness
from storage import handoffs
from storage.conversations import find
from storage.database import Database, Trouble
from storage.handoffs import HandoffRow

log = structlog.get_logger(__name__)

TICKET_STATUS = {
    "requested": "queued",
    "open": "open",
    "resolved": "resolved",
    "confirmed": "resolved",
    "returned": "resolved",
    "withdrawn": "resolved",
    "refused": "resolved",
}


@dataclass(frozen=True, kw_only=True)
class Face:
    """What the HTTP face is made of."""

    database: Database
    inbox: Inbox
    files: FileStore
    readiness: Readiness
    webhooks: Mapping[str, WebhookChannel]
    pages: Path
    internal_token: str
    metrics_token: str
    body_bytes: int
    trusted_proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]


def application(face: Face, routes: Iterable[web.AbstractRouteDef]) -> web.Application:
    """The application: the channels' and the desk's `routes`, and everything that is nobody else's."""
    app = web.Application(
        client_max_size=face.body_bytes,
        middlewares=[_proxies(face), _observe, _errors],
        handler_args={"lingering_time": 5},
    )
    app.on_response_prepare.append(secure)
    site = Site(face)
    app.router.add_get("/healthz", site.healthz)
    app.router.add_get("/readyz", site.readyz)
    app.router.add_get("/metrics", site.metrics)
    app.router.add_get("/api/v1/openapi.json", site.openapi)
    app.router.add_get("/api/v1/attachments/{id}", site.attachment)
    app.router.add_get("/internal/v1/conversations/{id}/tickets", site.tickets)
    app.router.add_route("*", "/webhooks/{channel}/webhook", site.webhook)
    app.router.add_routes(routes)
    add_pages(app, face.pages)
    return app


class Site:
    """The handlers."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._openapi: object = None

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
        """A file behind its signed link."""
        query = request.query
        row, path = await self._face.files.open(
            request.match_info["id"], query.get("expires", ""), query.get("signature", "")
        )
        inline = row.media_type.startswith("image/")
        response = web.FileResponse(path)
        response.content_type = row.media_type
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
            return problem(401, "unauthorized", "The internal token is missing or wrong.")
        conversation_id = request.match_info["id"]
        conversation = await self._face.database.read(find, conversation_id)
        rows = await self._face.database.read(handoffs.of_conversation, conversation_id)
        state = conversation.state if conversation else ""
        return web.json_response(
            {"tickets": [_ticket(row, state, conversation.position if conversation else None) for row in rows]}
        )

    async def webhook(self, request: web.Request) -> web.Response:
        """A vendor's call: verify, parse, store, acknowledge."""
        channel = self._face.webhooks.get(request.match_info["channel"])
        if channel is None:
            return problem(404, "not_found", "There is no such channel.")
        body = await request.read()
        seen = Request(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            remote=request.remote or "",
        )
        channel.verify(seen)
        for inbound in channel.parse(seen):
            await self._face.inbox.accept(inbound)
        return web.json_response({"ok": True})


def problem(status: int, code: str, message: str, field: str = "") -> web.Response:
    """An error answer in the one shape."""
    error = {"code": code, "message": message} | ({"field": field} if field else {})
    return web.json_response({"error": error}, status=status)


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
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def _description(path: Path) -> object:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Rejected as error:
        count_refusal("http", error.code)
        return problem(error.status, error.code, str(error), error.field)
    except web.HTTPRequestEntityTooLarge:
        return problem(413, "too_large", "The request is too large.")
    except web.HTTPException as error:
        if error.status < 400 or error.content_type == "application/json":
            raise
        return problem(error.status, error.reason.lower().replace(" ", "_"), error.reason)
    except Trouble as error:  # nothing was stored: the vendor shall send it again
        log.error("http.database_trouble", path=request.path, error=type(error).__name__)
        answer = problem(503, "unavailable", "This can't be stored just now. Please try again.")
        answer.headers[hdrs.RETRY_AFTER] = "2"
        return answer
    except Exception as error:  # an answer in every case; the log has the cause
        log.error("http.failed", path=request.path, error=type(error).__name__, exc_info=True)
        return problem(500, "internal", "Something went wrong on our side.")


@web.middleware
async def _observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    started = time.perf_counter()
    response = await handler(request)
    level = "warning" if response.status >= 500 else "debug"
    took = round((time.perf_counter() - started) * 1000, 1)
    getattr(log, level)("http.request", method=request.method, path=request.path, status=response.status, ms=took)
    return response


def _proxies(face: Face) -> Middleware:
    """Believe X-Forwarded-For and -Proto of trusted proxies only."""

    def trusted(address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in network for network in face.trusted_proxies)
        except ValueError:
            return False

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if face.trusted_proxies and trusted(request.remote or ""):
            hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
            client = next((hop for hop in reversed(hops) if not trusted(hop)), request.remote or "")
            scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
            request = request.clone(remote=client, scheme=scheme if scheme in {"http", "https"} else request.scheme)
        return await handler(request)

    return middleware
