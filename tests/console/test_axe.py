"""axe-core at every page of the registry and every dialog of a ticket: light and English on a desktop, dark and Chinese
on a phone. What it calls serious or critical fails.
"""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from connectors.desk import TicketChange
from connectors.message import JSON
from desk.assigner import Assigner
from tests.console.office import ROOT, Office
from tests.console.scenes import ARTICLES, ann_smith, handoff, others, wang_fang
from tests.console.screen import open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

REGISTRY = (ROOT / "web/desk/state/pages.js").read_text(encoding="utf-8")
PAGES = (*re.findall(r'\{ name: "(\w+)"', REGISTRY), "search/parcel", "queue", "resolved")
DIALOGS = (
    "resolve", "return", "transfer", "put_back", "escalate", "snooze", "merge", "followup", "triage", "whisper",
    "take_over", "begin", "palette", "help",
)  # fmt: skip
LOOKS: dict[str, JSON] = {
    "en": {"scheme": "light", "size": {"width": 1440, "height": 900}},
    "zh": {"scheme": "dark", "size": {"width": 390, "height": 844}},
}
OPEN = """async ([kind, id]) => {
  const beside = document.querySelector("script").src;
  const { state } = await import(new URL("state/store.js", beside));
  const { openDialog } = await import(new URL("ui/modal.js", beside));
  const [own, clientId] = [crypto.randomUUID(), crypto.randomUUID()];
  const data = { id: own, clientId, tier: "", channel: "phone", channels: ["phone"] };
  openDialog(kind, { ...data, ticket: state.tickets.get(id) });
}"""
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html.slice(0, 160), failureSummary]));
}"""


async def test_nothing_serious_anywhere(browser: Browser, office: Office) -> None:
    """given a desk with work of every kind, when axe looks at all of it, then it finds nothing serious."""
    ticket_id = await _busy(office)
    problems: list[object] = []
    async with open_screen(browser, office, "li.na") as screen:
        page = screen.page
        await Assigner(office.service).turn()
        await expect(page.locator(".offer-card").first).to_be_visible()
        await page.evaluate(Axe().axe_script)
        for language, look in LOOKS.items():
            await page.set_viewport_size(look["size"])
            await page.emulate_media(color_scheme=look["scheme"])
            for place in (*PAGES, f"all/{ticket_id}"):
                await _at(page, place)
                problems += await _found(page, f"{place} {language}")
            for dialog in DIALOGS:
                await page.evaluate(OPEN, [dialog, ticket_id])
                await expect(page.get_by_role("dialog"), dialog).to_be_visible()
                problems += await _found(page, f"{dialog} {language}")
                await page.keyboard.press("Escape")
                await expect(page.get_by_role("dialog")).to_have_count(0)
            if language == "en":
                await page.get_by_role("button", name="中文").click()
    assert not problems, "\n".join(map(str, problems))


async def _busy(office: Office) -> str:
    """Tickets that wait, are held and closed, and a follow-up; the id of one that is held."""
    office.articles.extend(ARTICLES)
    li_na = await office.agent("li.na")
    held, closed = await office.open(wang_fang()), await office.open(ann_smith())
    for each in (held, closed):
        await office.service.act(office.service.moves.take, li_na, each)
    await office.service.act(office.service.moves.resolve, li_na, closed, "", "answered")
    await office.desk.change(closed, TicketChange.RATED, {"score": 1, "comment": "still broken"})
    for each in (*others(), handoff(reference="FD-OFFER1")):
        await office.open(each)
    return held


async def _at(page: Page, place: str) -> None:
    """Go there, and wait until it has loaded."""
    await page.evaluate("hash => { location.hash = hash }", f"#/{place}")
    await expect(page.locator("#main")).to_be_visible()
    await expect(page.locator("#main .spinner, #main [aria-busy=true]")).to_have_count(0)


async def _found(page: Page, where: str) -> list[object]:
    return [(where, *problem) for problem in await page.evaluate(RUN)]
