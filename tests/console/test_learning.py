"""What the bot should learn, and articles that begin from it."""

import pytest
from playwright.async_api import expect

from connectors.desk import TicketChange
from desk.ports import Proposal
from tests.console.library import content, lessons, text
from tests.console.office import Office
from tests.console.scenes import wang_fang
from tests.console.screen import Screen
from tests.console.test_knowledge import box

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_gaps_failing_and_stale_articles(screen: Screen, office: Office) -> None:
    office.lessons.found = lessons()
    await screen.visit("#/knowledge")
    await screen.page.get_by_role("link", name="Learning").click()
    gaps = screen.page.locator(".gap")
    await expect(gaps).to_have_count(3)
    await expect(gaps.first).to_contain_text("37")
    await expect(gaps.first).to_contain_text("No answer 12 · Asked back 9 · Handed over 16")
    await expect(gaps.first.get_by_text("公司改名了发票怎么办")).to_be_hidden()
    await gaps.first.get_by_text("1 more example").click()
    await expect(gaps.first.get_by_text("公司改名了发票怎么办")).to_be_visible()
    await expect(gaps.nth(1)).to_contain_text("No article is near")
    await expect(gaps.nth(2).get_by_role("link", name="Open the article")).to_have_attribute(
        "href", "#/knowledge/rv-9-wifi"
    )
    failing = screen.page.get_by_role("region", name="Articles that fail")
    await expect(failing.get_by_role("row").nth(1)).to_contain_text("37%")
    stale = screen.page.get_by_role("region", name="Stale articles")
    await expect(stale).to_contain_text("Shown often, but not reviewed for a year")
    await screen.button("Refresh").click()
    await expect(screen.button("Refresh")).to_be_enabled()
    assert office.lessons.looked == 1


async def test_an_article_for_a_gap(screen: Screen, office: Office) -> None:
    office.lessons.found = lessons()
    await screen.visit("#/learning")
    await screen.page.get_by_role("button", name="Write an article: 烤箱温度不准怎么校准？").click()
    await expect(box(screen, "Question (Chinese)")).to_have_value("烤箱温度不准怎么校准？")
    await expect(box(screen, "Other ways to ask it (Chinese)")).to_have_value(
        "烤箱温度不准\n烤箱比设定的温度高 20 度\n怎么校准烤箱温度"
    )
    await expect(screen.page.locator("[data-language=en]")).to_contain_text("Missing")
    await screen.visit("#/learning")
    await expect(screen.page.locator(".gap").nth(1).get_by_role("link", name="Open the article")).to_be_visible()


async def test_a_gap_is_dismissed(screen: Screen, office: Office) -> None:
    office.lessons.found = lessons()
    await screen.visit("#/learning")
    await screen.page.get_by_role("button", name="Dismiss: 烤箱温度不准怎么校准？").click()
    dialog = screen.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("烤箱温度不准怎么校准？")
    await dialog.get_by_role("button", name="Dismiss").click()
    await expect(screen.page.locator(".gap")).to_have_count(2)
    assert [each["id"] for each in office.lessons.found["gaps"]] == ["g1", "g3"]


async def test_nothing_to_learn(screen: Screen) -> None:
    await screen.visit("#/learning")
    await expect(screen.page.get_by_text("No gaps: everything customers asked was answered")).to_be_visible()
    await expect(screen.page.get_by_text("No stale articles")).to_be_visible()


async def test_an_agents_answer_becomes_a_draft(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(wang_fang())
    await screen.visit(f"#/queue/{ticket_id}")
    await screen.page.get_by_role("button", name="More actions").click()
    await expect(screen.button("Make an article of this answer")).to_have_count(0)
    await screen.page.keyboard.press("Escape")
    await screen.take(ticket_id)
    await screen.reply("已寄出的包裹可以改派，请把运单号发给我。")
    await expect(screen.entry("已寄出的包裹可以改派")).to_contain_text("Sent")
    question = "退货地址填错了怎么办？快递已经寄出去了。"
    answer = text(question, "已寄出的包裹可以改派，请把运单号发给我。", question)
    office.lessons.answers[ticket_id] = Proposal(
        article_id="return-redirect", content=content(zh=answer), note="FD-7K2M9Q"
    )
    await screen.page.get_by_role("button", name="More actions").click()
    await screen.button("Make an article of this answer").click()
    await expect(box(screen, "Question (Chinese)")).to_have_value(question)
    await expect(screen.page.locator(".article-line")).to_contain_text("FD-7K2M9Q")
    await expect(screen.page.locator("[data-language=en]")).to_contain_text("Missing")
    await box(screen, "Question (English)").fill("I gave the wrong return address")
    await expect(screen.page.locator(".save-state")).to_contain_text("Draft saved")
    await expect(screen.page.locator(".article-line")).to_contain_text("FD-7K2M9Q")


async def test_a_ticket_without_an_answer_to_a_question(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(wang_fang())
    await screen.take(ticket_id)
    await screen.reply("One moment")
    await expect(screen.entry("One moment")).to_contain_text("Sent")
    await office.change(ticket_id, TicketChange.WITHDRAWN)
    await screen.page.get_by_role("button", name="More actions").click()
    await screen.button("Make an article of this answer").click()
    await expect(screen.page.get_by_role("alert")).to_contain_text("Nobody has answered a question in this ticket yet.")
