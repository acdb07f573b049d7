"""The list of articles, and one being written."""

import re

import pytest
from playwright.async_api import Browser, Locator, expect

from connectors.message import JSON
from storage import article_drafts, article_log, article_versions
from storage.agents import all_agents
from storage.article_drafts import Draft
from storage.article_versions import Move
from storage.audit import Actor
from storage.clock import now_ms
from tests.console.library import content, text
from tests.console.office import Office
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

TIMES = "#/knowledge/delivery-times"
HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"> <script>document.title='owned'</script>\n\n"
    "[click](javascript:document.title='owned') [fine](https://example.com/?a=<b>) **bold <i>text</i>**\n\n"
    "- \u202egpj.exe\n- " + "**" * 400 + "[" * 400 + "("
)


def box(screen: Screen, label: str) -> Locator:
    """A field by its exact label."""
    return screen.page.get_by_label(label, exact=True)


def saved(screen: Screen) -> Locator:
    """Whether what is on the screen is stored."""
    return screen.page.locator(".save-state")


async def written(screen: Screen, hash_: str, label: str, words: str) -> None:
    """Open an article, write into a field, and wait until it is stored."""
    await screen.visit(hash_)
    await box(screen, label).fill(words)
    await expect(saved(screen)).to_contain_text("Draft saved")


async def draft_of(office: Office, article_id: str) -> JSON:
    """What is stored."""
    found = await office.db.read(article_drafts.find, article_id)
    assert found is not None
    return found.content


def row(screen: Screen, name: str) -> Locator:
    """An article of the list."""
    return screen.page.locator(".article-table tbody tr", has_text=name)


async def test_the_list_says_what_is_out_of_the_ordinary(screen: Screen) -> None:
    await screen.page.get_by_role("link", name="Knowledge").click()
    await expect(screen.page.get_by_text("7 articles")).to_be_visible()
    fees = row(screen, "delivery-fees")
    await expect(fees.locator(".language-mark")).to_have_count(2)
    await expect(fees).not_to_contain_text("No Chinese text")
    warranty = row(screen, "warranty-period")
    await expect(warranty.get_by_text("No Chinese text")).to_be_attached()
    await expect(warranty).to_contain_text("hint")
    await expect(row(screen, "goodwill-limits")).to_contain_text("Agents only")


async def test_articles_are_searched_and_filtered(screen: Screen) -> None:
    await written(screen, "#/knowledge/order-cancel", "Question (English)", "How do I cancel an order?")
    await screen.page.get_by_role("link", name="Knowledge").first.click()
    await screen.page.get_by_label("Search titles, phrasings and ids").fill("weekends")
    await expect(screen.page.locator(".article-table tbody tr")).to_have_count(1)
    await expect(row(screen, "delivery-times")).to_be_visible()
    await screen.page.get_by_label("Search titles, phrasings and ids").fill("nothing like this")
    await expect(screen.page.get_by_text("No matching articles")).to_be_visible()
    await screen.page.get_by_label("Search titles, phrasings and ids").fill("")
    await screen.button("Drafts").click()
    await expect(screen.page.locator(".article-table tbody tr")).to_have_count(1)
    await expect(row(screen, "order-cancel")).to_contain_text("Draft")


async def test_a_draft_is_saved_by_itself_and_survives_a_reload(screen: Screen, office: Office) -> None:
    await written(screen, TIMES, "Answer (English)", "Small items: **2 days**.")
    await box(screen, "Other ways to ask it (Chinese)").fill("几天到\n\n 多久送到 \n")
    await box(screen, "Tags").fill("delivery，times、速度")
    await expect(saved(screen)).to_contain_text("Not saved yet")
    await expect(saved(screen)).to_contain_text("Draft saved")
    kept = await draft_of(office, "delivery-times")
    assert kept["texts"]["en"]["body"] == "Small items: **2 days**."
    assert kept["texts"]["zh"]["questions"] == ["几天到", "多久送到"]
    assert kept["tags"] == ["delivery", "times", "速度"]
    await screen.page.reload()
    await expect(box(screen, "Answer (English)")).to_have_value("Small items: **2 days**.")
    await expect(saved(screen)).to_contain_text("Draft by Li Na")


