"""The list: who waits, how long, and who is faster."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, Route, expect
from sqlalchemy import Connection, update

from connectors.desk import Reason, TicketChange
from storage.clock import now_ms
from storage.tickets import ticket
from tests.console.office import Office
from tests.console.scenes import ann_smith, handoff, others, wang_fang
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def _waited(office: Office, ticket_id: str, minutes: float) -> None:
    def move(tx: Connection) -> None:
        tx.execute(update(ticket).where(ticket.c.id == ticket_id).values(queued_at=now_ms() - int(minutes * 60_000)))

    await office.db.write(move)


async def test_the_queue_is_in_turn_and_its_clocks_run(browser: Browser, office: Office) -> None:
    first = await office.open(ann_smith())
    for each in (*others(), wang_fang()):
        await office.open(each)
    await _waited(office, first, 12.5)
    async with open_screen(browser, office, "li.na") as screen:
        names = ["Marcus Aurelio Fernández-Lindqvist", "Ann Smith", "王芳", "陈志强", "李晓梅", "Visitor"]
        await expect(screen.rows.locator(".row-name")).to_have_text(names)
        row = screen.rows.nth(1)
        await expect(row.locator(".wait")).to_have_class(re.compile("wait-long"))
        before = await row.locator(".wait").inner_text()
        assert re.search(r"12:[345]\d|13:\d\d", before)
        await expect(row.locator(".wait")).not_to_have_text(before)
        badges = [re.compile("^Reply in "), "High", "No answer found", "Front line", "Chinese"]
        await expect(screen.rows.nth(2).locator(".badge")).to_have_text(badges)
        await expect(screen.page).to_have_title(re.compile(r"^\(6\) "))


async def test_a_new_ticket_appears_by_itself(screen: Screen, office: Office) -> None:
    await expect(screen.page.get_by_text("Nobody is waiting")).to_be_visible()
    await office.open(handoff(question="Is anybody there?", reference="FD-NEW111"))
    await expect(screen.rows).to_have_count(1)
    await expect(screen.page.get_by_role("log")).to_contain_text("New ticket FD-NEW111")
    await expect(screen.page).to_have_title(re.compile(r"^\(1\) "))


async def test_who_is_slower_learns_who_has_the_ticket(screen: Screen, colleague: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    for each in (screen, colleague):
        await each.visit(f"#/queue/{ticket_id}")
        await expect(each.head.get_by_role("button", name="Take")).to_be_visible()
    # The colleague's screen doesn't hear that it was taken: it is as late as a slow network makes it.
    through = asyncio.Event()

    async def slowly(route: Route) -> None:
        if route.request.method == "GET":
            await through.wait()
        await route.continue_()

    await colleague.page.route("**/desk/api/tickets/**", slowly)
    office.weather.sockets_blocked = True
    await office.cut()
    await screen.head.get_by_role("button", name="Take").click()
    await expect(screen.head.get_by_text("Yours")).to_be_visible()
    await colleague.head.get_by_role("button", name="Take").click()
    through.set()
    await expect(colleague.page.get_by_role("alert")).to_contain_text("Li Na")
    await expect(colleague.head.get_by_text("With Li Na")).to_be_visible()


async def test_a_taken_ticket_leaves_the_others_queue(screen: Screen, colleague: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await expect(colleague.rows).to_have_count(1)
    await screen.take(ticket_id)
    await expect(colleague.rows).to_have_count(0)
    await colleague.visit("#/all")
    await expect(colleague.rows).to_contain_text("Li Na")


async def test_filters_and_search(screen: Screen, office: Office) -> None:
    for each in (*others(), ann_smith(), wang_fang()):
        await office.open(each)
    await expect(screen.rows).to_have_count(6)
    await screen.page.get_by_label("Language", exact=True).select_option("zh")
    await expect(screen.rows).to_have_count(3)
    await screen.page.get_by_label("Team", exact=True).select_option("front_line")
    await expect(screen.rows).to_have_count(2)
    await screen.page.get_by_label("Language", exact=True).select_option("")
    await screen.page.get_by_label("Team", exact=True).select_option("")
    await screen.page.get_by_label("Search number").fill("gift card")
    await expect(screen.rows).to_have_count(1)
    await screen.page.get_by_label("Search number").fill("no such thing at all")
    await expect(screen.page.get_by_text("No matching tickets")).to_be_visible()
    await screen.page.get_by_label("Search number").fill("")
    await expect(screen.rows).to_have_count(6)


async def test_of_many_tickets_only_those_in_sight_are_in_the_page(screen: Screen, office: Office) -> None:
    for number in range(130):
        await office.open(handoff(question=f"Question {number}", reference=f"FD-NUMBER{number}"))
    await screen.page.reload()
    await expect(screen.rows.first).to_contain_text("Question 0")
    assert await screen.rows.count() < 30
    await screen.page.locator("#tickets").evaluate("list => { list.scrollTop = list.scrollHeight; }")
    await screen.page.locator("#tickets").evaluate("list => { list.scrollTop = list.scrollHeight; }")
    await expect(screen.page.locator('[aria-setsize="130"]').first).to_be_attached()  # the next page came by itself
    await screen.page.locator("#tickets").evaluate("list => { list.scrollTop = list.scrollHeight; }")
    await expect(screen.rows.last).to_contain_text("Question 129")
    assert await screen.rows.count() < 30


async def test_one_change_redraws_one_row(screen: Screen, office: Office) -> None:
    tickets = [await office.open(ann_smith() if n == 0 else handoff(question=f"Question {n}")) for n in range(5)]
    await expect(screen.rows).to_have_count(5)
    await screen.visit("#/all")
    await expect(screen.rows).to_have_count(5)
    await screen.page.evaluate(
        """() => {
          window.touched = new Set();
          const note = (records) => records.forEach(({ target }) =>
            window.touched.add(target.parentElement?.closest("li")?.textContent ?? ""));
          const watch = { subtree: true, childList: true, characterData: true, attributes: true };
          new MutationObserver(note).observe(document.querySelector(".tickets"), watch);
        }"""
    )
    await office.say(tickets[2], "Something new", name="Ann Smith")
    await expect(screen.rows.first.locator(".unread")).to_contain_text("1")
    changed = await screen.page.evaluate("[...window.touched].filter((text) => /Question/.test(text)).length")
    assert changed <= 2  # that of the ticket; its place among the others is a property of theirs


async def test_the_palette_finds_actions_and_tickets(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await expect(screen.rows).to_have_count(1)
    await screen.page.keyboard.press("Control+k")
    box = screen.page.get_by_role("combobox", name="Commands")
    await expect(box).to_be_focused()
    await box.fill("due so")
    await box.press("Enter")
    await screen.page.wait_for_url("**/desk/#/breaching")
    await screen.page.keyboard.press("Control+k")
    await box.fill("3H8X2P")
    await box.press("Enter")
    await screen.page.wait_for_url(f"**/desk/#/all/{ticket_id}")
    await expect(screen.head).to_contain_text("FD-3H8X2P")


async def test_a_search_leads_to_the_message(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await office.say(ticket_id, "我的退货地址填错了", name="Ann Smith")
    await office.service.search.index()
    await screen.page.keyboard.press("g")
    await screen.page.keyboard.press("s")
    box = screen.page.get_by_label("Search everything that was said")
    await expect(box).to_be_focused()
    await box.fill("退货地址")
    await expect(screen.page.locator(".found-hit mark")).to_have_text("退货地址")
    await screen.page.locator(".found-hit").click()
    await expect(screen.timeline.locator(".entry-found")).to_contain_text("我的退货地址填错了")


async def test_unread_messages_and_reopened_tickets_are_marked(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await screen.visit("#/mine")
    await expect(screen.head).to_have_count(0)  # else what is said would be seen
    await office.say(ticket_id, "Hello?", name="Ann Smith")
    await office.say(ticket_id, "Are you there?", name="Ann Smith")
    await expect(screen.rows.locator(".unread")).to_contain_text("2")
    await expect(screen.page).to_have_title(re.compile(r"^\(2\) "))
    await screen.visit(f"#/mine/{ticket_id}")
    await expect(screen.rows.locator(".unread")).to_have_count(0)
    await screen.button("Resolve").click()
    await screen.page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    await expect(screen.head.get_by_text("Resolved")).to_be_visible()
    await office.change(ticket_id, TicketChange.RATED, score=3, comment="Too slow")
    await screen.visit("#/resolved")
    await expect(screen.rows).to_contain_text("3/5")
    await office.change(ticket_id, TicketChange.REOPENED)
    await screen.visit("#/mine")
    await expect(screen.rows).to_contain_text("Reopened")


async def test_a_ticket_handed_to_somebody_is_marked(screen: Screen, colleague: Screen, office: Office) -> None:
    ticket_id = await office.open(handoff(reason=Reason.COMPLAINT))
    await screen.take(ticket_id)
    await screen.page.keyboard.press("Escape")
    await screen.page.get_by_role("button", name="More actions").click()
    await screen.button("Hand over").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("To", exact=True).select_option(label="Wang Wei · Available · 0/4")
    await dialog.get_by_label("Note").fill("You know this customer.")
    await dialog.get_by_role("button", name="Hand over").click()
    await expect(dialog).to_have_count(0)
    await expect(colleague.rows).to_contain_text("For you")
    await colleague.rows.click()
    await expect(colleague.timeline).to_contain_text("You know this customer.")


async def test_a_link_from_elsewhere_opens_the_ticket(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.visit(f"#ticket={ticket_id}")
    await expect(screen.head).to_contain_text("FD-3H8X2P")
    await screen.visit("#/all/01NOSUCHTICKET")
    await expect(screen.page.get_by_text("This ticket can't be shown")).to_be_visible()
