"""A helpdesk with trouble: some requests are refused, some are done and never answered, some are done and answered
wrongly. It keeps what it was given, so that what was lost or doubled can be counted.
"""

import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "of-the-flaky-desk"  # noqa: S105 - of nobody
US = 3
TROUBLES = {"refused": 4, "answer lost": 3, "not JSON": 2, "too many": 1}
"""What goes wrong, and how often in ten: a 429 stops everything for a second."""


@dataclass
class Kept:
    """A ticket there."""

    id: int
    title: str
    articles: list[dict[str, Any]] = field(default_factory=list)


class FlakyDesk:
    """What is needed of Zammad's API (docs/desks/zammad.md). `share` of the requests that write go wrong."""

    def __init__(self, share: float, seed: int) -> None:
        self.tickets: dict[int, Kept] = {}
        self.troubles: Counter[str] = Counter()
        self.requests = 0
        self._share, self._random, self._numbers = share, random.Random(seed), itertools.count(1)  # noqa: S311
        app = web.Application(client_max_size=64 << 20)
        app.router.add_get("/api/v1/users/me", self._me)
        app.router.add_post("/api/v1/tickets/search", self._search)
        app.router.add_get("/api/v1/ticket_states", self._states)
        app.router.add_post("/api/v1/tickets", self._create)
        app.router.add_get("/api/v1/tickets/{id}", self._show)
        app.router.add_put("/api/v1/tickets/{id}", self._show)
        app.router.add_get("/api/v1/ticket_articles/by_ticket/{id}", self._articles)
        app.router.add_post("/api/v1/ticket_articles", self._article)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server(access_log=None)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self._server.make_url("")).rstrip("/")

    def tickets_of(self, reference: str) -> int:
        """How many tickets a reference has."""
        return sum(reference in each.title for each in self.tickets.values())

    def said(self, text: str) -> int:
        """How often a text stands in any ticket, the packets left aside."""
        return sum(text in each["body"] for ticket in self.tickets.values() for each in ticket.articles[1:])

    async def _me(self, _: web.Request) -> web.Response:
        return web.json_response({"id": US, "login": "bot"})

    async def _states(self, _: web.Request) -> web.Response:
        return web.json_response([{"id": 1, "name": "open", "state_type": "open"}])

    async def _search(self, request: web.Request) -> web.Response:
        wanted = (await request.json())["condition"].get("ticket.title", {}).get("value", "")
        found = [each for each in self.tickets.values() if wanted and wanted in each.title]
        return web.json_response([{"id": each.id, "title": each.title} for each in found])

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()

        def done() -> dict[str, Any]:
            kept = Kept(id=next(self._numbers), title=body["title"], articles=[body["article"] | {"id": 0}])
            self.tickets[kept.id] = kept
            return {"id": kept.id, "title": kept.title}

        return self._perhaps(done)

    async def _show(self, request: web.Request) -> web.Response:
        kept = self.tickets[int(request.match_info["id"])]
        return web.json_response({"id": kept.id, "title": kept.title, "state": "open", "owner_id": 1})

    async def _articles(self, request: web.Request) -> web.Response:
        kept = self.tickets[int(request.match_info["id"])]
        shape = {"created_by_id": US, "created_at": "2026-01-01T00:00:00Z", "internal": True}
        return web.json_response(
            [
                {**shape, "id": each["id"], "body": each["body"], "content_type": each["content_type"]}
                for each in kept.articles
            ]
        )

    async def _article(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()

        def done() -> dict[str, Any]:
            number = next(self._numbers)
            self.tickets[body["ticket_id"]].articles.append(body | {"id": number})
            return {"id": number}

        return self._perhaps(done)

    def _perhaps(self, done: Any) -> web.StreamResponse:
        self.requests += 1
        if self._random.random() >= self._share:
            return web.json_response(done(), status=201)
        (trouble,) = self._random.choices(list(TROUBLES), list(TROUBLES.values()))
        self.troubles[trouble] += 1
        if trouble == "refused":
            return web.Response(status=503)
        if trouble == "too many":
            return web.Response(status=429, headers={"Retry-After": "1"})
        done()
        return web.Response(status=504) if trouble == "answer lost" else web.Response(status=201, body=b"<html>oops")
