"""The desk's pictures in docs/images, in both languages: taken on demand, by `make pictures`."""

import os
import random
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import Connection, select, update

from bench import past_cases
from connectors.desk import TicketChange
from connectors.message import Author
from desk.assigner import Assigner
from storage.clock import now_ms
from storage.passages import passage
from storage.ticket_entries import entry
from tests.console.office import TIERS, Office, running_office
from tests.console.scenes import ARTICLES, MINUTE, ann_smith, handoff, others, said, wang_fang
from tests.console.screen import Screen, open_screen
from tests.unit.frontdoor.status_house import status_house

PICTURES = os.environ.get("DOCS_PICTURES", "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.skipif(not PICTURES, reason="pictures are taken on demand"),
]
SPEAK = """async (language) => {
  const beside = document.querySelector("script").src;
  const { setLanguage } = await import(new URL("i18n/index.js", beside));
  const { show, state } = await import(new URL("state/store.js", beside));
  setLanguage(language, true);
  state.toasts = [];
  show();
}"""
DAY = 24 * 60 * MINUTE


async def taken(page: Page, name: str) -> None:
    """The page as it is, in English and Chinese."""
    await page.mouse.move(0, 0)
    for language in ("zh", "en"):
        await page.evaluate(SPEAK, language)
        await page.screenshot(path=Path(PICTURES) / f"{name}-{language}.png")


