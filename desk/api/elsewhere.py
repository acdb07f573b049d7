"""Handoffs at other desks, over HTTP."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Id
from desk.api.gate import Gate, check
from desk.elsewhere import Elsewhere
from desk.service import DeskService
from desk.signin import SignedIn


class HandoffQuery(Body):
    """The query of the list; `after` is an answer's."""

    desk: Annotated[str, Field(max_length=32)] = ""
    after: Id = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Everybody may follow a helpdesk's link: where it leads depends on who they are."""
    elsewhere = Elsewhere(desk)

    async def page(request: web.Request, _who: SignedIn) -> web.Response:
        query = check(HandoffQuery, dict(request.query))
        return web.json_response(await elsewhere.page(query.desk, query.after, query.limit))

    async def one(request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await elsewhere.one(who, request.match_info["handoff_id"]))

    async def again(request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await elsewhere.again(who, request.match_info["handoff_id"]))

    signed, path = gate.signed_in, "/desk/api/handoffs"
    return [
        web.get(path, signed(page, needs="originals"), allow_head=False),
        web.get(f"{path}/{{handoff_id}}", signed(one, needs="desk"), allow_head=False),
        web.post(f"{path}/{{handoff_id}}/again", signed(again, needs="originals")),
    ]
