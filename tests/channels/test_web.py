"""The web channel as pages see it."""

import asyncio
import json
import time

import pytest
from aiohttp import FormData

from connectors.channels.web import WebSettings
from connectors.channels.web_socket import HISTORY
from tests.channels.memory import MemoryCore
from tests.channels.pages import page, proof, served, session

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


async def test_a_question_is_acknowledged_and_answered() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        opened = await session(client, language="zh-CN", page="https://shop.example/cart")
        assert opened["resumed"] is False
        assert opened["verified"] is False
        assert opened["language"] == "zh"
        assert opened["limits"]["text"] == 4000
        async with page(client, opened["token"]) as tab:
            ready = await tab.wait("ready")
            assert ready["conversation"]["id"] == opened["conversation_id"]
            assert (ready["last"], ready["seen"]) == (0, 0)
            await tab.send(type="message", client_id="c-000001", text="Hello\r\n\x00there")
            ack = await tab.wait("ack", client_id="c-000001")
            assert ack["seq"] == 1
            await tab.wait_text("You said: Hello\nthere")
            assert tab.messages[0]["client_id"] == "c-000001"
            assert {frame["type"] for frame in tab.frames} <= {"ready", "ack", "message", "state", "typing", "seen"}


async def test_a_repeat_gets_the_same_answer_and_does_nothing_more() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        opened = await session(client)
        async with page(client, opened["token"]) as tab:
            for _ in range(3):
                await tab.send(type="message", client_id="c-000001", text="once")
            third = await tab.wait("ack", 3)
            assert third == await tab.wait("ack", 1)
            await tab.wait_text("You said: once")
        assert core.stored == 2


async def test_a_page_that_comes_back_gets_what_it_missed_once_and_in_order() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        opened = await session(client)
        room = core.by_id[opened["conversation_id"]]
        for number in range(1, 451):
            core.say(room, "agent", f"m{number}")
        async with page(client, opened["token"], after=7) as tab:
            for number in range(451, 700):
                core.say(room, "agent", f"m{number}")
                if number % 10 == 0:
                    await asyncio.sleep(0)
            await tab.wait_text("m699")
            assert [message["seq"] for message in tab.messages] == list(range(8, 700))


async def test_a_page_that_has_nothing_of_a_very_long_conversation_gets_its_end() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        opened = await session(client)
        room = core.by_id[opened["conversation_id"]]
        for number in range(1, HISTORY + 8):
            core.say(room, "bot", f"m{number}")
        async with page(client, opened["token"]) as tab:
            await tab.wait_text(f"m{HISTORY + 7}")
            assert [message["seq"] for message in tab.messages] == list(range(8, HISTORY + 8))
        bearer = {"Authorization": f"Bearer {opened['token']}"}
        for after, first in ((0, 8), (3, 4)):
            answer = await client.get(f"/api/v1/web/events?after={after}&wait=0", headers=bearer)
            shown = [frame["message"]["seq"] for frame in (await answer.json())["frames"] if "message" in frame]
            assert shown == list(range(first, HISTORY + 8)), "nothing is left out for a page that has some of it"


async def test_hints_lost_on_the_way_are_found_in_the_history() -> None:
    core = MemoryCore(depth=3)
    async with served(core) as (client, _):
        opened = await session(client)
        room = core.by_id[opened["conversation_id"]]
        async with page(client, opened["token"]) as tab:
            await tab.wait("ready")
            for number in range(50):
                core.say(room, "bot", f"m{number}")
            await tab.wait_text("m49")
            assert [message["seq"] for message in tab.messages] == list(range(1, 51))


async def test_all_tabs_of_a_visitor_see_everything() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        token = (await session(client))["token"]
        async with page(client, token) as one, page(client, token) as two:
            await one.wait("ready")
            await two.wait("ready")
            await one.send(type="message", client_id="c-000001", text="hi")
            await two.wait_text("You said: hi")
            await one.wait_text("You said: hi")
            assert one.texts == two.texts == ["hi", "You said: hi"]
            assert not [frame for frame in two.frames if frame["type"] == "ack"]


