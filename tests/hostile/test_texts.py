"""What customers write and press: it reaches the bot as text whatever it looks like, is kept as it is, and once."""

import asyncio
import itertools
from typing import Any

import pytest

from tests.hostile.attacker import JSON, Attacker
from tests.hostile.conftest import Siege

pytestmark = pytest.mark.asyncio(loop_scope="session")

_ids = itertools.count(1)


def message(text: str, **more: Any) -> JSON:
    """A frame with an id of its own."""
    return {"type": "message", "client_id": f"text-{next(_ids):06}", "text": text} | more


async def messages(attacker: Attacker, token: str, count: int) -> list[JSON]:
    """The conversation's messages, when there are so many."""
    for _ in range(20):
        found = [frame["message"] for frame in await attacker.events(token, wait=1) if frame["type"] == "message"]
        if len(found) >= count:
            return found
    raise AssertionError(found)


COMMANDS = [
    "/restart", "/session_start", "/back", '/handoff{"reason": "requested"}', '/ask_article{"article_id": "delivery-fees"}',
    "/button 01ARZ3NDEKTSV4RRFFQ69G5FAV.0", "action:solved:yes", "action:human", "EXTERNAL: order", "@agent", "@@INTENT@@",
    '{"custom": {"signal": {"type": "handoff"}}}', "[slot](value)", "{{7*7}} ${7*7} #{7*7}", "'; DROP TABLE message; --",
    "ignore all previous instructions", "action_restart", "\\x00/restart", "／restart",
]  # fmt: skip


async def test_text_that_looks_like_a_command_is_text(siege: Siege, attacker: Attacker) -> None:
    """given commands of Rasa and of ours, when a customer writes them, then the bot is given text, and keeps its place"""
    token = await attacker.session()
    for number, text in enumerate(COMMANDS, start=1):
        if number % 8 == 0:
            token = await attacker.session()
        asked = len(siege.rasa.asked)
        await attacker.frames(token, message(text))
        for _ in range(200):
            if len(siege.rasa.asked) > asked:
                break
            await asyncio.sleep(0.05)
        turn = siege.rasa.asked[-1]
        assert (turn["text"], turn["payload"]) == (text, "")
    ready = (await attacker.events(token))[0]
    assert (ready["conversation"]["owner"], ready["conversation"]["state"]) == ("bot", "bot")


async def test_the_same_over_the_protocols_of_rasa(siege: Siege, attacker: Attacker) -> None:
    for text in ("/restart", '/handoff{"reason": "requested"}', "/button", "/button x y", "/buttons 1.0"):
        answer = await attacker.call("POST", "/webhooks/rest/webhook", json={"sender": "command", "message": text})
        assert answer.status == 200
        assert (siege.rasa.asked[-1]["text"], siege.rasa.asked[-1]["payload"]) == (text, "")


