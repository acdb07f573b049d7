"""Who writes: names and languages of customers, asked for once in a while, best effort.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/identity/user-profile
"""

import time
from collections.abc import Iterable

from connectors.errors import Undeliverable
from connectors.fields import Fields
from connectors.languages import reduce_language
from connectors.message import Profile, Pull
from connectors.meta_graph import GraphClient, some_text
from connectors.ports import Conversations

AGAIN_S = 7 * 24 * 3600.0
REMEMBERED = 10_000
NAME = 160


class People:
    """The customers of one page or Instagram account. What is remembered is this process's."""

    def __init__(self, channel: str, graph: GraphClient, conversations: Conversations, *, instagram: bool) -> None:
        self._channel, self._graph, self._conversations = channel, graph, conversations
        # The language needs a permission of its own, pages_user_locale: without it, it is not asked for again.
        self._fields = ["name", "username"] if instagram else ["first_name", "last_name", "locale"]
        self._asked: dict[str, float] = {}

    def to_ask(self, addresses: Iterable[str]) -> list[Pull]:
        """The looks at profiles that are due."""
        due = [address for address in sorted(addresses) if self._is_due(address)]
        return [Pull(channel=self._channel, key=f"profile:{address}", data={"address": address}) for address in due]

    async def ask(self, address: str) -> None:
        """Learn a customer's name and language. Raises `SendError` when it is worth another try."""
        fields = self._fields
        try:
            answer = await self._profile(address, fields)
        except Undeliverable:
            fields = [field for field in fields if field != "locale"]
            try:
                answer = await self._profile(address, fields)
            except Undeliverable:
                return
            self._fields = fields
        first, last = some_text(answer, "first_name", NAME), some_text(answer, "last_name", NAME)
        name = f"{first} {last}".strip() or some_text(answer, "name", NAME) or some_text(answer, "username", NAME)
        language = reduce_language(some_text(answer, "locale", 20))
        if name or language:
            await self._conversations.open(self._channel, address, Profile(name=name[:NAME], language=language))

    async def _profile(self, address: str, fields: list[str]) -> Fields:
        return Fields(await self._graph.call("GET", address, params={"fields": ",".join(fields)}))

    def _is_due(self, address: str) -> bool:
        now = time.monotonic()
        if now - self._asked.get(address, now - AGAIN_S) < AGAIN_S:
            return False
        if len(self._asked) >= REMEMBERED:
            self._asked.clear()
        self._asked[address] = now
        return True
