"""rasa-webchat from npm, unchanged, on another origin: it gets the answers that our own widget gets."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import BrowserContext, expect

from tests.channels.test_rasa_webchat import HTML, LIBRARY
from tests.conftest import absent
from tests.fakes.agent import Agent
from tests.journeys.conftest import photograph
from tests.journeys.system import System


async def test_rasa_webchat_is_served_as_by_rasa(window: BrowserContext, system: System, agent: Agent) -> None:
    if not LIBRARY.exists():
        absent("rasa-webchat (npm)")

    async def index(_: web.Request) -> web.Response:
        return web.Response(text=HTML % system.url, content_type="text/html")

    async def script(_: web.Request) -> web.FileResponse:
        return web.FileResponse(LIBRARY)

    shop = web.Application()
    shop.add_routes([web.get("/", index), web.get("/rasa-webchat.js", script)])
    async with TestServer(shop, port=urlsplit(system.shop).port):
        page = await window.new_page()
        await page.goto(system.shop)
        box, answers = page.locator(".rw-new-message"), page.locator(".rw-response")
        await box.fill("How long does delivery take?")
        await box.press("Enter")
        await expect(answers.get_by_text("Large appliances are").first).to_be_visible(timeout=15_000)
        await photograph(page, "rasa-webchat")
        await box.fill("I want to talk to a person")
        await box.press("Enter")
        await expect(answers.get_by_text("in line for a colleague").first).to_be_visible(timeout=15_000)
        ticket = next(each for each in await agent.queue() if each["channel"] == "socketio")
        await agent.take(str(ticket["id"]))
        await agent.reply(str(ticket["id"]), "Hello from a person.")
        await expect(answers.get_by_text("Hello from a person.")).to_be_visible(timeout=15_000)
