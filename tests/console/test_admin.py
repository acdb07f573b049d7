"""Users, the desk's switch, presence, notifications, and who may not."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.console.office import Office
from tests.console.scenes import ann_smith, handoff
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_a_user_is_added_with_a_password_shown_once(screen: Screen, browser: Browser, office: Office) -> None:
    await screen.visit("#/users")
    await screen.button("Add user").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("User name").fill("li.na")
    await dialog.get_by_label("Name", exact=True).fill("陈晨")
    await dialog.get_by_label("Front line").check()
    await dialog.get_by_role("button", name="Add user").click()
    await expect(dialog.get_by_label("User name")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("User name").fill("chen.chen")
    await dialog.get_by_label("Grade").select_option(label="Senior")
    await dialog.get_by_label("Skills").fill("returns, 退货，warranty")
    await dialog.get_by_label("Tickets at a time").fill("7")
    await dialog.get_by_label("English", exact=True).uncheck()
    await dialog.get_by_role("button", name="Add user").click()
    password = await dialog.get_by_label("Password", exact=True).input_value()
    assert len(password) >= 10
    await dialog.get_by_role("button", name="Done").click()
    row = screen.page.get_by_role("row", name="陈晨")
    await expect(row).to_contain_text("Password pending")
    await expect(row).to_contain_text("0 / 7")
    await row.get_by_role("button", name="Edit").click()
    await expect(dialog.get_by_label("Skills")).to_have_value("returns, 退货, warranty")
    await expect(dialog.get_by_label("Grade")).to_have_value("senior")
    await expect(dialog.get_by_label("English", exact=True)).not_to_be_checked()
    assert password not in await screen.page.content()
    async with open_screen(browser, office) as other:
        await other.sign_in("chen.chen", password)
        await expect(other.page.get_by_label(re.compile("Current password|当前密码"))).to_be_visible()


async def test_a_user_is_changed_disabled_and_enabled(screen: Screen, colleague: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await colleague.take(ticket_id)
    await screen.visit("#/users")
    row = screen.page.get_by_role("row", name="Wang Wei")
    await row.get_by_role("button", name="Edit").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Role").select_option("supervisor")
    await dialog.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("Supervisor")
    await row.get_by_role("button", name="More for Wang Wei").click()
    await screen.button("Disable").click()
    await expect(dialog).to_contain_text("1 open ticket goes back into the queue")
    await dialog.get_by_role("button", name="Disable").click()
    await expect(row).to_contain_text("Disabled")
    await expect(colleague.page.get_by_role("heading", name="Sign in")).to_be_visible()
    await screen.visit("#/queue")
    await expect(screen.rows).to_have_count(1)
    await screen.visit("#/users")
    await row.get_by_role("button", name="More for Wang Wei").click()
    await screen.button("Enable").click()
    await expect(row).not_to_contain_text("Disabled")


async def test_the_last_admin_stays(screen: Screen) -> None:
    await screen.visit("#/users")
    await screen.page.get_by_role("row", name="Li Na").get_by_role("button", name="Edit").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Role").select_option("agent")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()


async def test_agents_see_no_admin_pages(colleague: Screen) -> None:
    await expect(colleague.page.get_by_role("link", name="Users")).to_have_count(0)
    await colleague.visit("#/users")
    await expect(colleague.page.get_by_text("Nobody is waiting")).to_be_visible()


async def test_the_desk_is_switched_off_and_on(screen: Screen, colleague: Screen, office: Office) -> None:
    await screen.visit("#/settings")
    switch = screen.page.get_by_role("switch", name="Take new handoffs")
    await switch.click()
    await expect(colleague.page.get_by_text("Desk is off")).to_be_visible()
    assert not await office.service.accepting()
    await switch.click()
    await expect(colleague.page.get_by_text("Desk is off")).to_have_count(0)


async def test_presence(screen: Screen, colleague: Screen) -> None:
    await colleague.page.get_by_role("switch", name="Available").click()
    await expect(colleague.page.get_by_role("switch", name="Available")).to_have_attribute("aria-checked", "false")
    await screen.visit("#/users")
    await expect(screen.page.get_by_role("row", name="Wang Wei")).to_contain_text("Away")


async def test_desktop_notifications(browser: Browser, office: Office) -> None:
    record = """
      window.shown = [];
      window.Notification = class extends EventTarget {
        static permission = "default";
        static async requestPermission() { this.permission = "granted"; return "granted"; }
        constructor(title, options) { super(); window.shown.push([title, options.body, options.silent]); }
        close() {}
      };
      document.hasFocus = () => !window.away;
    """
    async with open_screen(browser, office) as screen:
        await screen.page.add_init_script(record)
        await screen.page.reload()
        await screen.sign_in("li.na")
        await expect(screen.live).to_be_visible()
        await screen.button("Turn on desktop notifications").click()
        await expect(screen.button("Turn off desktop notifications")).to_be_visible()
        await office.open(handoff(reference="FD-SEEN000"))
        await expect(screen.rows).to_have_count(1)
        await screen.page.evaluate("window.away = true")
        ticket_id = await office.open(handoff(reference="FD-AWAY111", question="Anybody?"))
        await expect(screen.rows).to_have_count(2)
        shown: list[Any] = await screen.page.evaluate("window.shown")
        assert shown == [["New ticket FD-AWAY111", "Ann Smith · Asked for a person\nAnybody?", True]]
        await screen.take(ticket_id)
        await office.say(ticket_id, "Hello **you**", name="Ann Smith")
        await expect(screen.entry("Hello")).to_be_visible()
        shown = await screen.page.evaluate("window.shown")
        assert shown[1:] == [["Ann Smith", "Hello you", True]]


async def test_keyboard_alone(screen: Screen, office: Office) -> None:
    await office.open(ann_smith())
    keyboard = screen.page.keyboard
    await expect(screen.rows).to_have_count(1)
    await keyboard.press("?")
    await expect(screen.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await keyboard.press("Escape")
    await expect(screen.page.get_by_role("dialog")).to_have_count(0)
    await keyboard.press("j")
    await expect(screen.head).to_contain_text("Ann Smith")
    await keyboard.press("t")
    await expect(screen.box).to_be_focused()
    await keyboard.type("Hello jkt")
    await keyboard.press("Enter")
    await expect(screen.entry("Hello jkt")).to_contain_text("Sent")
    await keyboard.press("Escape")
    await keyboard.press("n")
    await keyboard.type("a note")
    await keyboard.press("Enter")
    await expect(screen.page.locator(".entry-note")).to_have_count(1)
    await keyboard.press("Escape")
    await keyboard.press("e")
    await expect(screen.page.get_by_role("dialog").get_by_label("Note")).to_be_focused()
    await keyboard.type("done")
    await keyboard.press("Tab")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(screen.head.get_by_text("Resolved")).to_be_visible()
    await keyboard.press("g")
    await keyboard.press("r")
    await expect(screen.rows).to_have_count(1)


async def test_shortcuts_can_be_turned_off(screen: Screen, office: Office) -> None:
    await office.open(ann_smith())
    await screen.visit("#/account")
    await screen.page.get_by_role("switch", name="Single-key shortcuts").click()
    await screen.visit("#/queue")
    await screen.page.keyboard.press("j")
    await screen.page.keyboard.press("?")
    await expect(screen.page.get_by_role("dialog")).to_have_count(0)
    await expect(screen.page.get_by_text("No ticket chosen")).to_be_visible()
