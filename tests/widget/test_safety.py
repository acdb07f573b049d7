"""Whatever a message contains, it stays text; the page's policy stays strict; nothing leaks into the page."""

import random
import time

import pytest
from playwright.async_api import FilePayload, expect

from tests.widget.chat import Chat, Open, said
from tests.widget.peer import WEB, Peer

ALLOWED = {
    "DIV",
    "P",
    "UL",
    "OL",
    "LI",
    "A",
    "STRONG",
    "BR",
    "SPAN",
    "BDI",
    "TIME",
    "SMALL",
    "BUTTON",
    "SVG",
    "PATH",
    "IMG",
    "LABEL",
    "I",
    "H3",
}
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<svg onload=alert(1)>",
    "[press](javascript:alert(1))",
    "[press](JaVaScRiPt:alert(1))",
    "[press](\tjavascript:alert(1))",
    "[press](data:text/html,<script>alert(1)</script>)",
    "[press](vbscript:x) [press](file:///etc/passwd) [press](//evil.example) [press](/relative)",
    "[**bold**](https://a.example) **[link](javascript:alert(1))**",
    '[x](https://a.example/"onmouseover="alert(1))',
    "https://a.example/<script>alert(1)</script>",
    "[a](https://a.example) " * 50,
    "\u202egpj.exe \u2066isolated \u200frtl שלום مرحبا",
    "\x00\x01\x1b[31m\ufeff\ud83d",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} &lt;b&gt; &#x3c;",
    "- " * 3000,
    "1. " + "9" * 500,
]
ATTACKS = [
    "*" * 60_000,
    "[" * 60_000,
    "[a](" * 20_000,
    "**a" * 20_000,
    "https://" * 10_000,
    "\n" * 60_000,
    "(((" * 20_000,
    "> " * 20_000,
]


async def started(open_chat: Open, peer: Peer) -> Chat:
    """A chat with one message, in which an alert would be noticed."""
    chat = await open_chat()
    chat.page.on("dialog", lambda dialog: chat.faults.append(dialog.message))
    await chat.say("hi")
    await said(peer, "hi")
    return chat


async def inspect(chat: Chat) -> None:
    """Nothing in the log but harmless elements without handlers, and links that may be followed."""
    found = await chat.log.evaluate("""log => [...log.querySelectorAll("*")].map((node) => ({
        tag: node.tagName.toUpperCase(),
        handlers: [...node.attributes].filter(({ name }) => /^(on.*|style)$/.test(name)).map(({ name }) => name),
        href: node.href ? new URL(node.href).protocol : "https:",
        rel: node.tagName === "A" ? node.rel : "noopener noreferrer",
    }))""")
    assert {node["tag"] for node in found} <= ALLOWED
    assert [node for node in found if node["handlers"]] == []
    assert {node["href"] for node in found} <= {"http:", "https:", "mailto:", "tel:"}
    assert {node["rel"] for node in found} == {"noopener noreferrer"}


@pytest.mark.parametrize("author", ["bot", "agent", "system", "customer"])
async def test_hostile_text_stays_text(open_chat: Open, peer: Peer, author: str) -> None:
    chat = await started(open_chat, peer)
    for text in HOSTILE:
        safe = text.encode("utf-8", "replace").decode()
        await peer.say(safe, author)
    await peer.say("the end")
    await expect(chat.bubbles.last).to_have_text("the end")
    await expect(chat.log).to_contain_text("<img src=x onerror=alert(1)>")
    await inspect(chat)


async def test_hostile_parts_stay_text(open_chat: Open, peer: Peer) -> None:
    chat = await started(open_chat, peer)
    evil = '"><img src=x onerror=alert(1)>'
    files = [
        {
            "id": "1",
            "name": f"{evil}\u202egpj.exe",
            "media_type": "image/svg+xml",
            "size": 5,
            "url": "/api/v1/attachments/1",
        },
        {"id": "2", "name": "x", "media_type": "image/png", "size": 5, "url": "javascript:alert(1)"},
        {
            "id": "3",
            "name": "y",
            "media_type": "text/html",
            "size": 5,
            "url": "data:text/html,<script>alert(1)</script>",
        },
    ]
    article = {"id": evil, "title": f"{evil} title", "language": evil}
    await peer.say(
        "parts", "agent", name=evil, buttons=[{"title": evil, "token": evil}], article=article, attachments=files
    )
    await peer.own(owner="agent", state="with_agent", agent={"name": evil}, ticket=evil)
    await expect(chat.host.locator(".article")).to_contain_text(f"{evil} title")
    await expect(chat.panel.locator("header")).to_contain_text(evil)
    await expect(chat.rows.last.locator("a[href]")).to_have_count(1)
    await expect(chat.rows.last.locator("a[href] bdi")).to_have_text(f"{evil}gpj.exe")
    await inspect(chat)


