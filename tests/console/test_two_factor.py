"""The second step of the log-in in a browser: set up, used, and what an editor sees of the desk."""

import re

import pyotp
import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import update

from storage.agent_sessions import session
from storage.clock import now_ms
from tests.console.office import Office
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_a_second_step_is_set_up_and_asked_for(screen: Screen, browser: Browser, office: Office) -> None:
    page = screen.page
    await screen.visit("#/account")
    await screen.button("Set up").click()
    await expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = (await page.locator(".by-hand").inner_text()).replace(" ", "")
    await page.get_by_label("Code", exact=True).fill("000000")
    await screen.button("Switch on").click()
    await expect(page.get_by_text("This code is wrong, used or too old.")).to_be_visible()
    await page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(now_ms() // 1000))
    await screen.button("Switch on").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    await expect(codes).to_have_count(10)
    recovery = await codes.first.inner_text()
    await screen.button("I have kept them").click()
    await expect(page.get_by_text("10 recovery codes left.")).to_be_visible()
    async with open_screen(browser, office) as other:
        await other.sign_in("li.na")
        await expect(other.page.get_by_role("heading", name="Enter the code")).to_be_visible()
        await other.page.get_by_label("Code", exact=True).fill(recovery)
        await other.button("Go on").click()
        await expect(other.live).to_be_visible()
    await office.db.write(lambda tx: tx.execute(update(session).values(proved_at=0)))
    await screen.visit("#/users")
    await page.get_by_role("button", name="Edit").nth(1).click()
    await page.get_by_label("Role").select_option("editor")
    await screen.button("Save").click()
    await expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    await page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(now_ms() // 1000 + 30))
    await screen.button("Go on").click()
    await expect(page.get_by_role("cell", name="Knowledge editor")).to_be_visible()


async def test_an_editor_sees_articles_and_no_tickets(browser: Browser, office: Office) -> None:
    await office.person("wen.bo", "Wen Bo", role="editor", tiers=())
    async with open_screen(browser, office, "wen.bo") as screen:
        await screen.page.wait_for_url(re.compile(r"#/knowledge$"))
        pages = screen.page.get_by_role("navigation", name="Pages")
        await expect(pages.get_by_role("link")).to_have_text(["Knowledge"])
        await screen.visit("#/mine")
        await expect(screen.rows).to_have_count(0)
        assert screen.complaints == []
