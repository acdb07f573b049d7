"""A peer on the wire, a real Chromium, and the widget on a page with a strict content policy."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.chromium import running_browser
from tests.widget.chat import Chat, Open
from tests.widget.peer import Peer, running_peer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all tests here, so that they share one browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "open_chat" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with running_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def peer() -> AsyncIterator[Peer]:
    """The service's side of the protocol."""
    async with running_peer() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def open_chat(browser: Browser, peer: Peer) -> AsyncIterator[Open]:
    """Opens the page with the widget: `await open_chat(opened=False, context=other, lang="zh", **browser options)`.

    `token` is what an earlier visit left in the browser. Fails at the end of the test if a page reported an error or a
    violation of its content policy.
    """
    chats: list[Chat] = []
    contexts: list[BrowserContext] = []

    async def opening(
        *,
        opened: bool = True,
        context: BrowserContext | None = None,
        query: str = "",
        lang: str = "en",
        token: str = "",
        **options: Any,
    ) -> Chat:
        if context is None:
            context = await browser.new_context(**{"viewport": {"width": 1100, "height": 800}, **options})
            contexts.append(context)
        if token:
            key = json.dumps(f"frontdoor:{peer.origin}/:session")
            kept = json.dumps(json.dumps({"token": token, "conversation": f"conv-{token}", "user": False}))
            await context.add_init_script(f"""if (!sessionStorage.getItem("visited")) {{
                sessionStorage.setItem("visited", "yes");
                localStorage.setItem({key}, {kept});
            }}""")
        chat = Chat(await context.new_page())
        chats.append(chat)
        await chat.page.goto(f"{peer.origin}/page?lang={lang}&{query}")
        await chat.launcher.wait_for(state="attached")
        if opened:
            await chat.launcher.click()
            await chat.panel.wait_for()
        return chat

    yield opening
    for context in contexts:
        await context.close()
    assert [fault for chat in chats for fault in chat.faults] == []
