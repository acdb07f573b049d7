"""Customers' cards, as the company's own systems give them: `PUT /api/v1/customers/{user_id}/card`."""

from dataclasses import replace

from aiohttp import web

from connectors.fields import Fields
from connectors.http import NotSignedIn, bearer, read_fields, same_secret
from connectors.message import JSON
from storage import cards
from storage.cards import Card
from storage.clock import now_ms
from storage.database import Database

PATH = "/api/v1/customers/{user_id}/card"
BODY = 64 * 1024
MOST = 50  # products, and open orders, of one customer
MEMBERS = ("name", "tier", "segment", "products", "orders")


class CardsApi:
    """Without a token (`cards_token` in frontdoor.yml) nobody may use it."""

    def __init__(self, database: Database, token: str) -> None:
        self._database, self._token = database, token

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the service serves for it."""
        return [
            web.get(PATH, self._read, allow_head=False),
            web.put(PATH, self._put),
            web.delete(PATH, self._drop),
        ]

    async def _read(self, request: web.Request) -> web.Response:
        user_id = self._admitted(request)
        found = await self._database.read(cards.find_card, user_id)
        if found is None:
            raise web.HTTPNotFound
        return web.json_response(shown(found))

    async def _put(self, request: web.Request) -> web.Response:
        user_id = self._admitted(request)
        row = replace(read_card(await read_fields(request, BODY)), user_id=user_id, updated_at=now_ms())
        await self._database.write(cards.put_card, row)
        return web.json_response(shown(row))

    async def _drop(self, request: web.Request) -> web.Response:
        if not await self._database.write(cards.drop_card, self._admitted(request)):
            raise web.HTTPNotFound
        return web.Response(status=204)

    def _admitted(self, request: web.Request) -> str:
        """The customer's id. Raises `NotSignedIn`, `Malformed`."""
        if not self._token or not same_secret(bearer(request), self._token):
            raise NotSignedIn("the token for customers' cards is missing or wrong", code="unauthorized")
        return Fields(dict(request.match_info)).line("user_id", longest=160)


def read_card(fields: Fields) -> Card:
    """A card as the company gives it, without its id. Raises `Malformed` that names the member."""
    fields.only(*MEMBERS)
    return Card(
        user_id="",
        name=fields.text("name", longest=160, default=""),
        tier=_words(fields, "tier") if "tier" in fields else {},
        segment=fields.text("segment", longest=64, default=""),
        products=tuple(_product(each, n) for n, each in enumerate(fields.items("products", MOST))),
        orders=tuple(_order(each, n) for n, each in enumerate(fields.items("orders", MOST))),
    )


def shown(row: Card) -> JSON:
    """A card as JSON."""
    return {
        "user_id": row.user_id, "name": row.name, "tier": row.tier, "segment": row.segment,
        "products": list(row.products), "orders": list(row.orders), "updated_at": row.updated_at,
    }  # fmt: skip


def _product(value: object, n: int) -> JSON:
    fields = Fields(value, within=f"products.{n}")
    fields.only("name", "code")
    return {"name": _words(fields, "name"), "code": fields.text("code", longest=80, default="")}


def _order(value: object, n: int) -> JSON:
    fields = Fields(value, within=f"orders.{n}")
    fields.only("number", "status")
    return {"number": fields.line("number", longest=80), "status": _words(fields, "status")}


def _words(fields: Fields, name: str) -> JSON:
    """Words in one or both languages: a text, or {"en", "zh"}."""
    if isinstance(fields.data.get(name), str):
        return {"en": fields.line(name, longest=160)}
    both = fields.object(name)
    if both is None:
        raise fields.wrong(name, 'must be a text, or {"en": …, "zh": …}')
    both.only("en", "zh")
    said = {each: both.text(each, longest=160, default="") for each in ("en", "zh")}
    return {each: words for each, words in said.items() if words}
