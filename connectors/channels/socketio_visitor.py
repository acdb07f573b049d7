"""One connection that has joined a session: tells it what it missed, then what happens, each message once.

Rasa's clients keep what they were shown but never say what that was, so the service remembers it, as what the customer
has "seen". A message counts as shown when the connection gave a sign of life after it was sent, or has stayed up for
longer than a dead one could; anything else is told again to the next connection of the session.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from connectors.feed import Feed
from connectors.message import JSON, Author
from connectors.ports import Conversations
from connectors.rasa_protocol import Claim, absolute, button_payload, is_image, spoken

TRAVEL = 1.0  # seconds that a message may need to the page
PRESENT_EVERY = 30.0  # seconds

Emit = Callable[[JSON], Awaitable[None]]


class Visitor:
    """A connection in a session. `dead_after` is when a silent connection is closed, in seconds; `base` makes links."""

    def __init__(self, conversations: Conversations, claim: Claim, emit: Emit, *, dead_after: float, base: str) -> None:
        self.claim = claim
        self.language = ""
        self.lock = asyncio.Lock()  # what one connection sends is stored in the order it was sent
        self._conversations, self._emit = conversations, emit
        self._dead_after, self._base = dead_after, base
        self._sent: deque[tuple[float, int]] = deque()
        self._conversation_id = ""

    async def follow(self, conversation_id: str, seen: int) -> None:
        """Tell everything after message number `seen` until cancelled. Raises `FeedEndedError`."""
        self._conversation_id = conversation_id
        async with Feed(self._conversations, conversation_id, seen) as feed:
            present_at = 0.0
            while True:
                if time.monotonic() - present_at >= PRESENT_EVERY:
                    present_at = time.monotonic()
                    await self._conversations.present(conversation_id)
                frame = await feed.next(PRESENT_EVERY)
                if frame is None:
                    feed.look_again()
                elif frame["type"] == "message":
                    await self._tell(frame["message"])
                elif frame["type"] == "state":
                    self.language = frame["conversation"]["language"] or self.language
                await self.shown(self._dead_after)

    async def shown(self, ago: float) -> None:
        """What was sent at least `ago` seconds ago has been shown."""
        seq = 0
        while self._sent and self._sent[0][0] <= time.monotonic() - ago:
            seq = self._sent.popleft()[1]
        if seq:
            await self._conversations.seen(self._conversation_id, seq)

    async def _tell(self, message: JSON) -> None:
        if message["author"] != Author.CUSTOMER:
            for part in utterances(message, self._base):
                await self._emit(part)
        self._sent.append((time.monotonic(), message["seq"]))


def utterances(message: JSON, base: str) -> list[JSON]:
    """A message as `bot_uttered` data: text or text with quick replies, and one more for each attachment.

    rasa-webchat shows nothing with members it doesn't know; `metadata` is the one place it allows more.
    """
    parts: list[JSON] = []
    if message.get("buttons"):
        replies = [
            {"content_type": "text", "title": each["title"], "payload": button_payload(each["token"])}
            for each in message["buttons"]
        ]
        parts.append({"text": spoken(message), "quick_replies": replies})
    elif message["text"]:
        parts.append({"text": spoken(message)})
    for file in message.get("attachments", ()):
        url = absolute(file["url"], base)
        if is_image(file):
            parts.append({"attachment": {"type": "image", "payload": {"src": url}}})
        else:
            name = file["name"].replace("[", "(").replace("]", ")")
            parts.append({"text": f"[{name}]({url})"})
    about = {"message_id": message["id"], "seq": message["seq"], "author": message["author"], "name": message["name"]}
    return [part | {"metadata": about} for part in parts]
