"""What people correct of triage."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from desk.api.bodies import Tag
from desk.api.gate import Gate, read_body
from desk.service import DeskService
from desk.signin import SignedIn
from desk.tier_models import Complexity, Risk, Urgency, Value
from desk.triage_cues import DIMENSIONS
from desk.triage_moves import TriageMoves


class Correct(BaseModel):
    """`PUT /desk/api/tickets/{id}/triage`: what is not given stays; `add_tags` come to those there are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: Annotated[str, Field(max_length=32)] | None = None
    complexity: Complexity | None = None
    urgency: Urgency | None = None
    value: Value | None = None
    risk: Risk | None = None
    tags: Annotated[list[Tag], Field(max_length=10)] | None = None
    add_tags: Annotated[list[Tag], Field(max_length=10)] = Field(default_factory=list)


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Correcting triage."""
    moves = TriageMoves(tiers=desk.tiers, clock=desk.clock)

    async def correct(request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Correct)
        said = {name: value for name in DIMENSIONS if (value := getattr(body, name)) is not None}
        ticket_id = request.match_info["ticket_id"]
        return web.json_response(await desk.act(moves.correct, who.agent, ticket_id, said, body.tags, body.add_tags))

    return [web.put("/desk/api/tickets/{ticket_id}/triage", gate.signed_in(correct, needs="answer"))]
