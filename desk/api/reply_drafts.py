"""Drafts of replies and notes."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Id
from desk.api.gate import Gate, read_body
from desk.reply_drafts import ReplyDrafts
from desk.service import DeskService
from desk.signin import SignedIn
from storage.reply_drafts import ReplyDraft


class DraftBody(Body):
    """What is written now, and the version it was made from; `window` names the window, which knows it already."""

    mode: Literal["reply", "note"] = "reply"
    reply: Annotated[str, Field(max_length=8000)] = ""
    note: Annotated[str, Field(max_length=8000)] = ""
    attachments: Annotated[tuple[Id, ...], Field(max_length=10)] = ()
    version: Annotated[int, Field(ge=0)]
    window: Annotated[str, Field(max_length=64)] = ""


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """One draft for each agent and ticket."""
    drafts, one = ReplyDrafts(desk), "/desk/api/tickets/{ticket_id}/draft"

    async def find(request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await drafts.find(who.agent, request.match_info["ticket_id"]))

    async def save(request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, DraftBody)
        new = ReplyDraft(
            mode=body.mode, reply=body.reply, note=body.note, attachments=list(body.attachments), version=body.version
        )
        return web.json_response(await drafts.save(who.agent, request.match_info["ticket_id"], new, body.window))

    return [
        web.get(one, gate.signed_in(find, needs="see_tier"), allow_head=False),
        web.put(one, gate.signed_in(save, needs="see_tier")),
    ]
