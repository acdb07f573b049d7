"""A ticket in half a minute, and translations, over HTTP."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Id, Nothing, Trimmed
from desk.api.gate import Gate, check, language_of, read_body
from desk.service import DeskService
from desk.signin import SignedIn
from desk.summarizing import Summaries

AT_ONCE = 20


class LanguageQuery(Body):
    """In which language articles are named; empty: the console's."""

    language: Literal["", "en", "zh"] = ""


class Translate(Body):
    """Entries of a ticket's timeline, or words that are not yet said."""

    to: Literal["en", "zh"]
    entries: Annotated[tuple[Id, ...], Field(max_length=AT_ONCE)] = ()
    text: Annotated[str, Trimmed, Field(max_length=4000)] = ""


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Summary, summary in sentences, translations."""
    api = _Summary(desk)
    signed, one = gate.signed_in, "/desk/api/tickets/{ticket_id}"
    return [
        web.get(f"{one}/summary", signed(api.of, needs="see_tier"), allow_head=False),
        web.post(f"{one}/summary", signed(api.worded, needs="see_tier")),
        web.post(f"{one}/translations", signed(api.translate, needs="see_tier")),
    ]


class _Summary:
    def __init__(self, desk: DeskService) -> None:
        self._summaries = Summaries(desk)

    async def of(self, request: web.Request, who: SignedIn) -> web.Response:
        language = check(LanguageQuery, dict(request.query)).language or language_of(request)
        summary = await self._summaries.of(who.agent, _id(request), language)
        return web.json_response({"summary": summary, "assistant": self._summaries.assisted})

    async def worded(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        told = await self._summaries.worded(who.agent, _id(request), language_of(request))
        return web.json_response({"sentences": told})

    async def translate(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Translate)
        told = await self._summaries.translated(who.agent, _id(request), body.entries, body.to)
        answer: dict[str, object] = {"entries": told}
        if body.text:
            answer["text"] = await self._summaries.translate_draft(who.agent, _id(request), body.text, body.to)
        return web.json_response(answer)


def _id(request: web.Request) -> str:
    return request.match_info["ticket_id"]
