"""The summary on the screen, and translations side by side."""

from dataclasses import replace

import pytest
from playwright.async_api import expect

from frontdoor.assistant import EndpointAssistant
from frontdoor.chat_endpoint import ChatEndpoint
from tests.console.office import Office
from tests.console.scenes import wang_fang
from tests.console.screen import Screen
from tests.fakes.model import ScriptedModel

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_every_line_of_the_summary_leads_to_its_message(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(wang_fang())
    await screen.visit(f"#/queue/{ticket_id}")
    summary = screen.page.locator(".summary")
    await expect(summary).to_contain_text("The problem, in the customer's words")
    await summary.locator(".summary-link").first.click()
    await expect(screen.page.locator(".entry-found")).to_have_count(1)
    await expect(screen.page.get_by_text("Translate the conversation")).to_have_count(0)  # nothing translates here


async def test_a_conversation_and_a_reply_are_translated_side_by_side(screen: Screen, office: Office) -> None:
    async with ScriptedModel() as model:
        endpoint = ChatEndpoint(model.url, "small", "", timeout_s=5, tokens=400)
        office.service.ports = replace(office.service.ports, assistant=EndpointAssistant(endpoint))
        ticket_id = await office.open(wang_fang())
        await screen.visit(f"#/queue/{ticket_id}")
        await screen.page.get_by_role("button", name="Take", exact=True).first.click()
        model.says = "In other words"
        await screen.page.get_by_role("button", name="Translate the conversation").click()
        await expect(screen.page.locator(".entry .translation").first).to_contain_text("In other words")
        await screen.page.locator("#composer-text").fill("We will call you.")
        model.says = "我们会给您打电话。"
        await screen.page.get_by_role("button", name="Translate into Chinese").click()
        await expect(screen.page.locator("#composer-text")).to_have_value("我们会给您打电话。")
        await expect(screen.page.locator(".composer-original")).to_contain_text("We will call you.")
        await screen.page.get_by_role("button", name="Take back the translation").click()
        await expect(screen.page.locator("#composer-text")).to_have_value("We will call you.")
        await endpoint.close()
