"""The service's internal API: the tickets of a conversation."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from actions.clock import BEIJING
from actions.internal_api import Refused, ServiceUnavailable, call

STATUSES = frozenset({"queued", "open", "waiting_customer", "resolved"})


class TicketsUnavailable(Exception):
    """The service can't be reached, refuses us, or answered something else than tickets. The message says which."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """`status` is one of STATUSES; `position` in the queue from 1, or None."""

    number: str
    status: str
    position: int | None
    updated_at: datetime


async def tickets_of(conversation_id: str, environment: Mapping[str, str] = os.environ) -> tuple[Ticket, ...]:
    """The conversation's tickets, newest first.

    Raises TicketsUnavailable.
    """
    try:
        data = await call("GET", f"conversations/{quote(conversation_id, safe='')}/tickets", environment=environment)
    except (ServiceUnavailable, Refused) as error:
        raise TicketsUnavailable(str(error)) from error
    try:
        return tuple(_ticket(ticket) for ticket in data["tickets"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise TicketsUnavailable(f"the service's answer can't be read: {type(error).__name__}") from error


def _ticket(data: Any) -> Ticket:
    if data["status"] not in STATUSES:
        raise ValueError("status")
    position = data.get("position")
    return Ticket(
        number=str(data["number"]),
        status=data["status"],
        position=position if isinstance(position, int) else None,
        updated_at=datetime.fromtimestamp(data["updated_at"] / 1000, tz=BEIJING),
    )
