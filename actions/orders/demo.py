"""Orders of the demo company from a JSON file, whose dates move along with today."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from actions.clock import beijing_today
from actions.orders.errors import MalformedOrder, OrderSettingsError
from actions.orders.order import Order, order_from_json

_RELATIVE = re.compile(r"today(?:([+-]\d+))?")


class DemoOrders:
    """Reads the file again when it has changed. A date may be written `today-3`, so that the demo never grows old.

    Calls raise OrderSettingsError if the file can't be read, MalformedOrder naming the order and field otherwise.
    """

    def __init__(self, path: Path, *, today: date | None = None) -> None:
        self._path = path
        self._today = today

    async def find(self, number: str) -> Order | None:
        return self._orders().get(number)

    async def recent(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        own = [order for order in self._orders().values() if order.belongs_to(customer_id)]
        return tuple(sorted(own, key=lambda order: (order.placed_on, order.number), reverse=True)[:limit])

    def _orders(self) -> dict[str, Order]:
        """Fifteen orders are read in under a millisecond, so every call sees the file as it is."""
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise OrderSettingsError(f"FRONTDOOR_ORDER_FILE: can't read {self._path}: {error}") from error
        if not isinstance(data, dict) or not isinstance(data.get("orders"), list):
            raise MalformedOrder("orders", "a list")
        today = self._today or beijing_today()
        orders = (order_from_json(_dated(order, today)) for order in data["orders"])
        return {order.number: order for order in orders}


def _dated(value: Any, today: date) -> Any:
    """`value` with every `today±n` replaced by that date."""
    if isinstance(value, dict):
        return {key: _dated(inner, today) for key, inner in value.items()}
    if isinstance(value, list):
        return [_dated(inner, today) for inner in value]
    if isinstance(value, str) and (match := _RELATIVE.fullmatch(value)):
        return (today + timedelta(days=int(match[1] or 0))).isoformat()
    return value
