"""A customer's card, as agents see it."""

from aiohttp import web
from sqlalchemy import Connection

from connectors.message import JSON
from desk.api.gate import Gate
from desk.service import DeskService
from desk.signin import SignedIn
from storage import cards, conversations


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """`GET /desk/api/tickets/{id}/card`."""

    async def card(request: web.Request, who: SignedIn) -> web.Response:
        row = await desk.ticket(who.agent, request.match_info["ticket_id"])
        return web.json_response(await desk.db.read(_card, row.conversation_id))

    return [web.get("/desk/api/tickets/{ticket_id}/card", gate.signed_in(card, needs="see_tier"), allow_head=False)]


def _card(tx: Connection, conversation_id: str) -> JSON:
    """What the company knows of a verified customer, and what they said about being answered with it."""
    conversation = conversations.find(tx, conversation_id)
    found = cards.find_card(tx, conversation.user_id) if conversation else None
    if conversation is None or found is None:
        return {"card": None, "consent": None}
    consent = cards.consent_of(tx, conversation.person_id)
    shown = {name: getattr(found, name) for name in ("name", "tier", "segment", "updated_at")}
    shown |= {"products": list(found.products), "orders": list(found.orders)}
    return {"card": shown, "consent": vars(consent) if consent else None}
