"""One customer on many channels, on an agent's screen."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect
from sqlalchemy import update

from connectors.message import Author
from storage import openings, outbox
from tests.console.office import Office
from tests.console.people import LinYue
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PICTURES = os.environ.get("DOCS_PICTURES", "")
"""A folder; with it the pictures of docs/images are taken."""
REPLY = "您好，已为您登记换新，请提供收货地址。"


def card(screen: Screen, channel: str) -> Locator:
    """One of the customer's channels in the pane on the right."""
    return screen.context.locator(".identity", has_text=channel)


async def replied(screen: Screen, office: Office, lin: LinYue, status: str, *, error: str = "") -> str:
    """The agent replies, and the core has tried to send it; the entry's id."""
    await screen.take(lin.ticket)
    await screen.reply(REPLY)
    await expect(screen.entry(REPLY)).to_contain_text("Sent")
    entry = (await office.entries(lin.ticket))[-1]
    await lin.got(entry.id, REPLY, status, error=error)
    return entry.id


async def test_all_identities_are_shown_with_their_window_and_history(screen: Screen, office: Office) -> None:
    lin = await LinYue(office).arrives()
    await screen.visit(f"#/queue/{lin.ticket}")
    await expect(screen.context.locator(".identity")).to_have_count(3)
    wechat = card(screen, "WeChat")
    await expect(wechat).to_contain_text("oLin…k2mN")
    await expect(wechat).to_contain_text("Answers go here")
    await expect(wechat).to_contain_text("5 messages")
    before = await wechat.locator(".badge", has_text="left").inner_text()
    await expect(wechat.locator(".badge", has_text="left")).not_to_have_text(before)  # the clock runs
    await expect(screen.head.locator(".badge", has_text="5 messages")).to_be_visible()
    await expect(card(screen, "E-mail")).to_contain_text("Agrees to messages")
    await screen.context.get_by_text("How they were linked (2)").click()
    await expect(screen.context.locator(".link").first).to_contain_text("Same verified e-mail")
    await expect(screen.context.locator(".link").last).to_contain_text("By code")


async def test_one_timeline_over_all_channels(screen: Screen, office: Office) -> None:
    lin = await LinYue(office).arrives()
    await screen.visit(f"#/queue/{lin.ticket}")
    await expect(screen.entry("R2 整机保修两年")).to_be_visible()
    await expect(screen.entry("R2 的保修期")).to_contain_text("E-mail")
    texts = await screen.timeline.locator(".entry .bubble").all_inner_texts()
    assert texts.index("扫地机器人 R2 的保修期是多久？") < texts.index("试过了，没用，转人工吧")
    await office.db.write(lin.say, "telegram", "我也在 Telegram 上", Author.CUSTOMER)
    frame = {"type": "message", "message": {}}
    await office.bus.publish(f"conversation:{lin.conversations['telegram']}", frame)
    await expect(screen.entry("我也在 Telegram 上")).to_contain_text("Telegram")
    await screen.page.get_by_role("group", name="What is shown").get_by_text("This ticket").click()
    await expect(screen.entry("R2 整机保修两年")).to_have_count(0)
    await expect(screen.entry("转人工吧")).to_be_visible()


async def test_what_becomes_of_a_reply_is_live(screen: Screen, office: Office) -> None:
    lin = await LinYue(office).arrives()
    entry_id = await replied(screen, office, lin, "sent")
    await expect(screen.entry(REPLY)).to_contain_text("Sent by WeChat")
    await lin.becomes(entry_id, "delivered")
    await expect(screen.entry(REPLY)).to_contain_text("Delivered by WeChat")
    await lin.becomes(entry_id, "read")
    await expect(screen.entry(REPLY)).to_contain_text("Read on WeChat")


