"""The customer behind a ticket: identities, history over all channels, and messages that did not get through."""

from aiohttp import web

from desk.api.bodies import AskConsent, HistoryQuery, Invite, LinkTo, Nothing, Resend
from desk.api.gate import Gate, check, read_body
from desk.identities import Identities
from desk.service import DeskService
from desk.signin import SignedIn


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """What is shown of the customer, and what can be done about it."""
    api = _Identities(Identities(desk))
    signed, one = gate.signed_in, "/desk/api/tickets/{ticket_id}"
    identity = one + "/identities/{customer_id}"
    return [
        web.get(f"{one}/person", signed(api.person, needs="see_tier"), allow_head=False),
        web.get(f"{one}/history", signed(api.history, needs="see_tier"), allow_head=False),
        web.post(one + "/messages/{message_id}/resend", signed(api.resend, needs="answer")),
        web.post(f"{one}/link", signed(api.link, needs="answer")),
        web.post(f"{one}/invite", signed(api.invite, needs="answer")),
        web.post(f"{identity}/unlink", signed(api.unlink, needs="answer")),
        web.post(f"{identity}/consent", signed(api.consent, needs="answer")),
    ]


class _Identities:
    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def person(self, request: web.Request, who: SignedIn) -> web.Response:
        return web.json_response(await self._identities.person(who.agent, _ticket(request)))

    async def history(self, request: web.Request, who: SignedIn) -> web.Response:
        query = check(HistoryQuery, dict(request.query))
        return web.json_response(await self._identities.history(who.agent, _ticket(request), query.before, query.limit))

    async def resend(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Resend)
        message_id = request.match_info["message_id"]
        return web.json_response(
            await self._identities.resend(who.agent, _ticket(request), message_id, body.identity, body.confirmed)
        )

    async def link(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, LinkTo)
        return web.json_response(await self._identities.link(who.agent, _ticket(request), body.number))

    async def invite(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Invite)
        return web.json_response(await self._identities.invite(who.agent, _ticket(request), body.client_id))

    async def unlink(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        customer_id = request.match_info["customer_id"]
        return web.json_response(await self._identities.unlink(who.agent, _ticket(request), customer_id))

    async def consent(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, AskConsent)
        customer_id = request.match_info["customer_id"]
        return web.json_response(await self._identities.consent(who.agent, _ticket(request), customer_id, body.granted))


def _ticket(request: web.Request) -> str:
    return request.match_info["ticket_id"]
