"""What a draft would change, publishing it, and the way back."""

import asyncio

import pytest
from playwright.async_api import expect

from storage import article_log
from tests.console.library import changes
from tests.console.office import Office
from tests.console.screen import Screen
from tests.console.test_knowledge import TIMES, box, saved, written

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def version(office: Office) -> int:
    """The newest version of the article."""
    row = await office.db.read(article_log.find, "delivery-times")
    return row.version if row else 0


async def published(screen: Screen, words: str, note: str = "") -> None:
    """Write, try and publish."""
    await written(screen, TIMES, "Answer (English)", words)
    await screen.page.get_by_role("link", name="Try and publish").click()
    await box(screen, "Note (optional)").fill(note)
    await screen.button("Publish").click()
    await expect(screen.page.get_by_text("Published. The bot answers with it within seconds.").first).to_be_visible()
    await expect(box(screen, "Answer (English)")).to_have_value(words)


async def test_recent_questions_are_asked_again_with_the_draft(screen: Screen, office: Office) -> None:
    office.replays.report = changes()
    office.replays.hold = asyncio.Event()
    await written(screen, TIMES, "Answer (English)", "Evenings, too: 18:00–20:00.")
    await screen.page.get_by_role("link", name="What would this change?").click()
    await screen.button("Ask the questions").click()
    await expect(screen.page.get_by_text("Asking the questions again…")).to_be_visible()
    await expect(screen.button("Ask the questions")).to_be_disabled()
    office.replays.hold.set()
    figures = screen.page.get_by_role("region", name="In numbers")
    await expect(figures.locator("dd")).to_have_text(["214", "210", "2", "1", "1"])
    rows = screen.page.locator(".replay-table tbody tr")
    await expect(rows.locator("td:first-child .badge")).to_have_text(["Worse", "Different", "Better", "Better"])
    await expect(rows.first).to_contain_text("When does the shop close?")
    await expect(rows.first.locator("td").nth(2)).to_contain_text("Where are your shops?")
    await expect(rows.first.locator("td").nth(3)).to_contain_text("Answers and offers others")
    await expect(rows.first.locator("td").nth(3)).to_contain_text("52%")
    assert office.replays.asked[-1][1] is not None


async def test_the_gate_wants_a_reason(screen: Screen, office: Office) -> None:
    office.replays.report = changes()
    await written(screen, TIMES, "Answer (English)", "Evenings, too.")
    await screen.page.get_by_role("link", name="Try and publish").click()
    await screen.button("Publish").click()
    form = screen.page.get_by_role("form", name="Publish")
    await expect(form).to_contain_text("1 question would get a worse answer")
    await expect(screen.page.locator(".replay-table tbody tr")).to_have_count(4)
    assert await version(office) == 0
    await screen.button("Publish anyway").click()
    await expect(form.get_by_label("Note")).to_have_js_property("validity.valueMissing", True)
    assert await version(office) == 0
    await form.get_by_label("Note").fill("The shop in Hangzhou is closed for good.")
    await screen.button("Publish anyway").click()
    await expect(screen.page.locator(".article-line")).to_contain_text("Version 1")
    assert await version(office) == 1
    await screen.page.get_by_role("link", name="History").click()
    await expect(screen.page.locator(".version").first).to_contain_text("214 questions asked again: 4 answers changed")


async def test_what_was_tried_goes_out_of_date_with_the_next_word(screen: Screen, office: Office) -> None:
    await written(screen, TIMES, "Answer (English)", "One.")
    await screen.visit(f"{TIMES}/replay")
    await screen.button("Ask the questions").click()
    await expect(screen.page.get_by_text("No answer would change")).to_be_visible()
    await screen.page.get_by_role("link", name="Write").click()
    await box(screen, "Answer (English)").fill("Two.")
    await screen.page.get_by_role("link", name="What would this change?").click()
    await expect(screen.page.get_by_text("The draft has changed since then.")).to_be_visible()
    await expect(saved(screen)).to_contain_text("Draft saved")
    asked = len(office.replays.asked)
    await screen.button("Publish").click()
    await expect(screen.page.locator(".article-line")).to_contain_text("Version 1")
    assert len(office.replays.asked) == asked + 1


