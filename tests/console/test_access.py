"""For everybody: WCAG 2.2 AA as far as a machine can tell, on each page, theme, language and size."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.console.office import Office
from tests.console.scenes import ARTICLES, ann_smith, others, wang_fang
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": LEVELS}}
PANES = ".ticket-row, .ticket-head, .tabs, .topbar, .context-body, .timeline, .page, .modal"
SIZES = {"desktop": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}


async def check(page: Page) -> None:
    """axe finds nothing."""
    found = await Axe().run(page, options=RULES)
    problems = [
        (each["id"], node["html"][:160], node["failureSummary"])
        for each in found.response["violations"]
        for node in each["nodes"]
    ]
    assert not problems, "\n".join(map(str, problems))


async def fits(page: Page) -> None:
    """Nothing is wider than the window."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = """panes => [...document.querySelectorAll(panes)]
      .filter(node => node.offsetParent && node.scrollWidth > node.clientWidth + 1).map(node => node.className)"""
    assert await page.evaluate(wide, PANES) == []


@pytest_asyncio.fixture(loop_scope="package")
async def busy(office: Office) -> str:
    """A desk with work; the id of a ticket."""
    office.articles.extend(ARTICLES)
    for each in (*others(), ann_smith()):
        await office.open(each)
    return await office.open(wang_fang(previous_ticket="FD-3H8X2P"))


@pytest_asyncio.fixture(loop_scope="package", params=list(SIZES))
async def sized(request: pytest.FixtureRequest, browser: Browser, busy: str, office: Office) -> AsyncIterator[Screen]:
    """Li Na's screen, of each size; dark on the tablet."""
    width, height = SIZES[request.param]
    context: dict[str, Any] = {"viewport": {"width": width, "height": height}}
    if request.param == "tablet":
        context["color_scheme"] = "dark"
    async with open_screen(browser, office, **context) as screen:
        await screen.sign_in("li.na")
        await expect(screen.rows).to_have_count(6)
        yield screen


async def test_every_page(sized: Screen, busy: str, office: Office) -> None:
    page = sized.page
    await check(page)
    await fits(page)
    await sized.visit(f"#/queue/{busy}")
    await expect(sized.timeline).to_be_visible()
    await check(page)
    await fits(page)
    await sized.head.get_by_role("button", name="Take").click()
    await sized.reply("您好")
    await sized.page.keyboard.press("Escape")
    await sized.page.keyboard.press("n")
    await sized.reply("A note")
    await office.say(busy, "谢谢", name="王芳")
    await expect(sized.entry("谢谢")).to_be_visible()
    await sized.page.keyboard.press("Escape")
    await sized.page.keyboard.press("r")
    await expect(sized.page.locator(".entry-pending")).to_have_count(0)
    await check(page)
    await fits(page)
    await sized.page.get_by_role("button", name="Suggested articles").click()
    await expect(sized.context.locator(".article")).to_have_count(3)
    await check(page)
    await page.keyboard.press("Escape")
    for kind in ("resolve", "transfer"):
        await sized.visit(f"#/mine/{busy}")
        await page.locator("body").press({"resolve": "e", "transfer": "h"}[kind])
        await expect(page.get_by_role("dialog")).to_be_visible()
        await check(page)
        await fits(page)
        await page.keyboard.press("Escape")
    for name, title in (("users", "Users"), ("account", "Account and security"), ("settings", "Settings")):
        await sized.visit(f"#/{name}")
        await expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        await check(page)
        await fits(page)
    await sized.visit("#/users")
    await sized.button("Add user").click()
    await check(page)
    await fits(page)


async def test_in_chinese_and_dark(browser: Browser, busy: str, office: Office) -> None:
    await office.person("chen.chen", "陈晨", language="zh")
    async with open_screen(browser, office, locale="zh-CN", color_scheme="dark") as screen:
        await check(screen.page)
        await screen.page.get_by_label("用户名").fill("chen.chen")
        await screen.page.get_by_label("密码").fill("correct horse 9")
        await screen.button("登录").click()
        await screen.page.get_by_text("退货地址填错了怎么办").click()
        await expect(screen.page.get_by_text("接手工单后才能回复。")).to_be_visible()
        await check(screen.page)
        await fits(screen.page)


async def test_the_context_drawer_is_out_of_reach_while_closed(browser: Browser, busy: str, office: Office) -> None:
    async with open_screen(browser, office, "li.na", viewport={"width": 1024, "height": 768}) as screen:
        await screen.visit(f"#/queue/{busy}")
        await expect(screen.timeline).to_be_visible()
        await expect(screen.page.locator(".context")).to_be_hidden()
        await screen.page.get_by_role("button", name="Show handoff and articles").click()
        await expect(screen.context.get_by_text("wang.fang@example.com")).to_be_visible()
        await screen.context.get_by_role("button", name="Close").click()
        await expect(screen.page.locator(".context")).to_be_hidden()
