"""Who may see an order: its verified owner, or whoever knows its number and the phone or e-mail given with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from actions.orders.order import Order
from actions.orders.source import OrderSource
from actions.turn import Turn

MOST_FAILURES = 3  # wrong tries in one conversation

# Compared with when there is no such order, so that the answer takes as long as for a wrong phone number.
_NOBODYS = Order(number="", customer_id="", phone="", email="", status="unpaid", placed_on=date.min, total=0, items=())


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An order that may be shown, and the proof that opened it ("" for the verified owner)."""

    order: Order
    proof: str


async def look_up(source: OrderSource, turn: Turn, number: str, proofs: Iterable[str]) -> Seen | None:
    """The order if this customer may see it. No such order, and somebody else's, are the same None.

    Raises OrderError.
    """
    order = await source.find(number)
    candidate = order or _NOBODYS
    if candidate.belongs_to(str(turn.customer.get("user_id", ""))):
        return Seen(order=candidate, proof="")
    opened = [proof for proof in proofs if candidate.proven_by(proof)]
    return Seen(order=candidate, proof=opened[0]) if opened else None
