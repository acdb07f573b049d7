"""The REST channel as Rasa's clients see it."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connectors.channels.rest import RestChannel, RestSettings
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.message import JSON, Attachment, Author, Button, Content, Outbound
from tests.channels.memory import MemoryCore

URL = "/webhooks/rest/webhook"
CALLBACK_SECRET = "callback-secret-for-tests-0123456789"
Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def served(core: MemoryCore, **settings: Any) -> AsyncIterator[tuple[Client, RestChannel]]:
    """A client of a served REST channel."""
    channel = RestChannel(RestSettings(**settings), core)
    app = web.Application()
    app.add_routes(channel.routes())
    async with TestClient(TestServer(app)) as client:
        yield client, channel
    await channel.close()


async def say(client: Client, message: str, sender: str = "ann", **more: Any) -> list[JSON]:
    """Send a message and take the answer."""
    response = await client.post(URL, json={"sender": sender, "message": message, **more})
    assert response.status == 200, await response.text()
    answer: list[JSON] = await response.json()
    return answer


async def test_health_is_as_in_rasa() -> None:
    async with served(MemoryCore()) as (client, _):
        assert await (await client.get("/webhooks/rest/")).json() == {"status": "ok"}


async def test_an_answer_has_rasas_shape() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        (answer,) = await say(client, "Hello", metadata={"language": "zh-CN", "shop": 7})
        assert (answer["recipient_id"], answer["text"]) == ("ann", "You said: Hello")
        assert answer["author"] == "bot"
        assert core.inbounds[0].address == "rest:ann"
        assert core.inbounds[0].profile.language == "zh"
        assert core.inbounds[0].profile.user_id == ""
        assert core.inbounds[0].raw["metadata"] == {"language": "zh-CN", "shop": 7}
        assert [each["text"] for each in await say(client, "twice")] == ["one", "two"]


async def test_buttons_come_back_as_their_payload() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        (offer,) = await say(client, "buttons")
        assert [each["title"] for each in offer["buttons"]] == ["Yes", "No"]
        (answer,) = await say(client, offer["buttons"][1]["payload"])
        assert answer["text"] == "You said: No"
        response = await client.post(URL, json={"sender": "ann", "message": "/button B9.9"})
        assert response.status == 400
        assert (await response.json())["error"]["code"] == "unknown_button"


@pytest.mark.parametrize("text", ["/restart", "/button", "/button a b", '/greet{"a": 1}', "/session_start"])
async def test_other_text_that_begins_with_a_slash_is_text(text: str) -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        assert (await say(client, text))[0]["text"] == f"You said: {text}"
        assert core.inbounds[0].button == ""


async def test_attachments_are_objects_of_their_own() -> None:
    async with served(MemoryCore(), public_url="https://support.example") as (client, _):
        text, image, file = await say(client, "picture")
        assert text["text"] == "Look"
        assert image["image"] == "https://support.example/api/v1/a.png"
        assert file["attachment"] == "https://support.example/api/v1/a.png"
        assert text["seq"] == image["seq"] == file["seq"]


async def test_a_repeat_gets_the_same_answer_and_does_nothing_more() -> None:
    core = MemoryCore()
    async with served(core, turn_seconds=3) as (client, _):
        first = await say(client, "twice", message_id="m-1")
        begun = time.monotonic()
        assert await say(client, "twice", message_id="m-1") == first
        assert await say(client, "twice", metadata={"message_id": "m-1"}) == first
        assert time.monotonic() - begun < 1
        core.slow = 0.2
        one, two = await asyncio.gather(say(client, "hi", message_id="m-2"), say(client, "hi", message_id="m-2"))
        assert one == two
        assert len(core.inbounds) == 2
        await say(client, "hi")
        assert await say(client, "twice", message_id="m-1") == first


async def test_requests_at_once_get_their_own_answers() -> None:
    core = MemoryCore()
    core.slow = 0.05
    async with served(core) as (client, _):
        answers = await asyncio.gather(*(say(client, f"q{number}") for number in range(5)))
        for number, answer in enumerate(answers):
            assert [each["text"] for each in answer] == [f"You said: q{number}"]


async def test_senders_are_apart_from_each_other_and_from_other_channels() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        await say(client, "one", sender="ann")
        await say(client, "two", sender="李娜@example")
        assert set(core.rooms) == {("rest", "rest:ann"), ("rest", "rest:李娜@example")}


async def test_a_stream_is_newline_delimited() -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        response = await client.post(
            f"{URL}?stream=true", json={"sender": "ann", "message": "twice", "message_id": "s"}
        )
        assert response.content_type == "text/event-stream"
        lines = [json.loads(line) async for line in response.content]
        assert [line["text"] for line in lines] == ["one", "two"]
        again = await client.post(f"{URL}?stream=true", json={"sender": "ann", "message": "twice", "message_id": "s"})
        assert [json.loads(line) async for line in again.content] == lines


async def test_a_slow_turn_returns_what_is_there_and_polling_has_the_rest() -> None:
    core = MemoryCore()
    core.slow = 0.4
    async with served(core, turn_seconds=0.1) as (client, _):
        assert await say(client, "hi") == []
        response = await client.get(f"{URL}/ann/messages?after=1&wait=5")
        assert [each["text"] for each in await response.json()] == ["You said: hi"]


async def test_people_are_heard_by_polling() -> None:
    core = MemoryCore()
    async with served(core) as (client, channel):
        (joined,) = await say(client, "human")
        assert joined["custom"] == {"kind": "agent_joined", "name": "Li Na"}
        assert await say(client, "are you there?") == []
        waiting = asyncio.create_task(client.get(f"{URL}/ann/messages?after={joined['seq']}&wait=20"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        core.say(core.room("rest", "rest:ann"), "agent", "Yes, I am", name="Li Na")
        (reply,) = await (await waiting).json()
        assert (reply["text"], reply["author"], reply["name"]) == ("Yes, I am", "agent", "Li Na")
        nothing = await client.get(f"{URL}/ann/messages?after={reply['seq']}")
        assert await nothing.json() == []
        waiting = asyncio.create_task(client.get(f"{URL}/ann/messages?after={reply['seq']}&wait=20"))
        await asyncio.sleep(0.1)
        await channel.close()
        async with asyncio.timeout(2):
            assert await (await waiting).json() == []


async def test_a_token_guards_everything() -> None:
    core = MemoryCore()
    async with served(core, token="rest-token-of-the-client") as (client, _):
        for given in ("", "Bearer", "Bearer wrong", "Basic rest-token-of-the-client", "Bearer é"):
            headers = {"Authorization": given}
            sent = await client.post(URL, json={"sender": "ann", "message": "x"}, headers=headers)
            read = await client.get(f"{URL}/ann/messages", headers=headers)
            assert (sent.status, read.status) == (403, 403)
        assert not core.rooms
        headers = {"Authorization": "Bearer rest-token-of-the-client"}
        sent = await client.post(URL, json={"sender": "ann", "message": "x"}, headers=headers)
        assert sent.status == 200


async def test_pages_of_other_origins_may_not_call() -> None:
    core = MemoryCore()
    async with served(core, allowed_origins=("https://shop.example",)) as (client, _):
        for origin, status in (("https://evil.example", 403), ("null", 403), ("https://shop.example", 200)):
            response = await client.post(
                URL, data=b'{"sender": "ann", "message": "x"}', headers={"Origin": origin, "Content-Type": "text/plain"}
            )
            assert response.status == status
        assert len(core.inbounds) == 1


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"", 400, "bad_frame", ""),
        (b"[]", 400, "bad_frame", ""),
        (b'{"message": "x"}', 400, "bad_frame", "sender"),
        (b'{"sender": "", "message": "x"}', 400, "bad_frame", "sender"),
        (b'{"sender": 7, "message": "x"}', 400, "bad_frame", "sender"),
        ('{"sender": "a\u200b", "message": "x"}'.encode(), 400, "bad_frame", "sender"),
        (b'{"sender": "' + b"a" * 121 + b'", "message": "x"}', 400, "bad_frame", "sender"),
        (b'{"sender": "ann"}', 400, "empty", "message"),
        (b'{"sender": "ann", "message": " "}', 400, "empty", "message"),
        (b'{"sender": "ann", "message": {}}', 400, "bad_frame", "message"),
        (b'{"sender": "ann", "message": "' + b"x" * 4001 + b'"}', 413, "too_long", "message"),
        (b'{"sender": "ann", "message": "x", "metadata": 7}', 400, "bad_frame", "metadata"),
        (b'{"sender": "ann", "message": "x", "message_id": "a b"}', 400, "bad_frame", "message_id"),
        (b'{"sender": "ann", "message": "x", "metadata": {"language": 1}}', 400, "bad_frame", "metadata.language"),
        (b'{"sender": "ann", "message": "' + b"x" * 70_000 + b'"}', 413, "too_long", ""),
    ],
)
async def test_bad_requests(body: bytes, status: int, code: str, field: str) -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        response = await client.post(URL, data=body)
        assert response.status == status
        error = (await response.json())["error"]
        assert (error["code"], error.get("field", "")) == (code, field)
        assert error["detail"]
    assert core.stored == 0


async def test_rates() -> None:
    async with served(MemoryCore(), messages_per_10s=2) as (client, _):
        for _ in range(2):
            await say(client, "x")
        response = await client.post(URL, json={"sender": "ann", "message": "x"})
        assert response.status == 429
        assert int(response.headers["Retry-After"]) >= 1
        await say(client, "x", sender="ben")
    async with served(MemoryCore(), requests_per_ip_per_min=1) as (client, _):
        assert (await client.get(f"{URL}/ann/messages")).status == 200
        assert (await client.get(f"{URL}/ann/messages")).status == 429


async def test_a_failure_is_503_and_says_nothing_of_the_text(caplog: pytest.LogCaptureFixture) -> None:
    core = MemoryCore()
    async with served(core) as (client, _):
        core.broken = True
        response = await client.post(URL, json={"sender": "ann", "message": "my card is 4111"})
        assert response.status == 503
        assert response.headers["Retry-After"]
        assert "4111" not in await response.text() + caplog.text


def outbound(author: Author = Author.AGENT, **content: Any) -> Outbound:
    """A reply on its way to ann."""
    return Outbound(
        message_id="M1", conversation_id="C1", address="rest:ann", author=author, author_name="Li Na",
        content=Content(**{"text": "Hello 你好", **content}), seq=3, at=1_790_000_000_000,
    )  # fmt: skip


class Receiver:
    """A client's callback URL; answers as it is told."""

    def __init__(self) -> None:
        self.status, self.headers, self.delay = 200, {}, 0.0
        self.requests: list[tuple[dict[str, str], bytes]] = []

    async def take(self, request: web.Request) -> web.Response:
        """Handle one POST."""
        self.requests.append((dict(request.headers), await request.read()))
        await asyncio.sleep(self.delay)
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/replies", receiver.take)
    async with TestServer(app) as server:
        yield receiver, str(server.make_url("/replies"))


