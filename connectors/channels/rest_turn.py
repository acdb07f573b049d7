"""What is said because of one message: the answer that a waiting client gets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import takewhile

from connectors.message import JSON, Author
from connectors.ports import Accepted, Conversations, Frames

_ANSWERS = frozenset({Author.BOT, Author.SYSTEM})


def is_answer(author: str) -> bool:
    """Whether a message belongs to the answer; what people write is sent on its own."""
    return author in _ANSWERS


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One accepted message. `frames` have been listened to since before it was accepted; `repeated`: an earlier request
    had it accepted. Waits at most `seconds`."""

    conversations: Conversations
    frames: Frames
    accepted: Accepted
    repeated: bool
    seconds: float

    async def answer(self) -> list[JSON]:
        """The messages of the turn. When it takes too long, those that are there: the rest can be fetched."""
        if self.repeated and (said := await self._stored()):
            return said
        said = []
        try:
            async with asyncio.timeout(self.seconds):
                async for frame in self.frames:
                    if self._belongs(frame):
                        said.append(frame["message"])
                    elif frame["type"] == "done":
                        if frame["message_id"] == self.accepted.message_id:
                            return said
                        said.clear()  # was the answer to an earlier message
        except TimeoutError:
            pass
        return await self._stored()

    async def tell(self, say: Callable[[JSON], Awaitable[None]]) -> None:
        """Say the messages of the turn as they come."""
        if self.repeated:
            for message in await self.answer():
                await say(message)
            return
        try:
            async with asyncio.timeout(self.seconds):
                async for frame in self.frames:
                    if self._belongs(frame):
                        await say(frame["message"])
                    elif frame["type"] == "done" and frame["message_id"] == self.accepted.message_id:
                        return
        except TimeoutError:
            return

    def _belongs(self, frame: JSON) -> bool:
        if frame["type"] != "message":
            return False
        message = frame["message"]
        return bool(message["seq"] > self.accepted.seq and is_answer(message["author"]))

    async def _stored(self) -> list[JSON]:
        after = await self.conversations.history(self.accepted.conversation_id, self.accepted.seq, 100)
        until_next = takewhile(lambda message: message["author"] != Author.CUSTOMER, after)
        return [message for message in until_next if is_answer(message["author"])]
