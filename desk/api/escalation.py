"""Escalation, internal tickets and consultation over HTTP."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, ClientId, Id, Note, Nothing, Trimmed
from desk.api.gate import Gate, read_body
from desk.colleagues import Colleagues
from desk.consulting import ConsultMoves
from desk.escalating import EscalationMoves, Wish
from desk.internal import InternalMoves
from desk.service import DeskService
from desk.signin import SignedIn

Words = Annotated[str, Trimmed, Field(min_length=1, max_length=2000)]


class Escalate(Body):
    """What was tried and what is asked; `tier` is empty for the next one, `keep` keeps the customer."""

    client_id: ClientId
    tier: Id = ""
    tried: Words
    asked: Words
    keep: Annotated[bool, Field(strict=True)] | None = None


class GiveBack(Body):
    """What the agent should know who gets the ticket back."""

    client_id: ClientId
    note: Note = ""


class Said(Body):
    """Words between colleagues."""

    client_id: ClientId
    text: Words


class Result(Said):
    """What was found; `done`: that is all."""

    done: Annotated[bool, Field(strict=True)] = True


class Consult(Said):
    """A question, or an answer in the thread of one."""

    thread: Id = ""


class Settle(Body):
    """Whether a question is answered."""

    done: Annotated[bool, Field(strict=True)] = True


class ReadMentions(Body):
    """Of which ticket the mentions were seen; empty: all."""

    ticket_id: Id = ""


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """What agents ask of each other."""
    api = _Escalation(desk)
    signed, one = gate.signed_in, "/desk/api/tickets/{ticket_id}"
    return [
        web.post(f"{one}/escalate", signed(api.escalate, needs="escalate")),
        web.post(f"{one}/give-back", signed(api.give_back, needs="escalate")),
        web.post(f"{one}/attended", signed(api.attend, needs="supervise")),
        web.get(f"{one}/linked", signed(api.linked, needs="see_tier"), allow_head=False),
        web.post(f"{one}/result", signed(api.result, needs="answer")),
        web.post(f"{one}/bounce", signed(api.bounce, needs="answer")),
        web.post(f"{one}/inform", signed(api.inform, needs="answer")),
        web.post(f"{one}/reopen", signed(api.reopen, needs="answer")),
        web.post(f"{one}/consult", signed(api.consult, needs="see_tier")),
        web.post(one + "/consult/{thread}/done", signed(api.settle, needs="see_tier")),
        web.get("/desk/api/mentions", signed(api.mentions, needs="see_tier"), allow_head=False),
        web.post("/desk/api/mentions/read", signed(api.read, needs="see_tier")),
    ]


class _Escalation:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self._up = EscalationMoves(desk=desk.name, tiers=desk.tiers, clock=desk.clock)
        self._internal = InternalMoves(tiers=desk.tiers, clock=desk.clock)
        self._consult = ConsultMoves(clock=desk.clock)
        self._colleagues = Colleagues(desk)

    async def escalate(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Escalate)
        wish = Wish(**body.model_dump())
        return web.json_response(await self._desk.act(self._up.escalate, who.agent, _id(request), wish))

    async def give_back(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, GiveBack)
        move = self._up.give_back
        return web.json_response(await self._desk.act(move, who.agent, _id(request), body.client_id, body.note))

    async def attend(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response(await self._desk.act(self._up.attend, who.agent, _id(request)))

    async def linked(self, request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._colleagues.linked(who.agent, _id(request)))

    async def result(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Result)
        said = (body.client_id, body.text, body.done)
        return web.json_response(await self._desk.act(self._internal.result, who.agent, _id(request), *said))

    async def bounce(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Said)
        move = self._internal.bounce
        return web.json_response(await self._desk.act(move, who.agent, _id(request), body.client_id, body.text))

    async def inform(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Said)
        move = self._internal.inform
        return web.json_response(await self._desk.act(move, who.agent, _id(request), body.client_id, body.text))

    async def reopen(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Said)
        move = self._internal.reopen
        return web.json_response(await self._desk.act(move, who.agent, _id(request), body.client_id, body.text))

    async def consult(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Consult)
        said = (body.client_id, body.text, body.thread)
        return web.json_response(await self._desk.act(self._consult.say, who.agent, _id(request), *said))

    async def settle(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Settle)
        thread = request.match_info["thread"]
        move = self._consult.settle
        return web.json_response(await self._desk.act(move, who.agent, _id(request), thread, body.done))

    async def mentions(self, _request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._colleagues.mentions(who.agent))

    async def read(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, ReadMentions)
        return web.json_response(await self._colleagues.read(who.agent, body.ticket_id))


def _id(request: web.Request) -> str:
    return request.match_info["ticket_id"]
