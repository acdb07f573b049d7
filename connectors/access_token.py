"""An access token that all workers share: one of them fetches it, early enough, and the others wait for it.

For vendors whose API wants a token that ends after a while, and where fetching one may end the one before.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.errors import OutcomeUnknown, SendError, TryLater, Unreachable
from connectors.ports import State

EARLY_S = 300.0
"""How long before its end a token is fetched anew; for tokens that last less than an hour, a tenth of their time."""
PAUSE_S = 2.0
"""After a failure, so long nobody here asks the vendor again."""

Result = TypeVar("Result")


class TokenRefused(Exception):
    """The vendor says that the token is not, or no longer, good; nothing was done."""


@dataclass(frozen=True, kw_only=True)
class Granted:
    """A token, and for how many seconds it is good."""

    token: str = field(repr=False)
    seconds: float


class AccessToken:
    """One token, kept in the channel's durable memory under `name`.

    `fetch` asks the vendor; its argument is whether the token that it gave last was refused. It raises `SendError`.
    """

    def __init__(self, state: State, name: str, fetch: Callable[[bool], Awaitable[Granted]]) -> None:
        self._state, self._name, self._fetch = state, name, fetch
        self._failed: tuple[float, str, type[TryLater]] = (0.0, "", TryLater)

    async def get(self) -> str:
        """A token that is good for a while. Raises `TryLater`: without one, nothing has been sent."""
        return await self._kept() or await self._renewed("")

    async def using(self, use: Callable[[str], Awaitable[Result]]) -> Result:
        """What `use` makes of the token. When it raises `TokenRefused`, it is given another token, once; the second
        refusal is `TryLater`.
        """
        token = await self.get()
        try:
            return await use(token)
        except TokenRefused:
            token = await self._renewed(token)
        try:
            return await use(token)
        except TokenRefused as refused:
            raise TryLater(f"the access token is refused, the new one too: {refused}") from None

    async def _kept(self) -> str:
        found = await self._state.get(self._name)
        return str(found["token"]) if found else ""

    async def _renewed(self, refused: str) -> str:
        """Another token than `refused`: the one that somebody has fetched meanwhile, else a new one."""
        async with self._state.hold(self._name):
            kept = await self._kept()
            if kept and kept != refused:
                return kept
            failed_at, reason, failure = self._failed
            if reason and time.monotonic() - failed_at < PAUSE_S:
                raise failure(reason, after=PAUSE_S)
            try:
                granted = await self._fetch(bool(refused))
            except SendError as error:
                failure = Unreachable if isinstance(error, Unreachable) else TryLater
                self._failed = (time.monotonic(), f"there is no access token: {error}", failure)
                if isinstance(error, TryLater):
                    raise
                after = PAUSE_S if isinstance(error, OutcomeUnknown) else 60.0
                raise TryLater(self._failed[1], after=after) from None
            self._failed = (0.0, "", TryLater)
            lasts = granted.seconds - min(EARLY_S, granted.seconds / 10)
            await self._state.put(self._name, {"token": granted.token}, seconds=lasts)
            return granted.token
