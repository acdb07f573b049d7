"""The port to wherever orders are kept."""

from typing import Protocol

from actions.orders.order import Order


class OrderSource(Protocol):
    """Looks up orders. It does not decide who may see them: `actions.order_access` does.

    Both raise `OrdersUnavailable` or `MalformedOrder`.
    """

    async def find(self, number: str) -> Order | None:
        """The order with this number (`HL` and ten digits), or None."""

    async def recent(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        """The customer's latest orders, newest first, at most `limit`."""
