"""Log-in by the company's provider over HTTP: away to it, and back with a code."""

from aiohttp import web

from connectors.message import JSON
from desk.access import OFF
from desk.api.account import origin_of
from desk.api.bodies import Nothing
from desk.api.gate import DEVICE, Gate, read_body, remember
from desk.errors import Refused
from desk.service import DeskService
from desk.signin import CODE_MS, SignedIn
from desk.single_sign_on import Departure

COOKIE = "fd_sso"
PATH = "/desk/api/sso"
HOME = "/desk/"


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """What the log-in page offers, the way out and back, and linking one's account."""
    api, signed = _SingleSignOn(desk), gate.signed_in
    return [
        web.get("/desk/api/entrance", gate.anyone(api.entrance), allow_head=False),
        web.post(PATH, gate.anyone(api.leave)),
        web.get(f"{PATH}/callback", gate.anyone(api.come_back), allow_head=False),
        web.post(f"{PATH}/link", signed(api.link, needs="account", fresh=True)),
        web.delete("/desk/api/users/{user_id}/sso", signed(api.unlink, needs="manage_users", fresh=True)),
    ]


class _SingleSignOn:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def entrance(self, _request: web.Request) -> web.Response:
        access = self._desk.ports.access
        sso: JSON | None = {"label": dict(access.sso.label), "only": access.sso.only} if access.sso else None
        return web.json_response({"sso": sso, "two_factor": access.two_factor != OFF})

    async def leave(self, request: web.Request) -> web.Response:
        await read_body(request, Nothing)
        return _away(request, await self._desk.single_sign_on.leave(address=request.remote or ""))

    async def link(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        leaving = self._desk.single_sign_on.leave(address=request.remote or "", agent_id=who.agent.id)
        return _away(request, await leaving)

    async def come_back(self, request: web.Request) -> web.Response:
        """The way back is a page, not an answer: whatever happens, the browser lands on the desk's own page."""
        code, state = request.query.get("code", ""), request.query.get("state", "")
        try:
            if not code or not state:  # the person said no, or the provider did
                raise Refused("sso_failed")
            cookie = request.cookies.get(COOKIE, "")
            who = await self._desk.single_sign_on.come_back(code, state, cookie, **origin_of(request))
        except Refused as refused:
            response = _to(f"{HOME}#sso={refused.code}")
        else:
            response = _to(HOME if who else f"{HOME}#/account")
            if who:
                device = await self._desk.devices.met(who, request.cookies.get(DEVICE, ""))
                remember(response, request, who.token, device)
        response.del_cookie(COOKIE, path=PATH)
        return response

    async def unlink(self, request: web.Request, who: SignedIn) -> web.Response:
        await self._desk.single_sign_on.unlink(who.actor, request.match_info["user_id"])
        return web.Response(status=204)


def _away(request: web.Request, departure: Departure) -> web.Response:
    """The console goes to `url` itself. The cookie must come back from another site, so it is not a strict one."""
    response = web.json_response({"url": departure.url})
    response.set_cookie(
        COOKIE, departure.browser, max_age=CODE_MS // 1000, path=PATH, httponly=True, secure=request.secure,
        samesite="Lax",
    )  # fmt: skip
    return response


def _to(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})
