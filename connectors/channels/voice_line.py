"""Who is on the line, and up to where they have been told everything: how a message learns that it was spoken."""

import asyncio

from connectors.channels.voice_parse import Caller
from connectors.ports import State

CALL_S = 15 * 60.0  # between two requests of a call, at most
PERSON_S = 4 * 3600.0  # a call with a person may last


class Lines:
    """The calls of all workers; on disk, so that each of them knows."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._told: dict[str, asyncio.Event] = {}

    async def said(self, address: str) -> int | None:
        """The `seq` up to which a caller has been told everything; None when they are not on the line."""
        found = await self._state.get(f"call:{address}")
        return None if found is None else int(found["said"])

    async def told(self, address: str, seconds: float) -> None:
        """Wait until this worker has told the caller something, but not longer."""
        event = self._told.setdefault(address, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            self._told.pop(address, None)

    async def remember(self, caller: Caller, said: int, seconds: float = CALL_S) -> None:
        """The caller is on the line, for so long without another request, and has been told everything up to `said`."""
        await self._state.put(f"call:{caller.address}", {"call": caller.call, "said": said}, seconds=seconds)
        if (waiting := self._told.pop(caller.address, None)) is not None:
            waiting.set()

    async def forget(self, caller: Caller) -> None:
        """The call is over, unless another one of the same caller has begun."""
        found = await self._state.get(f"call:{caller.address}")
        if found is not None and found["call"] == caller.call:
            await self._state.drop(f"call:{caller.address}")
