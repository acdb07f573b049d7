"""Handoffs at other desks, and what was masked of them, over HTTP."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Id, Trimmed
from desk.api.gate import Gate, check, read_body
from desk.originals import Originals
from desk.service import DeskService
from desk.signin import SignedIn


class HandoffQuery(Body):
    """The query of the list; `after` is an answer's."""

    after: Id = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Reason(Body):
    """Why somebody looks."""

    reason: Annotated[str, Trimmed, Field(min_length=5, max_length=200)]


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Originals are asked for with POST: looking is an act that is written down, and its reason stands in no URL."""
    originals = Originals(desk)

    async def page(request: web.Request, _who: SignedIn) -> web.Response:
        query = check(HandoffQuery, dict(request.query))
        return web.json_response(await originals.page(query.after, query.limit))

    async def show(request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Reason)
        return web.json_response(await originals.show(who, request.match_info["handoff_id"], body.reason))

    signed, path = gate.signed_in, "/desk/api/handoffs"
    return [
        web.get(path, signed(page, needs="originals"), allow_head=False),
        web.post(f"{path}/{{handoff_id}}/originals", signed(show, needs="originals", fresh=True)),
    ]
