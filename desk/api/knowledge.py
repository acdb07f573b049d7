"""Articles over HTTP: reading and drafting for everyone, publishing for who may."""

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Nothing, Trimmed
from desk.api.gate import Gate, check, read_body
from desk.errors import Refused
from desk.knowledge import Knowledge
from desk.publishing import Publishing, Why, Wish
from desk.service import DeskService
from desk.signin import SignedIn
from storage.article_drafts import Draft

Note = Annotated[str, Trimmed, Field(max_length=500)]
Version = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
At = Annotated[int, Field(ge=0, le=1 << 53, strict=True)]


class ListQuery(Body):
    """The query of the list."""

    query: Annotated[str, Trimmed, Field(max_length=200)] = ""
    filter: Literal["all", "drafts", "withdrawn", "files", "console", "problems"] = "all"
    limit: Annotated[int, Field(ge=1, le=1000)] = 200
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class SaveDraft(Body):
    """A draft; `draft_at` is the `at` of the one it takes the place of, 0 for none."""

    content: dict[str, Any]
    base: Version
    note: Note = ""
    draft_at: At | None = None


class Publish(Body):
    """To publish the draft; `accept`: although some answers get worse."""

    note: Note = ""
    replay_id: Annotated[str, Field(max_length=64)] = ""
    accept: Annotated[bool, Field(strict=True)] = False
    draft_at: At | None = None


class Withdraw(Body):
    """Why; `accept`: although some answers get worse."""

    note: Note = ""
    accept: Annotated[bool, Field(strict=True)] = False


class RollBack(Withdraw):
    """To which version; 0 is the file."""

    to: Version


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """The list, an article, and what can be done with it."""
    api = _Knowledge(desk)
    signed, one = gate.signed_in, "/desk/api/knowledge/{article_id}"
    return [
        web.get("/desk/api/knowledge", signed(api.all, needs="read_articles"), allow_head=False),
        web.get(one, signed(api.one, needs="read_articles"), allow_head=False),
        web.get(one + "/versions/{number}", signed(api.version, needs="read_articles"), allow_head=False),
        web.put(f"{one}/draft", signed(api.save, needs="write_articles")),
        web.delete(f"{one}/draft", signed(api.drop, needs="write_articles")),
        web.post(f"{one}/replay", signed(api.replay, needs="write_articles")),
        web.post(f"{one}/publish", signed(api.publish, needs="publish_articles")),
        web.post(f"{one}/rollback", signed(api.roll_back, needs="publish_articles")),
        web.post(f"{one}/withdraw", signed(api.withdraw, needs="publish_articles")),
    ]


class _Knowledge:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self._knowledge = Knowledge(desk)
        self._publishing = Publishing(self._knowledge)

    async def all(self, request: web.Request, _who: SignedIn) -> web.Response:
        query = check(ListQuery, dict(request.query))
        return web.json_response(await self._knowledge.articles(query.query, query.filter, query.limit, query.offset))

    async def one(self, request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response(await self._knowledge.article(_id(request)))

    async def version(self, request: web.Request, _who: SignedIn) -> web.Response:
        number = request.match_info["number"]
        if not (number.isascii() and number.isdigit() and len(number) < 8):
            raise Refused("not_found")
        return web.json_response(await self._knowledge.version(_id(request), int(number)))

    async def save(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, SaveDraft)
        draft = Draft(
            article_id=_id(request), content=body.content, base=body.base, note=body.note, by=who.agent.id,
            at=self._desk.clock(),
        )  # fmt: skip
        return web.json_response(await self._knowledge.save_draft(who.agent, draft, body.draft_at))

    async def drop(self, request: web.Request, who: SignedIn) -> web.Response:
        await self._knowledge.drop_draft(who.agent, _id(request))
        return web.Response(status=204)

    async def replay(self, request: web.Request, _who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response(await self._publishing.replay(_id(request)))

    async def publish(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Publish)
        wish = Wish(note=body.note, replay_id=body.replay_id, accept=body.accept, draft_at=body.draft_at)
        return web.json_response(await self._publishing.publish(who.actor, _id(request), wish))

    async def roll_back(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, RollBack)
        return web.json_response(await self._publishing.roll_back(who.actor, _id(request), body.to, _why(body)))

    async def withdraw(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Withdraw)
        return web.json_response(await self._publishing.withdraw(who.actor, _id(request), _why(body)))


def _id(request: web.Request) -> str:
    return request.match_info["article_id"]


def _why(body: Withdraw) -> Why:
    return Why(note=body.note, accept=body.accept)