class TestCallback:
    async def test_a_reply_is_posted_signed(self, receiver: tuple[Receiver, str]) -> None:
        taken, url = receiver
        settings = {"callback_url": url, "callback_secret": CALLBACK_SECRET, "public_url": "https://support.example"}
        async with served(MemoryCore(), **settings) as (_, channel):
            assert channel.stored_is_delivered is False
            image = Attachment(id="F1", name="a.png", media_type="image/png", size=3, url="/api/v1/attachments/F1")
            await channel.send(
                outbound(buttons=(Button(title="Yes", token="B1.0", payload="/secret"),), attachments=(image,))
            )
        ((headers, body),) = taken.requests
        text, picture = json.loads(body)
        assert (text["recipient_id"], text["text"], text["seq"]) == ("ann", "Hello 你好", 3)
        assert text["buttons"] == [{"title": "Yes", "payload": "/button B1.0"}]
        assert picture["image"] == "https://support.example/api/v1/attachments/F1"
        assert headers["Front-Door-Message-Id"] == "M1"
        at, proof = (part.split("=")[1] for part in headers["Front-Door-Signature"].split(","))
        expected = hmac.new(CALLBACK_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        assert proof == expected
        assert abs(time.time() - int(at)) < 5

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (500, TryLater),
            (503, TryLater),
            (429, TryLater),
            (400, Undeliverable),
            (410, Undeliverable),
            (302, Undeliverable),
        ],
    )
    async def test_failures(self, receiver: tuple[Receiver, str], status: int, error: type[Exception]) -> None:
        taken, url = receiver
        taken.status, taken.headers = status, {"Retry-After": "7", "Location": url}
        async with served(MemoryCore(), callback_url=url, callback_secret=CALLBACK_SECRET) as (_, channel):
            with pytest.raises(error, match=str(status)) as caught:
                await channel.send(outbound())
            assert getattr(caught.value, "after", 7) == 7
            assert len(taken.requests) == 1

    async def test_nobody_there_and_no_answer(
        self, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken, url = receiver
        taken.delay = 1
        monkeypatch.setattr("connectors.callback._ANSWER_WITHIN", 0.2)
        async with served(MemoryCore(), callback_url=url, callback_secret=CALLBACK_SECRET) as (_, channel):
            with pytest.raises(OutcomeUnknown):
                await channel.send(outbound())
        nobody = "http://127.0.0.1:9/replies"
        async with served(MemoryCore(), callback_url=nobody, callback_secret=CALLBACK_SECRET) as (_, channel):
            with pytest.raises(TryLater):
                await channel.send(outbound())

    async def test_what_an_answer_carries_is_not_posted_too(self, receiver: tuple[Receiver, str]) -> None:
        taken, url = receiver
        core = MemoryCore()
        core.slow = 0.2
        async with served(core, callback_url=url, callback_secret=CALLBACK_SECRET) as (client, channel):
            asking = asyncio.create_task(say(client, "hi"))
            await asyncio.sleep(0.1)
            await channel.send(outbound(Author.BOT))  # a turn is open: its answer will have it
            await channel.send(outbound(Author.AGENT))
            assert len(taken.requests) == 1
            (answer,) = await asking
            told = Outbound(**{**vars(outbound(Author.BOT)), "message_id": answer["message_id"]})
            await channel.send(told)
            assert len(taken.requests) == 1
            await channel.send(outbound(Author.SYSTEM))
            assert len(taken.requests) == 2

    async def test_without_a_callback_there_is_nothing_to_do(self) -> None:
        async with served(MemoryCore()) as (_, channel):
            assert channel.stored_is_delivered is True
            assert (await channel.send(outbound())).vendor_id == ""

    @pytest.mark.parametrize(
        "settings",
        [
            {"callback_url": "ftp://x"},
            {"callback_url": "https://x"},
            {"callback_url": "https://x", "callback_secret": "s"},
        ],
    )
    def test_settings_are_checked(self, settings: dict[str, str]) -> None:
        with pytest.raises(ValueError, match="callback_"):
            RestChannel(RestSettings(**settings), MemoryCore())
