"""Agents' tools in the browser: canned replies, rests, drafts, colleagues at the same ticket, the audit trail."""

import asyncio

import pytest
from playwright.async_api import Browser, expect

from tests.console.office import Office
from tests.console.scenes import ARTICLES, ann_smith, handoff, wang_fang
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_a_canned_reply_is_found_by_its_shortcut_filled_and_does_what_it_says(
    screen: Screen, office: Office
) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await screen.box.press_sequentially("/che")
    found = screen.page.get_by_role("listbox", name="Canned replies").get_by_role("option")
    await expect(found).to_have_count(1)
    await screen.box.press("Enter")
    number = (await office.service.ticket(await office.agent("li.na"), ticket_id)).number
    await expect(screen.box).to_have_value(
        f"I am checking this with my colleagues and will write to you by tomorrow. Your ticket is {number}."
    )
    await expect(screen.page.get_by_text("Snooze: Tomorrow morning")).to_be_visible()
    await screen.box.press("Enter")
    await expect(screen.entry("I am checking this")).to_be_visible()
    await expect(screen.timeline.get_by_text("snoozed the ticket until")).to_be_visible()


async def test_what_a_ticket_does_not_know_is_asked_for_before_anything_is_sent(screen: Screen, office: Office) -> None:
    await screen.take(await office.open(handoff(language="en", slots={})))
    await screen.box.press_sequentially("/refund")
    await screen.box.press("Tab")
    await screen.page.get_by_label("Order number").fill("HL77")
    await screen.button("Insert").click()
    filled = "I have arranged the refund for order HL77. It reaches your account within 5 working days."
    await expect(screen.box).to_have_value(filled)

    await screen.box.fill("Order {order.number}")
    await expect(screen.button("Send")).to_be_disabled()


async def test_an_article_is_inserted_with_one_key_and_noted(screen: Screen, office: Office) -> None:
    office.articles.extend(ARTICLES)
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await expect(screen.page.locator(".article")).to_have_count(0)
    async with asyncio.timeout(15):
        while not await screen.box.input_value():  # until the suggestions are there
            await screen.box.press("Alt+Digit1")
    await screen.box.press("Control+End")
    await screen.box.press("Enter")
    await expect(screen.timeline.locator(".entry-agent")).to_have_count(1)
    await expect(screen.page.locator(".entry-pending")).to_have_count(0)
    said = [entry for entry in await office.entries(ticket_id) if entry.agent_id and entry.kind == "message"]
    assert said[0].data["articles"] == [ARTICLES[0].article_id]
    assert said[0].content.text.startswith("> ")


async def test_what_was_found_for_the_ticket_before_is_not_inserted(screen: Screen, office: Office) -> None:
    office.articles.extend(ARTICLES)
    first, second = await office.open(ann_smith()), await office.open(wang_fang())
    await screen.take(first)
    await screen.button("Suggested articles").click()
    await expect(screen.page.locator(".article")).to_have_count(len(ARTICLES))
    await screen.page.route("**/suggestions*", lambda _: None)  # those of the second never come
    await screen.take(second)
    await screen.box.press("Alt+Digit1")
    await screen.box.press_sequentially("Hello")
    await expect(screen.box).to_have_value("Hello")


async def test_a_ticket_rests_by_keyboard_and_comes_back(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await expect(screen.box).to_be_focused()
    await screen.box.press("Escape")
    await screen.page.keyboard.press("z")
    await expect(screen.page.get_by_role("dialog")).to_be_visible()
    await screen.page.keyboard.press("1")
    await expect(screen.head.get_by_text("Until the customer writes")).to_be_visible()
    await office.say(ticket_id, "Hello again")
    await expect(screen.timeline.get_by_text("The customer wrote: the ticket is back")).to_be_visible()
    await expect(screen.head.get_by_text("Until the customer writes")).to_have_count(0)


async def test_resolving_offers_wrap_up_codes(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await screen.head.get_by_role("button", name="Resolve").click()
    await screen.page.get_by_label("Wrap-up code").select_option("answered")
    await screen.page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    await expect(screen.page.get_by_role("dialog")).to_have_count(0)
    shown = (await office.service.detail(await office.agent("li.na"), ticket_id))["ticket"]
    assert (shown["state"], shown["wrap_up"]) == ("resolved", "answered")


async def test_drafts_follow_the_agent_and_two_windows_are_not_mixed(
    screen: Screen, browser: Browser, office: Office
) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await screen.box.fill("Dear Ann,")
    async with open_screen(browser, office, "li.na") as other:
        await office.kept_draft("li.na", ticket_id, "Dear Ann,")
        await other.visit(f"#/mine/{ticket_id}")
        await expect(other.box).to_have_value("Dear Ann,")
        await other.box.fill("Dear Ann, we found it.")
        await expect(screen.box).to_have_value("Dear Ann, we found it.")


async def test_colleagues_see_each_other_and_what_is_being_written(
    screen: Screen, colleague: Screen, office: Office
) -> None:
    ticket_id = await office.open(wang_fang())
    await screen.take(ticket_id)
    await colleague.visit(f"#/all/{ticket_id}")
    await expect(screen.page.get_by_text("Wang Wei is here, too")).to_be_visible()
    await colleague.page.get_by_role("button", name="Internal note").click()
    await colleague.box.press_sequentially("I know")
    await expect(screen.page.get_by_text("Wang Wei is writing a note")).to_be_visible()


async def test_supervisors_look_after_canned_replies_and_read_the_audit_trail(screen: Screen, office: Office) -> None:
    await screen.visit("#/macros")
    await expect(screen.page.locator(".macro-card")).to_have_count(8)
    await screen.button("New canned reply").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Shortcut").fill("sorry")
    await dialog.get_by_label("Who uses it").select_option("everyone")
    await dialog.get_by_role("group", name="English").get_by_label("Title").fill("Apology")
    await dialog.get_by_role("group", name="English").get_by_label("Text").fill("Sorry, {customer.nmae}.")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("There is no {customer.nmae}")).to_be_visible()
    await dialog.get_by_role("group", name="English").get_by_label("Text").fill("Sorry, {customer.name}.")
    await dialog.get_by_role("button", name="Save").click()
    await expect(screen.page.locator(".macro-card")).to_have_count(9)

    await screen.visit("#/audit")
    await expect(screen.page.get_by_role("row", name="macro.added")).to_be_visible()
    await screen.page.get_by_label("About").select_option("user")
    await expect(screen.page.get_by_role("row", name="macro.added")).to_have_count(0)
