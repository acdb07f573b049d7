"""One ticket: what was handed over, the conversation, and what an agent can do."""

import asyncio

import pytest
from playwright.async_api import Browser, FilePayload, expect

from connectors.desk import DeskEvent, TicketChange
from connectors.message import Author
from storage.work import Work, conversation_lane, finish, head
from tests.console.office import Office
from tests.console.scenes import ARTICLES, ann_smith, handoff, said, wang_fang
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


async def _told(office: Office, ticket_id: str) -> list[DeskEvent]:
    """What the desk has told the core about a ticket since the last look."""
    found = []
    lane = conversation_lane(office.conversations[ticket_id])
    while item := await office.db.read(head, lane):
        found.append(_event(item))
        await office.db.write(finish, item.id)
    return found


def _event(item: Work) -> DeskEvent:
    return DeskEvent.from_json(item.payload)


async def test_everything_the_bot_handed_over_is_there(screen: Screen, office: Office) -> None:
    await office.open(handoff(reference="FD-3H8X2P"))
    conversation = await office.conversation()
    file = await office.file(conversation, "receipt.png", PNG)
    ticket_id = await office.open(wang_fang((file,), previous_ticket="FD-3H8X2P", conversation_id=conversation))
    await screen.visit(f"#/queue/{ticket_id}")
    for fact in (
        "No answer found",
        "没有找到答案，已换一种说法再问过。",
        "Urgency: High",
        "Mood: Upset",
        "Chinese",
        "退货地址填错了怎么办？快递已经寄出去了。",
        "王芳",
        "Verified",
        "wang.fang@example.com",
        "138 0013 8000",
        "u-17",
        "HL2026112201",
        "SF1367702113",
        "怎么修改退货地址",
        "41%",
        "Not helpful",
        "退货期限是多久",
        "22%",
        "Not shown",
        "包裹寄错仓库了，能不能改派",
        "receipt.png",
        "FD-7K2M9Q",
        "First contact",
        "FD-3H8X2P",
    ):
        await expect(screen.context.get_by_text(fact, exact=False).first).to_be_visible()
    transcript = screen.timeline.locator(".entry")
    await expect(transcript).to_have_count(7)
    await expect(transcript.nth(1)).to_contain_text("查物流")
    await expect(transcript.nth(3)).to_contain_text("41%")
    await expect(transcript.nth(3)).to_contain_text("Not helpful")
    await expect(screen.timeline.locator("img").first).to_have_js_property("naturalWidth", 1)
    await screen.context.get_by_role("link", name="FD-3H8X2P").click()
    await expect(screen.head).to_contain_text("Ann Smith")


async def test_what_customers_write_stays_text(screen: Screen, office: Office) -> None:
    attack = "<img src=x onerror=alert(1)> **bold** [link](https://evil.example) <script>alert(2)</script>"
    ticket_id = await office.open(
        handoff(
            question=attack,
            summary=attack,
            customer={"id": "c", "name": attack, "email": '"><b>@x.example'},
            slots={"note": attack},
            failed=(attack,),
            transcript=(
                said(Author.CUSTOMER, attack, 2, name=attack),
                said(Author.BOT, f"[x](javascript:alert(1)) {attack}", 1),
            ),
        )
    )
    await screen.visit(f"#/queue/{ticket_id}")
    entries = screen.timeline.locator(".entry")
    await expect(entries.nth(0).locator(".bubble")).to_have_text(attack)
    await expect(entries.nth(0).locator("a, strong")).to_have_count(0)
    bot = entries.nth(1).locator(".bubble")
    await expect(bot.locator("strong")).to_have_text("bold")
    assert await bot.locator("a").evaluate_all("links => links.map(link => [link.href, link.rel])") == [
        ["https://evil.example/", "noopener noreferrer nofollow"]
    ]
    await expect(bot).to_contain_text("[x](javascript:alert(1))")
    await expect(screen.page.locator("script:not([src]), img[src='x']")).to_have_count(0)


