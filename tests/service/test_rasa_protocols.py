"""Rasa's own protocols, served by the whole service: existing clients get the same answers."""

import asyncio

import aiohttp
import socketio

from tests.fakes.agent import Agent
from tests.fakes.installation import Installation


async def test_the_rest_protocol_answers_and_lets_a_client_poll_for_the_human(
    installation: Installation, agent: Agent
) -> None:
    async with aiohttp.ClientSession(installation.url) as http:
        body = {"sender": "erp-17", "message": "how long does delivery take?"}
        async with http.post("/webhooks/rest/webhook", json=body) as response:
            [answer] = await response.json()
        assert answer["recipient_id"] == "erp-17"
        assert answer["text"] == "1–3 days.\n\nFrom: Delivery times"

        async with http.post("/webhooks/rest/webhook", json={"sender": "erp-17", "message": "human"}) as response:
            assert response.status == 200
        for _ in range(200):
            if queue := await agent.queue():
                break
            await asyncio.sleep(0.02)
        await agent.take(str(queue[0]["id"]))
        await agent.reply(str(queue[0]["id"]), "Tomorrow.")
        seen: list[str] = []
        for _ in range(20):
            async with http.get("/webhooks/rest/webhook/erp-17/messages?after=0&wait=1") as response:
                seen = [message["text"] for message in await response.json()]
            if "Tomorrow." in seen:
                break
        assert seen.count("Tomorrow.") == 1


async def test_the_socket_io_protocol_answers(installation: Installation) -> None:
    uttered: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    confirmed: asyncio.Queue[str] = asyncio.Queue()
    client = socketio.AsyncClient()
    client.on("bot_uttered", uttered.put)
    client.on("session_confirm", confirmed.put)
    await client.connect(installation.url, transports=["websocket"])
    await client.emit("session_request", {"session_id": "s-0001"})
    assert await asyncio.wait_for(confirmed.get(), 5) == "s-0001"
    await client.emit("user_uttered", {"message": "how long does delivery take?", "session_id": "s-0001"})
    assert (await asyncio.wait_for(uttered.get(), 5))["text"] == "1–3 days.\n\nFrom: Delivery times"
    await client.disconnect()
