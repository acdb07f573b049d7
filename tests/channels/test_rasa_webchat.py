"""Clients that are not ours, unchanged from npm: rasa-webchat in a real browser, and socket.io-client in Node.

`npm install --ignore-scripts --prefix var/npm rasa-webchat@1.0.1 socket.io-client@4.8.4` puts them where tests look.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, expect

from connectors.channels.socketio import SocketioChannel, SocketioSettings
from tests.channels.memory import MemoryCore, Room
from tests.chromium import running_browser
from tests.conftest import absent

MODULES = Path(__file__).parents[2] / "var" / "npm" / "node_modules"
LIBRARY = MODULES / "rasa-webchat" / "lib" / "index.js"
HTML = """<!doctype html><html><head><meta charset="utf-8"><title>Shop</title></head><body>
<script src="/rasa-webchat.js"></script>
<script>
WebChat.default({
  socketUrl: "%s", socketPath: "/socket.io/", customData: {language: "en"}, title: "Help", embedded: true,
  params: {storage: "local"}, customMessageDelay: () => 0, withRules: false,
}, null);
</script></body></html>"""


class Shop:
    """A page with rasa-webchat on one origin, the channel on another."""

    def __init__(self, core: MemoryCore, page: Page, address: str) -> None:
        self.core, self.page, self.address = core, page, address

    async def visit(self) -> None:
        """Load the page; the browser keeps what rasa-webchat stored."""
        await self.page.goto(self.address)

    async def say(self, text: str) -> None:
        """Type and send."""
        box = self.page.locator(".rw-new-message")
        await box.fill(text)
        await box.press("Enter")

    async def hears(self, text: str, times: int = 1) -> None:
        """The answers shown contain this text so many times."""
        await expect(self.page.locator(".rw-response").get_by_text(text, exact=True)).to_have_count(times)

    @property
    def room(self) -> Room:
        """The only conversation."""
        (room,) = self.core.rooms.values()
        return room


@pytest.fixture
def installed() -> None:
    if not LIBRARY.exists():
        absent("rasa-webchat (npm)")


@pytest.fixture
async def shop(installed: None) -> AsyncIterator[Shop]:
    core, html = MemoryCore(), ""
    pages, service = web.Application(), web.Application()

    async def index(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    async def script(_: web.Request) -> web.FileResponse:
        return web.FileResponse(LIBRARY)

    pages.add_routes([web.get("/", index), web.get("/rasa-webchat.js", script)])
    async with TestServer(pages) as shop_server:
        origin = f"http://127.0.0.1:{shop_server.port}"
        channel = SocketioChannel(SocketioSettings(allowed_origins=(origin,)), core)
        service.add_routes(channel.routes())
        async with TestServer(service) as server, running_browser() as browser:
            html = HTML % f"http://127.0.0.1:{server.port}"
            yield Shop(core, await browser.new_page(), f"{origin}/")
            await channel.close()


@pytest.mark.browser
async def test_rasa_webchat_works_unchanged(shop: Shop) -> None:
    await shop.visit()
    await shop.say("Hello")
    await shop.hears("You said: Hello")
    await shop.say("buttons")
    await shop.page.locator(".rw-reply").get_by_text("Yes", exact=True).click()
    await shop.hears("You said: Yes")
    assert shop.core.inbounds[-1].button
    await shop.say("picture")
    await expect(shop.page.locator('img.rw-image-frame[src$="/api/v1/a.png"]')).to_have_count(1)
    await expect(shop.page.locator(".rw-response").get_by_role("link", name="b.pdf")).to_be_visible()
    await shop.say("human")
    await shop.hears("Li Na has joined")
    shop.core.say(shop.room, "agent", "你好，我是李娜", name="李娜")
    await shop.hears("你好，我是李娜")

    await asyncio.sleep(1.2)  # what came just before a page is left may be told again
    await shop.page.goto("about:blank")
    shop.core.say(shop.room, "agent", "Still there?")
    await shop.visit()
    await shop.hears("Still there?")
    await shop.hears("你好，我是李娜")
    await shop.page.reload()
    await shop.hears("You said: Hello")
    assert len(shop.core.rooms) == 1


NODE = """
const { io } = require("socket.io-client");
const socket = io(process.argv[2], { path: "/socket.io/", transports: [process.argv[3]] });
const heard = [];
socket.on("connect", () => socket.emit("session_request", { session_id: process.argv[3] }));
socket.on("session_confirm", (id) => socket.emit("user_uttered", { message: "buttons", session_id: id }));
socket.on("bot_uttered", (data) => {
  heard.push(data);
  if (data.quick_replies) {
    const message = data.quick_replies[1].payload;
    socket.emit("user_uttered", { message, session_id: process.argv[3] }, (ack) => heard.push({ ack }));
  } else {
    setTimeout(() => { console.log(JSON.stringify(heard)); process.exit(0); }, 100);
  }
});
setTimeout(() => process.exit(1), 10000);
"""


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_socket_io_client_works_over_both_transports(transport: str) -> None:
    node = shutil.which("node")
    if node is None or not (MODULES / "socket.io-client").exists():
        absent("socket.io-client (npm)")
    core = MemoryCore()
    channel = SocketioChannel(SocketioSettings(), core)
    app = web.Application()
    app.add_routes(channel.routes())
    script = MODULES.parent / f"client-{transport}.cjs"
    await asyncio.to_thread(script.write_text, NODE)
    async with TestServer(app) as server:
        process = await asyncio.create_subprocess_exec(
            str(node), script, str(server.make_url("/")).rstrip("/"), transport, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        assert process.returncode == 0
        await channel.close()
    heard = json.loads(output)
    assert [data["text"] for data in heard if "text" in data] == ["Which one?", "You said: No"]
    assert [data["ack"]["seq"] for data in heard if "ack" in data] == [3]
