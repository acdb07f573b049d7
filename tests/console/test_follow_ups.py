"""Follow-ups on the screen: a low rating reaches the right people, and a call that was promised is planned."""

import pytest
from playwright.async_api import expect

from connectors.desk import TicketChange
from tests.console.office import Office
from tests.console.scenes import ann_smith
from tests.console.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_a_low_rating_is_followed_up_in_the_customers_own_conversation(office: Office, screen: Screen) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await expect(screen.page.locator(".stage-here")).to_have_text("Worked on")
    await screen.button("Resolve").click()
    await screen.page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    await expect(screen.page.locator(".stage-here")).to_have_text("Confirmed")
    await office.desk.change(ticket_id, TicketChange.RATED, {"score": 1, "comment": "still broken"})
    await expect(screen.page.locator(".entries")).to_contain_text("Follow-up for Senior: Low rating")

    await screen.page.get_by_role("link", name="Follow-ups").click()
    card = screen.page.locator(".followup")
    await expect(card).to_contain_text("still broken")
    await card.get_by_role("button", name="Write to the customer").click()
    await expect(screen.head.get_by_text("Yours")).to_be_visible()
    await screen.page.get_by_role("link", name="Follow-ups").click()
    await screen.page.locator(".followup").get_by_role("button", name="Done").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Outcome").select_option("solved")
    await dialog.get_by_role("button", name="Done").click()
    await expect(screen.page.get_by_text("Nobody is waiting to hear from us.")).to_be_visible()


async def test_a_call_back_is_planned_from_the_ticket(office: Office, screen: Screen) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await expect(screen.box).to_be_focused()
    await screen.button("More actions").click()
    await screen.button("Plan a follow-up").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Note").fill("call back on Tuesday")
    await dialog.get_by_role("button", name="Plan").click()
    await expect(screen.page.locator(".entries")).to_contain_text("Follow-up planned")
    await expect(screen.page.locator(".stage-here").last).to_have_text("Follow-up")
    await screen.page.get_by_role("link", name="Follow-ups").click()
    await expect(screen.page.locator(".followup")).to_contain_text("call back on Tuesday")
