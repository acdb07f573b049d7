"""Whose ticket it is at Freshdesk: https://developers.freshdesk.com/api/#create_ticket, #list_all_contacts."""

import re

from connectors.desk import Handoff
from connectors.desk_settings import HelpdeskSettings
from connectors.desks.freshdesk_api import FreshdeskApi
from connectors.fields import is_email
from connectors.message import JSON

SHARED = "front-door"
"""External id of the contact that stands for customers who gave nothing, where no `requester` is set."""


async def requester(api: FreshdeskApi, settings: HelpdeskSettings, handoff: Handoff) -> JSON:
    """The members of a ticket that say who asks. Raises `SendError`."""
    customer = handoff.customer
    email, phone = str(customer.get("email") or ""), re.sub(r"[^0-9+]", "", str(customer.get("phone") or ""))
    name = str(customer.get("name") or email or phone or handoff.reference)
    given = {"email": email} if is_email(email) else {"phone": phone} if phone else {}
    if settings.users == "create" and given:
        return {**given, "name": name}
    if settings.users == "match" and given:
        async for page in api.pages("contacts", **given):
            if page:
                return {"requester_id": page[0]["id"]}
    if settings.requester:
        return {"email": settings.requester, "name": "Front Door"}
    return {"unique_external_id": SHARED, "name": "Front Door"}