async def test_buttons_actions_typing_and_seen() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        opened = await session(client)
        room = core.by_id[opened["conversation_id"]]
        async with page(client, opened["token"]) as tab:
            await tab.send(type="message", client_id="c-000001", text="buttons")
            offered = (await tab.wait_text("Which one?"))["buttons"]
            await tab.send(type="button", client_id="c-000002", token=offered[1]["token"], title="No")
            await tab.wait_text("You said: No")
            await tab.send(type="button", client_id="c-000003", token="B999.1", title="No")
            refused = await tab.wait("error", client_id="c-000003")
            assert refused["code"] == "unknown_button"
            await tab.send(type="action", client_id="c-000004", action="rate", score=5, comment="good")
            assert (await tab.wait("ack", client_id="c-000004"))["seq"] == 0
            assert core.actions == [("rate", {"score": 5, "comment": "good"})]
            await tab.send(type="typing", on=True)
            await tab.send(type="typing", on=True)
            await tab.send(type="typing", on=False)
            await tab.send(type="seen", seq=3)
            await tab.send(type="ping")
            await tab.wait("pong")
            assert core.typings == [True, False]
            assert room.seen == 3
            core.publish(room, {"type": "typing", "author": "agent", "name": "Li Na", "on": True})
            assert (await tab.wait("typing"))["name"] == "Li Na"
            assert opened["conversation_id"] in core.presences


async def test_the_widgets_own_forms_replace_the_buttons_of_system_messages() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        opened = await session(client)
        room = core.by_id[opened["conversation_id"]]
        buttons = [{"title": "1", "token": "B1.0"}]
        core.say(room, "system", "How was it?", buttons=buttons, custom={"kind": "ask_rating", "number": "FD-1"})
        core.say(room, "bot", "Which?", buttons=buttons, custom={"kind": "options"})
        async with page(client, opened["token"]) as tab:
            assert "buttons" not in await tab.wait_text("How was it?")
            assert (await tab.wait_text("Which?"))["buttons"] == buttons


BAD_FRAMES = [
    ({"type": "dance"}, "bad_frame", "type"),
    ({"client_id": "c-000001"}, "bad_frame", "type"),
    ({"type": "message", "client_id": "short", "text": "x"}, "bad_frame", "client_id"),
    ({"type": "message", "client_id": "c-000001", "text": "x", "html": "y"}, "bad_frame", "html"),
    ({"type": "message", "client_id": "c-000001", "text": 7}, "bad_frame", "text"),
    ({"type": "message", "client_id": "c-000001", "text": "  \n "}, "empty", "text"),
    ({"type": "message", "client_id": "c-000001", "text": "x" * 4001}, "too_long", "text"),
    ({"type": "message", "client_id": "c-000001", "attachments": [7]}, "bad_attachment", "attachments"),
    ({"type": "message", "client_id": "c-000001", "attachments": ["nope"]}, "bad_attachment", "attachments"),
    ({"type": "message", "client_id": "c-000001", "attachments": ["a"] * 11}, "bad_frame", "attachments"),
    ({"type": "button", "client_id": "c-000001", "token": {}, "title": "x"}, "bad_frame", "token"),
    ({"type": "action", "client_id": "c-000001", "action": "fly"}, "bad_frame", "action"),
    ({"type": "action", "client_id": "c-000001", "action": "rate", "score": 6}, "bad_frame", "score"),
    ({"type": "action", "client_id": "c-000001", "action": "rate", "score": True}, "bad_frame", "score"),
    ({"type": "action", "client_id": "c-000001", "action": "solved"}, "bad_frame", "solved"),
    ({"type": "action", "client_id": "c-000001", "action": "human", "solved": True}, "bad_frame", "solved"),
    ({"type": "action", "client_id": "c-000001", "action": "contact", "email": "nobody"}, "bad_email", "email"),
    ({"type": "action", "client_id": "c-000001", "action": "language", "language": "fr"}, "bad_frame", "language"),
    ({"type": "typing"}, "bad_frame", "on"),
    ({"type": "seen", "seq": -1}, "bad_frame", "seq"),
    ({"type": "seen", "seq": 10**30}, "bad_frame", "seq"),
    ({"type": "hello", "token": "x", "after": 0}, "bad_frame", "type"),
]