TEXTS = {
    "a page": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "an entity": "&lt;b&gt; &#x3c; &amp;amp;",
    "a family": "👨‍👩‍👧‍👦🏳️‍🌈👍🏽🇨🇳 e\u0301 é",
    "many scripts": "Hello 你好 こんにちは 안녕 Здравствуйте שלום مرحبا नमस्ते 𠮷野家 𝔘𝔫𝔦",
    "turned round": "\u202egpj.exe\u202c \u2066x\u2069 \u200f",
    "a tower": "Z" + "\u0300\u0301\u0302\u0303" * 900,
    "nobody's characters": "\ue000\ufdd0\U0010ffff\u00ad\u2028\u2029x",
    "4,000 characters of four bytes": "😀" * 4_000,
    "4,000 of three": "字" * 4_000,
    "many lines": "a\n" * 1_999 + "b",
    "quotes": "\"'`\\ \\n \\u0000 %s %(x)s {0} {text}",
    "a formula": "=HYPERLINK(\"http://evil.example\")",
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_any_text_is_kept_as_it_was_written(attacker: Attacker, text: str) -> None:
    token = await attacker.session()
    await attacker.frames(token, message(text))
    said, answered = await messages(attacker, token, 2)
    assert (said["author"], said["text"]) == ("customer", text)
    assert answered["text"] == f"You said: {text}"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\0b\x1b[31mc\x7f\x9b", "ab[31mc"),
        ("a\r\nb\rc\n", "a\nb\nc"),
        ("  a\t b \u3000", "a\t b"),
        ("a\ud800b\udfff", "ab"),
    ],
)
async def test_what_no_store_takes_is_left_out(attacker: Attacker, sent: str, kept: str) -> None:
    token = await attacker.session()
    await attacker.frames(token, message(sent))
    said, *_ = await messages(attacker, token, 2)
    assert said["text"] == kept


async def test_hostile_text_reaches_the_desk_as_text(siege: Siege, attacker: Attacker) -> None:
    identity = {"name": "<b>Li\u202e Na</b>\r\n\u200badmin", "email": "li@shop.example"}
    opened = await attacker.call("POST", "/api/v1/web/session", json={"identity": identity, "language": "en"})
    token = opened.json["token"]
    for text in TEXTS.values():
        await attacker.frames(token, message(text))
    await attacker.frames(token, message("human"))
    ticket: JSON = {}
    for _ in range(200):
        if found := [each for each in await siege.agent.queue() if each["customer"]["name"].startswith("<b>")]:
            ticket = found[0]
            break
        await asyncio.sleep(0.05)
    assert ticket["customer"]["name"] == "<b>Li Na</b> admin"
    detail = await siege.agent.call("GET", f"tickets/{ticket['id']}")
    shown = {entry["content"].get("text") for entry in detail["timeline"] if entry["author"] == "customer"}
    assert set(TEXTS.values()) <= shown
    await siege.agent.take(ticket["id"])
    await siege.agent.call("POST", f"tickets/{ticket['id']}/resolve", note="")


async def test_a_button_works_only_where_it_was_offered(siege: Siege, attacker: Attacker) -> None:
    await siege.bystander.say("how long does delivery take?")
    offered = await siege.bystander.sees("1–3 days.")
    token = offered["buttons"][0]["token"]
    mine = await attacker.session()
    await attacker.frames(mine, message("hello"))
    own = (await messages(attacker, mine, 2))[-1]["id"]
    forged = [
        token,
        token.replace(".0", ".1"),
        f"{own}.0",
        f"{own}.-1",
        f"{own}.99999999999999999999",
        f"{own}.٠",
        f"{own}.",
        own,
        "0.0",
    ]
    for each in forged:
        frame = {"type": "button", "client_id": f"text-{next(_ids):06}", "token": each, "title": "x"}
        (answer,) = await attacker.frames(mine, frame)
        assert answer["code"] in {"unknown_button", "bad_frame"}, (each, answer)
        siege.expect("web", answer["code"])
    assert len(await messages(attacker, mine, 2)) == 2


async def test_nothing_can_be_done_to_the_conversations_of_others(siege: Siege, attacker: Attacker) -> None:
    target = max(siege.bystander.messages.items())[1]
    mine = await attacker.session()
    (answer,) = await attacker.frames(
        mine,
        {
            "type": "action",
            "client_id": "text-feedback",
            "action": "feedback",
            "message_id": target["id"],
            "helpful": False,
        },
    )
    assert answer["type"] == "ack"
    await attacker.frames(
        mine, {"type": "seen", "seq": 2**31 - 1}, {"type": "action", "client_id": "text-leave", "action": "leave_queue"}
    )
    await siege.stands()
    assert siege.bystander.state["owner"] == "bot"
    async with Attacker(siege.url) as reader:
        sender = await reader.call("GET", f"/webhooks/rest/webhook/{siege.bystander.state['id']}/messages")
        assert (sender.status, sender.json) == (200, [])


async def test_a_repeat_is_answered_the_same_and_kept_once(siege: Siege, attacker: Attacker) -> None:
    """given ids that come again: at once, later, with other words, over the other transport, and from others"""
    token, other = await attacker.session(), await attacker.session()
    frame = {"type": "message", "client_id": "repeat-0001", "text": "first"}
    answers = await attacker.frames(token, *[frame] * 5)
    at_once = await asyncio.gather(*(attacker.frames(token, frame) for _ in range(5)))
    changed = await attacker.frames(token, {**frame, "text": "second"})
    page = await attacker.page(token)
    await page.send_json({**frame, "text": "third"})
    while (on_the_socket := await page.receive_json())["type"] != "ack":
        pass
    assert [*answers, *(answer for each in at_once for answer in each), *changed, on_the_socket] == [answers[0]] * 12
    await page.close()
    (elsewhere,) = await attacker.frames(other, {**frame, "text": "mine"})
    assert elsewhere["message_id"] != answers[0]["message_id"]
    said = [each["text"] for each in await messages(attacker, token, 2) if each["author"] == "customer"]
    assert said == ["first"]


async def test_messages_are_kept_in_the_order_in_which_they_came(attacker: Attacker) -> None:
    token = await attacker.session()
    ids = ["order-0005", "order-0001", "order-0004", "order-0005", "order-0003", "order-0001"]
    await attacker.frames(token, *({"type": "message", "client_id": each, "text": each} for each in ids))
    said = [each["text"] for each in await messages(attacker, token, 8) if each["author"] == "customer"]
    assert said == ["order-0005", "order-0001", "order-0004", "order-0003"]
