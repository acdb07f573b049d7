"""Handoffs at other desks on the screen: where they are and how they stand, what was masked, what is tried again."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import Connection, update

from connectors.desk import Progress, Reading
from connectors.desk_ports import Opened
from connectors.message import Profile
from storage import audit, conversations, desk_ledger, handoffs, masked, work
from storage.masked import Value
from tests.console.office import Office
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PICTURES = os.environ.get("DOCS_PICTURES", "")
MORNING = 1_795_330_800_000
MINUTE = 60_000


def placed(
    tx: Connection, number: int, desk: str, status: str = "open", *, ticket: str = "", state: str = "", agent: str = ""
) -> str:
    """A handoff at a helpdesk; its conversation's id."""
    name, at = f"h{number}", MORNING + number * 17 * MINUTE
    begun = conversations.begin(tx, "web", name, Profile())
    handoffs.add(
        tx, id=name, conversation_id=begun.id, reference=f"FD-7K2M9QH{number}", reason="requested", seq=0,
        status=status, packet={}, desk=desk, created_at=at, updated_at=1, opened_at=at + MINUTE if ticket else None,
    )  # fmt: skip
    conversations.update_conversation(tx, begun.id, handoff_id=name, agent_name=agent)
    if ticket:
        opened = Opened(ticket_id=ticket, number=ticket, url=f"https://help.example/#{ticket}")
        desk_ledger.note_opened(tx, desk, name, opened)
        progress = Progress(state=state, owner="a1" if agent else "")
        desk_ledger.keep_reading(tx, desk, ticket, Reading(progress=progress))
    return begun.id


def promised(tx: Connection, conversation_id: str, handoff_id: str, kind: str, *, dead: bool = False) -> None:
    """Something for the helpdesk that is not there."""
    lane, key = work.desk_lane(conversation_id), f"{kind}:{handoff_id}"
    work.enqueue(tx, lane=lane, kind=kind, key=key, payload={"handoff_id": handoff_id})
    tx.execute(update(work.work).where(work.work.c.key == key).values(created_at=MORNING + 100 * MINUTE))
    for each in work.first(tx, lane, 1) if dead else ():
        work.bury(tx, each.id, error="TypeError")


def two_at_helpdesks(tx: Connection) -> None:
    """One whose ticket is there, with two values that are not; one that waits for its desk."""
    placed(tx, 1, "zammad", ticket="10042", state="open", agent="Mei Lin")
    promised(tx, placed(tx, 2, "request_tracker", "requested"), "h2", "desk_open")
    phone = Value(kind="phones", fingerprint="a", original="138 0013 8000")
    own = Value(kind="custom:member number", fingerprint="b", original="M-123456")
    masked.keep(tx, "h1", [phone, own], lambda kind, number: f"[{kind.rpartition(':')[2]} {number}]")


def one_given_up(tx: Connection) -> None:
    """A third, whose ticket could not be opened."""
    promised(tx, placed(tx, 3, "zammad", "refused"), "h3", "desk_open", dead=True)


async def test_originals_are_shown_to_who_says_why(screen: Screen, office: Office) -> None:
    await office.db.write(two_at_helpdesks)
    page = screen.page
    await screen.visit("#/elsewhere")
    await expect(page.get_by_role("row")).to_have_count(3)
    there = page.get_by_role("row", name="FD-7K2M9QH1")
    await expect(there.get_by_role("link", name="10042")).to_have_attribute("href", "https://help.example/#10042")
    await expect(there).to_contain_text("Open · Mei Lin")
    await expect(there).to_contain_text("All delivered")
    waits = page.get_by_role("row", name="FD-7K2M9QH2")
    await expect(waits).to_contain_text("Not there yet")
    await expect(waits).to_contain_text("Waiting: 1, since")
    await there.get_by_role("button", name="Show the originals of FD-7K2M9QH1").click()
    dialog = page.get_by_role("dialog")
    assert "138 0013 8000" not in await page.content()
    await dialog.get_by_label("Reason").fill("Call back was promised")
    await dialog.get_by_role("button", name="Show originals").click()
    await expect(dialog.get_by_role("row", name="[phones 1] Phone 138 0013 8000")).to_be_visible()
    await expect(dialog.get_by_role("row", name="member number M-123456")).to_be_visible()
    (record,) = await office.db.read(lambda tx: audit.page(tx, action="handoff"))
    assert (record.agent_name, record.details["reason"]) == ("Li Na", "Call back was promised")
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(dialog).to_have_count(0)
    assert "138 0013 8000" not in await page.content()
    await page.get_by_role("combobox", name="Desk").select_option("zammad")
    await expect(page.get_by_role("row")).to_have_count(2)


