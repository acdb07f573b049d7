"""Trainings: made and assigned by who supervises, taken by everybody."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, ClientId, Id, Language, Trimmed
from desk.api.gate import Gate, check, read_body
from desk.service import DeskService
from desk.signin import SignedIn
from desk.training import Trainings, Wanted, Whom

Title = Annotated[str, Trimmed, Field(min_length=1, max_length=120)]
Words = Annotated[str, Trimmed, Field(min_length=1, max_length=600)]
Article = Annotated[str, Field(min_length=1, max_length=80)]
Amount = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
Version = Annotated[int, Field(ge=1)]


class Make(Body):
    """From which articles, and how many questions about each."""

    title: Title
    articles: Annotated[tuple[Article, ...], Field(min_length=1, max_length=50)]
    each: Annotated[int, Field(ge=1, le=10)] = 3


class QuestionBody(Body):
    """A question as it was made, with the words it shall have."""

    id: Id
    kind: Literal["which", "amount", "truth"]
    language: Language
    article_id: Article
    article_hash: Id
    text: Words
    options: Annotated[tuple[Words, ...], Field(min_length=2, max_length=6)]
    right: Annotated[int, Field(ge=0, le=5)]


class Change(Body):
    """What it shall be; `version` is the one that was looked at."""

    version: Version
    title: Title
    pass_mark: Annotated[int, Field(ge=1, le=100)]
    tries: Annotated[int, Field(ge=1, le=20)]
    hours: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 0.0
    cost: Amount = 0.0
    questions: Annotated[tuple[QuestionBody, ...], Field(min_length=1, max_length=500)]

    def wanted(self) -> Wanted:
        """As the desk takes it."""
        asked = tuple(each.model_dump() | {"options": list(each.options)} for each in self.questions)
        return Wanted(
            title=self.title, pass_mark=self.pass_mark, tries=self.tries, hours=self.hours, cost=self.cost,
            questions=asked,
        )  # fmt: skip


class Assign(Body):
    """To whom, and until when (ms)."""

    due_at: Annotated[int, Field(ge=0, le=1 << 53)]
    grade: Id = ""
    tier: Id = ""
    agent_ids: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()


class Answers(Body):
    """Which option was chosen, by question."""

    client_id: ClientId
    version: Version
    answers: Annotated[dict[str, Annotated[int, Field(ge=0, le=5)]], Field(min_length=1, max_length=500)]


class QuizQuery(Body):
    """In which language one is asked."""

    language: Language = "en"


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """All of them."""
    api, signed = _Trainings(Trainings(desk)), gate.signed_in
    path, one = "/desk/api/trainings", "/desk/api/trainings/{training_id}"
    return [
        web.get(path, signed(api.listed, needs="supervise"), allow_head=False),
        web.post(path, signed(api.make, needs="supervise")),
        web.get(f"{path}/mine", signed(api.mine, needs="account"), allow_head=False),
        web.get(one, signed(api.one, needs="supervise"), allow_head=False),
        web.put(one, signed(api.change, needs="supervise")),
        web.delete(one, signed(api.drop, needs="supervise")),
        web.post(f"{one}/assign", signed(api.assign, needs="supervise")),
        web.get(f"{one}/questions", signed(api.questions, needs="account"), allow_head=False),
        web.post(f"{one}/answers", signed(api.answer, needs="account")),
    ]


class _Trainings:
    def __init__(self, trainings: Trainings) -> None:
        self._all = trainings

    async def listed(self, _request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response(await self._all.listed())

    async def make(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Make)
        made = await self._all.make(who, body.title, list(dict.fromkeys(body.articles)), body.each)
        return web.json_response(made, status=201)

    async def mine(self, _request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._all.mine(who.agent))

    async def one(self, request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response(await self._all.one(_id(request)))

    async def change(self, request: web.Request, _who: SignedIn) -> web.Response:
        body = await read_body(request, Change)
        return web.json_response(await self._all.change(_id(request), body.wanted(), body.version))

    async def drop(self, request: web.Request, _who: SignedIn) -> web.Response:
        await self._all.drop(_id(request))
        return web.Response(status=204)

    async def assign(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Assign)
        whom = Whom(grade=body.grade, tier=body.tier, agent_ids=body.agent_ids)
        return web.json_response(await self._all.assign(who, _id(request), whom, body.due_at))

    async def questions(self, request: web.Request, who: SignedIn) -> web.Response:
        language = check(QuizQuery, dict(request.query)).language
        return web.json_response(await self._all.questions(who.agent, _id(request), language))

    async def answer(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Answers)
        done = await self._all.answer(who.agent, _id(request), body.client_id, body.version, body.answers)
        return web.json_response(done)


def _id(request: web.Request) -> str:
    return request.match_info["training_id"]
