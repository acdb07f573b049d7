"""Call-backs and visits, over the service's internal API, as the bot's actions book them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from icalendar import Calendar

from tests.fakes.agent import Agent
from tests.fakes.installation import Installation
from tests.fakes.visitor import Visitor

JSON = dict[str, Any]


class Bot:
    """An action, at the internal API."""

    def __init__(self, http: aiohttp.ClientSession, conversation_id: str, token: str) -> None:
        self._http, self._id, self._headers = http, conversation_id, {"Authorization": f"Bearer {token}"}

    async def call(self, method: str, path: str, status: int = 200, **body: Any) -> JSON:
        url = f"/internal/v1/{path.replace('{id}', self._id)}"
        async with self._http.request(method, url, json=body or None, headers=self._headers) as response:
            assert response.status == status, await response.text()
            return dict(await response.json())

    async def slots(self, kind: str = "callback", limit: int = 100) -> list[JSON]:
        return list((await self.call("GET", f"appointments/{kind}/slots?limit={limit}"))["slots"])

    async def book(self, start: int, *, key: str = "k1", kind: str = "callback", status: int = 201) -> JSON:
        wish = {"kind": kind, "start": start, "key": key, "phone": "13800138000", "address": "1 Lake Road, Hangzhou"}
        return await self.call("POST", "conversations/{id}/appointments", status, **wish)


@pytest.fixture
async def visitor(installation: Installation) -> AsyncIterator[Visitor]:
    async with Visitor(installation.url) as visitor:
        await visitor.say("hello")
        await visitor.sees("You said: hello")
        yield visitor


@pytest.fixture
async def bot(installation: Installation, visitor: Visitor) -> AsyncIterator[Bot]:
    token = installation.settings.keys.internal_token.get_secret_value()
    async with aiohttp.ClientSession(installation.url) as http:
        yield Bot(http, visitor.state["id"], token)


async def calendar_of(installation: Installation, message: JSON) -> Any:
    (file,) = message["attachments"]
    assert (file["media_type"], file["name"].endswith(".ics")) == ("text/calendar", True)
    async with aiohttp.ClientSession(installation.url) as http, http.get(file["url"]) as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
        return Calendar.from_ical(await response.read())


async def ticket_of(agent: Agent) -> JSON:
    for _ in range(200):
        if queue := await agent.queue():
            return dict(queue[0])
        await asyncio.sleep(0.02)
    raise AssertionError("no ticket came")


async def test_a_call_back_is_booked_confirmed_and_at_the_desk(
    installation: Installation, visitor: Visitor, bot: Bot, agent: Agent
) -> None:
    """given free times, when one is booked, then the customer has an .ics, the humans a ticket, the bot the talk."""
    slot = (await bot.slots())[0]
    await bot.book(slot["start"])
    said = await visitor.sees("Booked: we'll call you on 13800138000")
    event = (await calendar_of(installation, said)).walk("VEVENT")[0]
    assert event["DTSTART"].dt.timestamp() * 1000 == slot["start"]
    assert event["DTEND"].dt.timestamp() * 1000 == slot["end"]
    assert (str(event["STATUS"]), int(event["SEQUENCE"])) == ("CONFIRMED", 0)
    ticket = await ticket_of(agent)
    assert ticket["number"] == said["custom"]["number"]
    assert ticket["number"] in str(event["DESCRIPTION"])
    packet = (await agent.call("GET", f"tickets/{ticket['id']}"))["packet"]
    assert packet["reason"] == "appointment"
    assert packet["slots"]["phone"] == "13800138000"
    await visitor.say("and what about delivery?")
    await visitor.sees("1–3 days", author="bot")
    assert visitor.state["owner"] == "bot"


async def test_a_repeat_books_nothing_more(visitor: Visitor, bot: Bot) -> None:
    slot = (await bot.slots())[0]
    first, *others = await asyncio.gather(*(bot.book(slot["start"]) for _ in range(4)))
    assert all(other["id"] == first["id"] for other in others)
    await visitor.sees("Booked")
    assert len([text for text in visitor.transcript if "Booked" in text]) == 1


async def test_no_more_are_booked_than_can_take_place(bot: Bot) -> None:
    slot = (await bot.slots())[0]
    for number in range(2):
        await bot.book(slot["start"], key=f"k{number}")
    refused = await bot.book(slot["start"], key="k3", status=409)
    assert refused["error"]["code"] == "slot_taken"
    assert slot["start"] not in [each["start"] for each in await bot.slots()]
    await bot.book(slot["start"] + 1, key="k4", status=409)  # a time that is not offered


async def test_visits_need_an_address_and_whole_spans(bot: Bot) -> None:
    slots = await bot.slots("visit", 6)
    assert [(each["end"] - each["start"]) // 3_600_000 for each in slots[:3]] in (
        [3, 4, 2], [4, 2, 3], [2, 3, 4],
    )  # fmt: skip
    wish = {"kind": "visit", "start": slots[0]["start"], "key": "k", "phone": "13800138000"}
    wrong = await bot.call("POST", "conversations/{id}/appointments", 400, **wish)
    assert wrong["error"]["field"] == "address"


async def test_an_appointment_is_cancelled_on_every_side(
    installation: Installation, visitor: Visitor, bot: Bot, agent: Agent
) -> None:
    slot = (await bot.slots("visit"))[0]
    booked = await bot.book(slot["start"], kind="visit")
    await visitor.sees("a technician comes to 1 Lake Road, Hangzhou")
    ticket = await ticket_of(agent)
    (found,) = (await bot.call("GET", "conversations/{id}/appointments"))["appointments"]
    assert found["id"] == booked["id"]
    await bot.call("DELETE", f"conversations/{{id}}/appointments/{booked['id']}")
    said = await visitor.sees("is cancelled")
    file = await calendar_of(installation, said)
    event = file.walk("VEVENT")[0]
    assert (str(file["METHOD"]), str(event["STATUS"]), int(event["SEQUENCE"])) == ("CANCEL", "CANCELLED", 1)
    await bot.call("DELETE", f"conversations/{{id}}/appointments/{booked['id']}", 404)
    for _ in range(200):
        timeline = (await agent.call("GET", f"tickets/{ticket['id']}"))["timeline"]
        if "is cancelled" in str(timeline[-1]):
            break
        await asyncio.sleep(0.02)
    assert "is cancelled" in str(timeline[-1])


async def test_only_the_bot_may_book(installation: Installation, visitor: Visitor) -> None:
    async with aiohttp.ClientSession(installation.url) as http:
        for method, path in [
            ("GET", "appointments/visit/slots"), ("GET", "conversations/x/appointments"),
            ("POST", "conversations/x/appointments"), ("DELETE", "conversations/x/appointments/y"),
        ]:  # fmt: skip
            async with http.request(method, f"/internal/v1/{path}") as response:
                assert response.status == 401
