"""Orders from the shop's own system over HTTP. The two calls it must answer are on docs/orders.md."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

import aiohttp

from actions.orders.errors import MalformedOrder, OrdersUnavailable
from actions.orders.order import Order, order_from_json

LARGEST_ANSWER = 1_000_000  # bytes


class HttpOrders:
    """Asks `{url}/orders/{number}` and `{url}/customers/{id}/orders?limit=…`. `timeout`: seconds for a whole call."""

    def __init__(self, url: str, *, token: str = "", timeout: float = 4.0) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def find(self, number: str) -> Order | None:
        data = await self._get(f"/orders/{quote(number, safe='')}")
        if data is None:
            return None
        order = order_from_json(data)
        if order.number != number:
            raise MalformedOrder("order.number", "the number that was asked for")
        return order

    async def recent(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        data = await self._get(f"/customers/{quote(customer_id, safe='')}/orders?limit={limit}")
        if data is None:
            return ()
        if not isinstance(data, dict) or not isinstance(data.get("orders"), list):
            raise MalformedOrder("orders", "a list")
        return tuple(order_from_json(order) for order in data["orders"][:limit])

    async def _get(self, path: str) -> Any:
        """The JSON at `path`; None for 404. A session for each call: rasa_sdk has no shutdown that could close one."""
        try:
            async with (
                aiohttp.ClientSession(headers=self._headers, timeout=self._timeout) as session,
                session.get(self._url + path, allow_redirects=False) as response,
            ):
                if response.status == 404:
                    return None
                if response.status != 200:
                    raise OrdersUnavailable(f"the order system answered {response.status}")
                return json.loads(await _body(response))
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise OrdersUnavailable(f"the order system can't be reached: {type(error).__name__}") from error
        except ValueError as error:
            raise MalformedOrder("answer", "JSON") from error


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise MalformedOrder("answer", f"at most {LARGEST_ANSWER} bytes")
    return bytes(body)
