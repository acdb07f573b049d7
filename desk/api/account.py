"""Log-in and what people manage about themselves."""

from aiohttp import web

from connectors.message import JSON
from desk import views
from desk.api.bodies import ChangeMe, ChangePassword, LogIn, Presence, UseReset
from desk.api.gate import DEVICE, Gate, Handler, Signed, forget, read_body, remember
from desk.service import DeskService
from desk.signin import AWAITS_CODE, MUST_CHANGE, MUST_ENROL, SignedIn

EARLY = (MUST_CHANGE, MUST_ENROL)


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """The session, the password, and /me."""
    api = _Account(desk)

    def mine(handler: Signed, *early: str) -> Handler:
        return gate.signed_in(handler, needs="account", early=early)

    return [
        web.post("/desk/api/session", gate.anyone(api.log_in)),
        web.delete("/desk/api/session", mine(api.log_out, AWAITS_CODE, *EARLY)),
        web.get("/desk/api/me", mine(api.me, AWAITS_CODE, *EARLY), allow_head=False),
        web.patch("/desk/api/me", mine(api.change_me)),
        web.put("/desk/api/presence", mine(api.presence)),
        web.post("/desk/api/password", mine(api.change_password, *EARLY)),
        web.post("/desk/api/password/reset", gate.anyone(api.use_reset)),
        web.get("/desk/api/sessions", mine(api.sessions), allow_head=False),
        web.delete("/desk/api/sessions", mine(api.sign_out_everywhere)),
        web.delete("/desk/api/sessions/{session_id}", mine(api.sign_out)),
    ]


class _Account:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def log_in(self, request: web.Request) -> web.Response:
        body = await read_body(request, LogIn)
        who = await self._desk.sign_in.log_in(body.login, body.password, **origin_of(request))
        return await entered(self._desk, request, who)

    async def log_out(self, _request: web.Request, who: SignedIn) -> web.Response:
        """`url`: where the console goes on to log out at the provider, too."""
        await self._desk.sign_in.sign_out(who.agent.id, who.session.id)
        return _gone(await self._desk.single_sign_on.farewell(who))

    async def me(self, _request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(_shown(self._desk, who))

    async def change_me(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, ChangeMe)
        changed = await self._desk.set_language(who.agent, body.language)
        return web.json_response({"user": views.user(changed, self._desk.clock())})

    async def presence(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Presence)
        changed = await self._desk.set_presence(who.agent, body.presence)
        return web.json_response({"user": views.user(changed, self._desk.clock())})

    async def change_password(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, ChangePassword)
        now = await self._desk.sign_in.change_password(who, body.current, body.new, **origin_of(request))
        return _answered(self._desk, request, now)  # at once: the old session has ended, and its socket with it

    async def use_reset(self, request: web.Request) -> web.Response:
        body = await read_body(request, UseReset)
        await self._desk.sign_in.use_reset(body.token, body.new)
        return _gone()

    async def sessions(self, _request: web.Request, who: SignedIn) -> web.Response:
        rows = await self._desk.sign_in.sessions(who.agent.id)
        return web.json_response({"sessions": [views.session(row, who.session.id) for row in rows]})

    async def sign_out(self, request: web.Request, who: SignedIn) -> web.Response:
        session_id = request.match_info["session_id"]
        await self._desk.sign_in.sign_out(who.agent.id, session_id)
        return _gone() if session_id == who.session.id else web.Response(status=204)

    async def sign_out_everywhere(self, _request: web.Request, who: SignedIn) -> web.Response:
        await self._desk.sign_in.sign_out_everywhere(who.agent.id)
        return _gone()


async def entered(desk: DeskService, request: web.Request, who: SignedIn) -> web.Response:
    """The answer to who has got in, or one step further, with the session's cookie."""
    return _answered(desk, request, who, await desk.devices.met(who, request.cookies.get(DEVICE, "")))


def _answered(desk: DeskService, request: web.Request, who: SignedIn, device: str = "") -> web.Response:
    response = web.json_response(_shown(desk, who))
    remember(response, request, who.token, device)
    return response


def origin_of(request: web.Request) -> dict[str, str]:
    """Where a log-in comes from."""
    return {"address": request.remote or "", "browser": request.headers.get("User-Agent", "")}


def _shown(desk: DeskService, who: SignedIn) -> JSON:
    """Who is there; nothing of the person before the second step is done."""
    if who.stage == AWAITS_CODE:
        return {"stage": who.stage, "csrf": who.csrf}
    user = views.user(who.agent, desk.clock())
    return {"user": user, "csrf": who.csrf, "session_id": who.session.id, "stage": who.stage}


def _gone(onward: str = "") -> web.Response:
    response = web.json_response({"url": onward}) if onward else web.Response(status=204)
    forget(response)
    return response
