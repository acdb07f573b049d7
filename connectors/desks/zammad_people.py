"""Whose ticket it is at Zammad: https://docs.zammad.org/en/latest/api/ticket/index.html#create, …/api/user.html."""

from connectors.desk import Handoff
from connectors.desk_settings import HelpdeskSettings
from connectors.desks.zammad_api import ZammadApi
from connectors.fields import is_email


async def customer(api: ZammadApi, settings: HelpdeskSettings, handoff: Handoff) -> int | str:
    """The `customer_id` of a ticket. `guess:` finds the account by its address, and makes it where there is none.
    Raises `SendError`.
    """
    email = str(handoff.customer.get("email") or "")
    if settings.users == "create" and is_email(email):
        return f"guess:{email}"
    if settings.users == "match" and is_email(email):
        for each in await api.every("users/search", params={"query": email, "limit": "20"}):
            if str(each.get("email") or "").lower() == email.lower():
                return int(each["id"])
    return stand_in(settings)


def stand_in(settings: HelpdeskSettings) -> str:
    """The account of customers who have none there."""
    return f"guess:{settings.requester}"
