"""What is offered: the card on the agent's screen, passed on and accepted by key."""

import pytest
from playwright.async_api import Browser, expect

from desk.assigner import Assigner
from storage.tickets import find_ticket
from tests.console.office import Office
from tests.console.scenes import ann_smith
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_an_offer_is_passed_on_and_accepted_by_key(office: Office, screen: Screen, colleague: Screen) -> None:
    """given a ticket that is offered to one of two agents, then only they see the card; passed on, it goes to the other
    one, who has it after one key.
    """
    assigner = Assigner(office.service)
    ticket_id = await office.open(ann_smith())
    await assigner.turn()
    offered = await office.db.read(find_ticket, ticket_id)
    li_na = await office.service.people.find_login("li.na")
    assert offered is not None
    first, second = (screen, colleague) if offered.offered_to == li_na.id else (colleague, screen)
    await expect(first.page.locator(".offer-card").get_by_text("Why you:")).to_be_visible()
    await expect(second.page.locator(".offer-card")).to_have_count(0)
    await first.page.keyboard.press("x")
    await expect(first.page.locator(".offer-card")).to_have_count(0)
    await assigner.turn()
    await expect(second.page.locator(".offer-card")).to_be_visible()
    await second.page.keyboard.press("y")
    await second.page.wait_for_url(f"**/desk/#/mine/{ticket_id}")
    await expect(second.head.get_by_text("Yours")).to_be_visible()
    await expect(second.page.locator(".offer-card")).to_have_count(0)


async def test_an_offer_is_there_again_after_the_line_was_down_and_a_manager_moves_it(
    browser: Browser, office: Office
) -> None:
    """given an offer made while the console was closed, then it is on the screen when it opens; a manager gives the
    ticket to a colleague at once.
    """
    async with open_screen(browser, office, "wang.wei"), open_screen(browser, office, "li.na") as boss:
        ticket_id = await office.open(ann_smith())
        await Assigner(office.service).turn()
        await boss.visit(f"#/queue/{ticket_id}")
        await boss.page.reload()
        await expect(boss.live).to_be_attached()
        await expect(boss.timeline.locator(".entry").first).to_be_visible()
        await boss.page.keyboard.press("h")
        dialog = boss.page.get_by_role("dialog")
        wei = await office.service.people.find_login("wang.wei")
        await dialog.get_by_label("To", exact=True).select_option(f"agent_id:{wei.id}")
        await dialog.get_by_text("Give it to this colleague at once").click()
        await dialog.get_by_role("button", name="Hand over").click()
        await expect(boss.head.get_by_text("Wang Wei")).to_be_visible()
        row = await office.db.read(find_ticket, ticket_id)
        assert row is not None
        assert row.agent_id == wei.id
