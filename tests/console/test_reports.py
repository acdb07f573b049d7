"""Reports on the screen: what a supervisor reads, tells apart and takes along, and what agents see of themselves."""

import random

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bench.past_cases import DAY, cases, store, talks
from storage.clock import now_ms
from tests.console.office import Office
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


@pytest_asyncio.fixture(loop_scope="package")
async def past(office: Office) -> None:
    """Three weeks in which something happened."""
    made = random.Random(5)
    spoken = talks(made, 120, now_ms() - 21 * DAY, 20)
    await office.db.write(store, spoken, cases(made, spoken, 80))


async def test_a_supervisor_reads_a_report_tells_it_apart_and_saves_it(past: None, screen: Screen) -> None:
    page = screen.page
    await page.get_by_role("link", name="Reports").click()
    await expect(page.get_by_role("heading", name="Cases solved")).to_be_visible()
    await expect(page.locator(".plot-bar").first).to_be_attached()
    # Satisfaction, by topic, with what it means and how sure it is
    await page.get_by_role("button", name="Satisfaction").click()
    csat = page.get_by_role("region", name="CSAT", exact=True)
    await page.get_by_label("Told apart by").select_option("category")
    await expect(csat.get_by_role("row", name="Delivery")).to_be_visible()
    await expect(csat.locator(".report-headline")).to_contain_text("95 %:")
    await csat.get_by_role("button", name="What this is").click()
    await expect(csat.locator(".report-definition")).to_contain_text("in which a person had spoken")
    # As a table, and as a file
    await csat.get_by_text("As a table").click()
    await expect(csat.get_by_role("table").last.get_by_role("row")).to_have_count(29)
    async with page.expect_download() as saved:
        await screen.button("Save as CSV").click()
    assert (await saved.value).suggested_filename.startswith("satisfaction-")


async def test_agents_see_their_own_figures_only(past: None, office: Office, browser: Browser) -> None:
    async with open_screen(browser, office, "wang.wei") as screen:
        await screen.visit("#/reports")
        solved = screen.page.get_by_role("region", name="Cases solved", exact=True)
        await expect(solved.locator(".report-headline strong")).to_have_text("0")
        await expect(screen.page.get_by_label("Told apart by")).to_have_count(0)
        await expect(screen.page.get_by_text("Your own figures.")).to_be_visible()
