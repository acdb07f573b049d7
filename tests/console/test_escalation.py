"""Colleagues in the browser: escalation, internal tickets, and questions with an @."""

import pytest
from playwright.async_api import Browser, expect

from tests.console.office import Office
from tests.console.scenes import wang_fang
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_the_back_office_is_asked_while_the_agent_keeps_the_customer(
    browser: Browser, office: Office, screen: Screen
) -> None:
    await office.person("chen.yu", "陈宇", tiers=("back_office",))
    ticket_id = await office.open(wang_fang())
    await screen.take(ticket_id)
    await screen.page.keyboard.press("Escape")
    await screen.page.keyboard.press("u")
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("To which team").select_option("back_office")
    await expect(dialog.get_by_label("Keep the customer and ask")).to_be_checked()
    await expect(dialog.get_by_label("Hand over", exact=False).first).to_be_disabled()
    await dialog.get_by_label("What was tried?").fill("查过订单。")
    await dialog.get_by_label("What is asked?").fill("请在仓库系统改地址。")
    await dialog.get_by_role("button", name="Escalate", exact=True).click()
    await expect(screen.head.get_by_text("Yours")).to_be_visible()
    await expect(screen.context.get_by_text("请在仓库系统改地址。")).to_be_visible()
    async with open_screen(browser, office, "chen.yu") as back:
        await back.rows.filter(has_text="请在仓库系统改地址。").click()
        await expect(back.head.get_by_text("Internal", exact=True)).to_be_visible()
        await expect(back.entry("退货地址填错了怎么办").first).to_be_visible()  # the whole case is there
        await back.head.get_by_role("button", name="Take").click()
        await expect(screen.context.get_by_text("陈宇")).to_be_visible()  # live
        await back.head.get_by_role("button", name="Give the result").click()
        answer = back.page.get_by_role("dialog")
        await answer.get_by_label("Result", exact=True).fill("地址已改。")
        await answer.get_by_role("button", name="Give the result").click()
        await expect(back.page.get_by_role("dialog")).to_have_count(0)
    await expect(screen.timeline.get_by_text("地址已改。")).to_be_visible()
    await expect(screen.context.locator(".linked").get_by_text("Resolved")).to_be_visible()


async def test_a_colleague_is_asked_by_the_keyboard_and_answers(
    office: Office, screen: Screen, colleague: Screen
) -> None:
    await office.person("zhang.min", "张敏", tiers=("senior",))
    ticket_id = await office.open(wang_fang())
    await screen.take(ticket_id)
    await screen.context.get_by_role("button", name="Consult").click()
    box = screen.page.get_by_label("Question to colleagues")
    await box.click()
    await box.press_sequentially("@wei")
    await expect(screen.page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    await box.fill("")
    await box.press_sequentially("请 @敏")
    await box.press("Enter")
    await expect(box).to_have_value("请 @zhang.min ")
    await box.press_sequentially("@wa")
    await box.press("Tab")
    await box.press_sequentially("能改派吗？")
    await box.press("Enter")
    await expect(screen.context.locator(".consultation")).to_have_count(1)
    await colleague.page.get_by_role("button", name="Mentions, 1 new").click()
    await colleague.page.locator("a.mention-new").click()
    answer = colleague.page.get_by_label("Answer to this question")
    await answer.fill("发货前可以。")
    await answer.press("Enter")
    await expect(screen.context.get_by_text("发货前可以。")).to_be_visible()
    await screen.context.get_by_role("button", name="Mark as answered").click()
    await expect(screen.context.get_by_text("Answered", exact=True)).to_be_visible()
    await expect(colleague.page.get_by_role("button", name="Mentions", exact=True)).to_be_visible()
