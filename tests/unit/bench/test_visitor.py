"""What a visitor takes for the answer to a message."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bench.processes import BenchError
from bench.visitor import JSON, Outcome, Visitor

BOT = {"owner": "bot", "state": "bot", "ticket": ""}
REQUESTED = {**BOT, "state": "requested"}
CONNECTED = {"kind": "handoff_queued"}
QUEUE = {"owner": "queue", "state": "queued", "ticket": "FD-1"}


class Service:
    """The web channel on the wire: after each message of the visitor it sends the frames it was given."""

    def __init__(self) -> None:
        self.frames: list[JSON] = []
        self.stored: list[JSON] = []
        self.url = ""

    async def session(self, request: web.Request) -> web.Response:
        return web.json_response({"token": "t", "conversation_id": "c"})

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive_json()
        await socket.send_json({"type": "ready", "conversation": BOT, "seen": 0, "last": len(self.stored)})
        for message in self.stored:
            await socket.send_json({"type": "message", "message": message})
        async for received in socket:
            client_id = received.json()["client_id"]
            for frame in self.frames:
                await asyncio.sleep(0.01)
                await socket.send_json({**frame, "client_id": client_id} if frame["type"] == "ack" else frame)
        return socket


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.add_routes([web.post("/api/v1/web/session", service.session), web.get("/api/v1/web/socket", service.socket)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


@pytest.fixture
async def visitor(service: Service) -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession() as http:
        visitor = await Visitor.arrive(http, service.url, "en")
        yield visitor
        await visitor.close()


def message(seq: int, author: str = "bot", **more: object) -> JSON:
    return {"type": "message", "message": {"seq": seq, "author": author, "text": "…", **more}}


ACK = {"type": "ack", "seq": 5}
SEEN = {"type": "seen", "seq": 5}
ARTICLE = {"id": "delivery-times"}


@pytest.mark.parametrize(
    ("frames", "outcome", "answer"),
    [
        ([ACK, SEEN, message(6, article=ARTICLE)], Outcome.ANSWERED, 6),
        ([message(4), ACK, message(4), SEEN, message(6, article=ARTICLE)], Outcome.ANSWERED, 6),  # late, of before
        ([ACK, message(6, "system"), SEEN, message(7)], Outcome.DIALOGUE, 7),  # "this takes a little longer"
        ([ACK, SEEN, message(6, buttons=[{"title": "This one"}])], Outcome.CLARIFIED, 6),
        (
            [ACK, SEEN, {"type": "state", "conversation": REQUESTED}, message(6, "system", custom=CONNECTED)],
            Outcome.HANDED_OVER,
            6,
        ),
    ],
)
async def test_the_answer_is_what_follows_the_message(
    service: Service, visitor: Visitor, frames: list[JSON], outcome: Outcome, answer: int
) -> None:
    service.frames = frames
    heard = await visitor.say("How long does delivery take?")
    assert heard.outcome is outcome
    assert [said["seq"] for said in heard.said] == [answer]
    assert heard.answered_s is not None
    assert heard.answered_s > 0.01 * len(frames)
    assert 0 < heard.acknowledged_s < heard.answered_s


async def test_who_waits_for_a_human_may_hear_nothing(service: Service, visitor: Visitor) -> None:
    service.frames = [{"type": "state", "conversation": QUEUE}, ACK, SEEN]
    heard = await visitor.say("Are you there?")
    assert (heard.outcome, heard.answered_s, visitor.with_bot) == (Outcome.SILENT, None, False)


async def test_a_refusal_is_an_error(service: Service, visitor: Visitor) -> None:
    service.frames = [{"type": "error", "code": "rate_limited"}]
    with pytest.raises(BenchError, match="rate_limited"):
        await visitor.say("hello")


async def test_the_history_leaves_alone_what_was_delivered_live(service: Service, visitor: Visitor) -> None:
    service.frames = [ACK, SEEN, message(6)]
    await visitor.say("hello")
    service.stored = [message(5, "customer")["message"], message(6)["message"]]
    service.stored[0]["seq"], service.stored[1]["seq"] = 1, 2
    assert [each["seq"] for each in await visitor.history()] == [1, 2]
    assert visitor.delivered == [6]