async def test_texts_that_take_parsers_long_take_this_one_a_moment(open_chat: Open, peer: Peer) -> None:
    chat = await started(open_chat, peer)
    start = time.monotonic()
    for number, text in enumerate(ATTACKS):
        await peer.say(text)
        await peer.say(f"after {number}")
        await expect(chat.bubbles.last).to_have_text(f"after {number}", timeout=15_000)
    assert time.monotonic() - start < 60  # a quadratic one takes minutes
    await inspect(chat)


async def test_random_mixtures_of_markup(open_chat: Open, peer: Peer) -> None:
    chat = await started(open_chat, peer)
    pieces = [
        "**",
        "*",
        "[",
        "](",
        ")",
        "(",
        "javascript:",
        "https://a.example",
        "<b>",
        "\n",
        "- ",
        "1. ",
        "\u202e",
        "文字",
        " ",
        '"',
        "mailto:a@b.example",
        "alert(1)",
    ]
    choose = random.Random(20261122)
    for _ in range(150):
        await peer.say("".join(choose.choices(pieces, k=choose.randint(1, 40))))
    await peer.say("the end")
    await expect(chat.bubbles.last).to_have_text("the end", timeout=15_000)
    await inspect(chat)


async def test_nothing_global_but_the_element(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    own = await chat.page.evaluate("""() => {
        const frame = document.createElement("iframe");
        document.body.append(frame);
        const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow));
        frame.remove();
        return Object.getOwnPropertyNames(window).filter((name) => !usual.has(name));
    }""")
    assert [name for name in own if not name.startswith("__playwright") and not name.isdigit()] == []
    assert await chat.page.evaluate("customElements.get('front-door-chat') !== undefined")
    assert await chat.page.evaluate("document.querySelectorAll('front-door-chat').length") == 1
    assert (
        await chat.page.evaluate("document.adoptedStyleSheets.length + document.querySelectorAll('style').length") == 0
    )


async def test_styles_of_the_page_stay_outside(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat()
    await chat.page.evaluate("""() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`* { color: red !important; font-size: 40px; } button { display: none; }
            front-door-chat { --fd-accent: rgb(1, 2, 3); }`);
        document.adoptedStyleSheets = [sheet];
    }""")
    await expect(chat.launcher).to_be_visible()
    await expect(chat.launcher).to_have_css("background-color", "rgb(1, 2, 3)")


async def test_embedded_from_another_origin(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(opened=False)
    await chat.page.goto(f"{peer.origin.replace('127.0.0.1', 'localhost')}/page")
    await chat.launcher.click()
    await chat.say("from elsewhere")
    await said(peer, "from elsewhere")
    await expect(chat.status()).to_have_text("Sent")
    await chat.host.locator("input[type=file]").set_input_files(
        FilePayload(name="a.txt", mimeType="text/plain", buffer=b"x")
    )
    await expect(chat.host.locator(".upload")).to_be_visible()
    await expect(chat.host.locator("progress")).to_have_count(0)
    await expect(chat.problem).to_be_empty()


async def test_a_shared_origin_gets_no_credentials(open_chat: Open, peer: Peer) -> None:
    chat = await open_chat(opened=False)
    requests: list[dict[str, str]] = []
    await chat.page.context.add_cookies([{"name": "shop", "value": "secret", "url": peer.origin}])
    chat.page.on("request", lambda request: requests.append(request.headers) if "/web/session" in request.url else None)
    await chat.launcher.click()
    await chat.say("hi")
    await said(peer, "hi")
    assert [headers.get("cookie") for headers in requests] == [None]


def test_sources_never_parse_markup() -> None:
    for source in [*(WEB / "widget").glob("*.js"), *(WEB / "demo").glob("*.js")]:
        text = source.read_text()
        for danger in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "DOMParser",
            "srcdoc",
            "window.open",
        ):
            assert danger not in text, f"{source.name} uses {danger}"
