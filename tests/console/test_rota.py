"""The rota and the staffing plan on the screen: a plan is made and kept to, a shift is planned, and agents swap it."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from storage.clock import now_ms
from tests.console import busy_weeks
from tests.console.office import Office
from tests.console.scenes import ann_smith
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PICTURES = os.environ.get("DOCS_PICTURES", "")
"""A folder; with it the pictures of docs/images are taken."""


async def test_a_plan_is_made_kept_to_and_staffed_and_a_shift_changes_hands(
    office: Office, browser: Browser, screen: Screen
) -> None:
    page = screen.page
    # Given a plan of this week, to which the supervisor keeps
    await screen.visit("#/staffing")
    await screen.button("Make the plan").click()
    await expect(page.locator(".staffing-chart")).to_be_visible()
    await expect(page.get_by_text("History is thin")).to_be_visible()
    await expect(page.locator("table tbody tr")).to_have_count(24)
    await screen.button("Measure the rota by this plan").click()
    await expect(page.get_by_text("The rota is measured by this plan now.")).to_be_visible()
    # When she plans a shift for next week with the keyboard, the rota says what it lacks, and what it has no more
    await screen.visit("#/rota")
    await screen.button("Next week").click()
    lacks = page.get_by_text("has 0 of 2 people").first
    await expect(lacks).to_be_visible()
    await page.get_by_role("button", name="Add a shift for Wang Wei").nth(2).press("Enter")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Note").fill("phones")
    await dialog.get_by_role("button", name="Save").press("Enter")
    shift = page.locator(".rota-shift")
    await expect(shift).to_have_count(1)
    # Then the agent is told that it is not now, and asks a colleague to take it, who is on another screen
    async with open_screen(browser, office, "wang.wei") as other:
        await expect(other.page.locator(".toast")).to_contain_text("You have no shift now; your next one begins")
        await other.visit("#/rota")
        await other.button("Next week").click()
        await other.page.locator(".rota-shift").click()
        await other.page.get_by_role("dialog").get_by_role("button", name="Ask", exact=True).click()
        await expect(other.page.locator(".rota-swaps")).to_contain_text("Wang Wei gives")
        assert other.complaints == []
    await screen.button("This week").click()
    await screen.button("Take it").click()
    await page.get_by_role("dialog").get_by_role("button", name="Take it").click()
    await screen.button("Approve").click()
    await expect(page.locator(".rota-swaps")).to_contain_text("Approved")
    assert screen.complaints == []


@pytest.mark.skipif(not PICTURES, reason="takes pictures for docs/images: make pictures")
async def test_pictures(office: Office, browser: Browser) -> None:
    people = [(await office.agent(login)).id for login in ("li.na", "wang.wei")]
    people += [await office.person(f"a.{n}", name) for n, name in enumerate(("Chen Jie", "Zhao Min", "Ann Lee"))]
    await office.open(ann_smith())
    for fill in (busy_weeks.work, busy_weeks.rota):
        await office.db.write(fill, tuple(people), now_ms())
    sized = {"viewport": {"width": 1280, "height": 900}, "timezone_id": "Asia/Shanghai"}
    async with open_screen(browser, office, "li.na", **sized) as screen:
        await _pictured(screen, "en", "Make the plan", "Measure the rota")
        await office.service.set_language(await office.agent("li.na"), "zh")
        await screen.page.evaluate("localStorage.clear()")
        await screen.page.reload()
        await _pictured(screen, "zh", "生成规划", "核对排班")


async def _pictured(screen: Screen, language: str, make: str, adopt: str) -> None:
    page = screen.page
    await screen.visit("#/staffing")
    await page.locator("input[name=within]").fill("1")
    await page.get_by_role("button", name=make).click()
    await expect(page.locator(".staffing-progress")).to_be_visible()
    await expect(page.locator(".staffing-progress")).to_be_hidden(timeout=60_000)
    for _ in range(await page.locator(".toast").count()):
        await page.locator(".toast button").first.click()
    await page.screenshot(path=Path(PICTURES) / f"desk-staffing-{language}.png")
    await page.get_by_role("button", name=adopt).click()
    await screen.visit("#/rota")
    await expect(page.locator(".rota-shift").first).to_be_visible()
    await page.screenshot(path=Path(PICTURES) / f"desk-rota-{language}.png")
