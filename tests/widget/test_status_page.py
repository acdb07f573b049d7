"""The private page of a ticket in a real browser: on a phone, in both languages, with nothing but what it shows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.unit.frontdoor.conftest import until
from tests.unit.frontdoor.status_house import StatusHouse, status_house

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SCRIPT = "<img src=x onerror=document.title='caught'><script>document.title='caught'</script>"


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path) -> AsyncIterator[StatusHouse]:
    """A ticket whose customer has the link."""
    async with status_house(f"sqlite:///{tmp_path / 'frontdoor.db'}", tmp_path / "files") as running:
        await running.asked()
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, house: StatusHouse) -> AsyncIterator[Page]:
    """A phone that opens the link; fails at the end if the page reported an error."""
    context = await browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
    opened = await context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    await opened.goto(f"{house.url}/status/{house.token}")
    yield opened
    await context.close()
    assert errors == []


async def accessible(page: Page) -> None:
    """axe finds nothing, by day and by night."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        found = (await Axe().run(page)).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


async def test_a_customer_answers_confirms_and_rates_on_a_phone(house: StatusHouse, page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Request {house.desk.opened[0].reference}")
    await expect(page.locator("[aria-current=step]")).to_have_text("Received")
    await accessible(page)
    await page.get_by_label("Add something").fill("The door does not close.")
    await house.answered(f"Which model is it? {SCRIPT}")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Sent. Thank you.")).to_be_visible()
    await until(lambda: house.desk.lines)
    assert [line.content.text for line in house.desk.lines] == ["The door does not close."]
    await expect(page.get_by_text("onerror")).to_be_visible()
    assert await page.title() == f"Request {house.desk.opened[0].reference}", "what is said is never run"

    await house.resolved()
    await page.reload()
    await expect(page.get_by_role("button", name="Yes, it's solved")).to_be_visible()
    await accessible(page)
    await page.get_by_role("button", name="Yes, it's solved").click()
    await page.get_by_role("radio", name="4").check(force=True)
    await page.get_by_role("button", name="Send rating").click()
    await house.customer.sees("Thank you for your feedback")
    await expect(page.get_by_text("You gave 4 of 5.")).to_be_visible()

    await page.get_by_role("button", name="中文").click()
    await expect(page.locator("[aria-current=step]")).to_have_text("已确认")
    await accessible(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing hangs over the edge"
