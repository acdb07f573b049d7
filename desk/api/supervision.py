"""Supervision over HTTP: the wall, whispers, taking over, banners."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, ClientId, Note, Nothing, Trimmed
from desk.api.gate import Gate, read_body
from desk.service import DeskService
from desk.signin import SignedIn
from desk.supervision import Supervision

Said = Annotated[str, Trimmed, Field(max_length=500)]


class Whisper(Body):
    """A quiet word."""

    client_id: ClientId
    text: Annotated[str, Trimmed, Field(min_length=1, max_length=1000)]


class TakeOver(Body):
    """Why."""

    reason: Note = ""


class Texts(Body):
    """What customers read; one language will do."""

    en: Said = ""
    zh: Said = ""


class PutUp(Body):
    """A banner. `words`: told only to those who write one of them; `hours`: after which it ends, 0 never."""

    text: Texts
    words: Annotated[tuple[Annotated[str, Trimmed, Field(min_length=1, max_length=40)], ...], Field(max_length=20)] = ()
    hours: Annotated[int, Field(ge=0, le=720)] = 0


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """All of it."""
    api = _Supervision(desk)
    signed, one = gate.signed_in, "/desk/api/tickets/{ticket_id}"
    return [
        web.get("/desk/api/wall", signed(api.wall, needs="supervise"), allow_head=False),
        web.post(f"{one}/whisper", signed(api.whisper, needs="supervise")),
        web.post(f"{one}/take-over", signed(api.take_over, needs="reassign")),
        web.get("/desk/api/banners", signed(api.banners, needs="banner"), allow_head=False),
        web.post("/desk/api/banners", signed(api.put_up, needs="banner")),
        web.post("/desk/api/banners/{banner_id}/end", signed(api.take_down, needs="banner")),
    ]


class _Supervision:
    def __init__(self, desk: DeskService) -> None:
        self._desk, self._supervision = desk, Supervision(desk)

    async def wall(self, _request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._supervision.wall(who.agent))

    async def whisper(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Whisper)
        return web.json_response(
            await self._supervision.whisper(who.agent, who.actor, _ticket(request), body.client_id, body.text)
        )

    async def take_over(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, TakeOver)
        move = self._supervision.moves.take_over
        return web.json_response(await self._desk.act(move, who.agent, _ticket(request), body.reason, who.actor))

    async def banners(self, _request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response(await self._supervision.banners())

    async def put_up(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, PutUp)
        text = {language: said for language, said in body.text.model_dump().items() if said}
        put = await self._supervision.put_up(who.agent, who.actor, text, body.words, body.hours)
        return web.json_response(put, status=201)

    async def take_down(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        await self._supervision.take_down(who.agent, who.actor, request.match_info["banner_id"])
        return web.Response(status=204)


def _ticket(request: web.Request) -> str:
    return request.match_info["ticket_id"]
