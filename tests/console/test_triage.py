"""Why a ticket is where it is, on the screen, and correcting it."""

import pytest
from playwright.async_api import expect

from tests.console.office import Office
from tests.console.scenes import handoff
from tests.console.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_the_reasons_are_shown_and_an_agent_corrects_what_they_are_for(screen: Screen, office: Office) -> None:
    # Given a ticket about a return
    question = "I want to return the shoes"
    ticket_id = await office.open(handoff(question=question, transcript=(), urgency="normal", sentiment="neutral"))
    await screen.visit(f"#/queue/{ticket_id}")
    panel = screen.page.locator(".triage")
    await expect(panel.locator(".badge").first).to_have_text("Category: Returns and refunds")
    # When an agent asks why
    await panel.get_by_text("Why?").click()
    # Then the strongest reason comes first, with its weight
    await expect(panel.locator(".reasons li").first).to_contain_text("Wants to return, exchange or be refunded")
    await expect(panel.locator(".reasons li").first).to_contain_text("+3.2")
    # When the agent knows better
    await panel.get_by_role("button", name="Correct").click()
    await screen.page.get_by_label("Category").select_option("complaint")
    await screen.page.get_by_label("Tags").fill("shoes, autumn")
    await screen.page.get_by_role("button", name="Save").click()
    # Then everybody sees what it is and who said so
    await expect(panel.locator(".badge").first).to_have_text("Category: Complaint")
    await expect(panel).to_contain_text("#autumn")
    await expect(panel).to_contain_text("it was “Returns and refunds”")
    line = "corrected the triage: Category Returns and refunds → Complaint, tags #shoes #autumn"
    await expect(screen.page.locator(".event-triaged")).to_contain_text(line)