@pytest.mark.parametrize(("frame", "code", "field"), BAD_FRAMES)
async def test_a_bad_frame_is_named_and_stores_nothing(frame: dict[str, object], code: str, field: str) -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        opened = await session(client)
        async with page(client, opened["token"]) as tab:
            await tab.send(**frame)
            error = await tab.wait("error")
            assert (error["code"], error["field"]) == (code, field)
            assert error["message"]
            assert error["detail"]
            await tab.send(type="ping")
            await tab.wait("pong")
    assert core.stored == 0
    assert core.actions == []


@pytest.mark.parametrize("text", ["{", "[" * 30_000, '{"type": NaN}', "[]", "1" * 9999, '"x"', "null"])
async def test_what_is_no_frame_at_all_is_an_error(text: str) -> None:
    async with served(MemoryCore()) as (client, _), page(client, (await session(client))["token"]) as tab:
        await tab.wait("ready")
        await tab.socket.send_str(text)
        await tab.socket.send_bytes(b"\x00")
        assert (await tab.wait("error", 2))["code"] == "bad_frame"


async def test_errors_speak_the_customers_language() -> None:
    async with served(MemoryCore(), text=10) as (client, _):
        opened = await session(client, language="zh-TW")
        async with page(client, opened["token"]) as tab:
            await tab.wait("ready")
            await tab.send(type="message", client_id="c-000001", text="x" * 11)
            assert (await tab.wait("error"))["message"] == "消息太长了。请控制在 10 字以内，或分几条发送。"
        response = await client.post("/api/v1/web/frames", json={}, headers={"Accept-Language": "zh-CN,en;q=0.5"})
        assert response.status == 401
        assert (await response.json())["error"]["message"] == "会话已失效，请刷新页面。"


async def test_bad_tokens_are_sent_away() -> None:
    async with served(MemoryCore(), session_days=30) as (client, _):
        good = (await session(client))["token"]
        for token in ("", "x", good[:-2], good + "A", "x" * 5000):
            async with page(client, token) as tab:
                assert await tab.wait_close() == 4401
            for method, path in (("GET", "events"), ("POST", "frames"), ("POST", "attachments")):
                response = await client.request(
                    method, f"/api/v1/web/{path}", json={}, headers={"Authorization": f"Bearer {token}"}
                )
                assert response.status == 401
                assert (await response.json())["error"]["code"] == "session_invalid"
        again = await session(client, token=good[:-2])
        assert again["resumed"] is False


