"""Grades, promotions, the figures of people's growth, and the agents' own survey."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Id, Trimmed
from desk.api.gate import Gate, check, read_body
from desk.growth import People
from desk.service import DeskService
from desk.signin import SignedIn

Score = Annotated[int, Field(ge=1, le=5)]


class Promote(Body):
    """To which grade and why; `despite`: although something is missing."""

    grade: Id
    note: Annotated[str, Trimmed, Field(min_length=1, max_length=2000)]
    despite: Annotated[bool, Field(strict=True)] = False


class Survey(Body):
    """How far one agrees, 1 to 5."""

    workload: Score
    support: Score
    recommend: Score


class Figures(Body):
    """Of how many days."""

    days: Annotated[int, Field(ge=1, le=730)] = 90


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """One's own, and everybody's for who supervises."""
    people = People(desk)

    async def mine(_request: web.Request, who: SignedIn) -> web.Response:
        found = await people.of(who.agent.id)
        return web.json_response(found | {"survey": await people.survey_of(who.agent)})

    async def team(_request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response(await people.team())

    async def figures(request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response(await people.figures(check(Figures, dict(request.query)).days))

    async def survey(request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Survey)
        return web.json_response(await people.survey(who.agent, body.model_dump()))

    async def one(request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response(await people.of(request.match_info["agent_id"]))

    async def promote(request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Promote)
        agent_id = request.match_info["agent_id"]
        done = await people.promote(who, agent_id, grade=body.grade, note=body.note, despite=body.despite)
        return web.json_response(done)

    signed = gate.signed_in
    return [
        web.get("/desk/api/growth", signed(mine, needs="account"), allow_head=False),
        web.get("/desk/api/growth/team", signed(team, needs="supervise"), allow_head=False),
        web.get("/desk/api/growth/figures", signed(figures, needs="reports"), allow_head=False),
        web.post("/desk/api/growth/survey", signed(survey, needs="account")),
        web.get("/desk/api/growth/people/{agent_id}", signed(one, needs="supervise"), allow_head=False),
        web.post("/desk/api/growth/people/{agent_id}/promote", signed(promote, needs="supervise")),
    ]
