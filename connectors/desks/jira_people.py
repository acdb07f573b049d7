"""For whom a request is raised: the customer's account at Jira, found, made, or the one that stands for all others."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from connectors.desk import Handoff
from connectors.desk_settings import HelpdeskSettings
from connectors.errors import Undeliverable
from connectors.fields import is_email
from connectors.message import JSON
from connectors.vendor import VendorAnswer

EXPERIMENTAL = {"X-ExperimentalApi": "opt-in"}
"""What some methods want to be asked with, until Atlassian calls them finished."""


class People:
    """The customers of one service desk. `ask` makes a request (`refuse` as `VendorClient.call` has it)."""

    def __init__(self, ask: Callable[..., Awaitable[VendorAnswer]], settings: HelpdeskSettings) -> None:
        self._ask, self._settings = ask, settings

    async def of(self, handoff: Handoff, desk: str) -> str:
        """The account's id; empty: the request is raised for nobody but ourselves. Raises `SendError`."""
        email = str(handoff.customer.get("email") or "")
        if self._settings.users == "single" or not is_email(email):
            return await self._shared(desk)
        if found := await self._find(desk, email):
            return found
        if self._settings.users == "create":
            name = str(handoff.customer.get("name") or email)
            if made := await self._make(desk, email, name):
                return made
        return await self._shared(desk)

    async def _shared(self, desk: str) -> str:
        wanted = self._settings.requester
        if not is_email(wanted):
            return wanted  # an account's id, or nothing
        if found := await self._find(desk, wanted) or await self._make(desk, wanted, "Front Door"):
            return found
        raise Undeliverable("Jira knows no customer by the address in requester, and lets us make none")

    async def _find(self, desk: str, email: str) -> str:
        path = f"rest/servicedeskapi/servicedesk/{quote(desk, safe='')}/customer"
        answer = await self._ask("GET", path, params={"query": email}, headers=EXPERIMENTAL)
        for each in values(answer):
            if str(each.get("emailAddress") or "").casefold() == email.casefold():
                return str(each.get("accountId") or "")
        return ""

    async def _make(self, desk: str, email: str, name: str) -> str:
        """A new customer; empty where we may not, or where the address is somebody's already."""
        body = {"email": email, "displayName": name}
        answer = await self._ask("POST", "rest/servicedeskapi/customer", json=body, refuse=False)
        account = str(answer.json().get("accountId") or "") if answer.status == 201 else ""
        if account:
            # Where everybody may raise requests this is not needed, and may be refused.
            path = f"rest/servicedeskapi/servicedesk/{quote(desk, safe='')}/customer"
            await self._ask("POST", path, json={"accountIds": [account]}, headers=EXPERIMENTAL, refuse=False)
        return account


def values(answer: VendorAnswer) -> list[JSON]:
    """The objects of a page."""
    found = answer.json().get("values")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
