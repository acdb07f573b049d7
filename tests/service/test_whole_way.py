"""The whole way of a request, over real HTTP and WebSockets: bot, queue, human, solved, rated."""

import asyncio

import aiohttp

from tests.fakes.agent import Agent
from tests.fakes.installation import Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.visitor import Visitor


async def waiting_ticket(agent: Agent) -> dict[str, object]:
    for _ in range(200):
        if queue := await agent.queue():
            return queue[0]
        await asyncio.sleep(0.02)
    raise AssertionError("no ticket came")


async def test_from_a_question_to_a_rating(installation: Installation, agent: Agent) -> None:
    async with Visitor(installation.url) as visitor:
        await visitor.say("how long does delivery take?")
        answer = await visitor.sees("1–3 days", author="bot")
        assert answer["article"]["id"] == "delivery-times"
        await visitor.say("I want a human")
        queued = await visitor.sees("in line for a colleague")
        ticket = await waiting_ticket(agent)
        assert ticket["number"] == queued["custom"]["number"]
        ticket_id = str(ticket["id"])

        detail = await agent.call("GET", f"tickets/{ticket_id}")
        assert detail["packet"]["question"] == "how long does delivery take?"
        assert detail["packet"]["tried"][0]["article_id"] == "delivery-times"
        said = [entry["content"].get("text") for entry in detail["timeline"] if entry["kind"] == "message"]
        assert said[:3] == ["how long does delivery take?", "1–3 days.", "I want a human"]

        await agent.take(ticket_id)
        await visitor.sees("has joined")
        await visitor.until(lambda: visitor.state["owner"] == "agent")
        await agent.reply(ticket_id, "Tomorrow, I checked.")
        reply = await visitor.sees("Tomorrow", author="agent")
        assert reply["name"] == "Admin"
        await visitor.say("Thanks!")
        for _ in range(100):
            timeline = (await agent.call("GET", f"tickets/{ticket_id}"))["timeline"]
            if timeline[-1]["content"].get("text") == "Thanks!":
                break
            await asyncio.sleep(0.02)
        assert timeline[-1]["author"] == "customer"

        await agent.call("POST", f"tickets/{ticket_id}/resolve", note="checked with the carrier")
        await visitor.sees("Is everything sorted out?")
        await visitor.act("solved", solved=True)
        await visitor.sees("rate the help")
        await visitor.act("rate", score=5, comment="quick")
        await visitor.sees("Thank you for your feedback")
        for _ in range(100):
            rated = (await agent.call("GET", f"tickets/{ticket_id}"))["ticket"]["rating"]
            if rated:
                break
            await asyncio.sleep(0.02)
        assert (rated["score"], rated["comment"]) == (5, "quick")
        assert visitor.doubled == []
        assert sorted(visitor.messages) == list(range(1, len(visitor.messages) + 1))


async def test_the_agents_screen_is_told_at_once(installation: Installation, agent: Agent) -> None:
    socket = await agent.socket()
    assert (await socket.receive_json(timeout=5))["type"] == "ready"
    async with Visitor(installation.url, language="zh") as visitor:
        await visitor.say("转人工")
        async with asyncio.timeout(5):
            while (frame := await socket.receive_json())["type"] != "ticket":
                pass
        assert frame["ticket"]["language"] == "zh"
        ticket_id = frame["ticket"]["id"]
        await agent.take(ticket_id)
        await socket.send_json({"type": "watch", "ticket_id": ticket_id})
        await visitor.sees("已接入")
        async with asyncio.timeout(5):
            while (await socket.receive_json())["type"] != "watching":
                pass
        await visitor.typing(True)
        async with asyncio.timeout(5):
            while (frame := await socket.receive_json())["type"] != "typing":
                pass
        assert frame["author"] == "customer"
        await socket.send_json({"type": "typing", "ticket_id": ticket_id, "on": True})
        await visitor.until(
            lambda: ("typing", "agent") in [(each["type"], each.get("author")) for each in visitor.frames]
        )
    await socket.close()


async def test_a_desk_that_is_switched_off_takes_the_ticket_when_it_is_back(
    installation: Installation, agent: Agent
) -> None:
    await agent.call("PUT", "desk", accepting=False)
    async with Visitor(installation.url) as visitor:
        await visitor.say("human please")
        offline = await visitor.sees("can't reach our service team")
        assert await agent.queue() == []
        await agent.call("PUT", "desk", accepting=True)
        queued = await visitor.sees("in line for a colleague", within_s=30)
        assert queued["custom"]["number"] == offline["custom"]["reference"]
        assert len(await agent.queue()) == 1


