"""The knowledge pages for everybody: WCAG 2.2 AA as far as a machine can tell, each size, both languages and themes."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.console.library import changes, content, lessons, text
from tests.console.office import ROOT, Office, running_office
from tests.console.screen import Screen, open_screen
from tests.console.test_access import SIZES, check, fits
from tests.console.test_knowledge import TIMES, box, drafted, publish, written

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PICTURES = os.environ.get("DOCS_PICTURES", "")
"""A folder; with it the pictures of docs/images are taken, of the shipped articles."""


@pytest_asyncio.fixture(loop_scope="package")
async def library(office: Office) -> Office:
    """An office with something to learn, and questions that a draft changes."""
    office.lessons.found = lessons()
    office.replays.report = changes()
    return office


@pytest_asyncio.fixture(loop_scope="package", params=list(SIZES))
async def sized(request: pytest.FixtureRequest, browser: Browser, library: Office) -> AsyncIterator[Screen]:
    """Li Na's screen, of each size; dark on the tablet."""
    width, height = SIZES[request.param]
    context: dict[str, Any] = {"viewport": {"width": width, "height": height}}
    if request.param == "tablet":
        context["color_scheme"] = "dark"
    async with open_screen(browser, library, "li.na", **context) as screen:
        yield screen


async def test_every_knowledge_page(sized: Screen, library: Office) -> None:
    page = sized.page
    await sized.visit("#/knowledge")
    await expect(page.locator(".article-table")).to_be_visible()
    await check(page)
    await fits(page)
    await sized.button("New article").click()
    await check(page)
    await fits(page)
    await page.keyboard.press("Escape")
    await written(sized, TIMES, "Answer (English)", "With <b>HTML</b>, a [link](https://example.com) and **bold**")
    await check(page)
    await fits(page)
    await box(sized, "Answer (English)").fill("Two days.")
    await expect(page.locator(".problem-summary")).to_have_count(0)
    await sized.visit(f"{TIMES}/replay")
    await sized.button("Ask the questions").click()
    await expect(page.locator(".replay-table tbody tr")).to_have_count(4)
    await check(page)
    await fits(page)
    await sized.visit(f"{TIMES}/history")
    await expect(page.locator(".field-changes")).to_be_visible()
    await check(page)
    await fits(page)
    await sized.visit("#/learning")
    await expect(page.locator(".gap")).to_have_count(3)
    await check(page)
    await fits(page)


async def test_a_conflict_and_its_versions(sized: Screen, library: Office) -> None:
    page = sized.page
    await written(sized, TIMES, "Answer (English)", "Mine.")
    await publish(library, "delivery-times", content(en=text("How long?", "Theirs.", "a", "b", "c")))
    await box(sized, "Answer (English)").fill("Mine, still.")
    await expect(page.locator(".conflict")).to_be_visible()
    await check(page)
    await fits(page)
    await sized.button("Go on with this").click()
    await sized.visit(f"{TIMES}/history")
    await expect(page.locator(".version")).to_have_count(2)
    await check(page)
    await fits(page)
    await page.get_by_role("button", name="More actions").click()
    await sized.button("Withdraw").click()
    await check(page)


async def test_only_with_the_keyboard(browser: Browser, library: Office) -> None:
    async with open_screen(browser, library, "li.na") as screen:
        press = screen.page.keyboard.press
        await press("g")
        await press("k")
        await expect(screen.page.locator(".article-table")).to_be_visible()
        await press("/")
        await screen.page.keyboard.type("delivery-times")
        await expect(screen.page.locator(".article-table tbody tr")).to_have_count(1)
        for _ in range(20):
            await press("Tab")
            if await screen.page.evaluate("document.activeElement.matches('.article-name')"):
                break
        await press("Enter")
        await box(screen, "Answer (English)").focus()
        await press("Control+a")
        await screen.page.keyboard.type("Typed.")
        await expect(screen.page.locator(".save-state")).to_contain_text("Draft saved")
        await expect(box(screen, "Answer (English)")).to_be_focused()
        await press("Escape")
        await press("g")
        await press("l")
        await expect(screen.page.locator(".gap")).to_have_count(3)