async def test_what_was_given_up_is_delivered_once_more(screen: Screen, office: Office) -> None:
    await office.db.write(two_at_helpdesks)
    await office.db.write(one_given_up)
    await screen.visit("#handoff=h3")
    row = screen.page.get_by_role("row", name="FD-7K2M9QH3")
    await expect(row).to_contain_text("Given up: 1")
    await row.get_by_role("button", name="Deliver FD-7K2M9QH3 once more").click()
    await expect(row).to_contain_text("Waiting: 1")
    await expect(row).to_contain_text("Not there yet")
    handoff = await office.db.read(handoffs.find, "h3")
    assert handoff is not None
    assert handoff.status == "requested"


async def test_a_helpdesks_link_leads_to_its_handoff_or_the_ticket(screen: Screen, office: Office) -> None:
    await office.db.write(two_at_helpdesks)
    page = screen.page
    await screen.visit("#handoff=h1")
    first = page.get_by_role("row").nth(1)
    await expect(first).to_contain_text("FD-7K2M9QH1")
    await expect(first).to_have_attribute("aria-current", "true")
    await expect(page.get_by_role("row")).to_have_count(3)
    await screen.visit("#handoff=h9")
    await expect(page.get_by_text("This handoff isn't here any more.")).to_be_visible()
    await office.db.write(lambda tx: placed(tx, 4, "built_in"))
    await office.db.write(lambda tx: handoffs.change(tx, "h4", ticket_id="t4"))
    await screen.visit("#handoff=h4")
    await page.wait_for_url("**/desk/#/all/t4")


async def test_who_may_not_see_it_is_told_where_it_is(colleague: Screen, office: Office) -> None:
    await office.db.write(two_at_helpdesks)
    await colleague.visit("#handoff=h1")
    await expect(colleague.page.get_by_text("This handoff is at another desk")).to_be_visible()
    await expect(colleague.page.get_by_text("Work on it in the helpdesk you came from.")).to_be_visible()


@pytest.mark.skipif(not PICTURES, reason="takes pictures for docs/images: make pictures")
async def test_pictures(office: Office, browser: Browser) -> None:
    await office.db.write(a_morning)
    sized = {"viewport": {"width": 1280, "height": 660}, "timezone_id": "Asia/Shanghai"}
    async with open_screen(browser, office, "li.na", **sized) as screen:
        await _pictured(screen, "en")
        await office.service.set_language(await office.agent("li.na"), "zh")
        await screen.page.evaluate("localStorage.clear()")
        await screen.page.reload()
        await _pictured(screen, "zh")


def a_morning(tx: Connection) -> None:
    """Handoffs at three helpdesks, one of which is away."""
    two_at_helpdesks(tx)
    one_given_up(tx)
    placed(tx, 4, "servicenow", "resolved", ticket="INC0010023", state="resolved")
    line = placed(tx, 5, "zammad", ticket="10043", state="open")
    promised(tx, line, "h5", "desk_append")
    placed(tx, 6, "servicenow", "confirmed", ticket="INC0010027", state="resolved")
    placed(tx, 7, "zammad", ticket="10047", state="open", agent="王伟")


async def _pictured(screen: Screen, language: str) -> None:
    await screen.visit("#handoff=h1")
    await expect(screen.page.locator("tr.linked")).to_be_visible()
    await screen.page.screenshot(path=Path(PICTURES) / f"desk-elsewhere-{language}.png")