async def test_leaving_at_once_loses_nothing(screen: Screen, office: Office) -> None:
    await screen.visit(TIMES)
    await box(screen, "Answer (English)").fill("Written in a hurry.")
    await screen.page.get_by_role("link", name="Tickets").click()
    await expect(screen.page.get_by_text("No ticket chosen")).to_be_visible()
    await screen.page.get_by_role("link", name="Knowledge").click()
    await row(screen, "delivery-times").get_by_role("link").click()
    await expect(box(screen, "Answer (English)")).to_have_value("Written in a hurry.")
    await expect(saved(screen)).to_contain_text(re.compile("Draft saved|Draft by Li Na"))
    assert (await draft_of(office, "delivery-times"))["texts"]["en"]["body"] == "Written in a hurry."


async def test_without_a_connection_it_is_saved_when_there_is_one_again(screen: Screen, office: Office) -> None:
    await screen.visit(TIMES)
    await expect(box(screen, "Answer (English)")).to_be_visible()
    await office.storm()
    await box(screen, "Answer (English)").fill("Kept in the storm.")
    await expect(saved(screen)).to_contain_text("Not saved, trying again")
    office.calm()
    await expect(saved(screen)).to_contain_text("Draft saved", timeout=20_000)
    assert (await draft_of(office, "delivery-times"))["texts"]["en"]["body"] == "Kept in the storm."


async def test_what_was_written_outlives_the_session(screen: Screen, office: Office) -> None:
    await screen.visit(TIMES)
    await expect(box(screen, "Answer (English)")).to_be_visible()
    await screen.page.context.clear_cookies()
    await box(screen, "Answer (English)").fill("Written after the session had ended.")
    await expect(screen.page.get_by_text("You were signed out.")).to_be_visible()
    await screen.sign_in("li.na")
    await expect(saved(screen)).to_contain_text("Draft saved")
    assert (await draft_of(office, "delivery-times"))["texts"]["en"]["body"] == "Written after the session had ended."


async def test_nobody_stores_what_somebody_else_wrote(screen: Screen, office: Office) -> None:
    await screen.visit(TIMES)
    await expect(box(screen, "Answer (English)")).to_be_visible()
    await screen.page.context.clear_cookies()
    await box(screen, "Answer (English)").fill("Li Na's words.")
    await expect(screen.page.get_by_text("You were signed out.")).to_be_visible()
    await screen.sign_in("wang.wei")
    await expect(box(screen, "Answer (English)")).to_be_visible()
    await expect(box(screen, "Answer (English)")).not_to_have_value("Li Na's words.")
    await screen.page.get_by_role("link", name="Knowledge").first.click()
    await expect(screen.page.locator(".article-table")).to_be_visible()
    assert await office.db.read(article_drafts.find, "delivery-times") is None


async def test_problems_stand_at_their_fields_while_one_types(screen: Screen) -> None:
    await written(screen, TIMES, "Answer (English)", "A <b>bold</b> promise")
    answer = box(screen, "Answer (English)")
    await expect(answer).to_have_attribute("aria-invalid", "true")
    problem = screen.page.locator("#field-texts-en-body-problems")
    await expect(problem).to_contain_text("Has HTML, which a chat cannot show")
    assert "field-texts-en-body-problems" in (await answer.get_attribute("aria-describedby") or "")
    await box(screen, "Question (Chinese)").fill("")
    summary = screen.page.locator(".problem-summary")
    await expect(summary).to_contain_text("2 things must be put right")
    await summary.get_by_role("button", name="Chinese, Question").click()
    await expect(box(screen, "Question (Chinese)")).to_be_focused()
    await answer.fill("A bold promise")
    await expect(problem).to_have_count(0)
    await expect(answer).not_to_have_attribute("aria-invalid", "true")


async def test_the_preview_is_what_customers_see_and_never_markup(screen: Screen) -> None:
    await written(screen, TIMES, "Answer (English)", "In **1–3 days**.\n\n- Large: [book](https://example.com/a)")
    preview = screen.page.locator("[data-language=en] .customers-view")
    await expect(preview.locator("strong")).to_have_text("1–3 days")
    await expect(preview.locator("li a")).to_have_attribute("href", "https://example.com/a")
    await box(screen, "Answer (English)").fill(HOSTILE)
    await expect(preview).to_contain_text("<script>document.title='owned'</script>")
    await expect(preview.locator("img, script, i, b")).to_have_count(0)
    await expect(preview.locator("a")).to_have_count(1)
    assert "owned" not in await screen.page.title()


