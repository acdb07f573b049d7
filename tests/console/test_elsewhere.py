"""Handoffs at other desks on the screen: where they are, and what was masked, for who says why."""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import Connection

from connectors.desk_ports import Opened
from connectors.message import Profile
from storage import audit, conversations, desk_ledger, handoffs, masked
from storage.masked import Value
from tests.console.office import Office
from tests.console.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PICTURES = os.environ.get("DOCS_PICTURES", "")


def two_at_helpdesks(tx: Connection) -> None:
    """One whose ticket is there, with two values that are not; one that waits for its desk."""
    for name, desk in (("h1", "zammad"), ("h2", "request_tracker")):
        begun = conversations.begin(tx, "web", name, Profile())
        handoffs.add(
            tx, id=name, conversation_id=begun.id, reference=f"FD-7K2M9Q{name.upper()}", reason="requested", seq=0,
            status="open" if name == "h1" else "requested", packet={}, desk=desk, created_at=1_795_330_800_000,
            updated_at=1, opened_at=1_795_330_860_000 if name == "h1" else None,
        )  # fmt: skip
    desk_ledger.note_opened(tx, "zammad", "h1", Opened(ticket_id="7", number="10042", url="https://help.example/#7"))
    phone = Value(kind="phones", fingerprint="a", original="138 0013 8000")
    own = Value(kind="custom:member number", fingerprint="b", original="M-123456")
    masked.keep(tx, "h1", [phone, own], lambda kind, number: f"[{kind.rpartition(':')[2]} {number}]")


async def test_originals_are_shown_to_who_says_why(screen: Screen, office: Office) -> None:
    await office.db.write(two_at_helpdesks)
    page = screen.page
    await screen.visit("#/elsewhere")
    await expect(page.get_by_role("row")).to_have_count(3)
    there = page.get_by_role("row", name="FD-7K2M9QH1")
    await expect(there.get_by_role("link", name="10042")).to_have_attribute("href", "https://help.example/#7")
    await expect(page.get_by_role("row", name="FD-7K2M9QH2")).to_contain_text("Not there yet")
    await there.get_by_role("button", name="Show the originals of FD-7K2M9QH1").click()
    dialog = page.get_by_role("dialog")
    assert "138 0013 8000" not in await page.content()
    await dialog.get_by_label("Reason").fill("Call back was promised")
    await picture(screen, "ask")
    await dialog.get_by_role("button", name="Show originals").click()
    await expect(dialog.get_by_role("row", name="[phones 1] Phone 138 0013 8000")).to_be_visible()
    await expect(dialog.get_by_role("row", name="member number M-123456")).to_be_visible()
    await picture(screen, "shown")
    (record,) = await office.db.read(lambda tx: audit.page(tx, action="handoff"))
    assert (record.agent_name, record.details["reason"]) == ("Li Na", "Call back was promised")
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(dialog).to_have_count(0)
    assert "138 0013 8000" not in await page.content()
    await picture(screen, "list")
    assert screen.complaints == []


async def picture(screen: Screen, name: str) -> None:
    """Keep what is seen, where somebody asks for it."""
    if PICTURES:
        await screen.page.screenshot(path=Path(PICTURES) / f"desk-elsewhere-{name}.png")
