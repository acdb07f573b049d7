"""Freshdesk's API, version 2: https://developers.freshdesk.com/api/.

A list that cannot be read must not look like an empty one, as everything in it would count as deleted.
"""

import base64
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import aiohttp

from connectors.errors import Malformed, OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.fields import parse_json
from connectors.helpdesk_model import Upload
from connectors.message import JSON
from connectors.pace import Pace
from connectors.vendor import VendorAnswer, VendorClient

PAGE, PAGES = 50, 300
"""Entries of one page (notes come twice, as HTML and as text), and pages of one list, at most."""
KNOWN_S = 300
"""How long names of groups, fields and agents are remembered."""
_WORD = re.compile(r"[a-z][a-z0-9_.]{0,60}")


class FreshdeskApi:
    """One account, asked as one of its agents."""

    def __init__(self, url: str, key: str, pace: Pace) -> None:
        proof = base64.b64encode(f"{key}:X".encode()).decode()
        self._pace = pace
        self._client = VendorClient("Freshdesk", url, headers={"Authorization": f"Basic {proof}"}, patient=True)
        self._known: dict[str, tuple[float, Any]] = {}

    async def ask(self, method: str, path: str, *, fine: Collection[int] = (), **request: Any) -> VendorAnswer:
        """One request. Raises `SendError`; statuses in `fine` are the caller's to judge."""

        def judge(answer: VendorAnswer) -> SendError | None:
            return None if answer.status in fine else refusal(answer)

        async with self._pace.turn():
            return await self._client.call(method, f"api/v2/{path}", refuse=False, judge=judge, **request)

    async def one(self, method: str, path: str, **request: Any) -> JSON:
        """One request about something that has an id. Raises `SendError`."""
        found = (await self.ask(method, path, **request)).json()
        if not isinstance(found.get("id"), int):
            raise OutcomeUnknown("Freshdesk's answer has no id")
        return found

    async def ticket(self, number: int) -> JSON:
        """A ticket. Raises `SendError`; `Undeliverable` when it is gone, or in the trash."""
        found = await self.one("GET", f"tickets/{number}")
        if found.get("deleted") or found.get("spam"):
            raise Undeliverable("the ticket is in Freshdesk's trash")
        return found

    async def pages(self, path: str, **params: str) -> AsyncIterator[list[JSON]]:
        """A list, page by page. Raises `SendError`."""
        for page in range(1, PAGES + 1):
            answer = await self.ask("GET", path, params={**params, "per_page": str(PAGE), "page": str(page)})
            found = listed(answer)
            yield found
            if len(found) < PAGE:
                return

    async def all(self, path: str) -> list[JSON]:
        """A whole list. Raises `SendError`."""
        return [each async for page in self.pages(path) for each in page]

    async def me(self) -> JSON:
        """The agent whose key we have."""
        found: JSON = await self._remembered("me", lambda: self.one("GET", "agents/me"))
        return found

    async def groups(self) -> dict[str, int]:
        """Groups by name."""
        found: list[JSON] = await self._remembered("groups", lambda: self.all("groups"))
        return {str(each.get("name")): each["id"] for each in found}

    async def fields(self) -> dict[str, JSON]:
        """Custom fields by name, and by label."""

        async def ask() -> list[JSON]:  # all at once: it takes no page
            return listed(await self.ask("GET", "ticket_fields"))

        found: list[JSON] = await self._remembered("fields", ask)
        own = [each for each in found if not each.get("default")]
        return {str(each.get(key)): each for key in ("label", "name") for each in own}

    async def agent(self, user: int) -> str | None:
        """An agent's name; None for somebody who is none; empty when nobody but administrators may know."""

        async def ask() -> str | None:
            answer = await self.ask("GET", f"agents/{user}", fine={403, 404})
            if answer.status == 404:
                return None
            return str((answer.json().get("contact") or {}).get("name") or "")

        found: str | None = await self._remembered(f"agent:{user}", ask)
        return found

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _remembered(self, name: str, ask: Callable[[], Awaitable[Any]]) -> Any:
        until, found = self._known.get(name, (0.0, None))
        if until <= time.monotonic():
            found = await ask()
            self._known[name] = (time.monotonic() + KNOWN_S, found)
        return found


def listed(answer: VendorAnswer) -> list[JSON]:
    """The objects in a list. Raises `OutcomeUnknown` when it is none."""
    try:
        found = parse_json(answer.body)
    except Malformed:
        found = None
    if not isinstance(found, list):
        raise OutcomeUnknown("Freshdesk's list could not be read")
    return [each for each in found if isinstance(each, dict)]


def form(values: Mapping[str, str], files: Sequence[Upload]) -> aiohttp.FormData:
    """What goes along with files, whose names leave as browsers send them."""
    made = aiohttp.FormData(quote_fields=False)
    for name, value in values.items():
        made.add_field(name, value)
    for file in files:
        name = re.sub(r"[\r\n]", " ", file.name)
        made.add_field("attachments[]", file.data, filename=name, content_type=file.media_type)
    return made


def refusal(answer: VendorAnswer) -> SendError | None:
    """What an answer means; None for one that is good, or that means what its status says.

    https://developers.freshdesk.com/api/#error: an error names fields and codes; its sentences may have what somebody
    wrote. A redirection is a page to log in at, not the API.
    """
    if answer.status < 300 or answer.status in {408, 425, 429} or answer.status >= 500:
        return None
    if answer.status == 409:
        return TryLater("Freshdesk is being changed by somebody else")
    body = answer.json()
    wrong = [each for each in body.get("errors") or () if isinstance(each, dict)]
    words = [str(body.get("code")), *(str(each.get(name)) for each in wrong for name in ("field", "code"))]
    shown = ", ".join(word for word in words if _WORD.fullmatch(word))
    return Undeliverable(f"Freshdesk answered {answer.status}" + (f" ({shown})" if shown else ""))
