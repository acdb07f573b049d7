"""What the channels that serve HTTP themselves have in common: origins, bodies, tokens and error answers."""

import hmac
import math
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from prometheus_client import Counter

from connectors.errors import Forged, Rejected, TooLarge
from connectors.fields import Fields, parse_json
from connectors.languages import ENGLISH, reduce_language
from connectors.message import JSON
from connectors.refusals import phrase

_STATUS_OF_CODE = {"file_type": 415, "unsupported_encoding": 415}

REFUSED = Counter(
    "frontdoor_refused", "What was sent to the service and refused, by where it came in and why", ["entrance", "reason"]
)


def count_refusal(entrance: str, reason: str) -> None:
    """Count something refused. Both are words of this code, never of whoever sent it, so their number is bounded."""
    REFUSED.labels(entrance, reason).inc()


class NotSignedIn(Forged):
    """The request carries no valid token."""

    status = 401


class ComeBackLater(Rejected):
    """Not now; the same thing may be sent again after `retry_after` seconds."""

    def __init__(self, reason: str, *, code: str, retry_after: float) -> None:
        super().__init__(reason, code=code)
        self.retry_after = max(1, math.ceil(retry_after))


class TooMany(ComeBackLater):
    """More often than the channel's declared rate."""

    status = 429

    def __init__(self, retry_after: float) -> None:
        super().__init__("more than allowed in this time", code="rate_limited", retry_after=retry_after)


class Unavailable(ComeBackLater):
    """The service could not do it just now; nothing was stored."""

    status = 503

    def __init__(self) -> None:
        super().__init__("the service could not store this", code="unavailable", retry_after=2)


class Origins:
    """Which pages may call: those of the service itself, and the configured ones. Never `null`, never a wildcard.

    A request without `Origin` does not come from a page of another site, and no cookie gives it any rights.
    """

    def __init__(self, allowed: tuple[str, ...]) -> None:
        for origin in allowed:
            parts = urlsplit(origin)
            well_formed = f"{parts.scheme}://{parts.netloc}" == origin
            if parts.scheme not in {"http", "https"} or not parts.netloc or not well_formed:
                remedy = "write scheme, host and port, such as https://shop.example"
                raise ValueError(f"allowed_origins: {origin!r} is not an origin; {remedy}")
        self._allowed = frozenset(origin.lower() for origin in allowed)

    def allow(self, request: web.BaseRequest) -> bool:
        """Whether the page the request comes from may call."""
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None or origin.lower() in self._allowed:
            return True
        host = urlsplit(origin).netloc
        return bool(host) and host.lower() == request.host.lower()

    def check(self, request: web.BaseRequest) -> None:
        """Raises `Forged` (`origin_refused`) unless the page may call."""
        if not self.allow(request):
            raise Forged("pages of this origin may not call; see allowed_origins", code="origin_refused")

    def headers(self, request: web.BaseRequest) -> dict[str, str]:
        """CORS headers of the answer."""
        origin = request.headers.get(hdrs.ORIGIN)
        headers: dict[str, str] = {hdrs.VARY: "Origin"}
        if origin is not None and self.allow(request):
            headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "Retry-After"
        return headers


async def read_fields(request: web.Request, limit: int) -> Fields:
    """The JSON object in a body of at most `limit` bytes. Raises `TooLarge` or `Malformed`."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"the body is larger than {limit} bytes", code="too_long")
    return Fields(parse_json(bytes(body)))


def whole_query(request: web.Request, name: str, default: int, highest: int) -> int:
    """A whole number from 0 to `highest` in the query. Raises `Malformed`."""
    value = request.query.get(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 16 and int(value) <= highest):
        raise Fields({}).wrong(name, f"must be a whole number from 0 to {highest}")
    return int(value)


def bearer(request: web.Request) -> str:
    """The token of `Authorization: Bearer …`, empty without one."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def preferred_language(request: web.BaseRequest) -> str:
    """`en` or `zh`, from what the browser prefers."""
    first = request.headers.get(hdrs.ACCEPT_LANGUAGE, "").split(",", 1)[0].split(";", 1)[0]
    return reduce_language(first) or ENGLISH


def same_secret(given: str, expected: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8"))


def error_body(error: Rejected, language: str, values: Mapping[str, object], entrance: str) -> JSON:
    """`code`, `message` for the customer, and where there is one `field`, `detail` for the developer, `retry_after`.

    Counted as refused at `entrance`.
    """
    count_refusal(entrance, error.code)
    retry_after = error.retry_after if isinstance(error, ComeBackLater) else None
    wait = {"seconds": retry_after or 1, "minutes": math.ceil((retry_after or 1) / 60)}
    body: JSON = {"code": error.code, "message": phrase(error.code, language, {**values, **wait})}
    if error.field:
        body["field"] = error.field
    if str(error):
        body["detail"] = str(error)
    if retry_after:
        body["retry_after"] = retry_after
    return body


def error_response(error: Rejected, request: web.Request, values: Mapping[str, object], entrance: str) -> web.Response:
    """The answer to something refused: {"error": {…}} in the language of the browser. Counted at `entrance`."""
    body = error_body(error, preferred_language(request), values, entrance)
    headers = {"Retry-After": str(body["retry_after"])} if "retry_after" in body else {}
    return web.json_response({"error": body}, status=status_of(error), headers=headers)


def status_of(error: Rejected) -> int:
    """The HTTP status that goes with a refusal."""
    return _STATUS_OF_CODE.get(error.code, error.status)
