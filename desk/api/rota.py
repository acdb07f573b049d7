"""The rota over HTTP: supervisors plan, agents see and swap their own shifts, calendars subscribe."""

from dataclasses import asdict
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, ClientId, Id, Note, Nothing
from desk.api.gate import Gate, check, read_body
from desk.errors import bad_field
from desk.rota import Rota
from desk.rota_moves import NewShift
from desk.service import DeskService
from desk.signin import SignedIn
from storage.shifts import Absence
from storage.tables import new_id

Instant = Annotated[int, Field(ge=0, le=1 << 53)]
TierIds = Annotated[tuple[Id, ...], Field(min_length=1, max_length=50)]
LONGEST_MS = 62 * 86_400_000
CALENDAR = 60_000  # characters of a calendar file


class Period(Body):
    """From `since` until `until` (ms), two months at most."""

    since: Instant
    until: Instant


class PlanShift(Body):
    """A shift (ms). `weeks`: it repeats each week, so often in all."""

    agent_id: Id
    tiers: TierIds
    starts_at: Instant
    ends_at: Instant
    note: Note = ""
    weeks: Annotated[int, Field(ge=1, le=53)] = 1


class AddShift(PlanShift):
    """A new one: asked for again with the same `client_id`, it is there once."""

    client_id: ClientId


class Remove(Body):
    """`following`: the later shifts of the series too."""

    following: Annotated[bool, Field(strict=True)] = False


class Import(Body):
    """The text of an .ics file."""

    agent_id: Id
    tiers: TierIds
    calendar: Annotated[str, Field(min_length=1, max_length=CALENDAR)]


class Away(Body):
    """Who is away, when (ms) and why."""

    agent_id: Id
    starts_at: Instant
    ends_at: Instant
    kind: Literal["holiday", "illness", "training", "other"] = "holiday"
    note: Note = ""


class AskSwap(Body):
    """Who shall take the shift."""

    to_id: Id
    note: Note = ""


class Answer(Body):
    """Yes or no, and which of one's own shifts is given in return."""

    accept: Annotated[bool, Field(strict=True)]
    in_return: Id = ""


class Decide(Body):
    """Yes or no."""

    approve: Annotated[bool, Field(strict=True)]


class Feed(Body):
    """`renew`: the link before is none any more."""

    renew: Annotated[bool, Field(strict=True)] = False


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Everything about shifts."""
    api, signed = _RotaApi(desk), gate.signed_in
    rota, shift, swap = "/desk/api/rota", "/desk/api/rota/shifts/{id}", "/desk/api/rota/swaps/{id}"
    return [
        web.get(rota, signed(api.seen, needs="account"), allow_head=False),
        web.get(f"{rota}/now", signed(api.now, needs="account"), allow_head=False),
        web.post(f"{rota}/feed", signed(api.link, needs="account")),
        web.get(f"{rota}/feed/{{token}}.ics", gate.anyone(api.feed), allow_head=False),
        web.post(f"{rota}/shifts", signed(api.add, needs="supervise")),
        web.put(shift, signed(api.change, needs="supervise")),
        web.post(f"{shift}/remove", signed(api.remove, needs="supervise")),
        web.post(f"{rota}/import", signed(api.bring, needs="supervise")),
        web.post(f"{rota}/absences", signed(api.away, needs="supervise")),
        web.post(f"{rota}/absences/{{id}}/remove", signed(api.back, needs="supervise")),
        web.post(f"{shift}/swap", signed(api.ask, needs="account")),
        web.post(f"{swap}/answer", signed(api.answer, needs="account")),
        web.post(f"{swap}/cancel", signed(api.take_back, needs="account")),
        web.post(f"{swap}/decide", signed(api.decide, needs="supervise")),
    ]


class _RotaApi:
    def __init__(self, desk: DeskService) -> None:
        self._desk, self._rota = desk, Rota(desk)
        self._moves = self._rota.moves

    async def seen(self, request: web.Request, who: SignedIn) -> web.Response:
        query = check(Period, dict(request.query))
        if not query.since < query.until <= query.since + LONGEST_MS:
            raise bad_field("until", "bad_period")
        return web.json_response(await self._rota.seen(who.agent, query.since, query.until))

    async def now(self, _request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._rota.now(who.agent))

    async def link(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Feed)
        return web.json_response({"path": await self._rota.feed_path(who.agent, renew=body.renew)})

    async def feed(self, request: web.Request) -> web.Response:
        body = await self._rota.feed(request.match_info["token"])
        return web.Response(body=body, headers={"Content-Type": "text/calendar; charset=utf-8"})

    async def add(self, request: web.Request, who: SignedIn) -> web.Response:
        new = NewShift(**(await read_body(request, AddShift)).model_dump())
        added = await self._desk.db.write(self._moves.add, who.actor, new)
        return web.json_response({"shifts": [asdict(each) for each in added]}, status=201)

    async def change(self, request: web.Request, who: SignedIn) -> web.Response:
        new = NewShift(**(await read_body(request, PlanShift)).model_dump())
        changed = await self._desk.db.write(self._moves.change, who.actor, _id(request), new)
        return web.json_response({"shift": asdict(changed)})

    async def remove(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Remove)
        gone = await self._desk.db.write(self._moves.remove, who.actor, _id(request), following=body.following)
        return web.json_response({"removed": gone})

    async def bring(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Import)
        added = await self._desk.db.write(self._moves.bring, who.actor, body.agent_id, body.tiers, body.calendar)
        return web.json_response({"added": added})

    async def away(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Away)
        new = await self._desk.db.write(self._moves.away, who.actor, Absence(id=new_id(), **body.model_dump()))
        return web.json_response({"absence": asdict(new)}, status=201)

    async def back(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        await self._desk.db.write(self._moves.back, who.actor, _id(request))
        return web.json_response({})

    async def ask(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, AskSwap)
        asked = await self._desk.db.write(self._moves.ask, who.agent, _id(request), body.to_id, body.note)
        return web.json_response({"swap": asdict(asked)}, status=201)

    async def answer(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Answer)
        said = await self._desk.db.write(
            self._moves.answer, who.agent, _id(request), accept=body.accept, in_return=body.in_return
        )
        return web.json_response({"swap": asdict(said)})

    async def take_back(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response(
            {"swap": asdict(await self._desk.db.write(self._moves.take_back, who.agent, _id(request)))}
        )

    async def decide(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Decide)
        said = await self._desk.db.write(self._moves.decide, who.actor, _id(request), approve=body.approve)
        return web.json_response({"swap": asdict(said)})


def _id(request: web.Request) -> str:
    return request.match_info["id"]
