"""Stands before every handler of a channel: origins, CORS, and errors as {"error": {…}}."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web

from connectors.errors import Rejected
from connectors.faults import log_fault
from connectors.http import Origins, Unavailable, error_response

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PREFLIGHT = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization, Content-Type",
    hdrs.ACCESS_CONTROL_MAX_AGE: "600",
}


class Guard:
    """Wraps handlers. `values` fills the customer's sentences about limits; refusals are counted at `entrance`."""

    def __init__(self, origins: Origins, values: Mapping[str, object], entrance: str) -> None:
        self._origins, self._values, self._entrance = origins, values, entrance

    def __call__(self, handler: Handler) -> Handler:
        """The handler, called only for allowed origins; what it refuses becomes an answer."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._origins.check(request)
                response = await handler(request)
            except Rejected as refused:
                response = error_response(refused, request, self._values, self._entrance)
            except (web.HTTPException, web.RequestPayloadError, ConnectionError):  # or the client has gone
                raise
            except Exception as error:
                log_fault(logger, f"{request.method} {request.path}", error)
                response = error_response(Unavailable(), request, self._values, self._entrance)
            if not response.prepared:
                response.headers.update(self._origins.headers(request))
                response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
            return response

        return guarded

    def headers(self, request: web.Request) -> dict[str, str]:
        """CORS headers, for answers that are sent in pieces."""
        return self._origins.headers(request)

    async def preflight(self, request: web.Request) -> web.Response:
        """What a browser asks before a page of another origin may call."""
        allowed = self._origins.allow(request)
        headers = self._origins.headers(request) | (_PREFLIGHT if allowed else {})
        return web.Response(status=204 if allowed else 403, headers=headers)
