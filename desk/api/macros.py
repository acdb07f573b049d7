"""Canned replies: looking at them, and looking after them."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Id, Trimmed
from desk.api.gate import Gate, read_body
from desk.macros import Macros, Wanted
from desk.service import DeskService
from desk.signin import SignedIn

Tag = Annotated[str, Trimmed, Field(min_length=1, max_length=40)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=20)]


class Words(Body):
    """In both languages; one of them may be empty."""

    en: Annotated[str, Trimmed, Field(max_length=4000)] = ""
    zh: Annotated[str, Trimmed, Field(max_length=4000)] = ""


class Titles(Body):
    """The same, short."""

    en: Annotated[str, Trimmed, Field(max_length=80)] = ""
    zh: Annotated[str, Trimmed, Field(max_length=80)] = ""


class Action(Body):
    """What else is done with the reply; `value` as it needs one."""

    do: Literal["tag", "category", "wrap_up", "snooze", "resolve"]
    value: Annotated[str, Trimmed, Field(max_length=40)] = ""


class MacroBody(Body):
    """A canned reply."""

    scope: Literal["personal", "tier", "everyone"] = "personal"
    tier: Id = ""
    shortcut: Annotated[str, Field(pattern=r"^[\w-]{1,32}$")]
    folder: Annotated[str, Trimmed, Field(max_length=60)] = ""
    tags: Tags = ()
    titles: Titles
    texts: Words
    actions: Annotated[tuple[Action, ...], Field(max_length=10)] = ()
    retired: Annotated[bool, Field(strict=True)] = False

    def wanted(self) -> Wanted:
        """As the desk takes it."""
        fields = {name: getattr(self, name) for name in ("scope", "tier", "shortcut", "folder", "tags", "retired")}
        actions = tuple(each.model_dump() for each in self.actions)
        return Wanted(**fields, titles=self.titles.model_dump(), texts=self.texts.model_dump(), actions=actions)


class ChangeMacro(MacroBody):
    """With the version that was changed."""

    version: Annotated[int, Field(ge=1)]


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """All of them. Who may change shared ones is decided for each."""
    api = _Macros(Macros(desk))
    signed = gate.signed_in
    return [
        web.get("/desk/api/macros", signed(api.listed, needs="answer"), allow_head=False),
        web.post("/desk/api/macros", signed(api.add, needs="answer")),
        web.put("/desk/api/macros/{macro_id}", signed(api.change, needs="answer")),
        web.delete("/desk/api/macros/{macro_id}", signed(api.drop, needs="answer")),
        web.get("/desk/api/tickets/{ticket_id}/variables", signed(api.variables, needs="see_tier"), allow_head=False),
    ]


class _Macros:
    def __init__(self, macros: Macros) -> None:
        self._macros = macros

    async def listed(self, _request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._macros.listed(who.agent))

    async def add(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, MacroBody)
        return web.json_response(await self._macros.add(who, body.wanted()), status=201)

    async def change(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, ChangeMacro)
        changed = await self._macros.change(who, request.match_info["macro_id"], body.wanted(), body.version)
        return web.json_response(changed)

    async def drop(self, request: web.Request, who: SignedIn) -> web.Response:
        await self._macros.drop(who, request.match_info["macro_id"])
        return web.Response(status=204)

    async def variables(self, request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._macros.variables(who.agent, request.match_info["ticket_id"]))