async def test_in_chinese_and_dark(browser: Browser, library: Office) -> None:
    await library.person("chen.chen", "陈晨", language="zh", role="supervisor")
    async with open_screen(browser, library, locale="zh-CN", color_scheme="dark") as screen:
        page = screen.page
        await page.get_by_label("用户名").fill("chen.chen")
        await page.get_by_label("密码").fill("correct horse 9")
        await screen.button("登录").click()
        await page.get_by_role("link", name="知识库").click()
        await expect(page.get_by_text("7 篇文章")).to_be_visible()
        await check(page)
        await written_in_chinese(screen)
        await check(page)
        await box(screen, "答案 (中文)").fill("两天。")
        await expect(page.locator("#field-texts-zh-body-problems")).to_have_count(0)
        await screen.visit(f"{TIMES}/replay")
        await screen.button("开始提问").click()
        await expect(page.locator(".replay-table tbody tr")).to_have_count(4)
        await check(page)
        await screen.visit("#/learning")
        await expect(page.locator(".gap")).to_have_count(3)
        await check(page)


async def written_in_chinese(screen: Screen) -> None:
    """A draft with a mistake in it."""
    await screen.visit(TIMES)
    await box(screen, "答案 (中文)").fill("<b>两天</b>")
    await expect(screen.page.locator(".save-state")).to_contain_text("草稿已保存")
    await expect(screen.page.locator("#field-texts-zh-body-problems")).to_contain_text("含有 HTML")


@pytest.mark.skipif(not PICTURES, reason="pictures are taken on demand")
async def test_pictures(browser: Browser, tmp_path: Path) -> None:
    async with running_office(tmp_path, kb=ROOT / "data/kb") as office:
        await office.person("li.na", "Li Na", role="admin")
        await office.person("wang.wei", "Wang Wei")
        office.lessons.found, office.replays.report = lessons(), changes()
        async with open_screen(browser, office, "li.na") as screen:
            await _pictured(screen, office)


async def _pictured(screen: Screen, office: Office) -> None:
    page = screen.page

    async def picture(name: str) -> None:
        await page.mouse.move(0, 0)
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")

    await written(screen, "#/knowledge/delivery-fees", "Answer (English)", "Delivery is free from ¥99.")
    await publish(
        office, "account-login", content(en=text("How do I sign in?", "With a code.", "a"), category="account")
    )
    passkeys = text("Can I sign in with a passkey?", "", "passkey", "sign in with my fingerprint")
    await drafted(office, "account-passkeys", content(en=passkeys, category="account", tags=["account", "login"]))
    staff = text("How do I unlock an account?", "In the back office.", "a", "b", "c")
    await publish(office, "account-unlock", content(en=staff, category="account", audience="agents"))
    await written(screen, "#/knowledge/account-sms-code", "Other ways to ask it (English)", "help!")
    await screen.visit("#/knowledge/account-phone-change")
    await page.get_by_role("button", name="More actions").click()
    await screen.button("Withdraw").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Note").fill("The page is being rebuilt.")
    await dialog.get_by_role("button", name="Withdraw").click()
    await expect(page.locator(".article-line")).to_contain_text("Withdrawn")
    for close in await page.get_by_role("button", name="Dismiss").all():
        await close.click()
    await screen.visit("#/knowledge")
    await expect(page.get_by_text("88 articles")).to_be_visible()
    await picture("desk-knowledge-en")
    await screen.visit(TIMES)
    answer = await box(screen, "Answer (English)").input_value()
    evenings = answer.replace("by appointment", "by appointment, also in the evening (**18:00–20:00**)")
    await written(screen, TIMES, "Answer (English)", evenings)
    await page.set_viewport_size({"width": 1440, "height": 1240})
    await page.locator("#main").evaluate("node => { document.activeElement.blur(); node.scrollTo(0, 0) }")
    await picture("desk-article-en")
    await page.set_viewport_size({"width": 1440, "height": 1160})
    await screen.visit(f"{TIMES}/replay")
    await screen.button("Ask the questions").click()
    await expect(page.locator(".replay-table tbody tr")).to_have_count(4)
    await picture("desk-replay-en")
    await box(screen, "Note").fill("Evening slots are new.")
    await screen.button("Publish anyway").click()
    await expect(page.locator(".article-line")).to_contain_text("Version 1")
    await page.set_viewport_size({"width": 1440, "height": 900})
    await screen.visit(f"{TIMES}/history")
    await expect(page.locator(".field-changes")).to_be_visible()
    await page.get_by_role("button", name="Dismiss").click()
    await picture("desk-history-en")
    await screen.visit("#/learning")
    await expect(page.locator(".gap")).to_have_count(3)
    await picture("desk-learning-en")
    await page.get_by_role("button", name="中文").click()
    await page.emulate_media(color_scheme="dark")
    await screen.visit(TIMES)
    await page.set_viewport_size({"width": 1440, "height": 1240})
    await expect(box(screen, "答案 (中文)")).to_be_visible()
    await picture("desk-article-zh")
