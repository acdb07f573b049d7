"""Staffing plans over HTTP: JSON lines, because making one takes some seconds."""

import json
from contextlib import aclosing
from dataclasses import asdict, replace
from datetime import date
from typing import Annotated

import structlog
from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Id
from desk.api.gate import Gate, check, language_of, read_body
from desk.errors import Refused, bad_field
from desk.service import DeskService, require_tier
from desk.signin import SignedIn
from desk.staffing_work import WEEKS, Question, Staffing, this_monday, usual_goal

log = structlog.get_logger(__name__)

Hour = Annotated[int, Field(ge=0, le=10_000)]


class Ask(Body):
    """A tier; the rest is as usual unless it is given. `within_s` in seconds, `monday` a date."""

    tier: Id
    monday: date | None = None
    target: Annotated[float, Field(ge=0.1, le=0.99)] | None = None
    within_s: Annotated[float, Field(ge=1, le=604_800)] | None = None
    shrinkage: Annotated[float, Field(ge=0, le=0.8)] | None = None
    weeks: Annotated[int, Field(ge=1, le=52)] = WEEKS
    runs: Annotated[int, Field(ge=10, le=500)] | None = None


class Adopt(Body):
    """People on the rota by weekday (Monday first) and hour."""

    people: Annotated[
        list[Annotated[list[Hour], Field(min_length=24, max_length=24)]], Field(min_length=7, max_length=7)
    ]


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Making a plan, and keeping to it."""
    api = _Staffing(desk)
    return [
        web.get("/desk/api/staffing", gate.signed_in(api.make, needs="supervise"), allow_head=False),
        web.put("/desk/api/staffing/{tier}", gate.signed_in(api.adopt, needs="supervise")),
    ]


class _Staffing:
    def __init__(self, desk: DeskService) -> None:
        self._desk, self._staffing = desk, Staffing(desk)

    async def make(self, request: web.Request, _who: SignedIn) -> web.StreamResponse:
        asked = check(Ask, dict(request.query))
        if asked.tier not in self._desk.tiers.tiers:
            raise bad_field("tier", "no_such_tier")
        monday = asked.monday or this_monday(self._desk.tiers, self._desk.clock())
        if monday.weekday() != 0:
            raise bad_field("monday", "not_monday")
        usual = usual_goal(self._desk.tiers, asked.tier)
        goal = replace(usual, **{name: each for name in asdict(usual) if (each := getattr(asked, name)) is not None})
        response = web.StreamResponse(
            headers={"Content-Type": "application/x-ndjson; charset=utf-8", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        question = Question(tier=asked.tier, monday=monday, goal=goal, weeks=asked.weeks)
        try:
            async with aclosing(self._staffing.make(question)) as making:
                async for told in making:
                    await response.write(json.dumps(told).encode() + b"\n")
        except ConnectionResetError:  # nobody waits for it any more
            return response
        except Exception as error:  # the answer has begun, so its status cannot say it
            log.exception("desk.staffing_failed", tier=asked.tier, error=type(error).__name__)
            failed = Refused("internal").to_json(language_of(request))
            await response.write(json.dumps(failed).encode() + b"\n")
        await response.write_eof()
        return response

    async def adopt(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Adopt)
        tier = request.match_info["tier"]
        require_tier(self._desk.tiers, tier)
        await self._staffing.adopt(who.actor, tier, body.people)
        return web.json_response({})