async def test_the_conversation_is_live_both_ways(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    async with office.bus.subscribe("desk-hints") as hints:
        await screen.box.press_sequentially("Hello **Ann**")
        async with asyncio.timeout(5):
            typing = await anext(each async for each in hints if each["kind"] == "typing")  # she reads, too
        assert (typing["on"], typing["agent_name"]) == (True, "Li Na")
    await screen.box.press("Shift+Enter")
    await screen.box.press_sequentially("How are you?")
    await screen.box.press("Enter")
    sent = screen.entry("How are you?")
    await expect(sent.locator("strong")).to_have_text("Ann")
    await expect(sent).to_contain_text("Sent")
    await expect(screen.box).to_have_value("")
    _, replied = await _told(office, ticket_id)
    assert replied.content.text == "Hello **Ann**\nHow are you?"
    entry = (await office.entries(ticket_id))[-1]
    await office.saw(ticket_id, entry.id)
    await expect(sent).to_contain_text("Seen")
    await office.types(ticket_id)
    await expect(screen.timeline.get_by_text("Ann Smith is typing…")).to_be_visible()
    await office.say(ticket_id, "Fine, **thanks**", name="Ann Smith")
    await expect(screen.entry("Fine, **thanks**")).to_be_visible()
    await expect(screen.timeline.get_by_text("is typing")).to_have_count(0)
    await expect(screen.page.get_by_role("log")).to_contain_text("Ann Smith says: Fine")


async def test_enter_belongs_to_the_input_method_while_it_composes(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    session = await screen.page.context.new_cdp_session(screen.page)
    await screen.box.focus()
    await session.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    await session.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": "Enter", "windowsVirtualKeyCode": 229})
    await office.say(ticket_id, "(the page is drawn anew meanwhile)", name="Ann Smith")
    await expect(screen.entry("drawn anew")).to_be_visible()
    await session.send("Input.insertText", {"text": "你好"})
    await expect(screen.box).to_have_value("你好")
    await expect(screen.timeline.locator(".entry-agent")).to_have_count(0)
    await screen.box.press("Enter")
    await expect(screen.timeline.locator(".entry-agent")).to_contain_text("你好")


async def test_notes_look_different_and_stay_inside(screen: Screen, colleague: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await _told(office, ticket_id)
    await screen.box.fill("a reply not yet sent")
    await screen.page.get_by_role("group", name="What to write").get_by_role("button", name="Internal note").click()
    await screen.reply("Customer is a dealer.")
    await expect(screen.page.locator(".entry-note")).to_contain_text("Customer is a dealer.")
    assert await _told(office, ticket_id) == []
    await colleague.visit(f"#/all/{ticket_id}")
    await expect(colleague.page.locator(".entry-note")).to_contain_text("Li Na")
    await expect(colleague.page.get_by_text("Li Na has this ticket. You can leave a note.")).to_be_visible()
    await expect(colleague.box).to_have_count(0)
    await colleague.button("Internal note").click()
    await colleague.reply("I know them.")
    await expect(screen.page.locator(".entry-note")).to_have_count(2)
    await screen.button("Reply").click()
    await expect(screen.box).to_have_value("a reply not yet sent")


async def test_drafts_are_kept_per_ticket_and_over_a_reload(screen: Screen, office: Office) -> None:
    one, two = await office.open(ann_smith()), await office.open(wang_fang())
    await screen.take(one)
    await screen.box.fill("for Ann")
    await screen.take(two)
    await expect(screen.box).to_have_value("")
    await screen.box.fill("给王芳")
    await screen.visit(f"#/mine/{one}")
    await expect(screen.box).to_have_value("for Ann")
    await expect(screen.rows.filter(has_text="王芳")).to_contain_text("Draft")
    await screen.page.reload()
    await expect(screen.box).to_have_value("for Ann")


async def test_attachments(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await _told(office, ticket_id)
    chosen: list[FilePayload] = [
        {"name": "label.png", "mimeType": "image/png", "buffer": PNG},
        {"name": "bad.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ\x00\x01"},
    ]
    await screen.page.locator("input[type=file]").set_input_files(chosen)
    await expect(screen.page.get_by_role("alert")).to_contain_text("bad.exe")
    await expect(screen.page.locator(".draft-files li")).to_have_count(1)
    await screen.button("Send").click()
    await expect(screen.timeline.locator(".entry-agent img")).to_have_js_property("naturalWidth", 1)
    (replied,) = await _told(office, ticket_id)
    assert [each.name for each in replied.content.attachments] == ["label.png"]


async def test_suggested_articles_are_searched_and_inserted(screen: Screen, office: Office) -> None:
    office.articles.extend(ARTICLES)
    ticket_id = await office.open(wang_fang())
    await screen.take(ticket_id)
    await screen.box.fill("您好！")
    await screen.page.get_by_role("button", name="Suggested articles").click()
    await expect(screen.context.locator(".article")).to_have_count(3)
    await screen.context.get_by_label("Search articles").fill("delivery")
    await expect(screen.context.locator(".article")).to_have_count(1)
    await expect(screen.context).to_contain_text("44%")
    await screen.context.get_by_label("Search articles").fill("退货")
    await expect(screen.context.locator(".article")).to_have_count(2)
    await screen.context.get_by_role("button", name="Insert into reply: 退货期限是多久").click()
    await expect(screen.box).to_have_value("您好！\n> 签收后 **7 天内**可以无理由退货，商品须保持完好。")
    await expect(screen.box).to_be_focused()


async def test_return_to_the_bot_with_a_briefing(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await screen.button("Return to bot").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Briefing for the bot").fill("Parcel re-sent.")
    await dialog.get_by_role("button", name="Return to bot").click()
    await expect(screen.timeline.get_by_text("Parcel re-sent.")).to_be_visible()
    await expect(screen.head.get_by_text("Returned to bot")).to_be_visible()
    assert (await _told(office, ticket_id))[-1].briefing == "Parcel re-sent."
    await expect(screen.page.get_by_text("This ticket is closed. You can still leave a note.")).to_be_visible()


async def test_put_back_resolve_and_what_the_customer_says_then(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await screen.page.get_by_role("button", name="More actions").click()
    await screen.button("Put back in queue").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Put back in queue").click()
    await expect(screen.timeline.get_by_text("Li Na put the ticket back in the queue")).to_be_visible()
    await screen.head.get_by_role("button", name="Take").click()
    await screen.head.get_by_role("button", name="Resolve").click()
    await dialog.get_by_label("Note").fill("Sent again.")
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(screen.timeline.get_by_text("Sent again.")).to_be_visible()
    await office.change(ticket_id, TicketChange.RATED, score=5, comment="Lovely!")
    await expect(screen.context.get_by_role("img", name="5 of 5 stars")).to_be_visible()
    await expect(screen.context.get_by_text("Lovely!")).to_be_visible()
    await office.change(ticket_id, TicketChange.REOPENED)
    await expect(screen.timeline.get_by_text("The customer says it isn't solved: reopened")).to_be_visible()
    await expect(screen.head.get_by_text("Reopened")).to_be_visible()


async def test_a_quiet_customer(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await office.change(ticket_id, TicketChange.IDLE)
    await expect(screen.head.get_by_text("Customer is away")).to_be_visible()
    await office.change(ticket_id, TicketChange.ACTIVE)
    await expect(screen.head.get_by_text("Customer is away")).to_have_count(0)


async def test_reading_further_up_is_not_disturbed(browser: Browser, office: Office) -> None:
    long = tuple(said(Author.CUSTOMER, f"line {number}", 60 - number, name="Ann Smith") for number in range(50))
    ticket_id = await office.open(handoff(transcript=long))
    async with open_screen(browser, office, "li.na") as screen:
        await screen.take(ticket_id)
        await expect(screen.entry("line 49")).to_be_in_viewport()
        await screen.timeline.evaluate("node => node.scrollTo(0, 0)")
        await expect(screen.button("Latest messages")).to_be_visible()
        await office.say(ticket_id, "one more", name="Ann Smith")
        await expect(screen.entry("one more")).to_have_count(1)
        await expect(screen.entry("line 0")).to_be_in_viewport()
        await screen.button("Latest messages").click()
        await expect(screen.entry("one more")).to_be_in_viewport()
