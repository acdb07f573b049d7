"""The socket.io channel as Rasa's clients see it: python-socketio's client over both transports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import socketio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connectors.channels.socketio import SocketioChannel, SocketioSettings
from connectors.message import JSON
from tests.channels.memory import MemoryCore, Room

Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def served(core: MemoryCore, **settings: Any) -> AsyncIterator[tuple[Client, SocketioChannel]]:
    """A client of a served socket.io channel."""
    channel = SocketioChannel(SocketioSettings(**settings), core)
    app = web.Application()
    app.add_routes(channel.routes())

    async def close(_: web.Application) -> None:
        await channel.close()

    app.on_shutdown.append(close)
    async with TestClient(TestServer(app)) as client:
        yield client, channel


class Chat:
    """A connected client that keeps what it heard."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.heard: list[JSON] = []
        self.confirmed: list[str] = []
        self._arrived = asyncio.Condition()
        self.client.on("bot_uttered", self._hear)
        self.client.on("session_confirm", self._confirm)

    async def _hear(self, data: JSON) -> None:
        async with self._arrived:
            self.heard.append(data)
            self._arrived.notify_all()

    async def _confirm(self, data: str) -> None:
        async with self._arrived:
            self.confirmed.append(data)
            self._arrived.notify_all()

    async def join(self, session_id: str | None) -> str:
        """Ask for a session and wait for the answer."""
        count = len(self.confirmed)
        await self.client.emit("session_request", {"session_id": session_id})
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: len(self.confirmed) > count)
        return self.confirmed[-1]

    async def say(self, message: object, session_id: str | None = None, **more: Any) -> JSON:
        """Send a message, wait for the acknowledgement."""
        data = {"message": message, "session_id": session_id, **more}
        answer: JSON = await self.client.call("user_uttered", data, timeout=5)
        return answer

    async def hear(self, text: str) -> JSON:
        """The utterance with this text, now or soon."""
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: text in self.texts)
        return next(data for data in self.heard if data.get("text") == text)

    @property
    def texts(self) -> list[str]:
        """The texts heard so far."""
        return [data["text"] for data in self.heard if "text" in data]


@asynccontextmanager
async def connected(server: Client, transport: str = "websocket", **headers: str) -> AsyncIterator[Chat]:
    """A client that has connected."""
    chat = Chat()
    await chat.client.connect(str(server.make_url("/")), transports=[transport], headers=headers)
    try:
        yield chat
    finally:
        if transport == "websocket":
            await chat.client.disconnect()
            await chat.client.eio.wait()
        else:  # the client would wait for the answer to its last poll
            await chat.client.eio.http.close()


async def everybody_left(channel: SocketioChannel) -> None:
    """Wait until the channel has noticed."""
    async with asyncio.timeout(5):
        while len(channel._members):  # noqa: ASYNC110 (a condition of the channel's, not an event of ours)
            await asyncio.sleep(0.01)


def room_of(core: MemoryCore, session_id: str) -> Room:
    """The session's conversation."""
    return core.room("socketio", f"socketio:{session_id}")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_question_answer_button_and_human(transport: str) -> None:
    core = MemoryCore()
    async with served(core) as (server, _), connected(server, transport) as chat:
        assert await chat.join("session-1") == "session-1"
        await chat.client.emit(
            "user_uttered", {"message": "Hello", "customData": {"language": "zh"}, "session_id": "session-1"}
        )
        answer = await chat.hear("You said: Hello")
        assert set(answer) == {"text", "metadata"}
        assert core.inbounds[0].profile.language == "zh"
        assert core.inbounds[0].profile.user_id == ""
        await chat.say("buttons", "session-1")
        offer = await chat.hear("Which one?")
        assert set(offer) == {"text", "quick_replies", "metadata"}
        assert [set(each) for each in offer["quick_replies"]] == [{"content_type", "title", "payload"}] * 2
        await chat.say(offer["quick_replies"][0]["payload"], "session-1")
        await chat.hear("You said: Yes")
        await chat.say("human", "session-1")
        await chat.hear("Li Na has joined")
        core.say(room_of(core, "session-1"), "agent", "How can I help?", name="Li Na")
        assert (await chat.hear("How can I help?"))["metadata"]["name"] == "Li Na"
        assert len(chat.heard) == 5


async def test_health_is_as_in_rasa() -> None:
    async with served(MemoryCore()) as (server, _):
        assert await (await server.get("/webhooks/socketio/")).json() == {"status": "ok"}