async def test_an_expired_token_begins_a_new_session(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(MemoryCore(), session_days=1) as (client, _):
        old = await session(client)
        now = time.time()
        with monkeypatch.context() as patched:
            patched.setattr("time.time", lambda: now + 86_402)
            new = await session(client, token=old["token"])
        assert new["resumed"] is False
        assert new["conversation_id"] != old["conversation_id"]


async def test_a_token_resumes_and_is_renewed() -> None:
    async with served(MemoryCore()) as (client, _):
        first = await session(client)
        second = await session(client, token=first["token"], language="en")
        assert second["resumed"] is True
        assert second["conversation_id"] == first["conversation_id"]


async def test_silence_and_nonsense_instead_of_hello(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.channels.web_socket.HELLO_WITHIN", 0.1)
    async with served(MemoryCore()) as (client, _):
        silent = await client.ws_connect("/api/v1/web/socket")
        await silent.receive()
        assert silent.close_code == 4401
        rude = await client.ws_connect("/api/v1/web/socket")
        await rude.send_str('{"type": "message"}')
        await rude.receive()
        assert rude.close_code == 4401


async def test_origins() -> None:
    core = MemoryCore()
    async with served(core, allowed_origins=("https://shop.example",)) as (client, _):
        own = f"http://{client.host}:{client.port}"
        for origin, status in (
            ("https://shop.example", 200), (own, 200), ("https://evil.example", 403), ("null", 403), ("", 403),
            ("https://shop.example.evil.example", 403), ("http://shop.example", 403),
        ):  # fmt: skip
            response = await client.post("/api/v1/web/session", json={}, headers={"Origin": origin})
            assert response.status == status, origin
            assert response.headers.get("Access-Control-Allow-Origin") == (origin if status == 200 else None)
            assert response.headers["Vary"] == "Origin"
            preflight = await client.options("/api/v1/web/session", headers={"Origin": origin})
            assert preflight.status == (204 if status == 200 else 403)
            if status == 200:
                assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
            socket = await client.get("/api/v1/web/socket", headers={"Origin": origin})
            assert (socket.status == 403) == (status == 403)
        assert len(core.rooms) == 2


@pytest.mark.parametrize("origin", ["*", "null", "shop.example", "https://shop.example/", "https://shop.example/a"])
def test_settings_refuse_what_is_no_origin(origin: str) -> None:
    from connectors.channels.web import WebChannel

    core = MemoryCore()
    with pytest.raises(ValueError, match="allowed_origins"):
        WebChannel(WebSettings(allowed_origins=(origin,)), core, core, "k" * 32)


async def test_a_session_becomes_verified_and_keeps_its_conversation() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        anonymous = await session(client)
        async with page(client, anonymous["token"]) as tab:
            await tab.send(type="message", client_id="c-000001", text="hi")
            await tab.wait_text("You said: hi")
        identity = {"user_id": "u-17", "name": "李娜", "email": "li@example.com", "hash": proof("u-17")}
        verified = await session(client, token=anonymous["token"], identity=identity)
        assert verified["verified"] is True
        assert verified["resumed"] is True
        assert verified["conversation_id"] == anonymous["conversation_id"]
        assert core.by_id[verified["conversation_id"]].name == "李娜"
        async with page(client, verified["token"]) as tab:
            await tab.send(type="message", client_id="c-000002", text="me")
            await tab.wait_text("You said: me")
        assert core.inbounds[-1].profile.user_id == "u-17"
        # Whoever kept the anonymous token does not read on with it.
        async with page(client, anonymous["token"]) as tab:
            assert await tab.wait_close() == 4401
        other = await session(client, token=anonymous["token"], identity={"user_id": "u-18", "hash": proof("u-18")})
        assert other["conversation_id"] != anonymous["conversation_id"]
        stranger = await session(client, token=verified["token"], identity={"user_id": "u-19", "hash": proof("u-19")})
        assert stranger["conversation_id"] != verified["conversation_id"]
        assert stranger["resumed"] is False


async def test_a_verified_user_finds_the_conversation_on_another_device() -> None:
    async with served(MemoryCore()) as (client, _):
        identity = {"user_id": "u-17", "hash": proof("u-17")}
        phone = await session(client, identity=identity)
        laptop = await session(client, identity=identity)
        assert laptop["conversation_id"] == phone["conversation_id"]
        unused = await session(client)
        late = await session(client, token=unused["token"], identity=identity)
        assert late["conversation_id"] == phone["conversation_id"]


@pytest.mark.parametrize(
    "identity",
    [
        {"user_id": "u-17"},
        {"user_id": "u-17", "hash": ""},
        {"user_id": "u-17", "hash": "é" * 64},
        {"user_id": "u-17", "hash": proof("u-18")},
        {"user_id": "u-17", "hash": proof("u-17", "another secret")},
        {"user_id": "u-17", "hash": proof("u-17"), "email": "li@example.com", "email_hash": proof("li@example.com")},
        {"user_id": "u-17", "hash": proof("u-17"), "email_hash": proof("u-17\n")},
        {"email": "li@example.com", "email_hash": proof("\nli@example.com")},
        {"user_id": "u-17", "hash": proof("u-17"), "segment": "vip"},
        {"user_id": "u-17", "hash": proof("u-17"), "segment": "vip", "segment_hash": proof("u-17\nsegment=gold")},
        {"segment": "vip", "segment_hash": proof("\nsegment=vip")},
        {
            "user_id": "u\n17",
            "hash": proof("u\n17"),
            "email": "li@example.com",
            "email_hash": proof("u\n17\nli@example.com"),
        },
    ],
)
async def test_a_wrong_identity_is_forged(identity: dict[str, str]) -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        response = await client.post("/api/v1/web/session", json={"identity": identity})
        assert response.status == 403
        assert (await response.json())["error"]["code"] == "identity_invalid"
        assert not core.rooms


async def test_only_a_site_that_vouches_for_an_address_proves_it() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        identity = {"user_id": "u-17", "hash": proof("u-17"), "email": "li@example.com"}
        await session(client, identity=identity)
        assert core.profiles[-1].proven == frozenset()
        await session(client, identity=identity | {"email_hash": proof("u-17\nli@example.com")})
        assert (core.profiles[-1].email, core.profiles[-1].proven) == ("li@example.com", {"email"})


async def test_a_site_says_of_which_customers_a_visitor_is() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        said = {"segment": "vip", "segment_hash": proof("u-17\nsegment=vip")}
        await session(client, identity={"user_id": "u-17", "hash": proof("u-17")} | said)
        assert core.profiles[-1].segment == "vip"


async def test_a_page_whose_conversation_is_another_one_now_asks_for_a_session() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        opened = await session(client)
        async with page(client, opened["token"]) as tab:
            await tab.send(type="message", client_id="c-000001", text="hi")
            await tab.wait_text("You said: hi")
            core.publish(core.by_id[opened["conversation_id"]], {"type": "moved"})
            assert await tab.wait_close() == 4401


async def test_going_on_elsewhere_is_an_action_of_pages() -> None:
    core = MemoryCore()
    async with served(core) as (client, _), page(client, (await session(client))["token"]) as tab:
        await tab.send(type="action", client_id="c-000001", action="continue")
        await tab.wait("ack", client_id="c-000001")
        await tab.send(type="action", client_id="c-000002", action="continue", code="K7P2M9QX")
        await tab.wait("ack", client_id="c-000002")
        await tab.send(type="action", client_id="c-000003", action="unlink")
        await tab.wait("ack", client_id="c-000003")
    assert core.actions == [("continue", {"code": ""}), ("continue", {"code": "K7P2M9QX"}), ("unlink", {})]


async def test_too_many_frames_wait_and_then_the_socket_closes() -> None:
    core = MemoryCore()
    async with served(core, frames_per_10s=5) as (client, _), page(client, (await session(client))["token"]) as tab:
        for number in range(40):
            await tab.send(type="message", client_id=f"c-{number:06d}", text="x")
        error = await tab.wait("error", client_id="c-000010")
        assert error["code"] == "rate_limited"
        assert error["retry_after"] >= 1
        assert await tab.wait_close() == 4429
    assert len(core.inbounds) <= 6


async def test_too_many_sessions_from_one_address() -> None:
    async with served(MemoryCore(), sessions_per_ip_per_min=3) as (client, _):
        statuses = [(await client.post("/api/v1/web/session", json={})).status for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        refused = await client.post("/api/v1/web/session", json={})
        assert int(refused.headers["Retry-After"]) >= 1
        assert (await refused.json())["error"]["code"] == "rate_limited"


async def test_one_session_has_a_limit_of_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.channels.web._SOCKETS_PER_SESSION", 1)
    async with served(MemoryCore()) as (client, _):
        token = (await session(client))["token"]
        async with page(client, token) as first:
            await first.wait("ready")
            async with page(client, token) as second:
                assert await second.wait_close() == 4429
        async with page(client, token) as third:
            await third.wait("ready")


async def test_a_frame_over_the_limit_ends_the_socket() -> None:
    core = MemoryCore()
    async with served(core, frame_bytes=2000) as (client, _):
        token = (await session(client))["token"]
        async with page(client, token) as tab:
            await tab.wait("ready")
            await tab.socket.send_str(json.dumps({"type": "message", "client_id": "c-000001", "text": "x" * 3000}))
            assert await tab.wait_close() == 1009
        response = await client.post("/api/v1/web/session", data=b'{"token": "' + b"x" * 5000 + b'"}')
        assert response.status == 413
    assert core.stored == 0


async def test_what_could_not_be_stored_is_to_be_sent_again(caplog: pytest.LogCaptureFixture) -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        token = (await session(client))["token"]
        async with page(client, token) as tab:
            await tab.wait("ready")
            core.broken = True
            await tab.send(type="message", client_id="c-000001", text="my card is 4111")
            error = await tab.wait("error", client_id="c-000001")
            assert error["code"] == "unavailable"
            assert error["retry_after"] >= 1
            core.broken = False
            await tab.send(type="message", client_id="c-000001", text="my card is 4111")
            await tab.wait("ack", client_id="c-000001")
    assert "RuntimeError" in caplog.text
    assert "4111" not in caplog.text


async def test_pages_are_told_of_a_restart() -> None:
    core = MemoryCore()
    async with served(core) as (client, channel):
        token = (await session(client))["token"]
        async with page(client, token) as tab:
            await tab.wait("ready")
            poll = asyncio.create_task(
                client.get("/api/v1/web/events?after=0&wait=25", headers={"Authorization": f"Bearer {token}"})
            )
            await asyncio.sleep(0.1)
            await channel.close()
            assert await tab.wait_close() == 1012
            async with asyncio.timeout(2):
                assert (await poll).status == 200


async def test_a_page_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.channels.web_socket.SEND_WITHIN", 0.3)
    core = MemoryCore()
    async with served(core) as (client, channel):
        opened = await session(client)
        room = core.by_id[opened["conversation_id"]]
        for _ in range(400):
            core.say(room, "agent", "x" * 50_000)
        reader, writer = await asyncio.open_connection(client.host, client.port)
        writer.write(
            b"GET /api/v1/web/socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        hello = json.dumps({"type": "hello", "token": opened["token"], "after": 0}).encode()
        writer.write(b"\x81\xfe" + len(hello).to_bytes(2, "big") + b"\0\0\0\0" + hello)
        async with asyncio.timeout(5):
            await asyncio.sleep(0.2)
            assert channel._sockets
            while channel._sockets:  # noqa: ASYNC110 (a condition of the channel's, not an event of ours)
                await asyncio.sleep(0.05)
        writer.close()


class TestWithoutWebSockets:
    async def test_frames_and_events(self) -> None:
        core = MemoryCore()
        async with served(core) as (client, _):
            token = (await session(client))["token"]
            bearer = {"Authorization": f"Bearer {token}"}
            sent = await client.post(
                "/api/v1/web/frames",
                headers=bearer,
                json={
                    "frames": [
                        {"type": "message", "client_id": "c-000001", "text": "hi"},
                        {"type": "seen", "seq": 1},
                        {"type": "nonsense"},
                    ]
                },
            )
            assert [frame["type"] for frame in (await sent.json())["frames"]] == ["ack", "error"]
            got: list[dict[str, object]] = []
            while len(got) < 2:
                answer = await client.get(f"/api/v1/web/events?after={len(got)}&wait=5", headers=bearer)
                ready, *frames = (await answer.json())["frames"]
                assert ready["type"] == "ready"
                got += [frame["message"] for frame in frames if frame["type"] == "message"]
            assert [message["text"] for message in got] == ["hi", "You said: hi"]

    async def test_waiting_ends_with_the_first_news(self) -> None:
        core = MemoryCore()
        async with served(core) as (client, _):
            opened = await session(client)
            bearer = {"Authorization": f"Bearer {opened['token']}"}
            waiting = asyncio.create_task(client.get("/api/v1/web/events?after=0&wait=20", headers=bearer))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            core.hand_over(core.by_id[opened["conversation_id"]], "Li Na")
            async with asyncio.timeout(2):
                frames = (await (await waiting).json())["frames"]
            assert frames[0]["type"] == "ready"
            assert "state" in {frame["type"] for frame in frames}
            begun = time.monotonic()
            answer = await client.get("/api/v1/web/events?after=1&wait=1", headers=bearer)
            assert [frame["type"] for frame in (await answer.json())["frames"]] == ["ready"]
            assert time.monotonic() - begun >= 0.9

    @pytest.mark.parametrize("query", ["after=-1", "after=x", "wait=1e3", "after=1" + "0" * 30, "after=²"])
    async def test_bad_queries(self, query: str) -> None:
        async with served(MemoryCore()) as (client, _):
            bearer = {"Authorization": f"Bearer {(await session(client))['token']}"}
            answer = await client.get(f"/api/v1/web/events?{query}", headers=bearer)
            assert answer.status == 400
            assert (await answer.json())["error"]["field"] in query

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"frames": 1}', b'{"frames": [], "x": 1}', b"\xff"])
    async def test_bad_bodies(self, body: bytes) -> None:
        async with served(MemoryCore()) as (client, _):
            bearer = {"Authorization": f"Bearer {(await session(client))['token']}"}
            answer = await client.post("/api/v1/web/frames", data=body, headers=bearer)
            assert answer.status == 400
            assert (await answer.json())["error"]["code"] == "bad_frame"


class TestFiles:
    async def test_an_uploaded_file_goes_with_a_message(self) -> None:
        core = MemoryCore()
        async with served(core) as (client, _):
            token = (await session(client))["token"]
            form = FormData(quote_fields=False)  # as browsers do
            form.add_field("file", PNG, filename="照片.png", content_type="text/html")
            bearer = {"Authorization": f"Bearer {token}"}
            answer = await client.post("/api/v1/web/attachments", data=form, headers=bearer)
            assert answer.status == 201
            file = await answer.json()
            assert (file["name"], file["media_type"], file["size"]) == ("照片.png", "image/png", len(PNG))
            async with page(client, token) as tab:
                await tab.send(type="message", client_id="c-000001", attachments=[file["id"]])
                await tab.wait("ack")
                await tab.wait("message")
                assert tab.messages[0]["attachments"][0]["id"] == file["id"]

    async def test_files_of_others_cannot_be_sent(self) -> None:
        core = MemoryCore()
        async with served(core) as (client, _):
            mine, yours = await session(client), await session(client)
            form = FormData()
            form.add_field("file", PNG, filename="a.png")
            bearer = {"Authorization": f"Bearer {yours['token']}"}
            file = await (await client.post("/api/v1/web/attachments", data=form, headers=bearer)).json()
            async with page(client, mine["token"]) as tab:
                await tab.send(type="message", client_id="c-000001", attachments=[file["id"]])
                assert (await tab.wait("error"))["code"] == "bad_attachment"

    @pytest.mark.parametrize(
        ("field", "data", "status", "code"),
        [
            ("file", PNG + b"0" * 200_000, 413, "too_large"),
            ("file", PNG + b"0" * 1000, 413, "too_large"),
            ("file", b"MZ" + b"0" * 10, 415, "file_type"),
            ("photo", PNG, 400, "bad_frame"),
        ],
    )
    async def test_refusals(self, field: str, data: bytes, status: int, code: str) -> None:
        core = MemoryCore()
        async with served(core, file_bytes=1000) as (client, _):
            form = FormData()
            form.add_field(field, data, filename="a.png")
            bearer = {"Authorization": f"Bearer {(await session(client))['token']}"}
            answer = await client.post("/api/v1/web/attachments", data=form, headers=bearer)
            assert answer.status == status
            assert (await answer.json())["error"]["code"] == code
            assert not core.files

    async def test_what_is_no_form(self) -> None:
        async with served(MemoryCore()) as (client, _):
            bearer = {"Authorization": f"Bearer {(await session(client))['token']}"}
            for body, kind in (
                (b"x", "text/plain"),
                (b"x", "multipart/form-data"),
                (b"x", "multipart/form-data; boundary=b"),
            ):
                answer = await client.post(
                    "/api/v1/web/attachments", data=body, headers={**bearer, "Content-Type": kind}
                )
                assert answer.status == 400, kind
