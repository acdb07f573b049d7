"""The process made visible, over HTTP."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from desk import flow
from desk.api.bodies import Body, Id
from desk.api.gate import Gate, check
from desk.errors import bad_field
from desk.service import DeskService, require_tier
from desk.signin import SignedIn
from storage.passages import Which

YEAR_MS = 366 * 86_400_000
Moment = Annotated[int, Field(ge=0, le=1 << 60)]


class FlowQuery(Body):
    """Cases opened from `since` until before `until` (ms; at most a year), and what they are like."""

    since: Moment
    until: Moment
    channel: Id = ""
    language: Literal["", "en", "zh"] = ""
    category: Id = ""
    tier: Id = ""


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """One ticket's way, and the flow of all."""
    api = _Flow(desk)
    return [
        web.get("/desk/api/tickets/{ticket_id}/way", gate.signed_in(api.way, needs="see_tier"), allow_head=False),
        web.get("/desk/api/flow", gate.signed_in(api.flow, needs="reports"), allow_head=False),
    ]


class _Flow:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def way(self, request: web.Request, who: SignedIn) -> web.Response:
        row = await self._desk.ticket(who.agent, request.match_info["ticket_id"])
        return web.json_response(await self._desk.db.read(flow.way, row, self._desk.clock()))

    async def flow(self, request: web.Request, _who: SignedIn) -> web.Response:
        query = check(FlowQuery, dict(request.query))
        if not query.since < query.until <= query.since + YEAR_MS:
            raise bad_field("until", "bad_period")
        require_tier(self._desk.tiers, query.tier)
        return web.json_response(await self._desk.db.read(flow.flow, Which(**query.model_dump())))