async def test_a_session_id_is_made_when_there_is_none() -> None:
    core = MemoryCore()
    async with served(core) as (server, _), connected(server) as chat:
        made = await chat.join(None)
        assert len(made) == 32
        assert not core.rooms
        await chat.say("hi", made)
        await chat.hear("You said: hi")
        await chat.say("again")
        await chat.hear("You said: again")
        assert set(core.rooms) == {("socketio", f"socketio:{made}")}


async def test_a_message_without_any_session_gets_one_of_its_own() -> None:
    core = MemoryCore()
    async with served(core) as (server, _), connected(server) as chat:
        await chat.say("hi")
        await chat.hear("You said: hi")
        assert len(core.rooms) == 1


async def test_what_was_missed_is_told_once_after_coming_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.channels.socketio.TRAVEL", 0.0)
    core = MemoryCore()
    async with served(core) as (server, channel):
        async with connected(server) as chat:
            await chat.join("s1")
            await chat.say("human", "s1")
            await chat.hear("Li Na has joined")
        await everybody_left(channel)
        room = room_of(core, "s1")
        for text in ("one", "two"):
            core.say(room, "agent", text)
        async with connected(server) as chat:
            await chat.join("s1")
            await chat.hear("two")
            core.say(room, "agent", "three")
            await chat.hear("three")
            assert chat.texts == ["one", "two", "three"]
        await everybody_left(channel)
        async with connected(server) as chat:
            await chat.join("s1")
            core.say(room, "agent", "four")
            await chat.hear("four")
            assert chat.texts == ["four"]
        await everybody_left(channel)


async def test_what_may_not_have_arrived_is_told_again() -> None:
    core = MemoryCore()
    async with served(core) as (server, channel):
        async with connected(server) as chat:
            await chat.join("s1")
            await chat.say("hi", "s1")
            await chat.hear("You said: hi")
        await everybody_left(channel)
        async with connected(server) as chat:
            await chat.join("s1")
            await chat.hear("You said: hi")


async def test_all_connections_of_a_session_hear_everything() -> None:
    core = MemoryCore()
    async with served(core) as (server, _), connected(server) as one, connected(server) as two:
        await one.join("s1")
        await two.join("s1")
        await one.say("hi", "s1")
        await two.hear("You said: hi")
        await one.hear("You said: hi")


async def test_one_connection_may_change_its_session() -> None:
    core = MemoryCore()
    async with served(core) as (server, _), connected(server) as chat:
        await chat.join("s1")
        await chat.say("hi", "s1")
        await chat.hear("You said: hi")
        await chat.join("s2")
        core.say(room_of(core, "s1"), "agent", "not for you")
        await chat.say("ho", "s2")
        await chat.hear("You said: ho")
        assert "not for you" not in chat.texts


async def test_messages_of_one_connection_stay_in_order() -> None:
    core = MemoryCore()
    async with served(core) as (server, _), connected(server) as chat:
        for number in range(20):
            await chat.client.emit("user_uttered", {"message": f"m{number}", "session_id": "s1"})
        await chat.hear("You said: m19")
        assert [each.content.text for each in core.inbounds] == [f"m{number}" for number in range(20)]


@pytest.mark.parametrize("where", ["metadata", "customData"])
async def test_a_repeat_is_stored_once(where: str) -> None:
    core = MemoryCore()
    async with served(core) as (server, _), connected(server) as chat:
        first = await chat.say("hi", "s1", **{where: {"message_id": "m-1"}})
        assert await chat.say("hi", "s1", **{where: {"message_id": "m-1"}}) == first
        assert first["seq"] == 1
        assert len(core.inbounds) == 1


async def test_an_empty_opening_message_is_no_message() -> None:
    core = MemoryCore()
    async with served(core) as (server, _), connected(server) as chat:
        for data in ({"session_id": "s1"}, {"message": None, "session_id": "s1"}, {"message": " ", "session_id": "s1"}):
            assert (await chat.client.call("user_uttered", data))["error"]["code"] == "empty"
        assert core.stored == 0
        assert chat.heard == []


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        (None, "bad_frame", ""),
        ("hi", "bad_frame", ""),
        ([1], "bad_frame", ""),
        ({"message": {}, "session_id": "s"}, "bad_frame", "message"),
        ({"message": "x", "session_id": 7}, "bad_frame", "session_id"),
        ({"message": "x", "session_id": "a\nb"}, "bad_frame", "session_id"),
        ({"message": "x", "session_id": "s", "customData": "x"}, "bad_frame", "customData"),
        ({"message": "x", "session_id": "s", "metadata": {"message_id": " "}}, "bad_frame", "metadata.message_id"),
        ({"message": "x" * 4001, "session_id": "s"}, "too_long", "message"),
        ({"message": "/button B9.9", "session_id": "s"}, "unknown_button", "token"),
    ],
)
async def test_bad_events(data: object, code: str, field: str) -> None:
    core = MemoryCore()
    async with served(core) as (server, _), connected(server) as chat:
        error = (await chat.client.call("user_uttered", data))["error"]
        assert (error["code"], error.get("field", "")) == (code, field)
        assert core.stored == 0
        await asyncio.sleep(0.05)
        assert len(chat.heard) == (1 if code in {"too_long", "unknown_button"} else 0)


