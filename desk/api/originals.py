"""What was masked of handoffs at other desks, over HTTP."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Trimmed
from desk.api.gate import Gate, read_body
from desk.originals import Originals
from desk.service import DeskService
from desk.signin import SignedIn


class Reason(Body):
    """Why somebody looks."""

    reason: Annotated[str, Trimmed, Field(min_length=5, max_length=200)]


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Originals are asked for with POST: looking is an act that is written down, and its reason stands in no URL."""
    originals = Originals(desk)

    async def show(request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Reason)
        return web.json_response(await originals.show(who, request.match_info["handoff_id"], body.reason))

    path = "/desk/api/handoffs/{handoff_id}/originals"
    return [web.post(path, gate.signed_in(show, needs="originals", fresh=True))]