async def test_the_bot_is_away(screen: Screen, office: Office) -> None:
    office.replays.away = True
    await written(screen, TIMES, "Answer (English)", "One.")
    await screen.visit(f"{TIMES}/replay")
    await screen.button("Ask the questions").click()
    await expect(screen.page.locator(".notice-error")).to_be_visible()
    await expect(screen.page.get_by_text("The bot can't be asked now")).to_be_visible()
    office.replays.away = False
    await screen.button("Ask the questions").click()
    await expect(screen.page.get_by_text("No answer would change")).to_be_visible()


async def test_what_cannot_wait_for_the_bot_is_published_with_a_reason(screen: Screen, office: Office) -> None:
    office.replays.away = True
    await written(screen, TIMES, "Answer (English)", "Recall: do not use.")
    await screen.visit(f"{TIMES}/replay")
    await screen.button("Publish").click()
    await box(screen, "Note").fill("A recall.")
    await screen.button("Publish anyway").click()
    await expect(screen.page.locator(".article-line")).to_contain_text("Version 1")


async def test_errors_keep_a_draft_from_being_published(screen: Screen) -> None:
    await written(screen, TIMES, "Answer (English)", "# A heading")
    await screen.visit(f"{TIMES}/replay")
    await expect(screen.page.get_by_text("1 thing must be put right before this can be published")).to_be_visible()
    await expect(screen.button("Publish")).to_be_disabled()


async def test_agents_write_but_do_not_publish_and_are_told_why(screen: Screen, colleague: Screen) -> None:
    await written(colleague, TIMES, "Answer (English)", "An agent's words.")
    await colleague.page.get_by_role("link", name="Try it").click()
    await expect(colleague.button("Publish")).to_be_disabled()
    await expect(colleague.page.get_by_text("Supervisors and admins publish.")).to_be_visible()
    await colleague.button("Ask the questions").click()
    await expect(colleague.page.get_by_text("No answer would change")).to_be_visible()
    await screen.visit(TIMES)
    await expect(saved(screen)).to_contain_text("Draft by Wang Wei")
    await screen.visit(f"{TIMES}/replay")
    await screen.button("Publish").click()
    await expect(screen.page.locator(".article-line")).to_contain_text("Version 1")
    await colleague.visit(f"{TIMES}/history")
    await expect(colleague.page.locator(".version")).not_to_have_count(0)
    await expect(colleague.page.get_by_role("button", name="Go back to this")).to_have_count(0)
    await expect(colleague.page.get_by_text("Supervisors and admins publish.")).to_be_visible()


async def test_history_shows_words_that_changed_and_the_way_back(screen: Screen, office: Office) -> None:
    await published(screen, "Small items take three days.", "From the carrier's new table")
    await published(screen, "Small items take two days.", "Faster now")
    await screen.page.get_by_role("link", name="History").click()
    versions = screen.page.locator(".version")
    await expect(versions.first).to_contain_text("Version 2")
    await expect(versions.first).to_contain_text("In force")
    await expect(versions.first).to_contain_text("Li Na")
    await expect(versions.first).to_contain_text("Faster now")
    diff = screen.page.locator(".field-changes")
    await expect(diff.locator("h3")).to_have_text(["English · Answer"])
    await expect(diff.locator("del")).to_have_text("removed: three")
    await expect(diff.locator("ins")).to_have_text("added: two")
    await screen.page.get_by_label("From", exact=True).select_option(label="Version 2")
    await screen.page.get_by_label("To", exact=True).select_option(label="Version 1")
    await expect(diff.locator("ins")).to_have_text("added: three")
    await screen.page.get_by_role("button", name="Go back to this: Version 1").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Note").fill("It is three days again.")
    await dialog.get_by_role("button", name="Go back to this").click()
    await expect(versions.first).to_contain_text("Version 3")
    await expect(versions.first).to_contain_text("Rolled back")
    await screen.page.get_by_role("link", name="Write").click()
    await expect(box(screen, "Answer (English)")).to_have_value("Small items take three days.")
    assert await version(office) == 3