async def test_strange_events_and_packets_change_nothing() -> None:
    core = MemoryCore()
    async with served(core) as (server, _):
        async with connected(server) as chat:
            await chat.client.emit("dance", {"message": "x"})
            await chat.client.emit("user_uttered")
            await chat.client.emit("user_uttered", ("a", "b", "c"))
            await chat.client.emit("session_request", "x")
            await chat.client.emit("user_uttered", {"message": b"binary", "session_id": "s1"})
            await chat.say("still here", "s1")
            await chat.hear("You said: still here")
        for raw in ("4", "4x", "42", '42["user_uttered"', "451-[]", "9", "", "4" + "2" * 5000):
            socket = await server.ws_connect("/socket.io/?EIO=4&transport=websocket")
            await socket.receive()
            await socket.send_str("40")
            await socket.send_str(raw)
            await socket.close()
        assert len(core.inbounds) == 1


async def test_customers_read_refusals_in_their_language() -> None:
    polite = {"Accept-Language": "zh-CN"}
    async with served(MemoryCore(), text=5) as (server, _), connected(server, **polite) as chat:
        await chat.client.emit("user_uttered", {"message": "x" * 6, "session_id": "s1"})
        await chat.hear("消息太长了。请控制在 5 字以内，或分几条发送。")


async def test_origins() -> None:
    core = MemoryCore()
    async with served(core, allowed_origins=("https://shop.example",)) as (server, _):
        own = f"http://{server.host}:{server.port}"
        for origin, status in (("https://shop.example", 200), (own, 200), ("https://evil.example", 403), ("null", 403)):
            response = await server.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": origin})
            assert response.status == status
            assert response.headers.get("Access-Control-Allow-Origin") == (origin if status == 200 else None)
            socket = await server.get(
                "/socket.io/?EIO=4&transport=websocket",
                headers={
                    "Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket",
                    "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
                },
            )  # fmt: skip
            assert socket.status == (101 if status == 200 else 403)
            socket.close()
        preflight = await server.options("/socket.io/?EIO=4", headers={"Origin": "https://shop.example"})
        assert preflight.status == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == "https://shop.example"


async def test_rates() -> None:
    core = MemoryCore()
    async with served(core, events_per_10s=3) as (server, _), connected(server) as chat:
        for _ in range(3):
            await chat.say("x", "s1")
        refused = await chat.say("x", "s1")
        assert refused["error"]["code"] == "rate_limited"
        assert refused["error"]["retry_after"] >= 1
        for _ in range(25):
            await chat.client.emit("user_uttered", {"message": "x", "session_id": "s1"})
        async with asyncio.timeout(5):
            await chat.client.eio.wait()
        assert sum("quickly" in text for text in chat.texts) == 1
        assert len(core.inbounds) <= 4
    async with served(core, connections_per_ip_per_min=2) as (server, _):
        statuses = [(await server.get("/socket.io/?EIO=4&transport=polling")).status for _ in range(3)]
        assert statuses == [200, 200, 429]


async def test_a_packet_over_the_limit_is_not_read() -> None:
    core = MemoryCore()
    async with served(core, packet_bytes=2000) as (server, _):
        async with connected(server) as chat:
            await chat.client.emit("user_uttered", {"message": "x" * 3000, "session_id": "s1"})
            async with asyncio.timeout(5):
                await chat.client.eio.wait()
        assert core.stored == 0


async def test_a_failure_is_told_and_logged_without_the_text(caplog: pytest.LogCaptureFixture) -> None:
    core = MemoryCore()
    async with served(core) as (server, _), connected(server) as chat:
        await chat.join("s1")
        core.broken = True
        answer = await chat.say("my card is 4111", "s1")
        assert answer["error"]["code"] == "unavailable"
        await chat.hear("Something isn't working just now. Please try again in a moment.")
    assert "RuntimeError" in caplog.text
    assert "4111" not in caplog.text


async def test_clients_are_sent_away_at_the_end() -> None:
    core = MemoryCore()
    async with served(core) as (server, channel), connected(server) as chat:
        await chat.join("s1")
        await channel.close()
        async with asyncio.timeout(5):
            await chat.client.eio.wait()
        assert len(channel._members) == 0
