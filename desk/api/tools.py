"""What agents do with a ticket besides talking: let it rest, merge it, part it again, block who abuses them."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Note, Nothing, Trimmed
from desk.api.gate import Gate, read_body
from desk.permissions import sees
from desk.service import DeskService
from desk.signin import SignedIn
from storage import merges


class Snooze(Body):
    """Until when (ms), None: until the customer writes."""

    until: Annotated[int, Field(ge=0, le=1 << 53)] | None
    note: Note = ""


class Merge(Body):
    """The number or id of the ticket that goes on."""

    into: Annotated[str, Trimmed, Field(min_length=1, max_length=40)]


class BlockBody(Body):
    """Why, and for how many days; None: until somebody lifts it."""

    reason: Annotated[str, Trimmed, Field(min_length=1, max_length=500)]
    days: Annotated[int, Field(ge=1, le=3650)] | None


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Under the ticket, and the list of blocks."""
    api = _Tools(desk)
    signed, one = gate.signed_in, "/desk/api/tickets/{ticket_id}"
    identity = one + "/identities/{customer_id}"
    return [
        web.post(f"{one}/snooze", signed(api.snooze, needs="answer")),
        web.post(f"{one}/wake", signed(api.wake, needs="answer")),
        web.get(f"{one}/siblings", signed(api.siblings, needs="see_tier"), allow_head=False),
        web.post(f"{one}/merge", signed(api.merge, needs="answer")),
        web.post(f"{one}/part", signed(api.part, needs="answer")),
        web.post(f"{identity}/block", signed(api.block, needs="block")),
        web.post(f"{identity}/unblock", signed(api.unblock, needs="block")),
        web.get("/desk/api/blocks", signed(api.blocks, needs="block"), allow_head=False),
        web.delete("/desk/api/blocks/{block_id}", signed(api.lift, needs="block")),
    ]


class _Tools:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def snooze(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Snooze)
        move, until = self._desk.snoozes.snooze, (body.until, body.note)
        return web.json_response(await self._desk.act(move, who.agent, _ticket(request), *until))

    async def wake(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response(await self._desk.act(self._desk.snoozes.wake, who.agent, _ticket(request)))

    async def siblings(self, request: web.Request, who: SignedIn) -> web.Response:
        row = await self._desk.ticket(who.agent, _ticket(request))
        found = [each for each in await self._desk.db.read(merges.siblings, row) if sees(who.agent, each)]
        return web.json_response({"tickets": await self._desk.show(found, who.agent)})

    async def merge(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Merge)
        return web.json_response(
            await self._desk.act(self._desk.merges.merge, who.agent, _ticket(request), who.actor, body.into)
        )

    async def part(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response(await self._desk.act(self._desk.merges.part, who.agent, _ticket(request), who.actor))

    async def block(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, BlockBody)
        about = (who.actor, request.match_info["customer_id"], body.reason, body.days)
        shown = await self._desk.act(self._desk.blocks.block, who.agent, _ticket(request), *about)
        return web.json_response(await self._told(shown, _ticket(request), who))

    async def unblock(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        about = (who.actor, request.match_info["customer_id"])
        shown = await self._desk.act(self._desk.blocks.unblock, who.agent, _ticket(request), *about)
        return web.json_response(await self._told(shown, _ticket(request), who))

    async def blocks(self, _request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response({"blocks": await self._desk.db.read(self._desk.blocks.shown)})

    async def lift(self, request: web.Request, who: SignedIn) -> web.Response:
        await self._desk.db.write(self._desk.blocks.lift, who.actor, request.match_info["block_id"])
        return web.Response(status=204)

    async def _told(self, shown: dict[str, object], ticket_id: str, who: SignedIn) -> dict[str, object]:
        """Consoles look at the customer's card again."""
        row = await self._desk.ticket(who.agent, ticket_id)
        await self._desk.bus.publish("person", {"conversation_id": row.conversation_id})
        return shown


def _ticket(request: web.Request) -> str:
    return request.match_info["ticket_id"]