async def test_the_words_of_a_draft_are_compared_with_the_file(screen: Screen) -> None:
    await written(screen, TIMES, "Question (Chinese)", "多久能送到家？")
    await screen.visit(f"{TIMES}/history")
    await expect(screen.page.locator(".field-changes h3")).to_have_text(["Chinese · Question"])
    await expect(screen.page.locator(".field-changes ins")).to_have_count(1)


async def test_back_to_the_file(screen: Screen, office: Office) -> None:
    await published(screen, "Over the file.")
    await screen.page.get_by_role("link", name="History").click()
    await screen.page.get_by_role("button", name="Go back to this: The file").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Note").fill("The file was right.")
    await dialog.get_by_role("button", name="Go back to this").click()
    await expect(screen.page.locator(".article-line")).to_contain_text("From a file")
    await screen.page.get_by_role("link", name="Write").click()
    await expect(screen.page.locator("[data-language=en] .customers-view")).to_contain_text("Small items reach big")


async def test_withdrawn_with_a_reason_and_brought_back(screen: Screen, office: Office) -> None:
    await published(screen, "For now.")
    await screen.page.get_by_role("button", name="More actions").click()
    await screen.button("Withdraw").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Withdraw").click()
    await expect(dialog.get_by_label("Note")).to_have_js_property("validity.valueMissing", True)
    await dialog.get_by_label("Note").fill("We no longer deliver.")
    await dialog.get_by_role("button", name="Withdraw").click()
    await expect(screen.page.locator(".article-line")).to_contain_text("Withdrawn")
    await expect(screen.page.get_by_text("This article has been withdrawn")).to_be_visible()
    await screen.page.get_by_role("link", name="Knowledge").first.click()
    await screen.button("Withdrawn").click()
    await expect(screen.page.locator(".article-table tbody tr")).to_have_count(1)
    await screen.visit(f"{TIMES}/history")
    await screen.page.get_by_role("button", name="Go back to this: Version 1").click()
    await dialog.get_by_label("Note").fill("We do.")
    await dialog.get_by_role("button", name="Go back to this").click()
    await expect(screen.page.locator(".article-line")).to_contain_text("Published")


async def test_the_way_back_is_gated_too(screen: Screen, office: Office) -> None:
    """given a withdrawal that makes answers worse, then the dialog says of which questions, and asks once more"""
    await published(screen, "For now.")
    office.replays.report = changes()
    await screen.page.get_by_role("button", name="More actions").click()
    await screen.button("Withdraw").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Note").fill("A recall.")
    await dialog.get_by_role("button", name="Withdraw").click()
    await expect(dialog).to_contain_text("1 question would get a worse answer")
    await expect(dialog.get_by_role("listitem")).to_have_text(["When does the shop close?"])
    assert await version(office) == 1
    await expect(dialog.get_by_label("Note")).to_have_value("A recall.")
    await dialog.get_by_role("button", name="Withdraw anyway").click()
    await expect(screen.page.locator(".article-line")).to_contain_text("Withdrawn")
    office.replays.away = True
    await screen.visit(f"{TIMES}/history")
    await screen.page.get_by_role("button", name="Go back to this: Version 1").click()
    await dialog.get_by_label("Note").fill("Over.")
    await dialog.get_by_role("button", name="Go back to this").click()
    await expect(dialog).to_contain_text("The bot can't be asked now")
    await dialog.get_by_role("button", name="Go back anyway").click()
    await expect(screen.page.locator(".article-line")).to_contain_text("Published")
