"""Searching all conversations."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Id, Trimmed
from desk.api.gate import Gate, check
from desk.service import DeskService
from desk.signin import SignedIn


class SearchQuery(Body):
    """What is searched for."""

    q: Annotated[str, Trimmed, Field(max_length=400)] = ""
    limit: Annotated[int, Field(ge=1, le=50)] = 20


class ReadQuery(Body):
    """Around which message a conversation is read; empty: its end."""

    around: Id = ""


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """The search, and a look into what it found."""

    async def find(request: web.Request, who: SignedIn) -> web.Response:
        query = check(SearchQuery, dict(request.query))
        return web.json_response(await desk.search.find(who.agent, query.q, query.limit))

    async def read(request: web.Request, who: SignedIn) -> web.Response:
        query = check(ReadQuery, dict(request.query))
        return web.json_response(await desk.search.read(who.agent, request.match_info["conversation_id"], query.around))

    return [
        web.get("/desk/api/search", gate.signed_in(find, needs="see_tier"), allow_head=False),
        web.get(
            "/desk/api/search/conversations/{conversation_id}", gate.signed_in(read, needs="see_tier"), allow_head=False
        ),
    ]
