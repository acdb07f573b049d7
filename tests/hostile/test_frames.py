"""What pages and programs send once they are inside: frames of the web channel, over both transports, and socket.io."""

import json

import aiohttp
import pytest

from tests.hostile.attacker import Attacker
from tests.hostile.conftest import Siege

pytestmark = pytest.mark.asyncio(loop_scope="session")

ID = "client-0001"
SAID = {"type": "message", "client_id": ID}
DONE = {"type": "action", "client_id": ID}

FRAMES: list[tuple[str, object, str]] = [
    ("text", "hello", "bad_frame"),
    ("a list", [], "bad_frame"),
    ("nothing", None, "bad_frame"),
    ("a number", 7, "bad_frame"),
    ("no type", {}, "bad_frame"),
    ("a type that is a list", {"type": ["message"]}, "bad_frame"),
    ("a type that is not known", {"type": "restart"}, "bad_frame"),
    ("a type of 10,000", {"type": "x" * 10_000}, "bad_frame"),
    ("a second hello", {"type": "hello", "token": "x"}, "bad_frame"),
    ("a field that is not known", {**SAID, "text": "x", "author": "agent"}, "bad_frame"),
    (
        "somebody else's conversation",
        {**SAID, "text": "x", "conversation_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        "bad_frame",
    ),
    ("an id that is missing", {"type": "message", "text": "x"}, "bad_frame"),
    ("an id that is a number", {"type": "message", "client_id": 12345678, "text": "x"}, "bad_frame"),
    ("an id with a line", {"type": "message", "client_id": "abcdefgh\n", "text": "x"}, "bad_frame"),
    ("an id of 65", {"type": "message", "client_id": "x" * 65, "text": "x"}, "bad_frame"),
    ("an id that injects", {"type": "message", "client_id": "'; DROP TABLE message;--", "text": "x"}, "bad_frame"),
    ("no text", {**SAID}, "empty"),
    ("empty text", {**SAID, "text": ""}, "empty"),
    ("only spaces", {**SAID, "text": " \t\r\n\u3000\u00a0"}, "empty"),
    ("only control characters", {**SAID, "text": "\0\x1b\x7f"}, "empty"),
    ("half a character", {**SAID, "text": "\ud800"}, "empty"),
    ("a number for text", {**SAID, "text": 5}, "bad_frame"),
    ("an object for text", {**SAID, "text": {"$ne": ""}}, "bad_frame"),
    ("4,001 characters", {**SAID, "text": "字" * 4_001}, "too_long"),
    ("attachments that are text", {**SAID, "attachments": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "bad_frame"),
    ("eleven attachments", {**SAID, "attachments": ["x"] * 11}, "bad_frame"),
    ("an attachment that is a path", {**SAID, "attachments": ["../../secrets.json"]}, "bad_attachment"),
    ("an attachment that is not there", {**SAID, "attachments": ["01ARZ3NDEKTSV4RRFFQ69G5FAV"]}, "bad_attachment"),
    (
        "a button nobody offered",
        {"type": "button", "client_id": ID, "token": "01ARZ3NDEKTSV4RRFFQ69G5FAV.0", "title": "x"},
        "unknown_button",
    ),
    (
        "a button that is a payload",
        {"type": "button", "client_id": ID, "token": '/handoff{"a": 1}', "title": "x"},
        "bad_frame",
    ),
    (
        "a button that is a service's payload",
        {"type": "button", "client_id": ID, "token": "action:human", "title": "x"},
        "bad_frame",
    ),
    ("a button without a message", {"type": "button", "client_id": ID, "token": ".0", "title": "x"}, "unknown_button"),
    ("an action that is not known", {**DONE, "action": "restart"}, "bad_frame"),
    ("an action of agents", {**DONE, "action": "take"}, "bad_frame"),
    ("six stars", {**DONE, "action": "rate", "score": 6}, "bad_frame"),
    ("no star", {**DONE, "action": "rate", "score": True}, "bad_frame"),
    ("a comment of 5,000", {**DONE, "action": "rate", "score": 1, "comment": "x" * 5_000}, "too_long"),
    ("an address with a header", {**DONE, "action": "contact", "email": "a@b.example\nBcc: c@d.example"}, "bad_email"),
    ("an address that is none", {**DONE, "action": "contact", "email": "<script>@x"}, "bad_email"),
    ("an address of 300", {**DONE, "action": "contact", "email": "a" * 300 + "@b.example"}, "bad_email"),
    ("a language that is none", {**DONE, "action": "language", "language": "en; DROP"}, "bad_frame"),
    ("a helpful that is text", {**DONE, "action": "feedback", "message_id": "x", "helpful": "true"}, "bad_frame"),
    ("typing that is text", {"type": "typing", "on": "true"}, "bad_frame"),
    ("seen below nought", {"type": "seen", "seq": -1}, "bad_frame"),
    ("seen beyond all", {"type": "seen", "seq": 2**63}, "bad_frame"),
    ("seen that is half", {"type": "seen", "seq": 1.5}, "bad_frame"),
]

UNREADABLE = [
    "",
    "{",
    "null",
    '{"type": "ping"',
    '{"type": NaN}',
    '{"type": "ping", "type": "ping"}',
    "[" * 30_000,
    "\ufeff{}",
]


async def test_frames_are_refused_over_http(siege: Siege, attacker: Attacker) -> None:
    token = ""
    for number, (what, frame, code) in enumerate(FRAMES):
        if number % 12 == 0:
            token = await attacker.session()
        (answer,) = await attacker.frames(token, frame)
        assert (answer["type"], answer["code"]) == ("error", code), (what, answer)
        assert answer["message"]
        siege.expect("web", code)
        assert await attacker.frames(token, {"type": "ping"}) == [{"type": "pong"}], what


async def test_frames_are_refused_over_the_socket(siege: Siege, attacker: Attacker) -> None:
    for first in range(0, len(FRAMES), 25):
        page = await attacker.page(await attacker.session())
        for what, frame, code in FRAMES[first : first + 25]:
            await page.send_str(json.dumps(frame))
            answer = await page.receive_json()
            assert (answer["type"], answer["code"]) == ("error", code), (what, answer)
            siege.expect("web", code)
        await page.close()


async def test_what_is_no_frame_is_refused(siege: Siege, attacker: Attacker) -> None:
    page = await attacker.page(await attacker.session())
    for text in UNREADABLE:
        await page.send_str(text)
        assert (await page.receive_json())["code"] == "bad_frame"
        siege.expect("web", "bad_frame")
    await page.send_bytes(b'{"type": "ping"}')
    assert (await page.receive_json())["code"] == "bad_frame"
    await page.send_json({"type": "ping"})
    assert await page.receive_json() == {"type": "pong"}
    await page.close()


@pytest.mark.parametrize(
    ("what", "hello", "code"),
    [
        ("a made-up token", {"type": "hello", "token": "a.b.c", "after": 0}, 4401),
        ("no token", {"type": "hello"}, 4401),
        ("a token of 10,000", {"type": "hello", "token": "x" * 10_000}, 4401),
        ("another frame first", {"type": "message", "client_id": ID, "text": "x"}, 4401),
        ("a list", [], 4401),
        ("a future", {"type": "hello", "token": "x", "after": -1}, 4401),
    ],
)
async def test_nobody_gets_in_without_a_token(
    siege: Siege, attacker: Attacker, what: str, hello: object, code: int
) -> None:
    socket = await attacker.socket()
    await socket.send_json(hello)
    ended = await socket.receive(timeout=5)
    assert (ended.type, ended.data) == (aiohttp.WSMsgType.CLOSE, code), what
    siege.expect("web", "session_invalid" if what == "a made-up token" else "bad_frame")


async def test_a_changed_token_is_worth_nothing(siege: Siege, attacker: Attacker) -> None:
    token = await attacker.session()
    for changed in (
        token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        token.swapcase(),
        "x" + token,
        token.rpartition(".")[0],
    ):
        answer = await attacker.call(
            "POST", "/api/v1/web/frames", json={"frames": []}, headers={"Authorization": f"Bearer {changed}"}
        )
        assert (answer.status, answer.code) == (401, "session_invalid"), changed
        siege.expect("web", "session_invalid")


async def test_a_page_of_another_site_cannot_open_a_socket(siege: Siege, attacker: Attacker) -> None:
    for origin in ("https://evil.example", "null", f"{siege.url}.evil.example", "file://"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await attacker.socket(Origin=origin)
        assert refused.value.status == 403
        siege.expect("web", "origin_refused")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await attacker.http.ws_connect(
                f"{siege.url}/socket.io/?EIO=4&transport=websocket", headers={"Origin": origin}
            )
        assert refused.value.status == 403
        siege.expect("socketio", "origin_refused")


async def test_a_frame_that_is_too_big_ends_the_socket(siege: Siege, attacker: Attacker) -> None:
    page = await attacker.page(await attacker.session())
    await page.send_str("x" * 70_000)
    ended = await page.receive(timeout=5)
    assert (ended.type, ended.data) == (aiohttp.WSMsgType.CLOSE, 1009)
    siege.expect("web", "too_long")


async def test_a_frame_that_is_packed_is_not_unpacked(siege: Siege, attacker: Attacker) -> None:
    """given a megabyte in a kilobyte, then the socket ends, as nobody agreed on packing"""
    page = await attacker.page(await attacker.session())
    assert page.compress == 0
    await page._writer.send_frame(b"x" * 1_000_000, aiohttp.WSMsgType.TEXT, compress=15)
    ended = await page.receive(timeout=5)
    assert (ended.type, ended.data) == (aiohttp.WSMsgType.CLOSE, 1002)
    siege.expect("web", "bad_frame")


async def test_a_bomb_through_socket_io_is_not_unpacked(siege: Siege, attacker: Attacker) -> None:
    """given a library that unpacks, then it stops at the limit"""
    before = siege.installation.memory_mb
    for _ in range(5):
        socket = await attacker.http.ws_connect(f"{siege.url}/socket.io/?EIO=4&transport=websocket", compress=15)
        assert socket.compress
        await socket.receive()
        await socket.send_str("4" + "x" * 50_000_000)
        while (await socket.receive(timeout=5)).type not in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}:
            pass
    assert siege.installation.memory_mb < before + 40


async def test_events_of_socket_io_are_refused(siege: Siege, attacker: Attacker) -> None:
    socket = await attacker.http.ws_connect(f"{siege.url}/socket.io/?EIO=4&transport=websocket")
    await socket.receive()
    await socket.send_str("40")
    assert (await socket.receive()).data.startswith("40")
    for event, code in [
        (["user_uttered", "text"], "bad_frame"),
        (["user_uttered", {"message": {"$ne": ""}}], "bad_frame"),
        (["user_uttered", {"message": "x" * 4_001, "session_id": "s-1"}], "too_long"),
        (["user_uttered", {"message": "\0", "session_id": "s-1"}], "empty"),
        (["user_uttered", {"message": "x", "session_id": "a\nb"}], "bad_frame"),
        (["user_uttered", {"message": "x", "session_id": ["a"]}], "bad_frame"),
        (["session_request", {"session_id": 5}], "bad_frame"),
        (["session_request", []], "bad_frame"),
        (["restart", {}], "bad_frame"),
        (["__proto__", {}], "bad_frame"),
    ]:
        await socket.send_str("421" + json.dumps(event))
        while not (received := (await socket.receive(timeout=5)).data).startswith("431"):
            pass
        assert json.loads(received[3:])[0]["error"]["code"] == code, (event, received)
        siege.expect("socketio", code)
    for nonsense in ("4", "49", "42", "42{", "42[]", '42["x', "42" + "[" * 20_000, "451-[]", "4" + "2" * 500):
        await socket.send_str(nonsense)
        siege.expect("socketio", "bad_frame")
    await socket.send_str('429["still there"]')
    while not (await socket.receive(timeout=5)).data.startswith("439"):
        pass
    await socket.send_str("9")  # no packet of engine.io: it ends the connection
    await socket.close()
