"""Whose ticket it is at Zendesk: https://developer.zendesk.com/api-reference/ticketing/users/users/."""

import re

from connectors.desk import Handoff
from connectors.desk_settings import HelpdeskSettings
from connectors.desks.zendesk_api import ZendeskApi
from connectors.fields import is_email
from connectors.message import JSON

LOCALES = {"en": ("en-US", "en-GB", "en"), "zh": ("zh-CN", "zh", "zh-TW")}
"""By language of a customer, the first of these that the account has."""


async def requester(api: ZendeskApi, settings: HelpdeskSettings, handoff: Handoff) -> JSON:
    """The members of a ticket that say who asks; none: the account that we use. Raises `SendError`."""
    email, phone = str(handoff.customer.get("email") or ""), _digits(handoff.customer.get("phone"))
    email = email if is_email(email) else ""
    if settings.users == "create" and email:
        named = {"name": str(handoff.customer.get("name") or email), "email": email}
        return {"requester": named | await _locale(api, handoff.language)}
    if settings.users != "single" and (email or phone):
        query = f"email:{email}" if email else f"phone:{phone}"
        answer = await api.ask("GET", "api/v2/users/search", params={"query": query})
        for each in answer.json().get("users") or ():
            if str(each.get("email") or "").lower() == email.lower() if email else _digits(each.get("phone")) == phone:
                return {"requester_id": each["id"]}
    return {"requester": {"name": "Front Door", "email": settings.requester}} if settings.requester else {}


async def _locale(api: ZendeskApi, language: str) -> JSON:
    known = await api.ids("locales")
    return next(({"locale_id": known[each]} for each in LOCALES.get(language, ()) if each in known), {})


def _digits(phone: object) -> str:
    return re.sub(r"[^0-9+]", "", str(phone or ""))
