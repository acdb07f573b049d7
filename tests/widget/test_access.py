"""For everyone: keyboard, screen readers, contrast, reduced motion, small screens, both languages."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.conftest import absent
from tests.widget.chat import Chat, Open, said
from tests.widget.peer import KNOWN, Peer

AXE_FILE = Path(os.environ.get("AXE_CORE", Path(__file__).parents[2] / "var/npm/node_modules/axe-core/axe.min.js"))
AXE = AXE_FILE.read_text() if AXE_FILE.exists() else ""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1100, "height": 800}}


async def scan(chat: Chat) -> None:
    """No violation of WCAG 2.2 AA that axe-core can find."""
    if not AXE:
        absent("axe-core (npm install --prefix var/npm axe-core)")
    await chat.page.evaluate(AXE)
    result = await chat.page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    assert [
        (each["id"], [node["target"] for node in each["nodes"]], each["nodes"][0]["failureSummary"])
        for each in result["violations"]
    ] == []


async def everything(chat: Chat, peer: Peer) -> None:
    """A conversation with every kind of content."""
    await chat.say("hi")
    await said(peer, "hi")
    await peer.say(
        "Answer with **bold**, a [link](https://shop.example) and\n\n- a list",
        article={"id": "a", "title": "An article", "language": "en"},
        buttons=[{"title": "A button", "token": "t"}],
    )
    file = {"id": "f", "name": "notes.txt", "media_type": "text/plain", "size": 9, "url": "/api/v1/attachments/f"}
    await peer.say("From a person", "agent", attachments=[file, {**file, "name": "p.png", "media_type": "image/png"}])
    await peer.say("Where to?", "system", custom={"kind": "ask_email"})
    await peer.say("Thanks", "system", custom={"kind": "rated", "score": 4})
    await peer.say("How was it?", "system", custom={"kind": "ask_rating", "number": "FD-1"})
    peer.errors["bad"] = {"code": "empty", "message": "Not taken."}
    await chat.say("bad")
    await peer.own(owner="queue", state="queued", position=2, wait_seconds=170, ticket="FD-7K2M9Q")
    await peer.push({"type": "typing", "author": "agent", "name": "Li Na", "on": True})
    await expect(chat.host.locator(".meta .problem")).to_be_visible()
    await expect(chat.host.locator(".bar.queue")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("lang", "device"), [("en", DESKTOP), ("zh", PHONE)], ids=["desktop", "phone"])
async def test_axe_finds_nothing(open_chat: Open, peer: Peer, scheme: str, lang: str, device: dict[str, Any]) -> None:
    chat = await open_chat(opened=False, lang=lang, color_scheme=scheme, reduced_motion="reduce", **device)
    await scan(chat)
    await chat.launcher.click()
    await scan(chat)
    await everything(chat, peer)
    await scan(chat)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_axe_finds_nothing_on_the_demo_page(open_chat: Open, peer: Peer, scheme: str, lang: str) -> None:
    chat = await open_chat(opened=False, color_scheme=scheme)
    await chat.page.goto(f"{peer.origin}/?lang={lang}")
    await chat.launcher.wait_for()
    await scan(chat)


async def test_keyboard_alone(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(opened=False)
    await chat.page.locator("#before").focus()
    await chat.page.keyboard.press("Tab")
    await expect(chat.launcher).to_be_focused()
    await chat.page.keyboard.press("Enter")
    await expect(chat.field).to_be_focused()
    await chat.page.keyboard.type("by keyboard")
    await chat.page.keyboard.press("Enter")
    await said(peer, "by keyboard")
    await expect(chat.field).to_be_focused()
    await chat.page.keyboard.press("Escape")
    await expect(chat.panel).to_be_hidden()
    await expect(chat.launcher).to_be_focused()


async def test_focus_returns_to_what_opened_the_chat(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(opened=False)
    await chat.page.locator("#before").focus()
    await chat.page.evaluate("document.querySelector('front-door-chat').open()")
    await expect(chat.field).to_be_focused()
    await chat.page.keyboard.press("Escape")
    await expect(chat.page.locator("#before")).to_be_focused()


async def test_focus_order_follows_the_screen(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await everything(chat, peer)
    await chat.host.get_by_role("button", name="Close chat").first.focus()
    seen: list[str] = []
    for _ in range(30):
        name = await chat.host.evaluate("""host => {
            const node = host.shadowRoot.activeElement;
            const name = node?.getAttribute("aria-label") || node?.textContent || node?.id;
            return name || node?.querySelector("img")?.alt || "";
        }""")
        if not name or name in seen[-1:]:
            break
        seen.append(name)
        await chat.page.keyboard.press("Tab")
    expected = [
        "Close chat",
        "Messages",
        "link",
        "Yes",
        "No",
        "A button",
        "Delete",
        "Leave the queue",
        "Attach a file",
        "Message",
        "Send message",
    ]
    places = [seen.index(name) for name in expected]
    assert places == sorted(places)


async def test_the_log_announces_what_is_new_but_not_the_history(open_chat: Open, peer: Peer) -> None:
    peer.begin(10)
    chat = await open_chat(token=KNOWN)
    await expect(chat.rows).to_have_count(10)
    await expect(chat.log).to_have_attribute("role", "log")
    await expect(chat.log).to_have_attribute("aria-live", "polite")
    first = await chat.rows.first.element_handle()
    await peer.say("new")
    await expect(chat.rows).to_have_count(11)
    assert first is not None
    assert await first.evaluate("row => row.isConnected")  # rows are not rebuilt, so only the new one is spoken


async def test_a_sent_message_is_one_element_from_first_try_to_seen(open_chat: Open, peer: Peer) -> None:
    peer.ack_delay = 0.4
    chat = await open_chat()
    await chat.say("steady")
    row = await chat.rows.first.element_handle()
    await expect(chat.status()).to_have_text("Sent")
    await peer.push({"type": "seen", "seq": 1})
    await expect(chat.status()).to_have_text("Seen")
    assert row is not None
    assert await row.evaluate("row => row.isConnected")


async def test_feedback_keeps_the_keyboards_place(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.say("hi")
    await said(peer, "hi")
    await peer.say("answer", article={"id": "a", "title": "An article", "language": "en"})
    await chat.host.get_by_role("button", name="Yes").focus()
    await chat.page.keyboard.press("Enter")
    await expect(chat.rows.last).to_be_focused()


async def test_the_phone_is_filled_and_keeps_the_focus(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(**PHONE, reduced_motion="reduce")
    box = await chat.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    await expect(chat.panel).to_have_attribute("aria-modal", "true")
    await expect(chat.launcher).to_be_hidden()
    await expect(chat.host.locator("header .tool")).to_be_focused()
    await chat.page.keyboard.press("Shift+Tab")
    await expect(chat.host.locator(".send")).to_be_focused()
    await chat.page.keyboard.press("Tab")
    await expect(chat.host.locator("header .tool")).to_be_focused()
    assert await chat.field.evaluate("field => parseFloat(getComputedStyle(field).fontSize)") >= 16  # else iOS zooms
    await chat.page.keyboard.press("Escape")
    await expect(chat.launcher).to_be_focused()


async def test_a_desktop_page_stays_reachable(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await expect(chat.panel).to_have_attribute("aria-modal", "false")
    await chat.host.get_by_role("button", name="Attach a file").focus()
    for _ in range(4):
        await chat.page.keyboard.press("Tab")
    assert not await chat.host.evaluate("host => host.shadowRoot.activeElement?.closest('.panel')")


@pytest.mark.parametrize(
    "device", [DESKTOP, PHONE, {"viewport": {"width": 320, "height": 568}}], ids=["desktop", "phone", "small"]
)
async def test_targets_are_large_enough_and_nothing_overflows(
    open_chat: Open, peer: Peer, device: dict[str, Any]
) -> None:
    chat = await open_chat(**device)
    await everything(chat, peer)
    await peer.say("Averyverylongwordwithoutanyspace" * 20 + " https://shop.example/" + "path/" * 60)
    boxes = await chat.panel.evaluate("""panel => [...panel.querySelectorAll("button, input:not([hidden]), textarea")]
        .filter((node) => node.checkVisibility())
        .map((node) => [node.className, node.offsetWidth, node.offsetHeight])""")
    assert [box for box in boxes if box[1] < 24 or box[2] < 24] == []
    assert await chat.log.evaluate("log => log.scrollWidth <= log.clientWidth")
    assert await chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_reduced_motion(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(reduced_motion="reduce")
    await chat.say("hi")
    await said(peer, "hi")
    await peer.push({"type": "typing", "author": "bot", "name": "", "on": True})
    await expect(chat.host.locator(".typing i").first).to_have_css("animation-name", "none")


async def test_focus_is_visible(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    for control in (chat.handoff, chat.host.get_by_role("button", name="Attach a file"), chat.log):
        await control.focus()
        await chat.page.keyboard.press("Shift")
        await expect(control).to_have_css("outline-style", "solid")


def test_every_word_exists_in_both_languages() -> None:
    folder = Path(__file__).parents[2] / "web/widget"
    keys = {lang: re.findall(r"^  (\w+):", (folder / f"{lang}.js").read_text(), re.MULTILINE) for lang in ("en", "zh")}
    gaps = {
        lang: {
            key: sorted(re.findall(r"\{\w+\}", text))
            for key, text in re.findall(r"^  (\w+): (.*)", (folder / f"{lang}.js").read_text(), re.MULTILINE)
        }
        for lang in ("en", "zh")
    }
    assert keys["en"] == keys["zh"]
    assert {key for key in keys["en"] if gaps["en"][key] != gaps["zh"][key]} <= {"today_at", "day_at"}
    sources = "".join(path.read_text() for path in folder.glob("*.js") if path.stem not in {"en", "zh"})
    assert [
        key
        for key in keys["en"]
        if not re.search(rf'["`.]{key}\b', sources) and not key.startswith("head_") and not key.endswith("_busy")
    ] == []
