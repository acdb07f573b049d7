"""The service's appointments: which times there are, booking one, and cancelling it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from actions.clock import BEIJING
from actions.internal_api import Refused, ServiceUnavailable, call

__all__ = ["Booked", "Refused", "ServiceUnavailable", "Slot", "book", "cancel", "free_slots", "upcoming"]


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A time that can be booked; `start` in ms. `title` names it on a button, `when` in a sentence."""

    start: int
    title: str
    when: str = ""

    @property
    def moment(self) -> datetime:
        """When it begins, where the company is."""
        return datetime.fromtimestamp(self.start / 1000, tz=BEIJING)


@dataclass(frozen=True, kw_only=True)
class Booked:
    """An appointment of the conversation."""

    id: str
    kind: str
    title: str


async def free_slots(kind: str, language: str, limit: int) -> tuple[Slot, ...]:
    """The next times that can be had. Raises ServiceUnavailable or Refused."""
    data = await call("GET", f"appointments/{kind}/slots?language={language}&limit={limit}")
    return tuple(
        Slot(start=int(each["start"]), title=str(each["title"]), when=str(each["when"]))
        for each in _list(data, "slots")
    )


async def book(conversation_id: str, wish: dict[str, Any]) -> None:
    """Book a time; the service tells the customer. Raises ServiceUnavailable, or Refused when it is gone."""
    await call("POST", f"conversations/{quote(conversation_id, safe='')}/appointments", wish)


async def upcoming(conversation_id: str) -> tuple[Booked, ...]:
    """What the conversation has booked. Raises ServiceUnavailable or Refused."""
    data = await call("GET", f"conversations/{quote(conversation_id, safe='')}/appointments")
    found = _list(data, "appointments")
    return tuple(Booked(id=str(each["id"]), kind=str(each["kind"]), title=str(each["title"])) for each in found)


async def cancel(conversation_id: str, appointment_id: str) -> None:
    """Cancel one; the service tells the customer. Raises ServiceUnavailable or Refused."""
    path = f"conversations/{quote(conversation_id, safe='')}/appointments/{quote(appointment_id, safe='')}"
    await call("DELETE", path)


def _list(data: Any, name: str) -> list[dict[str, Any]]:
    found = data.get(name) if isinstance(data, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ServiceUnavailable("the service's answer can't be read")
    return found