async def test_a_morning_at_the_desk(browser: Browser, tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        await _people(office)
        office.articles.extend(ARTICLES)
        held = await _morning(office)
        async with open_screen(browser, office, "li.na") as screen:
            await _inbox_and_ticket(screen, office, held)
            await _supervision(screen, office)


async def test_a_month_of_the_desk(browser: Browser, tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        await _people(office)
        await office.db.write(_past)
        async with open_screen(browser, office, "li.na", viewport={"width": 1440, "height": 1000}) as screen:
            for name, there in (("flow", ".flow-holder svg"), ("reports", ".report-cards .plot")):
                await screen.visit(f"#/{name}")
                await expect(screen.page.locator(there).first).to_be_visible()
                await expect(screen.page.locator("#main [aria-busy=true]")).to_have_count(0)
                await taken(screen.page, f"desk-{name}")


async def test_the_private_page_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    async with status_house(f"sqlite:///{tmp_path / 'frontdoor.db'}", tmp_path / "files") as house:
        await house.asked()
        await house.answered("Which model is it? It stands on the label inside the door.")
        context = await browser.new_context(
            viewport={"width": 390, "height": 844}, device_scale_factor=1.5, locale="en-GB"
        )
        page = await context.new_page()
        await page.goto(f"{house.url}/status/{house.token}")
        for language, other in (("en", "中文"), ("zh", "English")):
            await expect(page.get_by_role("button", name=other)).to_be_visible()
            await page.screenshot(path=Path(PICTURES) / f"status-phone-{language}.png")
            await page.get_by_role("button", name=other).click()
        await context.close()


async def _people(office: Office) -> None:
    await office.person("li.na", "Li Na", role="admin", capacity=2)
    for login, name, tiers in (
        ("wang.wei", "Wang Wei", TIERS),
        ("chen.yu", "陈宇", ("back_office",)),
        ("zhang.min", "张敏", ("senior", "coordinator")),
    ):
        await office.person(login, name, tiers=tiers)


async def _morning(office: Office) -> str:
    """What waits, is held, was solved and rated; the id of the ticket in Li Na's hands."""
    li_na, wei = await office.agent("li.na"), await office.agent("wang.wei")
    moves, act = office.service.moves, office.service.act
    held = await office.open(wang_fang())
    await act(moves.take, li_na, held)
    for at, each in enumerate(others()):
        opened = await office.open(each)
        if at == 0:
            await act(moves.take, wei, opened)
    closed = await office.open(ann_smith())
    await act(moves.take, wei, closed)
    await act(moves.resolve, wei, closed, "", "answered")
    await office.desk.change(closed, TicketChange.RATED, {"score": 2, "comment": "I had to ask twice."})
    await office.open(
        handoff(
            reference="FD-4T9KXW",
            customer={"id": "c8", "name": "Tom Becker", "email": "", "verified": False},
            question="My parcel shows delivered, but it isn't here.",
            transcript=(said(Author.CUSTOMER, "My parcel shows delivered, but it isn't here.", 1, name="Tom Becker"),),
        )
    )
    return held


async def _inbox_and_ticket(screen: Screen, office: Office, held: str) -> None:
    page = screen.page
    await Assigner(office.service).turn()
    await screen.visit(f"#/queue/{held}")
    await expect(page.locator(".offer-card").first).to_be_visible()
    await taken(page, "desk-inbox")
    offers = page.locator(".offer-card")
    while await offers.count():
        left = await offers.count()
        await page.keyboard.press("Escape")
        await page.keyboard.press("x")
        await expect(offers).to_have_count(left - 1)
    await screen.visit(f"#/mine/{held}")
    await expect(page.locator(".summary")).to_be_visible()
    await page.locator(".summary").scroll_into_view_if_needed()
    await taken(page, "desk-ticket")
    await page.keyboard.press("Escape")
    await page.keyboard.press("u")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("To which team").select_option("back_office")
    await dialog.get_by_label("What was tried?").fill("查过订单和物流：包裹已到杭州仓，地址写成了旧仓库。")
    await dialog.get_by_label("What is asked?").fill("请在仓库系统里把退货改派到苏州仓。")
    await taken(page, "desk-escalate")
    await dialog.get_by_role("button", name="Escalate", exact=True).click()
    await expect(dialog).to_have_count(0)
    await screen.visit(f"#/all/{await _a_long_way(office)}")
    await expect(screen.head).to_contain_text("Resolved")
    await page.get_by_role("button", name="More actions").click()
    await screen.button("Show its way").click()
    await expect(page.locator(".way")).to_be_visible()
    await taken(page, "desk-way")
    await page.keyboard.press("Escape")


async def _a_long_way(office: Office) -> str:
    """A ticket that two tiers worked on."""
    li_na, wei = await office.agent("li.na"), await office.agent("wang.wei")
    moves, act = office.service.moves, office.service.act
    ticket_id = await office.open(ann_smith())
    await act(moves.take, wei, ticket_id)
    await act(moves.transfer, wei, ticket_id, "senior", "", "Ann wants to talk about the contract.")
    await act(moves.take, li_na, ticket_id)
    await act(moves.resolve, li_na, ticket_id, "", "answered")
    await office.db.write(_spread, ticket_id)
    return ticket_id


async def _supervision(screen: Screen, office: Office) -> None:
    page = screen.page
    await office.service.search.index()
    for place, there in (("wall", ".tiles"), ("follow_ups", ".followup"), ("search/包裹", "mark")):
        await screen.visit(f"#/{place}")
        await expect(page.locator(there).first).to_be_visible()
        await taken(page, f"desk-{place.split('/')[0].replace('_', '-')}")


def _spread(tx: Connection, ticket_id: str) -> None:
    """What took seconds here took half an hour."""
    rows = (
        tx.execute(select(passage.c.id).where(passage.c.ticket_id == ticket_id).order_by(passage.c.id)).scalars().all()
    )
    for n, row in enumerate(rows):
        at = now_ms() - int(64 * MINUTE / (2 * n + 1))
        tx.execute(update(passage).where(passage.c.id == row).values(at=at))
        if n == 2:
            handed_over = (entry.c.ticket_id == ticket_id, entry.c.event == "transferred")
            tx.execute(update(entry).where(*handed_over).values(at=at))


def _past(tx: Connection) -> None:
    made = random.Random(7)
    spoken = past_cases.talks(made, 1_800, now_ms() - 57 * DAY, 57)
    past_cases.store(tx, spoken, past_cases.cases(made, spoken, 800))
