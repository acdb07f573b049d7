"""Tickets: looking at them, and what agents do."""

import base64
import binascii
import json

from aiohttp import web

from connectors.forms import file_chunks, file_part
from connectors.message import Attachment, Content
from desk.api.bodies import (
    AddNote,
    HandBack,
    ListQuery,
    Nothing,
    Reply,
    Resolve,
    SuggestionQuery,
    TimelineQuery,
    Transfer,
)
from desk.api.gate import Gate, check, read_body
from desk.errors import Refused, bad_field
from desk.placeholders import left_in
from desk.replying import Then
from desk.service import DeskService, parse_cursor, require_tier
from desk.signin import SignedIn
from storage.ticket_lists import Cursor, Filter, sort_of


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Lists, a ticket, and what can be done with it."""
    api = _Tickets(desk)
    signed, one = gate.signed_in, "/desk/api/tickets/{ticket_id}"
    return [
        web.get("/desk/api/counts", signed(api.counts, needs="see_tier"), allow_head=False),
        web.get("/desk/api/tickets", signed(api.page, needs="see_tier"), allow_head=False),
        web.get(one, signed(api.detail, needs="see_tier"), allow_head=False),
        web.get(f"{one}/timeline", signed(api.timeline, needs="see_tier"), allow_head=False),
        web.get(f"{one}/suggestions", signed(api.suggestions, needs="see_tier"), allow_head=False),
        web.post(f"{one}/take", signed(api.take, needs="take")),
        web.post(f"{one}/messages", signed(api.reply, needs="answer")),
        web.post(f"{one}/notes", signed(api.note, needs="answer")),
        web.post(f"{one}/return", signed(api.hand_back, needs="answer")),
        web.post(f"{one}/resolve", signed(api.resolve, needs="answer")),
        web.post(f"{one}/transfer", signed(api.transfer, needs="escalate")),
        web.post(f"{one}/attachments", signed(api.upload, needs="answer")),
    ]


class _Tickets:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def counts(self, _request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._desk.counts(who.agent))

    async def page(self, request: web.Request, who: SignedIn) -> web.Response:
        query = check(ListQuery, dict(request.query))
        require_tier(self._desk.tiers, query.tier)
        wanted = Filter(**query.model_dump(exclude={"limit", "after"}))
        after = _decoded(sort_of(query.view, query.sort), query.after) if query.after else None
        shown, following = await self._desk.page(who.agent, wanted, query.limit, after)
        return web.json_response({"tickets": shown, "after": _encoded(following) if following else None})

    async def detail(self, request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._desk.detail(who.agent, _id(request)))

    async def timeline(self, request: web.Request, who: SignedIn) -> web.Response:
        query = check(TimelineQuery, dict(request.query))
        return web.json_response({"timeline": await self._desk.timeline(who.agent, _id(request), query.after)})

    async def suggestions(self, request: web.Request, who: SignedIn) -> web.Response:
        query = check(SuggestionQuery, dict(request.query))
        return web.json_response(await self._desk.suggestions(who.agent, _id(request), query.q))

    async def take(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        return web.json_response(await self._desk.act(self._desk.moves.take, who.agent, _id(request)))

    async def reply(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Reply)
        if not body.text and not body.attachments:
            raise bad_field("text", "empty")
        named = tuple(Attachment(id=file_id, name="", media_type="", size=0) for file_id in body.attachments)
        content = Content(text=body.text, attachments=named)
        if left := left_in(body.text):
            raise bad_field("text", "unfilled", name=left[0])
        made_of = {"macros": list(body.macros), "articles": list(body.articles)}
        made_of = {name: used for name, used in made_of.items() if used}
        then = Then(**body.then.model_dump())
        move, said = self._desk.replies.reply, (body.client_id, content, made_of, then)
        return web.json_response(await self._desk.act(move, who.agent, _id(request), *said))

    async def note(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, AddNote)
        move = self._desk.moves.note
        return web.json_response(await self._desk.act(move, who.agent, _id(request), body.client_id, body.text))

    async def hand_back(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, HandBack)
        move = self._desk.moves.hand_back
        return web.json_response(await self._desk.act(move, who.agent, _id(request), body.briefing))

    async def resolve(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Resolve)
        move, said = self._desk.moves.resolve, (body.note, body.wrap_up)
        return web.json_response(await self._desk.act(move, who.agent, _id(request), *said))

    async def transfer(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Transfer)
        move, to = self._desk.moves.transfer, (body.tier, body.agent_id, body.note)
        return web.json_response(await self._desk.act(move, who.agent, _id(request), *to))

    async def upload(self, request: web.Request, who: SignedIn) -> web.Response:
        await self._desk.held(who.agent, _id(request))  # before anything is read
        part = await file_part(request)
        saved = await self._desk.upload(who.agent, _id(request), part.filename or "file", file_chunks(part))
        return web.json_response({"attachment": saved}, status=201)


def _id(request: web.Request) -> str:
    return request.match_info["ticket_id"]


def _encoded(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode()


def _decoded(sort: str, text: str) -> Cursor:
    try:
        values = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, binascii.Error) as error:
        raise Refused("bad_cursor") from error
    return parse_cursor(sort, values)
