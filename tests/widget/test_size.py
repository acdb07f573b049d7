"""The widget stays small and loads quickly: everything a page loads of it, gzipped, in 25 KB."""

import gzip
from urllib.parse import urlparse

import pytest

from tests.widget.chat import Open
from tests.widget.peer import WEB, Peer

LIMIT = 25 * 1024


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_everything_loaded_fits(open_chat: Open, peer: Peer, lang: str) -> None:
    loaded: dict[str, int] = {}
    chat = await open_chat(opened=False)

    async def measure(path: str) -> None:
        loaded[path] = len(gzip.compress((WEB / "widget" / path.rpartition("/")[2]).read_bytes(), 9))

    requests: list[str] = []
    chat.page.on("request", lambda request: requests.append(urlparse(request.url).path))
    await chat.page.goto(f"{peer.origin}/page?lang={lang}")
    await chat.launcher.click()
    await chat.say("hello")
    await chat.rows.first.wait_for()
    for path in requests:
        if path.startswith("/widget"):
            await measure(path)
    assert f"/widget/{lang}.js" in loaded
    assert sum(loaded.values()) <= LIMIT, loaded
    assert {path for path in requests if not path.startswith(("/widget", "/api/", "/page", "/favicon"))} == set()
