"""People's growth on the screen: from a training that a supervisor makes and a review to the promotion."""

import pytest
from playwright.async_api import Browser, expect

from connectors.desk import TicketChange
from connectors.message import Content
from storage import reviews
from tests.console.office import Office
from tests.console.scenes import ann_smith
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def reviewable(office: Office) -> None:
    """A case that Wang Wei solved, drawn to be reviewed."""
    agent, ticket_id = await office.agent("wang.wei"), await office.open(ann_smith())
    await office.service.act(office.service.moves.take, agent, ticket_id)
    words = Content(text="Your parcel arrives tomorrow.")
    await office.service.act(office.service.moves.reply, agent, ticket_id, "reply-0001", words)
    await office.service.act(office.service.moves.resolve, agent, ticket_id, "")
    await office.desk.change(ticket_id, TicketChange.CONFIRMED, {})
    drawn = {"seed": "5eed", "of": 1, "since": 0, "until": 1}
    await office.db.write(
        reviews.add, ticket_id=ticket_id, agent_id=agent.id, month="2026-11", why="random", drawn=drawn, at=1
    )


async def test_a_training_a_review_with_an_appeal_and_a_promotion(
    office: Office, browser: Browser, screen: Screen, colleague: Screen
) -> None:
    await reviewable(office)

    # Li Na makes a training from an article and gives it to everybody of the first grade.
    page = screen.page
    await screen.visit("#/training")
    await screen.button("All trainings").click()
    await screen.button("New training").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Title").fill("Warranty")
    await dialog.get_by_text("How long is the warranty?").click()
    await dialog.get_by_role("button", name="Make the questions").click()
    await page.get_by_label("Hours per person").fill("0.5")
    await screen.button("Save").click()
    await expect(screen.button("Save")).to_be_disabled()
    right = [
        await each.input_value() for each in await page.locator(".quiz-option:has(:checked) input[type=text]").all()
    ]
    await screen.button("Assign").click()
    await dialog.get_by_role("button", name="Assign").click()
    await expect(page.get_by_text("Who takes it (2)")).to_be_visible()

    # Wang Wei passes it.
    theirs = colleague.page
    await colleague.visit("#/training")
    await colleague.button("Start").click()
    for text in right:
        await theirs.locator(".quiz-question label").get_by_text(text, exact=True).last.click()
    await theirs.get_by_role("button", name="Hand in").click()
    await expect(theirs.get_by_text("Passed with 100%.")).to_be_visible()

    # Li Na reviews a conversation, Wang Wei appeals, and Wu Min decides.
    await screen.visit("#/quality")
    await page.get_by_role("button", name="To review").click()
    await screen.button("Review").click()
    answer = dialog.get_by_role("group", name="The answer is right and complete")
    await answer.get_by_label("Points").select_option("2")
    await dialog.get_by_role("button", name="Save the review").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Say why")
    await answer.get_by_label("Comment").fill("Tomorrow is a guess.")
    await answer.get_by_label("Message").select_option(index=1)
    await dialog.get_by_role("button", name="Save the review").click()
    await expect(page.get_by_text("Nothing waits to be reviewed.")).to_be_visible()

    await colleague.visit("#/quality")
    await expect(theirs.locator(".review")).to_contain_text("Tomorrow is a guess.")
    await expect(theirs.locator(".review-score")).to_have_text("76 of 100")
    await colleague.button("Appeal").click()
    await theirs.get_by_role("dialog").get_by_label("Why the score is not right").fill("The carrier says so.")
    await theirs.get_by_role("dialog").get_by_role("button", name="Appeal").click()
    await expect(theirs.get_by_text("Appealed")).to_be_visible()

    await office.person("wu.min", "Wu Min", role="senior")
    async with open_screen(browser, office, "wu.min") as second:
        await second.visit("#/quality")
        await second.page.get_by_role("button", name="Appeals").click()
        await second.button("Decide").click()
        judged = second.page.get_by_role("dialog")
        await judged.get_by_role("button", name="Score anew").click()
        await (
            judged.get_by_role("group", name="The answer is right and complete")
            .get_by_label("Points")
            .select_option("5")
        )
        await judged.get_by_label("What the agent is told").fill("You are right.")
        await judged.get_by_role("button", name="Decide").click()
        await expect(second.page.get_by_text("No appeals.")).to_be_visible()

    # It all counts; Li Na promotes, although not everything is met.
    await colleague.visit("#/growth")
    quality = theirs.locator(".growth-checks li", has_text="Quality score")
    await expect(quality).to_contain_text("100 / 80")
    await screen.visit("#/growth")
    await screen.button("Team").click()
    await page.get_by_role("button", name="Look: Wang Wei").click()
    await screen.button("Promote").click()
    await dialog.get_by_label("Why").fill("Solved what nobody could.")
    await dialog.get_by_label("Promote all the same").check()
    await dialog.get_by_role("button", name="Promote").click()
    await expect(page.get_by_text("Solved what nobody could.")).to_be_visible()
