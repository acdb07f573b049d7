"""What customers see and do in a conversation."""

import asyncio
import time

import pytest
from playwright.async_api import expect

from tests.widget.chat import Open, connected, eventually, said
from tests.widget.peer import KNOWN, Peer


async def test_a_page_view_alone_talks_to_nobody(open_chat: Open, peer: Peer) -> None:
    await open_chat(opened=False)
    await asyncio.sleep(0.3)
    assert peer.sessions == []


async def test_message_goes_from_sending_to_stored_to_seen(open_chat: Open, peer: Peer) -> None:
    peer.ack_delay = 0.5
    chat = await open_chat()
    await chat.say("Hello")
    await expect(chat.status()).to_have_text("Sending")
    await expect(chat.status()).to_have_text("Sent")
    await peer.push({"type": "seen", "seq": 1})
    await expect(chat.status()).to_have_text("Seen")
    await said(peer, "Hello")


async def test_the_bot_says_that_it_is_one(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await expect(chat.log).to_contain_text("I’m a bot")
    await chat.say("Hi")
    await said(peer, "Hi")
    await peer.say("Hello!")
    await expect(chat.rows.last.locator(".name")).to_contain_text("AssistantBot")
    await expect(chat.panel.locator("header .tag")).to_have_text("Bot")


async def test_markdown_subset_becomes_elements(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("Hi")
    await said(peer, "Hi")
    await peer.say(
        "Two **days**:\n\n- small\n- large\n\n3. third\n4. fourth\n\nSee [fees](https://shop.example/fees), https://shop.example/x."
    )
    text = chat.rows.last.locator(".text")
    await expect(text.locator("strong")).to_have_text("days")
    await expect(text.locator("ul li")).to_have_text(["small", "large"])
    await expect(text.locator("ol[start='3'] li")).to_have_text(["third", "fourth"])
    links = text.locator("a[rel='noopener noreferrer'][target=_blank]")
    await expect(links).to_have_text(["fees", "https://shop.example/x"])
    await expect(text.locator("p").last).to_have_text("See fees, https://shop.example/x.")


async def test_customer_text_is_not_markdown(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("**not bold** [x](https://a.example)")
    await expect(chat.rows.last.locator(".text")).to_have_text("**not bold** [x](https://a.example)")
    await expect(chat.rows.last.locator("strong, a")).to_have_count(0)


async def test_a_button_sends_its_token_once_for_a_double_click(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("Hi")
    await said(peer, "Hi")
    await peer.say(
        "Did you mean",
        buttons=[{"title": "Delivery fees", "token": "m1.0"}, {"title": "Delivery times", "token": "m1.1"}],
    )
    await chat.host.get_by_role("button", name="Delivery times").dblclick()
    await said(peer, "Hi", "Delivery times")
    assert [(frame["token"], frame["title"]) for frame in peer.frames("button")] == [("m1.1", "Delivery times")]


async def test_article_card_takes_feedback_once(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("How long?")
    await said(peer, "How long?")
    answer = await peer.say(
        "3 days", article={"id": "delivery-times", "title": "How long does delivery take?", "language": "en"}
    )
    card = chat.host.locator(".article")
    await expect(card).to_contain_text("How long does delivery take?")
    await card.get_by_role("button", name="No").click()
    await expect(card).to_contain_text("We’ll improve this answer")
    await expect(card.get_by_role("button")).to_have_count(0)
    [action] = peer.frames("action")
    assert (action["action"], action["message_id"], action["helpful"]) == ("feedback", answer["id"], False)


async def test_queue_position_wait_and_leaving(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await expect(chat.handoff).to_have_text("Talk to a human")
    await chat.handoff.click()
    await peer.own(owner="queue", state="queued", position=2, wait_seconds=170, ticket="FD-7K2M9Q")
    bar = chat.host.locator(".bar")
    await expect(bar).to_contain_text("You’re number 2 in the queue")
    await expect(bar).to_contain_text("About 3 min")
    await expect(bar).to_contain_text("FD-7K2M9Q")
    await peer.own(owner="queue", state="queued", position=1, wait_seconds=20)
    await expect(bar).to_contain_text("Less than a minute")
    await expect(chat.handoff).to_have_text("Leave the queue")
    await chat.handoff.click()
    await peer.own(owner="bot", state="bot")
    await expect(chat.handoff).to_have_text("Talk to a human")
    assert [frame["action"] for frame in peer.frames("action")] == ["human", "leave_queue"]


async def test_waiting_time_counts_down(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(opened=False)
    await chat.page.clock.install()
    await chat.launcher.click()
    await chat.handoff.click()
    await eventually(lambda: bool(peer.frames("action")))
    await peer.own(owner="queue", state="queued", position=1, wait_seconds=130)
    await expect(chat.host.locator(".bar")).to_contain_text("About 3 min")
    await chat.page.clock.run_for(15_000)  # below the ping's period: a reconnect would announce the wait anew
    await expect(chat.host.locator(".bar")).to_contain_text("About 2 min")


async def test_opening_hours(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(timezone_id="Asia/Shanghai", lang="zh")
    await chat.handoff.click()
    await eventually(lambda: bool(peer.frames("action")))
    opens = int(time.time() + 86400) // 86400 * 86400_000 + 3600_000  # 9:00 in Shanghai
    await peer.own(owner="queue", state="queued", opens_at=opens)
    await expect(chat.host.locator(".bar")).to_contain_text("人工客服将于")
    await expect(chat.host.locator(".bar")).to_contain_text("09:00")


async def test_a_desk_that_is_down_leaves_the_reference(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.handoff.click()
    await eventually(lambda: bool(peer.frames("action")))
    await peer.own(owner="queue", state="failed", ticket="R-42")
    await expect(chat.host.locator(".where")).to_have_text("Reference R-42")
    await expect(chat.panel.locator("header")).to_contain_text("Your request is saved")
    await expect(chat.handoff).to_have_text("Leave the queue")


async def test_an_agent_joins_writes_and_leaves(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("Hi")
    await said(peer, "Hi")
    await peer.own(owner="agent", state="with_agent", agent={"name": "Li Na"})
    await peer.say("Li Na has joined.", "system", custom={"kind": "agent_joined", "name": "Li Na"})
    await expect(chat.panel.locator("header")).to_contain_text("You are talking with Li Na")
    await expect(chat.panel.locator("header .tag")).to_have_count(0)
    await peer.push({"type": "typing", "author": "agent", "name": "Li Na", "on": True})
    await expect(chat.log).to_contain_text("Li Na is typing…")
    await peer.say("Hello", "agent")
    await expect(chat.log).not_to_contain_text("is typing")
    await expect(chat.rows.last.locator(".name")).to_contain_text("Li Na")
    await expect(chat.rows.last.locator(".tag")).to_have_count(0)
    await peer.own()
    await expect(chat.panel.locator("header .tag")).to_have_text("Bot")


async def test_solved_or_not_then_rating(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("Hi")
    await said(peer, "Hi")
    await peer.say("Is it solved?", "system", custom={"kind": "solved_question", "number": "FD-1"})
    await chat.host.get_by_role("button", name="No, not yet").click()
    await expect(chat.host.get_by_role("button", name="No, not yet")).to_have_count(0)
    await peer.say("Is it solved now?", "system", custom={"kind": "solved_question", "number": "FD-1"})
    await chat.host.get_by_role("button", name="Yes, it’s solved").click()
    await peer.say("How was it?", "system", custom={"kind": "ask_rating", "number": "FD-1"})
    await chat.host.get_by_role("button", name="Send rating").click()
    await expect(chat.host.locator(".form")).to_contain_text("Please choose 1 to 5 stars.")
    await chat.host.get_by_role("radio", name="4 – Good").focus()
    await chat.page.keyboard.press("Space")
    await chat.page.keyboard.press("ArrowRight")
    await chat.host.get_by_label("Anything to add? (optional)").fill("Quick!")
    await chat.host.get_by_role("button", name="Send rating").click()
    await expect(chat.host.locator(".form")).to_have_count(0)
    await peer.say("Thank you.", "system", custom={"kind": "rated", "score": 5})
    await expect(chat.host.get_by_role("img", name="Your rating: 5 of 5")).to_be_visible()
    sent = [
        {key: value for key, value in frame.items() if key not in {"type", "client_id"}}
        for frame in peer.frames("action")
    ]
    assert sent == [
        {"action": "solved", "solved": False},
        {"action": "solved", "solved": True},
        {"action": "rate", "score": 5, "comment": "Quick!"},
    ]


async def test_asks_for_an_email(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("Hi")
    await said(peer, "Hi")
    await peer.say("Where shall we write to?", "system", custom={"kind": "ask_email"})
    field = chat.host.get_by_label("Your e-mail address")
    await field.fill("li@example")
    await field.press("Enter")
    await expect(chat.host.locator(".form")).to_contain_text("complete address")
    await expect(field).to_be_focused()
    await field.fill("li@example.com")
    await field.press("Enter")
    await expect(field).to_have_count(0)
    [action] = peer.frames("action")
    assert (action["action"], action["email"]) == ("contact", "li@example.com")


async def test_a_refused_action_says_why_and_can_be_repeated(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("Hi")
    await said(peer, "Hi")
    peer.errors[""] = {"code": "bad_frame", "message": "Not now, please."}
    await peer.say("Solved?", "system", custom={"kind": "solved_question", "number": "FD-1"})
    await chat.host.get_by_role("button", name="Yes, it’s solved").click()
    await expect(chat.problem).to_have_text("Not now, please.")
    await expect(chat.host.get_by_role("button", name="Yes, it’s solved")).to_be_visible()


async def test_a_refused_message_can_be_retried_or_deleted_and_survives_reload(open_chat: Open, peer: Peer) -> None:
    peer.errors["bad"] = {"code": "empty", "message": "We could not take this."}
    chat = await open_chat()
    await chat.say("bad")
    await expect(chat.rows.last).to_contain_text("We could not take this.")
    await chat.reload()
    await expect(chat.rows.last).to_contain_text("We could not take this.")
    peer.errors.clear()
    await chat.host.get_by_role("button", name="Try again").click()
    await expect(chat.status()).to_have_text("Sent")
    await said(peer, "bad")
    assert len({frame["client_id"] for frame in peer.frames("message")}) == 1
    peer.errors["worse"] = {"code": "empty", "message": "No."}
    await chat.say("worse")
    await chat.host.get_by_role("button", name="Delete").click()
    await expect(chat.rows).to_have_count(1)


async def test_rate_limited_messages_follow_later_in_order(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    peer.errors["one"] = {"code": "rate_limited", "message": "Slow down", "retry_after": 1}
    await chat.say("one")
    await eventually(lambda: bool(peer.frames("message")))
    peer.errors.clear()
    await chat.say("two")
    await said(peer, "one", "two")


async def test_enter_during_composition_does_not_send(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(lang="zh")
    session = await chat.page.context.new_cdp_session(chat.page)
    await chat.field.focus()
    await session.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    await session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    await session.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    await session.send("Input.insertText", {"text": "你好"})
    await asyncio.sleep(0.2)
    assert peer.frames("message") == []
    await expect(chat.field).to_have_value("你好")
    await chat.field.press("Enter")
    await said(peer, "你好")


async def test_shift_enter_makes_a_new_line(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.field.fill("one")
    await chat.field.press("Shift+Enter")
    await chat.field.press_sequentially("two")
    await chat.field.press("Enter")
    await said(peer, "one\ntwo")


async def test_too_long_text_is_not_sent(open_chat: Open, peer: Peer) -> None:
    peer.text_limit = 10
    chat = await open_chat()
    await connected(peer)
    await chat.say("x" * 13)
    await expect(chat.problem).to_have_text("Your message is 3 characters too long.")
    await chat.say("x" * 10)
    await said(peer, "x" * 10)


async def test_an_answer_is_read_along_while_it_comes(open_chat: Open, peer: Peer) -> None:
    """given an answer that comes line by line, then its lines show above the dots until the message replaces them."""
    chat = await open_chat()
    await chat.say("How long?")
    await expect(chat.rows).to_have_count(1)
    typing = {"type": "typing", "author": "bot", "name": "", "on": True}
    await peer.push({**typing, "text": "Small items: **2 days**."})
    await expect(chat.log).to_contain_text("Small items: 2 days.")
    await peer.push({**typing, "text": "Small items: **2 days**.\n<img src=x onerror=alert(1)>"})
    await expect(chat.log).to_contain_text("<img src=x")
    await peer.say("Small items: **2 days**.", author="bot")
    await expect(chat.log.get_by_text("Small items: 2 days.")).to_have_count(1)
    await expect(chat.log).not_to_contain_text("<img src=x")


async def test_what_was_coming_goes_when_a_human_takes_over(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("How long?")
    await peer.push({"type": "typing", "author": "bot", "name": "", "on": True, "text": "Small items"})
    await expect(chat.log).to_contain_text("Small items")
    await peer.push(
        {"type": "state", "conversation": {"owner": "agent", "state": "with_agent", "agent": {"name": "Li Na"}}}
    )
    await expect(chat.log).not_to_contain_text("Small items")


async def test_typing_is_told_sparingly(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await connected(peer)
    await chat.field.press_sequentially("Hello there", delay=20)
    await eventually(lambda: bool(peer.frames("typing")))
    assert [frame["on"] for frame in peer.frames("typing")] == [True]


async def test_unread_badge_on_return_and_in_the_title(open_chat: Open, peer: Peer) -> None:
    conversation = peer.begin(2)
    conversation.seen = 1
    chat = await open_chat(opened=False, token=KNOWN)
    await expect(chat.host.locator(".badge")).to_have_text("1")
    await expect(chat.page).to_have_title("(1) Shop")
    await peer.say("One more")
    await expect(chat.launcher).to_have_accessible_name("Chat with us – 2 unread messages")
    assert peer.hellos[0]["after"] == 0
    await chat.launcher.click()
    await expect(chat.rows).to_have_count(3)
    await expect(chat.page).to_have_title("Shop")
    await eventually(lambda: conversation.seen == 3)
    await chat.launcher.click()
    await peer.say("And another")
    await expect(chat.page).to_have_title("(1) Shop")


async def test_a_closed_page_asks_only_for_what_is_unread(open_chat: Open, peer: Peer) -> None:
    peer.begin(20)
    chat = await open_chat(token=KNOWN)
    await expect(chat.rows).to_have_count(20)
    await chat.launcher.click()
    await chat.reload()
    await peer.say("News")
    await expect(chat.host.locator(".badge")).to_have_text("1")
    assert peer.hellos[-1]["after"] == 20
    await chat.launcher.click()
    await expect(chat.rows).to_have_count(21)


async def test_draft_and_open_chat_survive_reload(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("Hello")
    await said(peer, "Hello")
    await peer.say("Hi!")
    await expect(chat.rows).to_have_count(2)
    await chat.field.fill("half a sen")
    await chat.reload()
    await expect(chat.panel).to_be_visible()
    await expect(chat.bubbles).to_have_text(["Hello", "Hi!"])
    await expect(chat.field).to_have_value("half a sen")


async def test_a_long_history_is_windowed(open_chat: Open, peer: Peer) -> None:
    peer.begin(1000)
    chat = await open_chat(token=KNOWN)
    await expect(chat.bubbles.last).to_have_text("bot 1000")
    assert await chat.rows.count() <= 60
    before = await chat.rows.first.inner_text()
    await chat.log.evaluate("log => log.scrollTop = 0")
    await expect(chat.rows).to_have_count(120)
    assert before in await chat.rows.nth(60).inner_text()
    await expect(chat.rows.nth(60)).to_be_in_viewport()
    await chat.page.wait_for_timeout(600)
    await peer.say("While reading above")
    await expect(chat.host.get_by_role("button", name="New messages")).to_be_visible()
    await chat.host.get_by_role("button", name="New messages").click()
    await expect(chat.bubbles.last).to_be_in_viewport()


async def test_a_burst_of_messages_keeps_the_newest_in_view(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("Hi")
    await said(peer, "Hi")
    for number in range(30):
        await peer.say(f"Message {number}\n\n" + "- a line\n" * (number % 5))
        if number % 10 == 0:
            await peer.own(owner="queue", state="queued", position=number, wait_seconds=100, ticket="FD-1")
            await asyncio.sleep(0.02)
    await expect(chat.bubbles.last).to_contain_text("Message 29")
    await expect(chat.bubbles.last).to_be_in_viewport()
    await expect(chat.host.get_by_role("button", name="New messages")).to_be_hidden()


async def test_chinese_page(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(lang="zh-CN", query="brand=暖居家电")
    await expect(chat.launcher).to_have_accessible_name("关闭对话")
    await expect(chat.handoff).to_have_text("转人工客服")
    await expect(chat.panel.locator("h2")).to_have_text("暖居家电")
    await expect(chat.panel.locator("header .tag")).to_have_text("机器人")
    await chat.page.evaluate("document.documentElement.lang = 'en'")
    await expect(chat.handoff).to_have_text("Talk to a human")
    assert peer.sessions[0]["language"] == "zh-CN"


async def test_methods_and_events(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(opened=False)
    await chat.page.evaluate("""() => {
        window.heard = [];
        for (const name of ["open", "unread"])
            document.addEventListener(`frontdoor:${name}`, ({ detail }) => heard.push([name, detail?.count ?? null]));
        return document.querySelector("front-door-chat").open();
    }""")
    await chat.page.evaluate("document.querySelector('front-door-chat').send('From the page')")
    await said(peer, "From the page")
    await chat.page.evaluate("document.querySelector('front-door-chat').setLanguage('zh')")
    await expect(chat.handoff).to_have_text("转人工客服")
    await chat.page.evaluate("document.querySelector('front-door-chat').close()")
    await expect(chat.panel).to_be_hidden()
    await peer.say("Answer")
    await expect(chat.host.locator(".badge")).to_have_text("1")
    assert await chat.page.evaluate("window.heard") == [["open", None], ["unread", 1]]
    await eventually(lambda: bool(peer.frames("action")))
    assert [frame.get("language") for frame in peer.frames("action")] == ["zh"]


@pytest.mark.parametrize(("hash_", "verified"), [("good", True), ("bad", False)])
async def test_identity(open_chat: Open, peer: Peer, hash_: str, verified: bool) -> None:
    chat = await open_chat(opened=False, query=f'identity={{"user_id":"u-17","hash":"{hash_}"}}')
    await eventually(lambda: len(peer.hellos) == 1)
    assert peer.sessions[0]["identity"] == {"user_id": "u-17", "hash": hash_}
    assert ("identity" in peer.sessions[-1]) is verified
    chat.faults = [fault for fault in chat.faults if "stays anonymous" not in fault]


async def test_signing_out_forgets_the_conversation(open_chat: Open, peer: Peer) -> None:
    peer.begin(4)
    chat = await open_chat(token=KNOWN)
    await expect(chat.rows).to_have_count(4)
    await chat.page.evaluate("document.querySelector('front-door-chat').identify(null)")
    await expect(chat.rows).to_have_count(0)
    await chat.say("Somebody else")
    await eventually(lambda: len(peer.conversations) == 2)
    await said(peer, "Somebody else")
    assert peer.conversation.token != KNOWN


async def test_what_concerns_everybody_stands_above_the_conversation(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("Hi")
    await said(peer, "Hi")
    standing = [{"id": "b", "text": "Payments are <b>down</b>."}]
    await peer.own(banners=standing)
    await expect(chat.panel.locator(".banners")).to_have_text("Payments are <b>down</b>.")
    await peer.own(banners=[])
    await expect(chat.panel.locator(".banners")).to_be_empty()