async def test_two_agents_cannot_have_the_same_ticket(installation: Installation, agent: Agent) -> None:
    made = await agent.call("POST", "users", login="li.na", name="Li Na", role="agent", tiers=["front_line"])
    async with Agent(installation.url, "li.na", made["password"]) as other, Visitor(installation.url) as visitor:
        await visitor.say("human")
        ticket_id = str((await waiting_ticket(agent))["id"])
        results = await asyncio.gather(agent.take(ticket_id), other.take(ticket_id), return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["AssertionError", "dict"]
        assert "taken" in str(next(result for result in results if isinstance(result, AssertionError)))


async def test_files_reach_the_agent_and_only_by_signed_links(installation: Installation, agent: Agent) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
    async with Visitor(installation.url) as visitor, aiohttp.ClientSession(installation.url) as http:
        headers = {"Authorization": f"Bearer {visitor._token}"}
        form = aiohttp.FormData()
        form.add_field("file", png, filename="../../etc/passwd.png", content_type="text/html")
        async with http.post("/api/v1/web/attachments", data=form, headers=headers) as response:
            assert response.status == 201
            stored = await response.json()
        assert stored["media_type"] == "image/png"
        assert "/" not in stored["name"]
        await visitor.say("human")
        await visitor._send({"type": "message", "text": "see photo", "attachments": [stored["id"]]})
        shown = await visitor.sees("see photo")
        url = shown["attachments"][0]["url"]
        async with http.get(url) as response:
            assert await response.read() == png
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in response.headers["Content-Security-Policy"]
        async with http.get(url.replace("signature=", "signature=0")) as response:
            assert response.status == 403
        other = stored["id"][:-1] + ("0" if stored["id"][-1] != "0" else "1")
        async with http.get(url.replace(stored["id"], other)) as response:
            assert response.status == 403
        form = aiohttp.FormData()
        form.add_field("file", b"MZ\x90\x00" + b"\x00" * 80, filename="photo.png", content_type="image/png")
        async with http.post("/api/v1/web/attachments", data=form, headers=headers) as response:
            assert response.status == 415


async def test_readiness_names_what_is_missing(installation: Installation, rasa: ScriptedRasa) -> None:
    async with aiohttp.ClientSession(installation.url) as http:
        async with http.get("/readyz") as response:
            assert response.status == 200
        rasa.status = 503
        async with asyncio.timeout(15):  # what was seen a moment ago may be told again
            while True:
                async with http.get("/readyz") as response:
                    status, told = response.status, await response.json()
                if status != 200:
                    break
                await asyncio.sleep(0.1)
        assert status == 503
        assert told["parts"]["bot"] is False
        async with http.get("/healthz") as response:
            assert response.status == 200


async def test_logs_name_the_conversation_and_hold_no_text_and_no_secret(
    installation: Installation, rasa: ScriptedRasa
) -> None:
    async with Visitor(installation.url) as visitor:
        rasa.status = 500
        await visitor.say("my card number is 4111 1111 1111 1111")
        await asyncio.sleep(0.6)
        rasa.status = 200
        await visitor.sees("You said")
        conversation_id = visitor.state["id"]
        token = visitor._token
    assert conversation_id in installation.log
    assert "4111" not in installation.log
    assert token not in installation.log
    keys = installation.settings.keys
    for key in (keys.session_key, keys.internal_token, keys.brain_token):
        assert key.get_secret_value() not in installation.log


async def test_actions_learn_the_tickets_of_a_conversation(installation: Installation, agent: Agent) -> None:
    token = installation.settings.keys.internal_token.get_secret_value()
    async with Visitor(installation.url) as visitor, aiohttp.ClientSession(installation.url) as http:
        await visitor.say("human")
        queued = await visitor.sees("in line")
        path = f"/internal/v1/conversations/{visitor.state['id']}/tickets"
        async with http.get(path) as response:
            assert response.status == 401
        async with http.get(path, headers={"Authorization": f"Bearer {token}"}) as response:
            tickets = (await response.json())["tickets"]
        assert [(each["number"], each["status"], each["position"]) for each in tickets] == [
            (queued["custom"]["number"], "queued", 1)
        ]