async def test_a_held_reply_goes_by_the_next_best_channel_with_one_click(screen: Screen, office: Office) -> None:
    lin = await LinYue(office).arrives()
    await office.db.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    entry_id = await replied(screen, office, lin, "held", error="the window is closed")
    entry = screen.entry(REPLY)
    await expect(entry).to_contain_text("Held until the customer writes (WeChat)")
    await expect(screen.head).to_contain_text("Window closed")
    await expect(entry.get_by_role("button")).to_have_text(["Send by Telegram", "Send by E-mail"])
    await entry.get_by_role("button", name="Send by Telegram").click()
    await expect(screen.timeline).to_contain_text("Li Na sent a message again by Telegram (not delivered by WeChat)")
    await expect(entry).to_contain_text("On its way by Telegram")
    await expect(card(screen, "Telegram")).to_contain_text("Answers go here")
    found = await office.db.read(outbox.find, entry_id)
    assert found is not None
    assert (found.channel, found.status) == ("telegram", "pending")


async def test_what_may_have_arrived_is_asked_about_first(screen: Screen, office: Office) -> None:
    lin = await LinYue(office).arrives()
    entry_id = await replied(screen, office, lin, "unknown", error="timed out")
    await expect(screen.entry(REPLY)).to_contain_text("Perhaps not delivered by WeChat")
    await screen.entry(REPLY).get_by_role("button", name="Send by Telegram").click()
    dialog = screen.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("gets it twice")
    await dialog.get_by_role("button", name="Cancel").click()
    found = await office.db.read(outbox.find, entry_id)
    assert found is not None
    assert found.status == "unknown"
    await screen.entry(REPLY).get_by_role("button", name="Send by Telegram").click()
    await dialog.get_by_role("button", name="Send it anyway").click()
    await expect(screen.entry(REPLY)).to_contain_text("On its way by Telegram")


async def test_separate_link_and_consent(screen: Screen, office: Office) -> None:
    lin = await LinYue(office).arrives()
    await screen.take(lin.ticket)
    await card(screen, "Telegram").get_by_role("button", name="No more messages").click()
    await expect(card(screen, "Telegram")).to_contain_text("No messages, please")
    await card(screen, "E-mail").get_by_role("button", name="Not this customer").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Not this customer").click()
    await expect(screen.context.locator(".identity")).to_have_count(2)
    await expect(screen.timeline).to_contain_text("Li Na separated E-mail l…@example.com from this customer")
    await screen.context.get_by_role("button", name="Link a ticket").click()
    await dialog.get_by_label("Number of the other ticket").fill("FD-NONE")
    await dialog.get_by_role("button", name="Link a ticket").click()
    await expect(dialog).to_contain_text("There is no such ticket")
    await dialog.get_by_role("button", name="Cancel").click()
    await screen.context.get_by_role("button", name="Offer another channel").click()
    await expect(screen.timeline).to_contain_text("换个渠道继续")


async def test_the_customer_goes_on_elsewhere_before_the_agents_eyes(screen: Screen, office: Office) -> None:
    lin = await LinYue(office).arrives()
    await screen.take(lin.ticket)
    await expect(card(screen, "WeChat")).to_contain_text("Answers go here")
    await lin.goes_to_telegram()
    await expect(card(screen, "Telegram")).to_contain_text("Answers go here")
    await expect(screen.head).to_contain_text("Telegram")


async def test_it_is_there_in_chinese_and_pictured(browser: Browser, office: Office) -> None:
    lin = await LinYue(office).arrives()
    async with open_screen(browser, office, "li.na") as screen:
        await replied(screen, office, lin, "undeliverable", error="45015")
        await screen.context.get_by_text("How they were linked (2)").click()
        await expect(screen.entry(REPLY)).to_contain_text("Not delivered by WeChat")
        await _picture(screen, "desk-identities-en")
        await screen.page.get_by_role("button", name="中文").click()
        await expect(screen.page.get_by_text("未能通过微信送达")).to_be_visible()
        await expect(screen.page.get_by_role("button", name="改用Telegram发送")).to_be_visible()
        await expect(screen.context.locator(".link").last).to_contain_text("口令关联")
        await _picture(screen, "desk-identities-zh")


async def _picture(screen: Screen, name: str) -> None:
    if PICTURES:
        await screen.context.locator(".channels").scroll_into_view_if_needed()
        await screen.page.screenshot(path=Path(PICTURES) / f"{name}.png")