async def test_hostile_titles_and_phrasings_stay_text_everywhere(screen: Screen, office: Office) -> None:
    nasty = '"><img src=x onerror="document.title=\'owned\'">{name}\u202e'
    await written(screen, TIMES, "Question (English)", nasty)
    await box(screen, "Other ways to ask it (English)").fill(f"{nasty}\n{{title}}")
    await expect(saved(screen)).to_contain_text("Draft saved")
    await expect(screen.page.get_by_role("heading", level=1)).to_contain_text("<img src=x")
    await screen.page.get_by_role("link", name="Knowledge").first.click()
    await expect(row(screen, "delivery-times")).to_be_visible()
    await screen.visit(f"{TIMES}/history")
    assert await screen.page.locator("#main img").count() == 0
    assert "owned" not in await screen.page.title()


async def test_marks_by_button_and_key(screen: Screen) -> None:
    await screen.visit(TIMES)
    answer = box(screen, "Answer (English)")
    await answer.fill("one two\nthree")
    await answer.evaluate("node => node.setSelectionRange(4, 7)")
    await answer.press("Control+b")
    await expect(answer).to_have_value("one **two**\nthree")
    await answer.evaluate("node => node.setSelectionRange(0, node.value.length)")
    tools = screen.page.get_by_role("group", name="Format the answer (English)")
    await tools.get_by_role("button", name="Numbered steps").click()
    await expect(answer).to_have_value("1. one **two**\n2. three")
    await expect(screen.page.locator("[data-language=en] .customers-view ol > li")).to_have_count(2)


async def test_related_articles_are_searched_and_chosen(screen: Screen, office: Office) -> None:
    await screen.visit(TIMES)
    related = screen.page.locator(".about").get_by_label("Related articles", exact=True)
    await related.fill("cancel")
    await screen.page.get_by_role("list", name="Articles found").get_by_role("button").first.click()
    await expect(screen.page.locator(".related-chosen li")).to_have_count(2)
    await (
        screen.page.get_by_role("button", name="Remove What does delivery cost?")
        .or_(screen.page.get_by_role("button", name="Remove delivery-fees"))
        .click()
    )
    await expect(saved(screen)).to_contain_text("Draft saved")
    assert (await draft_of(office, "delivery-times"))["related"] == ["order-cancel"]


async def test_a_new_article(screen: Screen, office: Office) -> None:
    await screen.visit("#/knowledge")
    await screen.button("New article").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Which question does it answer?").fill("Can I collect my order in a shop?")
    await expect(dialog.get_by_label("Id", exact=True)).to_have_value("can-i-collect-my-order-in-a")
    await dialog.get_by_label("Id", exact=True).fill("delivery-times")
    await dialog.get_by_label("Category").fill("delivery")
    await dialog.get_by_role("button", name="Begin writing").click()
    await expect(dialog).to_contain_text("There is an article with this id already")
    await dialog.get_by_label("Id", exact=True).fill("collect-in-shop")
    await dialog.get_by_role("button", name="Begin writing").click()
    await expect(screen.page.get_by_role("heading", name="Can I collect my order in a shop?")).to_be_visible()
    await expect(screen.page.locator(".article-line")).to_contain_text("Draft, never published")
    await expect(screen.page.locator("[data-language=zh]")).to_contain_text("Missing")
    await screen.page.get_by_role("button", name="More actions").click()
    await screen.button("Discard the draft").click()
    await dialog.get_by_role("button", name="Discard the draft").click()
    await expect(screen.page.get_by_text("7 articles")).to_be_visible()


