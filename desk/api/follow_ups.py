"""Follow-ups, and the customer's private link."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, ClientId, Id, Note, Nothing
from desk.api.gate import Gate, check, read_body
from desk.follow_up_moves import Plan
from desk.service import DeskService
from desk.signin import SignedIn

Instant = Annotated[int, Field(ge=0, le=1 << 53)]


class Listing(Body):
    """Which follow-ups; `mine`: only those that one has."""

    view: Literal["open", "due", "planned", "done"] = "open"
    mine: Literal["true", "false"] = "false"


class Schedule(Body):
    """When (ms), and who: oneself, or a tier; neither: the tier that follows up."""

    client_id: ClientId
    due_at: Instant
    note: Note = ""
    mine: bool = False
    tier: Id = ""


class Done(Body):
    """How it went."""

    outcome: Literal["reached", "not_reached", "solved", "escalated"]
    note: Note = ""


class Cancel(Body):
    """Why."""

    note: Note = ""


class Postpone(Body):
    """Another time (ms)."""

    due_at: Instant


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """The list, what can be done, and planning one from a ticket."""
    api, signed = _FollowUps(desk), gate.signed_in
    ticket, one = "/desk/api/tickets/{ticket_id}", "/desk/api/follow_ups/{follow_up_id}"
    return [
        web.get("/desk/api/follow_ups", signed(api.page, needs="see_tier"), allow_head=False),
        web.get(f"{ticket}/follow_ups", signed(api.of_ticket, needs="see_tier"), allow_head=False),
        web.post(f"{ticket}/follow_ups", signed(api.schedule, needs="answer")),
        web.post(f"{ticket}/status_link", signed(api.status_link, needs="answer")),
        web.post(f"{one}/take", signed(api.take, needs="answer")),
        web.post(f"{one}/reach", signed(api.reach, needs="answer")),
        web.post(f"{one}/done", signed(api.done, needs="answer")),
        web.post(f"{one}/cancel", signed(api.cancel, needs="answer")),
        web.post(f"{one}/postpone", signed(api.postpone, needs="answer")),
    ]


class _FollowUps:
    def __init__(self, desk: DeskService) -> None:
        self._desk, self._follow_ups, self._moves = desk, desk.follow_ups, desk.follow_ups.moves

    async def page(self, request: web.Request, who: SignedIn) -> web.Response:
        query = check(Listing, dict(request.query))
        return web.json_response(await self._follow_ups.page(who.agent, query.view, mine=query.mine == "true"))

    async def of_ticket(self, request: web.Request, who: SignedIn) -> web.Response:
        row = await self._desk.ticket(who.agent, request.match_info["ticket_id"])
        return web.json_response({"follow_ups": await self._follow_ups.of_ticket(row.id)})

    async def schedule(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Schedule)
        plan = Plan(client_id=body.client_id, due_at=body.due_at, note=body.note, mine=body.mine, tier=body.tier)
        ticket_id = request.match_info["ticket_id"]
        return web.json_response(
            await self._follow_ups.do(self._moves.schedule, who.agent, ticket_id, plan), status=201
        )

    async def status_link(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response({"url": await self._desk.status_link(who.agent, request.match_info["ticket_id"])})

    async def take(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response(await self._follow_ups.do(self._moves.take, who.agent, _id(request)))

    async def reach(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response({"ticket_id": await self._follow_ups.reach(who.agent, _id(request))})

    async def done(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Done)
        return web.json_response(
            await self._follow_ups.do(self._moves.done, who.agent, _id(request), body.outcome, body.note)
        )

    async def cancel(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Cancel)
        return web.json_response(await self._follow_ups.do(self._moves.cancel, who.agent, _id(request), body.note))

    async def postpone(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Postpone)
        return web.json_response(await self._follow_ups.do(self._moves.postpone, who.agent, _id(request), body.due_at))


def _id(request: web.Request) -> str:
    return request.match_info["follow_up_id"]
