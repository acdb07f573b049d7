"""The widget on one page, in the words of its user."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from playwright.async_api import Locator, Page

from tests.widget.peer import Peer

EXPECTED_NOISE = ("net::ERR", "Failed to load resource", "WebSocket connection to")
Open = Callable[..., Awaitable["Chat"]]


async def eventually(condition: Callable[[], bool], within_s: float = 15.0) -> None:
    """Waits until something is so. Raises TimeoutError."""
    for _ in range(round(within_s / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def connected(peer: Peer) -> None:
    """Waits until the page's socket is open and in its conversation."""
    await eventually(lambda: any(conversation.sockets for conversation in peer.conversations.values()))


async def said(peer: Peer, *texts: str) -> None:
    """Waits until the service has stored exactly these messages of the customer."""
    with contextlib.suppress(TimeoutError):
        await eventually(lambda: bool(peer.conversations) and peer.texts() == list(texts))
    assert peer.texts() == list(texts)


class Chat:
    """The widget on one page, in the words of its user."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.host = page.locator("front-door-chat")
        self.launcher = self.host.locator(".launcher")
        self.panel = self.host.locator(".panel")
        self.field = self.host.locator(".composer textarea")
        self.log = self.host.locator(".log")
        self.rows = self.host.locator(".row")
        self.bubbles = self.host.locator(".row .bubble")
        self.handoff = self.host.locator(".handoff")
        self.problem = self.host.locator(".composer > .problem")
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda line: self._note(line.type, line.text))

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not any(noise in text for noise in EXPECTED_NOISE):
            self.faults.append(text)

    async def say(self, text: str) -> None:
        """Types and sends."""
        await self.field.fill(text)
        await self.field.press("Enter")

    def status(self, number: int = -1) -> Locator:
        """The delivery status of one of the customer's messages, the newest by default."""
        return self.host.locator(".row.customer .meta .hidden").nth(number)

    async def reload(self) -> None:
        """Loads the page anew and waits for the widget."""
        await self.page.reload()
        await self.launcher.wait_for(state="attached")