async def test_a_colleague_who_publishes_meanwhile(screen: Screen, colleague: Screen, office: Office) -> None:
    await written(screen, TIMES, "Answer (English)", "Mine: 2 days.")
    await publish(office, "delivery-times", content(en=text("How long?", "Theirs: 4 days.", "a", "b", "c"), zh=None))
    await box(screen, "Answer (English)").fill("Mine: 2 days, promised.")
    panel = screen.page.locator(".conflict")
    await expect(panel).to_contain_text("published a newer version")
    await expect(panel).to_contain_text("Mine: 2 days, promised.")
    await expect(panel).to_contain_text("Theirs: 4 days.")
    title = panel.get_by_role("group", name="What to keep: English · Question")
    await title.get_by_role("button", name="Theirs").click()
    await screen.button("Go on with this").click()
    await expect(box(screen, "Question (English)")).to_have_value("How long?")
    await expect(box(screen, "Answer (English)")).to_have_value("Mine: 2 days, promised.")
    await expect(saved(screen)).to_contain_text("Draft saved")


async def test_a_colleague_who_writes_at_the_same_time(screen: Screen, colleague: Screen) -> None:
    await screen.visit(TIMES)
    await expect(box(screen, "Answer (English)")).to_be_visible()
    await written(colleague, TIMES, "Answer (English)", "Wang Wei's words.")
    await expect(box(screen, "Answer (English)")).to_have_value("Wang Wei's words.")
    await box(screen, "Answer (English)").fill("Li Na's words.")
    await expect(saved(screen)).to_contain_text("Draft saved")
    await expect(box(colleague, "Answer (English)")).to_have_value("Wang Wei's words.")
    await box(colleague, "Answer (English)").fill("Wang Wei's other words.")
    await expect(colleague.page.locator(".conflict")).to_contain_text("Li Na is writing here, too")
    await expect(colleague.page.locator(".conflict")).to_contain_text("Li Na's words.")
    await colleague.button("Go on with this").click()
    await expect(saved(colleague)).to_contain_text("Draft saved")


async def test_an_answer_that_was_lost_is_no_conflict(screen: Screen, office: Office) -> None:
    await screen.visit(TIMES)
    await expect(box(screen, "Answer (English)")).to_be_visible()
    office.weather.lose_answers = 1
    await box(screen, "Answer (English)").fill("Stored, but nobody said so.")
    await expect(saved(screen)).to_contain_text("Draft saved", timeout=20_000)
    tries = [path for method, path in office.weather.seen if method == "PUT" and path.endswith("/draft")]
    assert len(tries) == 2
    await expect(screen.page.locator(".conflict")).to_have_count(0)


async def test_five_thousand_articles(browser: Browser, office: Office) -> None:
    for number in range(5_000):
        path = office.kb / "many" / f"many-{number:04}.en.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"---\nid: many-{number:04}\ntitle: Question {number}?\nupdated: 2026-11-01\n---\nAnswer.\n")
    async with open_screen(browser, office, "li.na") as screen:
        screen.page.set_default_timeout(60_000)
        await screen.visit("#/knowledge")
        await expect(screen.page.get_by_text("100 of 5007 articles")).to_be_visible(timeout=60_000)
        await screen.button("Show more").click()
        await expect(screen.page.locator(".article-table tbody tr")).to_have_count(200, timeout=60_000)
        assert len(set(await screen.page.locator(".article-about code").all_inner_texts())) == 200
        took = await screen.page.evaluate(
            "() => new Promise(done => { const at = performance.now();"
            " requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - at))) })"
        )
        assert took < 2_000
        await screen.page.get_by_label("Search titles, phrasings and ids").fill("many-4321")
        await expect(screen.page.locator(".article-table tbody tr")).to_have_count(1, timeout=60_000)


async def drafted(office: Office, article_id: str, what: JSON) -> Draft:
    """A draft, as Wang Wei writes it in another window."""
    wang = next(each for each in await office.db.read(all_agents) if each.login == "wang.wei")
    row_ = await office.db.read(article_log.find, article_id)
    draft = Draft(
        article_id=article_id, content=what, base=row_.version if row_ else 0, note="", by=wang.id, at=now_ms()
    )  # fmt: skip
    return await office.db.write(article_drafts.save, draft, None)


async def publish(office: Office, article_id: str, what: JSON) -> None:
    """A version, as Wang Wei makes it in another window when nobody looks at roles."""
    draft = await drafted(office, article_id, what)
    move = Move(article_id=article_id, who=Actor(id=draft.by), at=now_ms())
    await office.db.write(article_versions.publish, move, draft, {"updated": "2026-11-20", **what}, None)
