"""Quality reviews: what waits to be scored, one's own, and appeals."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Id, Note, Trimmed
from desk.api.gate import Gate, read_body
from desk.growth_settings import FULL_MARKS
from desk.quality import Card, Reviews
from desk.service import DeskService
from desk.signin import SignedIn

Reason = Annotated[str, Trimmed, Field(min_length=1, max_length=2000)]
Points = Annotated[int, Field(ge=0, le=FULL_MARKS)]


class Remark(Body):
    """What is said of an item, and the entry of the timeline it is about."""

    comment: Note = ""
    entry_id: Id = ""


class CardBody(Body):
    """Points by item, null where an item does not apply."""

    scores: Annotated[dict[str, Points | None], Field(max_length=20)]
    remarks: Annotated[dict[str, Remark], Field(max_length=20)] = Field(default_factory=dict)

    def card(self, comment: str = "") -> Card:
        """As the desk takes it."""
        remarks = {name: each.model_dump() for name, each in self.remarks.items()}
        return Card(scores=self.scores, remarks=remarks, comment=comment)


class Written(CardBody):
    """The whole review."""

    comment: Note = ""


class Appeal(Body):
    """Why the score is not right."""

    reason: Reason


class Decision(Body):
    """What becomes of an appeal, and why; without a card the score stays."""

    decision: Reason
    card: CardBody | None = None


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """For reviewers, and for those whose work it is."""
    reviews = Reviews(desk)

    async def waiting(_request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await reviews.waiting(who.agent))

    async def mine(_request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await reviews.mine(who.agent))

    async def one(request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await reviews.one(who.agent, _id(request)))

    async def write(request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Written)
        return web.json_response(await reviews.write(who, _id(request), body.card(body.comment)))

    async def appeal(request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Appeal)
        return web.json_response(await reviews.appeal(who, _id(request), body.reason))

    async def decide(request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Decision)
        card = body.card.card() if body.card else None
        return web.json_response(await reviews.decide(who, _id(request), body.decision, card))

    signed, path = gate.signed_in, "/desk/api/quality"
    return [
        web.get(path, signed(waiting, needs="quality"), allow_head=False),
        web.get(f"{path}/mine", signed(mine, needs="account"), allow_head=False),
        web.get(f"{path}/reviews/{{review_id}}", signed(one, needs="quality"), allow_head=False),
        web.post(f"{path}/reviews/{{review_id}}", signed(write, needs="quality")),
        web.post(f"{path}/reviews/{{review_id}}/appeal", signed(appeal, needs="account")),
        web.post(f"{path}/reviews/{{review_id}}/decide", signed(decide, needs="quality")),
    ]


def _id(request: web.Request) -> str:
    return request.match_info["review_id"]
