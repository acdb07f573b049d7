"""Log-in and what people manage about themselves."""

from aiohttp import web

from connectors.message import JSON
from desk import views
from desk.api.bodies import ChangeMe, ChangePassword, LogIn, Presence, UseReset
from desk.api.gate import Gate, forget, read_body, remember
from desk.service import DeskService
from desk.signin import SignedIn


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """The session, the password, and /me."""
    api = _Account(desk)
    signed = gate.signed_in
    return [
        web.post("/desk/api/session", gate.anyone(api.log_in)),
        web.delete("/desk/api/session", signed(api.log_out, needs="account", must_change=True)),
        web.get("/desk/api/me", signed(api.me, needs="account", must_change=True), allow_head=False),
        web.patch("/desk/api/me", signed(api.change_me, needs="account")),
        web.put("/desk/api/presence", signed(api.presence, needs="account")),
        web.post("/desk/api/password", signed(api.change_password, needs="account", must_change=True)),
        web.post("/desk/api/password/reset", gate.anyone(api.use_reset)),
        web.get("/desk/api/sessions", signed(api.sessions, needs="account"), allow_head=False),
        web.delete("/desk/api/sessions", signed(api.sign_out_everywhere, needs="account")),
        web.delete("/desk/api/sessions/{session_id}", signed(api.sign_out, needs="account")),
    ]


class _Account:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def log_in(self, request: web.Request) -> web.Response:
        body = await read_body(request, LogIn)
        who = await self._desk.sign_in.log_in(body.login, body.password, **_from(request))
        response = web.json_response(self._entered(who))
        remember(response, request, who.token)
        return response

    async def log_out(self, _request: web.Request, who: SignedIn) -> web.Response:
        await self._desk.sign_in.sign_out(who.agent.id, who.session.id)
        return _gone()

    async def me(self, _request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(self._entered(who))

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
        now = await self._desk.sign_in.change_password(who, body.current, body.new, **_from(request))
        response = web.json_response(self._entered(now))
        remember(response, request, now.token)
        return response

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

    def _entered(self, who: SignedIn) -> JSON:
        return {"user": views.user(who.agent, self._desk.clock()), "csrf": who.csrf, "session_id": who.session.id}


def _gone() -> web.Response:
    response = web.Response(status=204)
    forget(response)
    return response


def _from(request: web.Request) -> dict[str, str]:
    return {"address": request.remote or "", "browser": request.headers.get("User-Agent", "")}
