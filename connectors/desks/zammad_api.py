"""Zammad's API: https://docs.zammad.org/en/latest/api/intro.html.

Tickets are searched by conditions, which Zammad asks its database for: words would go to its search (Elasticsearch),
which knows a new ticket only later, and is not everywhere.
"""

import itertools
import re
import time
from collections.abc import AsyncIterator, Collection
from typing import Any

from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.fields import parse_json
from connectors.message import JSON
from connectors.pace import Pace
from connectors.vendor import VendorAnswer, VendorClient

PAGE = 100
"""Tickets of one search; Zammad gives at most 200."""
KNOWN_S = 300
"""How long people and states are remembered."""
_FAULT = re.compile(r"(No lookup value found for|Missing required value for field) '(\w{1,40})'")
"""Of all that Zammad says in an error, what can have no words of a customer."""


class ZammadApi:
    """One Zammad, asked as one of its agents."""

    def __init__(self, url: str, token: str, pace: Pace) -> None:
        self._pace, self._proof = pace, {"Authorization": f"Token token={token}"}
        self._client = VendorClient("Zammad", url, headers=self._proof, patient=True)
        self._me: JSON = {}
        self._people: dict[int, tuple[float, JSON]] = {}
        self._kinds: tuple[float, dict[int, str]] = (0.0, {})

    async def ask(self, method: str, path: str, *, fine: Collection[int] = (), **request: Any) -> VendorAnswer:
        """One request. Raises `SendError`; statuses in `fine` are the caller's to judge."""

        def judge(answer: VendorAnswer) -> SendError | None:
            return None if answer.status in fine else _refusal(answer)

        async with self._pace.turn():
            return await self._client.call(method, f"api/v1/{path}", refuse=False, judge=judge, **request)

    async def make(self, path: str, body: JSON, *, fine: Collection[int] = ()) -> JSON | None:
        """Make something: what it is now, or None for a status that is `fine`. Raises `SendError`: `OutcomeUnknown`
        where Zammad says "done" and not what.
        """
        answer = await self.ask("POST", path, fine=fine, json=body)
        if answer.status in fine:
            return None
        made = answer.json()
        if type(made.get("id")) is not int:
            raise OutcomeUnknown("Zammad answered without an id")
        return made

    async def every(self, path: str, **request: Any) -> list[JSON]:
        """The objects of a list. Raises `SendError`: an answer that is none is not an empty list."""
        return _items(await self.ask("GET", path, **request))

    async def search(self, condition: JSON) -> AsyncIterator[list[JSON]]:
        """The tickets of ours that a condition fits, the longest unchanged first, page by page. Raises `SendError`.

        https://docs.zammad.org/en/latest/api/intro.html#condition-based-search
        """
        mine = {"operator": "is", "pre_condition": "specific", "value": [await self.me()]}
        body: JSON = {"condition": {**condition, "ticket.created_by_id": mine}, "expand": True, "per_page": PAGE}
        for page in itertools.count(1):
            asked = {**body, "page": page, "sort_by": "updated_at", "order_by": "asc"}
            found = _items(await self.ask("POST", "tickets/search", json=asked))
            yield found
            if len(found) < PAGE:
                return

    async def account(self) -> JSON:
        """The account that we use. Raises `SendError`."""
        if not self._me:
            me = (await self.ask("GET", "users/me")).json()
            if type(me.get("id")) is not int:
                raise TryLater("Zammad does not say who we are")
            self._me = me
        return self._me

    async def me(self) -> int:
        """The number of our account. Raises `SendError`."""
        return int((await self.account())["id"])

    async def person(self, number: int) -> JSON:
        """Somebody; nothing where there is nobody by that number any more. Raises `SendError`."""
        until, found = self._people.get(number, (0.0, {}))
        if until <= time.monotonic():
            found = (await self.ask("GET", f"users/{number}", fine={403, 404})).json()
            self._people[number] = (time.monotonic() + KNOWN_S, found)
        return found

    async def kind_of(self, state: int) -> str:
        """The type of a state, whatever it is called: `new`, `open`, `pending reminder`, `pending action`, `closed`,
        `merged`. Raises `SendError`.
        """
        until, kinds = self._kinds
        if until <= time.monotonic() or state not in kinds:
            states = await self.every("ticket_states", params={"expand": "true"})
            kinds = {int(each["id"]): str(each.get("state_type")) for each in states}
            self._kinds = (time.monotonic() + KNOWN_S, kinds)
        return kinds.get(state, "")

    def download(self, path: str) -> AsyncIterator[bytes]:
        """The bytes of a file."""
        return self._client.download(f"api/v1/{path}", headers=self._proof)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()


def _items(answer: VendorAnswer) -> list[JSON]:
    found = parse_json(answer.body)
    if not isinstance(found, list):
        raise TryLater("Zammad answered no list where it documents one")
    return [each for each in found if isinstance(each, dict)]


def _refusal(answer: VendorAnswer) -> SendError | None:
    """What a refusal says; None for what is good, or means what its status says."""
    if answer.status < 300 or answer.status in {408, 425, 429} or answer.status >= 500:
        return None
    fault = _FAULT.search(str(answer.json().get("error")))
    return Undeliverable(f"Zammad answered {answer.status}" + (f" ({fault[2]})" if fault else ""))
