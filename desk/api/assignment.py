"""Letting offers pass, and managers who put tickets into other hands."""

from aiohttp import web

from desk.api.bodies import Body, Id, Note, Nothing
from desk.api.gate import Gate, read_body
from desk.errors import Refused
from desk.service import DeskService
from desk.signin import SignedIn
from storage.tickets import held_by


class Assign(Body):
    """Whose hands a ticket goes into at once."""

    agent_id: Id
    note: Note = ""


class MoveAll(Body):
    """Where all tickets of somebody go: the queue of a tier (empty: each ticket's own), marked for a colleague."""

    tier: Id = ""
    agent_id: Id = ""
    note: Note = ""


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """What is done about offers and with colleagues' tickets."""
    api, signed = _Assignment(desk), gate.signed_in
    return [
        web.post("/desk/api/tickets/{ticket_id}/pass", signed(api.pass_on, needs="take")),
        web.post("/desk/api/tickets/{ticket_id}/assign", signed(api.assign, needs="reassign")),
        web.post("/desk/api/agents/{agent_id}/transfer", signed(api.move_all, needs="reassign")),
    ]


class _Assignment:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def pass_on(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        ticket_id = request.match_info["ticket_id"]
        await self._desk.ticket(who.agent, ticket_id)
        return web.json_response(await self._desk.act(self._desk.assignment.pass_on, who.agent, ticket_id))

    async def assign(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Assign)
        move, ticket_id = self._desk.assignment.hand_over, request.match_info["ticket_id"]
        return web.json_response(await self._desk.act(move, who.agent, ticket_id, who.actor, body.agent_id, body.note))

    async def move_all(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, MoveAll)
        absent = await self._desk.people.find(request.match_info["agent_id"])
        moved, kept = [], []
        for ticket_id in await self._desk.db.read(held_by, absent.id):
            move, to = self._desk.moves.transfer, (body.tier, body.agent_id, body.note)
            try:
                await self._desk.act(move, who.agent, ticket_id, *to)
            except Refused as refused:
                if refused.code == "bad_field":  # of all of them: nothing was moved
                    raise
                kept.append(ticket_id)  # closed meanwhile
            else:
                moved.append(ticket_id)
        return web.json_response({"moved": moved, "kept": kept})
