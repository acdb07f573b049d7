"""Whose conversation it is at Chatwoot: the customer's contact, found, made, or the one that stands for all others."""

import re
from collections.abc import Awaitable, Callable

from connectors.desk import Handoff
from connectors.desk_settings import HelpdeskSettings
from connectors.errors import Undeliverable
from connectors.fields import Fields, is_email
from connectors.message import JSON
from connectors.vendor import VendorAnswer

MADE_BY = "front_door"
"""Among a contact's additional attributes: we have made it, so it may be deleted with its last conversation."""
SHARED = "front-door"
"""Identifier of the contact that stands for all who gave no address, unless the settings name another."""
_PHONE = re.compile(r"\+[1-9][0-9]{1,14}")


class Contacts:
    """The contacts of one account. `ask` makes a request there (`refuse` as `VendorClient.call` has it)."""

    def __init__(self, ask: Callable[..., Awaitable[VendorAnswer]], inbox: int, settings: HelpdeskSettings) -> None:
        self._ask, self._inbox, self._settings = ask, inbox, settings

    async def of(self, handoff: Handoff) -> int:
        """The contact's id, by e-mail address, phone number or our own id of the customer. Raises `SendError`."""
        customer = handoff.customer
        if self._settings.users == "single":
            return await self._shared()
        known = {
            "email": str(customer.get("email") or ""), "phone_number": str(customer.get("phone") or ""),
            "identifier": f"{SHARED}:{customer['id']}" if customer.get("id") else "",
        }  # fmt: skip
        known["email"] = known["email"] if is_email(known["email"]) else ""
        known["phone_number"] = known["phone_number"] if _PHONE.fullmatch(known["phone_number"]) else ""
        for field, value in known.items():
            if value and (found := await self._find(field, value)):
                return found
        if self._settings.users == "create" and any(known.values()):
            name = str(customer.get("name") or known["email"] or known["phone_number"] or handoff.reference)
            if made := await self._make(name, known, handoff.id):
                return made
        return await self._shared()

    async def forget(self, sender: JSON, ticket_id: str) -> None:
        """Delete the contact of a conversation that is about to be deleted, if we made it and it has no other one."""
        number = sender.get("id")
        if type(number) is not int or not (sender.get("additional_attributes") or {}).get(MADE_BY):
            return
        answer = await self._ask("GET", f"contacts/{number}/conversations", refuse=False)
        if answer.status == 404 or any(str(each.get("id")) != ticket_id for each in listed(answer)):
            return
        gone = await self._ask("DELETE", f"contacts/{number}", refuse=False)
        if gone.status not in {200, 404}:
            raise Undeliverable(f"Chatwoot deletes no contact for us: it answered {gone.status}")

    async def _shared(self) -> int:
        email = self._settings.requester
        field, value = ("email", email) if email else ("identifier", SHARED)
        found = await self._find(field, value) or await self._make("Front Door", {field: value}, "", ours=False)
        if not found:
            raise Undeliverable(f"Chatwoot makes no contact {value}, and finds none")
        return found

    async def _find(self, field: str, value: str) -> int:
        answer = await self._ask("GET", "contacts/search", params={"q": value, "include_contact_inboxes": "false"})
        wanted = value.casefold()
        for each in listed(answer):
            if str(each.get(field) or "").casefold() == wanted and type(each.get("id")) is int:
                return int(each["id"])
        return 0

    async def _make(self, name: str, known: dict[str, str], source_id: str, *, ours: bool = True) -> int:
        """A new contact; 0 where Chatwoot has one of that address which its search did not show."""
        contact = {field: value for field, value in known.items() if value}
        body: JSON = {"inbox_id": self._inbox, "name": name, **contact}
        if ours:
            body |= {"source_id": source_id, "additional_attributes": {MADE_BY: True}}
        answer = await self._ask("POST", "contacts", json=body, refuse=False)
        if answer.status == 422:
            return 0
        if answer.status > 299:
            raise Undeliverable(f"Chatwoot makes no contact: it answered {answer.status}")
        payload = answer.json().get("payload") or {}
        return Fields(payload.get("contact"), within="contact").whole("id", 1, 1 << 62)


def listed(answer: VendorAnswer) -> list[JSON]:
    """The objects in `payload`, or in `data.payload`."""
    body = answer.json()
    found = body.get("payload") or (body.get("data") or {}).get("payload") or []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
