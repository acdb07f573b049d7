"""Arrivals: what every request passes before a handler sees it, and the one form of all refusals.

The address is the customer's and not the proxy's; callers have a rate; bodies come plain and in time.
"""

import asyncio
import contextlib
import time
from functools import partial

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from connectors.errors import Malformed, Rejected
from connectors.http import ComeBackLater, TooMany, count_refusal, status_of
from connectors.rates import Rate, network_of
from frontdoor.doors import ENTRANCE, Rules
from storage.database import Trouble

log = structlog.get_logger(__name__)

ENTRANCES = {
    "/api/v1/web/": "web",
    "/api/v1/attachments/": "attachments",
    "/api/v1/status": "status",
    "/webhooks/rest/": "rest",
    "/webhooks/socketio/": "socketio",
    "/socket.io/": "socketio",
    "/webhooks/": "webhook",
    "/desk/": "desk",
    "/internal/": "internal",
    "/metrics": "metrics",
}
"""Names of the ways in, for the metrics, by how a path begins; everything else is `http`."""

UPLOAD_S = 300.0


def entrance_of(path: str) -> str:
    """The name of the way in."""
    return next((name for start, name in ENTRANCES.items() if path.startswith(start)), ENTRANCE)


def problem(status: int, code: str, message: str, field: str = "") -> web.Response:
    """An error answer in the one shape."""
    error = {"code": code, "message": message} | ({"field": field} if field else {})
    return web.json_response({"error": error}, status=status)


def arrivals(rules: Rules, requests_per_ip_per_min: int, vendors: frozenset[str] = frozenset()) -> list[Middleware]:
    """What stands before every handler, in order. All customers of a vendor come from its few addresses, so the paths
    of `vendors` have no rate; who cannot prove to be one has (`frontdoor.web`).
    """
    return [_proxies(rules), _observe, _errors, _limits(rules, Rate(requests_per_ip_per_min, 60), vendors)]


def _limits(rules: Rules, callers: Rate, vendors: frozenset[str]) -> Middleware:
    @web.middleware
    async def limited(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in vendors and (wait := callers.take(network_of(request.remote))):
            raise TooMany(wait)
        if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
            raise Malformed("send the body as it is, without Content-Encoding", code="unsupported_encoding")
        if request.content.is_eof():
            return await handler(request)
        upload = request.content_type.startswith("multipart/")
        try:
            async with asyncio.timeout(UPLOAD_S if upload else rules.request_s) as deadline:
                request.content.on_eof(partial(_in_time, deadline))
                return await handler(request)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise web.HTTPRequestTimeout from None

    return limited


def _in_time(deadline: asyncio.Timeout) -> None:
    with contextlib.suppress(RuntimeError):  # it was answered before all of it had come
        deadline.reschedule(None)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Rejected as error:
        response = _refusal(request, error)
    except web.HTTPRequestEntityTooLarge:
        response = _counted(request, problem(413, "too_large", "The request is too large."), "too_large")
    except web.HTTPException as error:
        if error.status < 400 or error.content_type == "application/json":
            raise
        code = error.reason.lower().replace(" ", "_")
        response = _counted(request, problem(error.status, code, error.reason), code)
        if hdrs.ALLOW in error.headers:
            response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
    except Trouble as error:  # nothing was stored: the vendor shall send it again
        log.error("http.database_trouble", path=_without_secrets(request.path), error=type(error).__name__)
        response = problem(503, "unavailable", "This can't be stored just now. Please try again.")
        response.headers[hdrs.RETRY_AFTER] = "2"
    except Exception as error:  # an answer in every case; the log has the cause
        log.error("http.failed", path=_without_secrets(request.path), error=type(error).__name__, exc_info=True)
        response = problem(500, "internal", "Something went wrong on our side.")
    return response


def _refusal(request: web.Request, error: Rejected) -> web.Response:
    response = _counted(request, problem(status_of(error), error.code, str(error), error.field), error.code)
    if isinstance(error, ComeBackLater):
        response.headers[hdrs.RETRY_AFTER] = str(error.retry_after)
    return response


def _counted(request: web.Request, response: web.Response, reason: str) -> web.Response:
    count_refusal(entrance_of(request.path), reason)
    return response


@web.middleware
async def _observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    started = time.perf_counter()
    response = await handler(request)
    level = "warning" if response.status >= 500 else "debug"
    took = round((time.perf_counter() - started) * 1000, 1)
    getattr(log, level)(
        "http.request", method=request.method, path=_without_secrets(request.path), status=response.status, ms=took
    )
    return response


def _without_secrets(path: str) -> str:
    """A path as the log may have it: of a private page only that it is one."""
    return "/status/…" if path.startswith("/status/") else path


def _proxies(rules: Rules) -> Middleware:
    """Believe X-Forwarded-For and -Proto of trusted proxies only."""

    @web.middleware
    async def forwarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if rules.trusts(request.remote):
            hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
            client = next((hop for hop in reversed(hops) if not rules.trusts(hop)), request.remote or "")
            scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
            request = request.clone(remote=client, scheme=scheme if scheme in {"http", "https"} else request.scheme)
        return await handler(request)

    return forwarded
