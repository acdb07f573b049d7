"""Agents begin conversations: a call they log, or words they write first."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from connectors.message import Content
from desk.api.bodies import Body, ClientId, Email, Language, Name, Trimmed
from desk.api.gate import Gate, read_body
from desk.errors import Refused, bad_field
from desk.ports import Beginning
from desk.service import DeskService
from desk.signin import SignedIn

PHONE = "phone"
Number = Annotated[str, Trimmed, Field(max_length=32, pattern=r"^(\+?[0-9][0-9 ()/.-]{4,30})?$")]


class BeginConversation(Body):
    """`text` is what the caller said, or else the first words to the customer."""

    client_id: ClientId
    channel: Annotated[str, Field(max_length=32)]
    name: Name | Literal[""] = ""
    phone: Number = ""
    email: Email = ""
    language: Language
    text: Annotated[str, Trimmed, Field(min_length=1, max_length=4000)]


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Which ways there are, and beginning."""
    api = _Begin(desk)
    return [
        web.get("/desk/api/conversations/ways", gate.signed_in(api.ways, needs="begin"), allow_head=False),
        web.post("/desk/api/conversations", gate.signed_in(api.begin, needs="begin")),
    ]


class _Begin:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def ways(self, _request: web.Request, _who: SignedIn) -> web.Response:
        begin = self._desk.ports.begin
        return web.json_response({"channels": begin.ways() if begin else []})

    async def begin(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, BeginConversation)
        begin = self._desk.ports.begin
        ways = begin.ways() if begin else []
        if begin is None or body.channel not in ways:
            raise bad_field("channel", "literal_error", expected=", ".join(ways))
        try:
            ticket_id = await begin.begin(_beginning(body, who.agent.name))
        except TimeoutError as error:
            raise Refused("unavailable") from error
        shown = await self._desk.take_begun(who.agent, ticket_id)
        if body.channel != PHONE and shown["taken"]:
            words = Content(text=body.text)
            await self._desk.act(self._desk.moves.reply, who.agent, ticket_id, body.client_id, words)
        return web.json_response(shown, status=201)


def _beginning(body: BeginConversation, agent_name: str) -> Beginning:
    logged, by_mail = body.channel == PHONE, body.channel.startswith("email")
    address = body.email if by_mail else body.phone
    if not address and not logged:
        raise bad_field("email" if by_mail else "phone", "missing")
    return Beginning(
        client_id=body.client_id, channel=body.channel, address=_plain(address), name=body.name, phone=body.phone,
        email=body.email, language=body.language, said=body.text if logged else "", agent_name=agent_name,
    )  # fmt: skip


def _plain(address: str) -> str:
    """An address in the form that channels use: numbers without blanks, mail in lower case."""
    if "@" in address:
        return address.lower()
    return "".join(each for each in address if each in "+0123456789")
