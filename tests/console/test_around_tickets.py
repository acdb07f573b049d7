"""What is done around tickets: tagging many, being mentioned, merging, blocking, and not talking past a colleague."""

import pytest
from playwright.async_api import Browser, expect

from connectors.message import Content
from tests.console.office import Office
from tests.console.people import LinYue
from tests.console.scenes import ann_smith, handoff
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

RECORD = """
  window.shown = [];
  window.Notification = class extends EventTarget {
    static permission = "granted";
    static async requestPermission() { return "granted"; }
    constructor(title, options) { super(); window.shown.push([title, options.body]); }
    close() {}
  };
  document.hasFocus = () => false;
"""


async def test_many_are_tagged_at_once_and_mentions_are_a_list(screen: Screen, office: Office) -> None:
    asked, other = await office.open(handoff(reference="FD-ASKED01")), await office.open(handoff())
    await expect(screen.rows).to_have_count(2)
    for box in await screen.page.locator(".row-choose").all():
        await box.check()
    await screen.page.get_by_role("textbox", name="Add a tag …").fill("VIP")
    await screen.page.get_by_role("textbox", name="Add a tag …").press("Enter")
    await expect(screen.page.get_by_text("Done: 2")).to_be_visible()
    li_na, wang_wei = await office.agent("li.na"), await office.agent("wang.wei")
    for ticket_id in (asked, other):
        assert (await office.service.ticket(li_na, ticket_id)).tags == ("vip",)

    await screen.visit("#/mentioned")
    await expect(screen.page.get_by_text("Nobody asks for you")).to_be_visible()
    await office.service.act(office.service.moves.note, wang_wei, asked, "note-00001", "@li.na what do you think?")
    await expect(screen.rows).to_have_count(1)
    await screen.page.locator(".tabs-more").click()
    await expect(screen.page.get_by_role("link", name="Mentions 1")).to_be_visible()
    await screen.page.keyboard.press("Escape")
    await screen.rows.click()
    await expect(screen.entry("what do you think?")).to_be_visible()
    await expect(screen.button("Mentions")).to_be_visible()


async def test_nothing_is_sent_past_a_colleagues_answer(screen: Screen, office: Office) -> None:
    """given a reply that is being written, when somebody else answers, then it waits until that was read."""
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await screen.box.press_sequentially("I look")
    boss = await office.person("the.boss", "The Boss", role="admin")
    chief = await office.service.people.find(boss)
    said = (ticket_id, "reply-00001", Content(text="It is on its way."))
    await office.service.act(office.service.moves.reply, chief, *said)
    answered = screen.page.get_by_text("The Boss has answered since you began")
    await expect(answered).to_be_visible()
    await screen.box.press("Enter")
    await expect(screen.box).to_have_value("I look")
    await screen.button("Read it, go on").click()
    await expect(answered).to_have_count(0)
    await screen.box.press("Enter")
    await expect(screen.entry("I look")).to_be_visible()


async def test_two_tickets_of_a_customer_are_merged_and_an_address_is_blocked(screen: Screen, office: Office) -> None:
    lin = await LinYue(office).arrives()
    kept = await office.open(handoff(reference="FD-KEPT001", conversation_id=lin.conversations["telegram"]))
    await screen.take(kept)
    await screen.visit(f"#/all/{lin.ticket}")
    await screen.head.get_by_role("button", name="More").click()
    await screen.page.get_by_role("button", name="Merge").click()
    dialog = screen.page.get_by_role("dialog", name="Merge FD-8H3WKD")
    await dialog.get_by_role("radio", name="FD-KEPT001").check()
    await dialog.get_by_role("button", name="Merge").click()
    await screen.page.wait_for_url(f"**/desk/#/mine/{kept}")
    merged = await office.service.ticket(await office.agent("li.na"), lin.ticket)
    assert (merged.state, merged.merged_into) == ("resolved", kept)

    address = screen.page.get_by_role("listitem").filter(has_text="oLin")
    await address.get_by_role("button", name="Block").click()
    dialog = screen.page.get_by_role("dialog", name="Block WeChat")
    await dialog.get_by_role("button", name="Block").click()
    assert await dialog.get_by_label("Why").evaluate("field => field.validity.valueMissing")
    await dialog.get_by_label("Why").fill("Insults")
    await dialog.get_by_role("button", name="Block").click()
    await expect(address.get_by_text("Blocked by us")).to_be_visible()
    assert [each["reason"] for each in await office.db.read(office.service.blocks.shown)] == ["Insults"]


async def test_agents_choose_of_what_they_are_told(browser: Browser, office: Office) -> None:
    async with open_screen(browser, office) as screen:
        await screen.page.add_init_script(RECORD)
        await screen.page.reload()
        await screen.sign_in("li.na")
        await expect(screen.live).to_be_attached()
        await screen.button("Turn on desktop notifications").click()
        await screen.visit("#/account")
        page = screen.page

        async def told(reference: str) -> list[list[str]]:
            """What was shown until the list has this ticket."""
            await office.open(handoff(reference=reference, question="Anybody?"))
            await expect(page.get_by_text(f"New ticket {reference}")).to_be_attached()
            shown: list[list[str]] = await page.evaluate("window.shown.splice(0)")
            return shown

        assert [title for title, _ in await told("FD-TOLD001")] == ["New ticket FD-TOLD001"]
        await page.get_by_role("switch", name="Private notifications").click()
        assert await told("FD-TOLD002") == [["Something is new in ticket FD-TOLD002", ""]]
        await page.get_by_role("switch", name="Do not disturb").click()
        assert await told("FD-TOLD003") == []
        await page.get_by_role("switch", name="Do not disturb").click()
        await page.get_by_role("checkbox", name="A new ticket waits").uncheck()
        assert await told("FD-TOLD004") == []
