"""What every request passes: origin, session, CSRF, a body of the right shape, and one form for all errors."""

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError

from connectors.errors import Malformed, Rejected, TooLarge
from connectors.fields import parse_json
from connectors.http import count_refusal
from connectors.message import JSON
from desk.devices import LIFE_MS as DEVICE_MS
from desk.errors import Refused, bad_field
from desk.permissions import ABILITIES, can
from desk.service import DeskService
from desk.signin import LIFE_MS, SignedIn

log = structlog.get_logger(__name__)

COOKIE, DEVICE = "fd_desk", "fd_device"
ENTRANCE = "desk"
BODY_BYTES = 64 * 1024
SAFE = ("GET", "HEAD")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Body = TypeVar("Body", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Signed = Callable[[web.Request, SignedIn], Awaitable[web.StreamResponse]]

ANYONE = "anyone"
NEEDS: WeakKeyDictionary[Handler, str] = WeakKeyDictionary()
"""What each route asks for: an ability of the table, or that nobody needs one. Every route of the desk stands here."""


class Gate:
    """Wraps handlers. Inside, everything that is refused is raised as `desk.errors.Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    def anyone(self, handler: Handler) -> Handler:
        """For requests of people who are not signed in: the origin is checked, there is no CSRF token yet."""

        async def passed(request: web.Request) -> web.StreamResponse:
            self.require_origin(request, required=False)
            return await handler(request)

        return self.declared(self.answering(passed), ANYONE)

    def signed_in(self, handler: Signed, *, needs: str, fresh: bool = False, early: tuple[str, ...] = ()) -> Handler:
        """For people who are signed in and have the ability `needs` of desk/permissions.py.

        `fresh`: it is dangerous, so people with a second step must have given a code a short time ago. `early`: the
        stages of a log-in (`desk.signin`) in which it may be done already. Raises KeyError for an ability that is not
        in the table.
        """

        async def passed(request: web.Request) -> web.StreamResponse:
            self.require_origin(request, required=False)
            who = await self.who(request)
            if request.method not in SAFE and not who.proves(request.headers.get("X-CSRF-Token", "")):
                raise Refused("csrf")
            if who.stage and who.stage not in early:
                raise Refused(who.stage)
            if not can(who.agent, needs):
                raise Refused("forbidden")
            if fresh and not who.proved:
                raise Refused("prove")
            return await handler(request, who)

        return self.declared(self.answering(passed), needs)

    @staticmethod
    def declared(handler: Handler, needs: str) -> Handler:
        """Note what a route asks for."""
        if needs not in {ANYONE, *ABILITIES}:
            raise KeyError(needs)
        NEEDS[handler] = needs
        return handler

    @staticmethod
    def answering(handler: Handler) -> Handler:
        """Turn what is raised into the answers of the protocol."""

        async def answered(request: web.Request) -> web.StreamResponse:
            try:
                if _UNSTORABLE.search(request.path):
                    raise Refused("not_found")
                response = await handler(request)
            except Refused as refused:
                response = _refusal(refused, request)
            except Rejected as error:  # of a file: told in the agent's language
                response = _refusal(_of_file(error), request)
            except OperationalError as error:
                log.error("desk.database_unavailable", error=type(error.orig).__name__)
                response = _refusal(Refused("unavailable"), request)
            except web.HTTPException:
                raise
            except Exception as error:
                log.exception("desk.request_failed", path=request.path, error=type(error).__name__)
                response = _refusal(Refused("internal"), request)
            if not response.prepared:
                response.headers["Cache-Control"] = "no-store"
            return response

        return answered

    async def who(self, request: web.Request) -> SignedIn:
        """The person the cookie belongs to. Raises `signed_out`."""
        return await self._desk.sign_in.find(request.cookies.get(COOKIE, ""))

    def require_origin(self, request: web.Request, *, required: bool) -> None:
        """Raises `origin` when the page that sent this is not ours."""
        origin = request.headers.get("Origin")
        if origin is None:
            if required:
                raise Refused("origin")
            return
        if urlsplit(origin).netloc != request.host and origin not in self._desk.origins:
            raise Refused("origin")


def language_of(request: web.Request) -> str:
    """`zh` or `en`, from what the console asks for."""
    return "zh" if request.headers.get("Accept-Language", "").strip().lower().startswith("zh") else "en"


async def read_body(request: web.Request, model: type[Body]) -> Body:
    """The request's JSON body, checked. Raises `json_expected`, `too_large`, `bad_json` or `bad_field`."""
    if request.content_type != "application/json":
        raise Refused("json_expected")
    raw = bytearray()
    async for chunk in request.content.iter_chunked(BODY_BYTES):
        raw += chunk
        if len(raw) > BODY_BYTES:
            raise Refused("too_large")
    return check(model, read_object(bytes(raw) or b"{}", "bad_json"))


def read_object(data: str | bytes, code: str) -> JSON:
    """The JSON object in `data`. Raises `Refused` with `code`."""
    try:
        value = parse_json(data)
    except Malformed as error:
        raise Refused(code) from error
    if not isinstance(value, dict):
        raise Refused(code)
    return value


def check(model: type[Body], data: JSON) -> Body:
    """Data in the shape of a model. Raises `bad_field` for the first thing that is wrong."""
    for name, value in data.items():
        if not _storable(value):
            raise bad_field(name if _storable(name) else "", "unstorable")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise bad_field(field, first["type"], **first.get("ctx", {})) from error


def _storable(value: object) -> bool:
    """Whether all text in a value can be kept: no NUL, no half of a surrogate pair. However deep it is nested."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += [*part, *part.values()]
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, str) and _UNSTORABLE.search(part):
            return False
    return True


def remember(response: web.Response, request: web.Request, token: str, device: str) -> None:
    """Set the cookies of the session, and of the browser: that one stays, and comes back from the provider, too."""
    response.set_cookie(
        COOKIE, token, max_age=LIFE_MS // 1000, path="/desk", httponly=True, secure=request.secure, samesite="Strict"
    )
    if device:
        response.set_cookie(
            DEVICE, device, max_age=DEVICE_MS // 1000, path="/desk/api", httponly=True, secure=request.secure,
            samesite="Lax",
        )  # fmt: skip


def forget(response: web.Response) -> None:
    """Remove the session's cookie."""
    response.del_cookie(COOKIE, path="/desk")


def _of_file(error: Rejected) -> Refused:
    if isinstance(error, TooLarge):
        return Refused("too_large", field="file")
    if error.code == "bad_frame":
        return bad_field("file", "missing")
    return bad_field("file", "empty_file") if error.code == "empty" else Refused("file_type", field="file")


def _refusal(refused: Refused, request: web.Request) -> web.Response:
    count_refusal(ENTRANCE, refused.code)
    response = web.json_response(refused.to_json(language_of(request)), status=refused.status)
    if "retry_after" in refused.details:
        response.headers["Retry-After"] = str(refused.details["retry_after"])
    return response
