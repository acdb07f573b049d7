"""Nothing is lost and nothing doubled, whatever the network, the page and the service do."""

import asyncio

from playwright.async_api import expect

from tests.widget.chat import Open, connected, eventually, said
from tests.widget.peer import KNOWN, Peer


async def test_resumes_from_the_last_message_after_a_drop(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("one")
    await said(peer, "one")
    await peer.say("answer")
    await expect(chat.bubbles).to_have_text(["one", "answer"])
    await peer.drop()
    await peer.say("while away")
    await expect(chat.bubbles).to_have_text(["one", "answer", "while away"])
    assert peer.hellos[-1]["after"] == 2


async def test_messages_written_offline_are_sent_once_when_back(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("before")
    await said(peer, "before")
    await chat.page.context.set_offline(True)
    await peer.drop()
    await chat.say("during")
    await chat.say("during too")
    await expect(chat.host.locator(".connection")).to_contain_text("You’re offline")
    await expect(chat.status()).to_have_text("Sending")
    await chat.page.context.set_offline(False)
    await said(peer, "before", "during", "during too")
    await expect(chat.status()).to_have_text("Sent")
    await expect(chat.host.locator(".connection")).to_be_empty()


async def test_what_was_seen_offline_is_told_when_back(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("one")
    await said(peer, "one")
    await chat.launcher.click()
    await peer.say("two")
    await expect(chat.host.locator(".badge")).to_have_text("1")
    peer.refuse_all = True
    await peer.drop()
    await chat.launcher.click()
    await expect(chat.page).to_have_title("Shop")
    peer.refuse_all = False
    await eventually(lambda: peer.conversation.seen == 2)


async def test_unsent_messages_survive_reload_while_the_service_is_down(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("before")
    await said(peer, "before")
    await expect(chat.status()).to_have_text("Sent")
    peer.refuse_all = True
    await peer.drop()
    await chat.say("during")
    await expect(chat.host.locator(".connection")).to_contain_text("Connection lost")
    await chat.reload()
    await expect(chat.rows).to_have_count(1, timeout=15_000)
    peer.refuse_all = False
    await said(peer, "before", "during")
    await expect(chat.bubbles).to_have_text(["before", "during"])


async def test_lost_acknowledgements_are_repeated_under_the_same_id(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await connected(peer)
    peer.ack_delay = 60
    await chat.say("only once")
    await said(peer, "only once")
    await chat.reload()
    peer.ack_delay = 0
    await expect(chat.status()).to_have_text("Sent")
    await asyncio.sleep(0.5)
    await said(peer, "only once")
    assert len({frame["client_id"] for frame in peer.frames("message")}) == 1
    await expect(chat.rows).to_have_count(1)


async def test_a_lost_acknowledgement_alone_leaves_nothing_waiting(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await connected(peer)
    peer.lose_acks = 1
    await chat.say("stored, and its message came")
    await expect(chat.status()).to_have_text("Sent")
    await peer.drop()
    await asyncio.sleep(1)
    assert len(peer.frames("message")) == 1


async def test_duplicate_frames_show_one_bubble(open_chat: Open, peer: Peer) -> None:
    peer.duplicate = True
    chat = await open_chat()
    await chat.say("one")
    await said(peer, "one")
    await peer.say("two")
    await expect(chat.bubbles).to_have_text(["one", "two"])


async def test_a_live_message_that_got_lost_is_asked_for(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("one")
    await said(peer, "one")
    await expect(chat.status()).to_have_text("Sent")
    peer.lose_next = True
    await peer.say("lost on the way")
    await peer.say("three")
    await expect(chat.bubbles).to_have_text(["one", "lost on the way", "three"])
    assert peer.hellos[-1]["after"] == 1


async def test_two_tabs_share_the_conversation_and_send_once(open_chat: Open, peer: Peer) -> None:
    first = await open_chat()
    await first.say("from one")
    await said(peer, "from one")
    second = await open_chat(context=first.page.context)
    await second.say("from two")
    await said(peer, "from one", "from two")
    await peer.say("to both")
    for chat in (first, second):
        await expect(chat.bubbles).to_have_text(["from one", "from two", "to both"])
    await first.page.context.set_offline(True)
    await peer.drop()
    await first.say("a")
    await second.say("b")
    await expect(first.rows).to_have_count(5)
    await first.page.context.set_offline(False)
    await eventually(lambda: len(peer.texts()) == 4)
    await asyncio.sleep(0.5)
    assert sorted(frame["text"] for frame in peer.frames("message")) == ["a", "b", "from one", "from two"]
    assert len({hello["token"] for hello in peer.hellos}) == 1


async def test_another_tab_sends_what_a_closed_one_left(open_chat: Open, peer: Peer) -> None:
    first = await open_chat()
    await first.say("hello")
    await said(peer, "hello")
    second = await open_chat(context=first.page.context)
    await expect(second.rows).to_have_count(1)
    peer.refuse_all = True
    await peer.drop()
    await first.say("left behind")
    await expect(second.rows).to_have_count(2)
    await first.page.close(run_before_unload=True)
    peer.refuse_all = False
    await said(peer, "hello", "left behind")
    assert len(peer.frames("message")) == 2


async def test_another_tab_sends_what_a_crashed_one_left(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("hello")
    await said(peer, "hello")
    await chat.page.evaluate(
        """prefix => localStorage.setItem(prefix + "out:left-by-another", JSON.stringify({
        frame: { type: "message", text: "left behind", client_id: "left-by-another" },
        show: {}, at: Date.now(), tab: "crashed", lease: Date.now() + 5000,
    }))""",
        f"frontdoor:{peer.origin}/:",
    )
    await asyncio.sleep(0.5)
    assert peer.texts() == ["hello"]  # it might still be alive
    await said(peer, "hello", "left behind")


async def test_two_tabs_opened_at_once_get_one_session(open_chat: Open, peer: Peer) -> None:
    first = await open_chat(opened=False)
    second = await open_chat(opened=False, context=first.page.context)
    opening = "document.querySelector('front-door-chat').send('x')"
    await asyncio.gather(first.page.evaluate(opening), second.page.evaluate(opening))
    await said(peer, "x", "x")
    assert len(peer.conversations) == 1
    assert len({frame["client_id"] for frame in peer.frames("message")}) == 2


async def test_seen_in_one_tab_clears_the_badge_of_the_other(open_chat: Open, peer: Peer) -> None:
    first = await open_chat()
    await first.say("hello")
    await said(peer, "hello")
    second = await open_chat(opened=False, context=first.page.context)
    await second.page.bring_to_front()
    await first.launcher.click()
    await peer.say("news")
    await expect(second.host.locator(".badge")).to_have_text("1")
    await first.page.bring_to_front()
    await first.launcher.click()
    await expect(second.host.locator(".badge")).to_be_hidden()


async def test_blocked_sockets_fall_back_to_polling(open_chat: Open, peer: Peer) -> None:
    peer.block_sockets = True
    chat = await open_chat()
    await chat.say("by polling")
    await said(peer, "by polling")
    await expect(chat.status()).to_have_text("Sent")
    await peer.say("answer")
    await expect(chat.bubbles).to_have_text(["by polling", "answer"])
    assert peer.hellos == []
    await chat.reload()
    await expect(chat.bubbles).to_have_text(["by polling", "answer"])
    assert len(peer.frames("message")) == 1


async def test_sockets_are_tried_again_later(open_chat: Open, peer: Peer) -> None:
    peer.block_sockets = True
    chat = await open_chat(opened=False)
    await chat.page.clock.install()
    await chat.launcher.click()
    await chat.say("by polling")
    for _ in range(20):
        await chat.page.clock.run_for(500)
        if peer.conversations and peer.texts():
            break
        await asyncio.sleep(0.1)
    await said(peer, "by polling")
    peer.block_sockets = False
    for _ in range(10):
        await chat.page.clock.run_for(61_000)
        if peer.hellos:
            break
        await asyncio.sleep(0.1)
    await peer.say("by socket")
    await expect(chat.bubbles).to_have_text(["by polling", "by socket"])
    assert peer.hellos[0]["after"] >= 1


async def test_a_proxy_that_swallows_frames_counts_as_blocked(open_chat: Open, peer: Peer) -> None:
    peer.swallow_sockets = True
    chat = await open_chat(opened=False)
    await chat.page.clock.install()
    await chat.launcher.click()
    await chat.say("anyway")
    for _ in range(40):
        await chat.page.clock.run_for(1000)
        if peer.conversations and peer.texts():
            break
        await asyncio.sleep(0.1)
    await said(peer, "anyway")


async def test_a_silent_connection_is_replaced(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(opened=False)
    await chat.page.clock.install()
    await chat.launcher.click()
    await chat.say("one")
    await said(peer, "one")
    peer.deaf = True
    for _ in range(50):
        await chat.page.clock.run_for(1000)
        await asyncio.sleep(0.02)
        if len(peer.hellos) > 1:
            break
    assert peer.frames("ping")
    assert len(peer.hellos) > 1


async def test_a_refused_token_starts_a_new_session_and_keeps_the_unsent(open_chat: Open, peer: Peer) -> None:
    peer.begin(3)
    chat = await open_chat(token=KNOWN)
    await expect(chat.rows).to_have_count(3)
    await peer.drop(code=4401)
    del peer.conversations[KNOWN]
    await chat.say("after the break")
    await eventually(lambda: bool(peer.conversations))
    await said(peer, "after the break")
    await expect(chat.bubbles).to_have_text(["after the break"])


async def test_works_where_storage_is_forbidden(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(opened=False)
    await chat.page.context.add_init_script("""
        for (const name of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
    """)
    await chat.reload()
    await chat.launcher.click()
    await chat.say("still works")
    await said(peer, "still works")
    await expect(chat.status()).to_have_text("Sent")


async def test_too_many_frames_waits_before_the_next_try(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("one")
    await said(peer, "one")
    await peer.drop(code=4429)
    await asyncio.sleep(3)
    assert len(peer.hellos) == 1
    await expect(chat.host.locator(".connection")).to_contain_text("Connection lost")


async def test_unknown_frames_are_ignored(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("one")
    await said(peer, "one")
    await peer.push({"type": "from-the-future", "seq": "x"})
    await peer.say("two")
    await expect(chat.bubbles).to_have_text(["one", "two"])
