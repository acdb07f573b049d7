"""Zendesk's Ticketing API, asked politely: https://developer.zendesk.com/api-reference/ticketing/introduction/.

Answers are read strictly where something depends on them: a list that is cut off must not look like a list from which
everything was deleted.
"""

import base64
import re
import time
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.helpdesk_model import Upload
from connectors.message import JSON
from connectors.pace import Pace
from connectors.rates import Rate
from connectors.vendor import UNKNOWN_S, VendorAnswer, VendorClient

PAGE = 50
"""Comments of one request: each comes three times (`body`, `html_body`, `plain_body`) and may have 64 KiB."""
CHANGES, AT_ONCE = 200, 5
"""Changed tickets of one request, and requests of one look."""
UPDATES = (30, 600)
"""Of one ticket: how many in how many seconds."""
KNOWN_S = 300
"""How long names of groups, brands and fields are remembered."""
NAMED = {"groups": "name", "brands": "name", "ticket_fields": "title", "locales": "locale"}
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_ ]{0,40}")


class ZendeskApi:
    """One account, asked as one of its agents."""

    def __init__(self, url: str, email: str, token: str, pace: Pace) -> None:
        proof = base64.b64encode(f"{email}/token:{token}".encode()).decode()
        self._pace, self._updates = pace, Rate(*UPDATES)
        self._client = VendorClient("Zendesk", url, headers={"Authorization": f"Basic {proof}"}, patient=True)
        self._me: JSON = {}
        self._known: dict[str, tuple[float, dict[str, int]]] = {}

    async def ask(self, method: str, path: str, *, fine: Collection[int] = (), **request: Any) -> VendorAnswer:
        """One request. Raises `SendError`; statuses in `fine` are the caller's to judge."""

        def judge(answer: VendorAnswer) -> SendError | None:
            return None if answer.status in fine else refusal(answer)

        async with self._pace.turn():
            return await self._client.call(method, path, refuse=False, judge=judge, **request)

    async def update(self, number: int, change: JSON, *, fine: Collection[int] = ()) -> VendorAnswer:
        """Change a ticket. Raises `SendError`: `TryLater` where Zendesk would refuse, and all others had to wait."""
        if wait := self._updates.take(str(number)):
            raise TryLater("Zendesk allows no more updates of this ticket", after=wait)
        return await self.ask("PUT", f"api/v2/tickets/{number}", json={"ticket": change}, fine=fine)

    async def part(self, name: str, method: str, path: str, **request: Any) -> JSON:
        """One request whose answer has an object by this name. Raises `SendError`."""
        return inner(await self.ask(method, path, **request), name)

    async def pages(
        self, path: str, name: str, *, size: int = PAGE, params: Mapping[str, str] | None = None
    ) -> AsyncIterator[JSON]:
        """A list by its pages, each with members under `name`; with a `size` of 0 there is one. Raises `SendError`."""
        after = ""
        while True:
            asked = (
                dict(params or {})
                | ({"page[size]": str(size)} if size else {})
                | ({"page[after]": after} if after else {})
            )
            page = (await self.ask("GET", path, params=asked)).json()
            if not isinstance(page.get(name), list):
                raise OutcomeUnknown(f"Zendesk's list of {name} could not be read")
            yield page
            meta = page.get("meta") or {}
            after = str(meta.get("after_cursor") or "") if meta.get("has_more") else ""
            if not after:
                return

    async def me(self) -> JSON:
        """The account that we use. Raises `TryLater` when Zendesk takes us for nobody, which it says in a 200."""
        if not self._me:
            me = await self.part("user", "GET", "api/v2/users/me")
            if not isinstance(me.get("id"), int):
                raise TryLater("Zendesk does not take our credentials", after=UNKNOWN_S)
            self._me = me
        return self._me

    async def ids(self, kind: str) -> dict[str, int]:
        """What has names there, by name: `groups`, `brands`, `ticket_fields` or `locales`."""
        until, found = self._known.get(kind, (0.0, {}))
        if until <= time.monotonic():
            found = {}
            async for page in self.pages(f"api/v2/{kind}", kind, size=0 if kind == "locales" else 100):
                found |= {str(each.get(NAMED[kind])): each["id"] for each in page[kind] if each.get("active", True)}
            self._known[kind] = (time.monotonic() + KNOWN_S, found)
        return found

    async def id_of(self, kind: str, name: str) -> int | None:
        """The id of what has this name, or is this number; None where there is no such thing."""
        return int(name) if name.isdecimal() else (await self.ids(kind)).get(name)

    async def changes(self, since: str) -> tuple[list[JSON], str]:
        """Tickets that have changed since a cursor, or `@` and seconds since 1970; and the next cursor. Raises
        `SendError`. Only administrators may ask, ten times a minute.

        https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
        """
        found: list[JSON] = []
        for _ in range(AT_ONCE):
            params = {"start_time": since[1:]} if since.startswith("@") else {"cursor": since}
            path = "api/v2/incremental/tickets/cursor"
            page = (await self.ask("GET", path, params=params | {"per_page": str(CHANGES)})).json()
            if not isinstance(page.get("tickets"), list):
                raise OutcomeUnknown("Zendesk's list of changes could not be read")
            found += page["tickets"]
            since = str(page.get("after_cursor") or since)
            if page.get("end_of_stream"):
                break
        return found, since

    async def upload(self, file: Upload) -> str:
        """Give Zendesk a file; what puts it into a comment within an hour."""
        headers = {"Content-Type": file.media_type or "application/octet-stream"}
        params = {"filename": file.name}
        upload = await self.part("upload", "POST", "api/v2/uploads", params=params, data=file.data, headers=headers)
        return str(upload.get("token"))

    def download(self, url: str) -> AsyncIterator[bytes]:
        """The bytes of a file. The address may be anybody's; who we are is shown to Zendesk alone."""
        return self._client.download(url)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()


def inner(answer: VendorAnswer, name: str) -> JSON:
    """The object of this name in an answer. Raises `OutcomeUnknown` when there is none."""
    found = answer.json().get(name)
    if not isinstance(found, dict):
        raise OutcomeUnknown(f"Zendesk's answer has no {name}")
    return found


def refusal(answer: VendorAnswer) -> SendError | None:
    """What an answer means; None for one that is good, or that means what its status says.

    https://developer.zendesk.com/api-reference/introduction/requests/: 409 is somebody else's change at the same
    moment. An error names its kind and the fields at fault; its sentences may have what somebody wrote.
    """
    if answer.status < 300 or answer.status in {408, 425, 429} or answer.status >= 500:
        return None
    if answer.status == 409:
        return TryLater("Zendesk is being changed by somebody else")
    body = answer.json()
    details = body.get("details")
    words = [str(body.get("error")), *(details if isinstance(details, dict) else ())]
    shown = ", ".join(word for word in words if _WORD.fullmatch(word))
    return Undeliverable(f"Zendesk answered {answer.status}" + (f" ({shown})" if shown else ""))
