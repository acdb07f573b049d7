"""The second step of the log-in over HTTP: giving codes, setting it up, taking it away."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.account import entered, origin_of
from desk.api.bodies import Body, Nothing, Trimmed
from desk.api.gate import Gate, read_body
from desk.service import DeskService
from desk.signin import AWAITS_CODE, MUST_ENROL, SignedIn


class Code(Body):
    """Six digits of an app, or a recovery code."""

    code: Annotated[str, Trimmed, Field(min_length=1, max_length=40)]


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """One's own second step, and an admin's way to take away that of somebody who lost theirs."""
    api, signed, path = _SecondStep(desk), gate.signed_in, "/desk/api/two-factor"
    enrolling = (MUST_ENROL,)
    return [
        web.post("/desk/api/session/code", signed(api.enter, needs="account", early=(AWAITS_CODE,))),
        web.post("/desk/api/session/proof", signed(api.prove, needs="account")),
        web.get(path, signed(api.status, needs="account", early=enrolling), allow_head=False),
        web.post(path, signed(api.begin, needs="account", early=enrolling)),
        web.post(f"{path}/confirm", signed(api.confirm, needs="account", early=enrolling)),
        web.post(f"{path}/codes", signed(api.renew, needs="account", fresh=True)),
        web.delete(path, signed(api.disable, needs="account", fresh=True)),
        web.delete("/desk/api/users/{user_id}/two-factor", signed(api.reset, needs="manage_users", fresh=True)),
    ]


class _SecondStep:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def enter(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Code)
        now = await self._desk.second_step.enter(who, body.code, **origin_of(request))
        return await entered(self._desk, request, now)

    async def prove(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Code)
        await self._desk.second_step.prove(who, body.code, address=request.remote or "")
        return web.Response(status=204)

    async def status(self, _request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._desk.factor.status(who.agent))

    async def begin(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response(await self._desk.factor.begin(who.agent))

    async def confirm(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Code)
        codes = await self._desk.second_step.enrol(who, body.code, address=request.remote or "")
        return web.json_response({"codes": codes})

    async def renew(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response({"codes": await self._desk.factor.renew_codes(who.actor)})

    async def disable(self, _request: web.Request, who: SignedIn) -> web.Response:
        await self._desk.factor.take_away(who.actor, who.agent.id)
        return web.Response(status=204)

    async def reset(self, request: web.Request, who: SignedIn) -> web.Response:
        await self._desk.factor.take_away(who.actor, request.match_info["user_id"])
        return web.Response(status=204)
