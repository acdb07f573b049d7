"""Tickets from a real server that stands in for the service."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import pytest
from aiohttp import web

from actions.clock import BEIJING
from actions.ticket_status import ActionTicketStatus, moment_in_words
from tests.unit.actions.conftest import Conversation

AT = 1_793_400_000_000


def ticket(number: str, status: str, **more: Any) -> dict[str, Any]:
    return {"number": number, "status": status, "position": None, "created_at": AT, "updated_at": AT} | more


class Service:
    def __init__(self) -> None:
        self.answer: Any = {"tickets": []}
        self.status = 200
        self.asked: list[tuple[str, str]] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, request.headers.get("Authorization", "")))
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_get("/{path:.*}", service.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("FRONTDOOR_INTERNAL_URL", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setenv("FRONTDOOR_INTERNAL_TOKEN", "internal")
    yield service
    await runner.cleanup()


async def ask(text: str = "ticket status") -> list[dict[str, Any]]:
    return (await Conversation(ActionTicketStatus()).turn(text, "ticket_status")).messages


async def test_each_status_has_its_sentence(service: Service) -> None:
    service.answer = {
        "tickets": [
            ticket("FD-AAAAAA", "queued", position=2),
            ticket("FD-BBBBBB", "open"),
            ticket("FD-CCCCCC", "resolved"),
            ticket("FD-DDDDDD", "open"),
        ]
    }
    told = await ask()
    assert [message["response"] for message in told] == [
        "say_ticket_queued_at",
        "say_ticket_open",
        "say_ticket_resolved",
    ]
    assert told[0]["position"] == 2
    assert service.asked == [("/internal/v1/conversations/conversation-1/tickets", "Bearer internal")]


async def test_the_named_ticket_only(service: Service) -> None:
    service.answer = {"tickets": [ticket("FD-AAAAAA", "waiting_customer"), ticket("FD-BBBBBB", "queued")]}
    told = await ask("what about fd-bbbbbb")
    assert [(message["response"], message["number"]) for message in told] == [("say_ticket_queued", "FD-BBBBBB")]
    told = await ask("FD-ZZZZZZ")
    assert [(message["response"], message["number"]) for message in told] == [("say_ticket_unknown", "FD-ZZZZZZ")]


async def test_no_ticket(service: Service) -> None:
    assert [message["response"] for message in await ask()] == ["say_ticket_none"]


@pytest.mark.parametrize(
    "answer", [[], {}, {"tickets": [{"number": "FD-AAAAAA"}]}, {"tickets": [ticket("FD-AAAAAA", "lost")]}]
)
async def test_an_answer_that_is_no_tickets_is_unavailable(service: Service, answer: Any) -> None:
    service.answer = answer
    assert [message["response"] for message in await ask()] == ["say_ticket_unavailable"]


async def test_a_refusing_or_absent_service_is_said_honestly(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.status = 401
    assert [message["response"] for message in await ask()] == ["say_ticket_unavailable"]
    monkeypatch.setenv("FRONTDOOR_INTERNAL_URL", "http://127.0.0.1:9")
    assert [message["response"] for message in await ask()] == ["say_ticket_unavailable"]


def test_moments() -> None:
    moment = datetime(2026, 11, 10, 9, 5, tzinfo=BEIJING)
    assert moment_in_words(moment, "en", date(2026, 11, 11)) == "yesterday (10 November) at 09:05"
    assert moment_in_words(moment, "zh", date(2026, 11, 11)) == "昨天（11月10日） 09:05"
