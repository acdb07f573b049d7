"""First light: a customer and an agent in real browsers, with real Rasa behind them."""

import re

from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.fakes.agent import Agent
from tests.journeys.conftest import photograph
from tests.journeys.people import PATIENT, Customer
from tests.journeys.system import System


async def at_the_desk(browser: Browser, system: System, agent: Agent, *, locale: str) -> Page:
    """The console, signed in."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale=locale, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(f"{system.url}/desk/")
    chinese = locale == "zh-CN"
    await page.get_by_label("用户名" if chinese else "User name").fill("admin")
    await page.get_by_label("密码" if chinese else "Password", exact=True).fill(agent.password)
    await page.get_by_role("button", name="登录" if chinese else "Sign in", exact=True).click()
    if chinese:  # the admin's own language is English
        await page.get_by_role("button", name="中文").click()
    return page


async def test_an_english_customer_is_answered_by_the_bot_then_by_a_person(
    browser: Browser, window: BrowserContext, system: System, agent: Agent
) -> None:
    customer = Customer(await window.new_page())
    await customer.visit(f"{system.url}/?lang=en", "Chat with us")
    await photograph(customer.page, "widget-welcome-en")
    await customer.say("How long does delivery take?")
    await customer.sees("From our help centre")
    await photograph(customer.page, "widget-answer-en")
    await customer.say("I want to talk to a person")
    await customer.sees("in line for a colleague")

    desk = await at_the_desk(browser, system, agent, locale="en-GB")
    await desk.locator(".ticket-row").first.click()
    await photograph(desk, "desk-queue-en")
    await desk.locator(".ticket-head").get_by_role("button", name="Take").click()
    await customer.sees("has joined the conversation")
    await expect(
        desk.get_by_role("region", name="Conversation").get_by_text("How long does delivery take?").first
    ).to_be_visible()
    box = desk.locator("#composer-text")
    await box.fill("Hello! Your parcel leaves today and arrives tomorrow.")
    await box.press("Enter")
    await customer.sees("arrives tomorrow")
    await customer.say("Wonderful, thank you!")
    await expect(desk.get_by_text("Wonderful, thank you!").last).to_be_visible(timeout=PATIENT)
    await photograph(desk, "desk-conversation-en")
    await photograph(customer.page, "widget-agent-en")

    await desk.get_by_role("button", name="Resolve", exact=True).first.click()
    await desk.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    await customer.chat.get_by_role("button", name="Yes, it’s solved").click(timeout=PATIENT)
    await customer.sees("from 1 (poor) to 5 (excellent)")
    await photograph(customer.page, "widget-rating-en")
    await customer.chat.get_by_role("radio").last.check(force=True)
    await customer.chat.get_by_role("button", name="Send rating").click()
    await customer.sees("Thank you for your feedback")
    await desk.context.close()


async def test_a_chinese_customer_is_answered_in_chinese(
    browser: Browser, window: BrowserContext, system: System, agent: Agent
) -> None:
    customer = Customer(await window.new_page())
    await customer.visit(f"{system.url}/?lang=zh", "在线咨询")
    await customer.say("多久能送到？")
    await customer.sees("大城市")
    await photograph(customer.page, "widget-answer-zh")
    await customer.say("人工")
    await customer.sees("已为您转接人工客服")
    await photograph(customer.page, "widget-queue-zh")

    desk = await at_the_desk(browser, system, agent, locale="zh-CN")
    await desk.locator(".ticket-row").first.click()
    await desk.locator(".ticket-head").get_by_role("button", name="接手").click()
    await customer.sees("已接入，为您服务")
    await desk.locator("#composer-text").fill("您好，我帮您查一下。")
    await desk.locator("#composer-text").press("Enter")
    await customer.sees("我帮您查一下")
    await photograph(desk, "desk-conversation-zh")
    await desk.context.close()


async def test_the_conversation_survives_a_reload_and_a_closed_page(
    window: BrowserContext, system: System, agent: Agent
) -> None:
    page = await window.new_page()
    customer = Customer(page)
    await customer.visit(f"{system.url}/?lang=en", "Chat with us")
    await customer.say("How do I cancel my order?")
    await customer.sees("From our help centre")
    await customer.say("human please")
    await customer.sees("in line for a colleague")
    await page.reload()
    await customer.sees("How do I cancel my order?")
    await page.close()

    ticket = (await agent.queue())[-1]
    await agent.take(str(ticket["id"]))
    await agent.reply(str(ticket["id"]), "Cancelled for you.")

    page = await window.new_page()
    await page.goto(f"{system.url}/?lang=en")
    await expect(page.locator("front-door-chat .launcher")).to_contain_text(re.compile(r"\d"), timeout=PATIENT)
    await photograph(page, "widget-unread-en")
    await page.locator("front-door-chat .launcher").click()
    await Customer(page).sees("Cancelled for you.")


async def test_the_chat_on_a_phone(browser: Browser, system: System) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, color_scheme="dark", locale="zh-CN"
    )
    customer = Customer(await context.new_page())
    await customer.visit(f"{system.url}/?lang=zh", "在线咨询")
    await customer.say("发票怎么开？")
    await customer.sees("来自帮助中心")
    box: tuple[float, float] | None = None
    for _ in range(100):  # the panel grows into the screen
        found = await customer.chat.locator(".panel").bounding_box()
        box = (found["width"], found["height"]) if found else None
        if box == (390, 844):
            break
        await customer.page.wait_for_timeout(50)
    assert box == (390, 844)
    await photograph(customer.page, "widget-phone-dark-zh")
    await context.close()
