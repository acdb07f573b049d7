"""Beginning a conversation: logging a call, writing first."""

from dataclasses import replace

import pytest
from playwright.async_api import expect

from tests.console.office import Office
from tests.console.screen import Screen
from tests.console.switchboard import Switchboard

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


@pytest.fixture
def switchboard(office: Office) -> Switchboard:
    switchboard = Switchboard(office)
    office.service.ports = replace(office.service.ports, begin=switchboard)
    return switchboard


async def test_a_call_is_logged_by_keyboard_and_is_the_agents(screen: Screen, switchboard: Switchboard) -> None:
    await screen.page.keyboard.press("c")
    dialog = screen.page.get_by_role("dialog", name="New conversation")
    await expect(dialog.get_by_label("How")).to_be_focused()
    await dialog.get_by_label("Customer's name").fill("Zhang Wei")
    await dialog.get_by_label("Phone number").fill("138 0013 8000")
    await dialog.get_by_label("What the customer said").fill("The washer leaks.")
    await dialog.get_by_role("button", name="Log the call").click()
    await expect(screen.head.get_by_text("Yours")).to_be_visible()
    await expect(screen.entry("The washer leaks.")).to_be_visible()
    await expect(screen.context).to_contain_text("Zhang Wei")
    assert len(switchboard.begun) == 1


async def test_writing_first_asks_for_what_the_channel_needs(screen: Screen, switchboard: Switchboard) -> None:
    await screen.button("New").click()
    dialog = screen.page.get_by_role("dialog", name="New conversation")
    await dialog.get_by_label("How").select_option("email")
    await expect(dialog.get_by_label("How").locator("option")).to_have_text(
        ["Phone call or visit (log it)", "SMS", "E-mail"]
    )
    await dialog.get_by_label("Your message").fill("Your spare part has come.")
    await dialog.get_by_role("button", name="Send").click()
    assert await dialog.get_by_label("E-mail").evaluate("field => field.validity.valueMissing")
    await dialog.get_by_label("E-mail").fill("wei@example.com")
    await dialog.get_by_role("button", name="Send").click()
    await expect(screen.entry("Your spare part has come.")).to_be_visible()
