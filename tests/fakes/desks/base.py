"""What every fake of a helpdesk has: tickets with what was said in them, and people who work there."""

import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from connectors.message import JSON
from tests.fakes.vendors.base import FakeVendor


@dataclass(kw_only=True)
class FakeFile:
    """A file in a ticket."""

    name: str
    data: bytes
    media_type: str = "application/octet-stream"


@dataclass(kw_only=True)
class FakeRemark:
    """An entry of a ticket. `author` is the id of somebody who works there; empty: the account that we use."""

    id: str
    text: str
    public: bool = False
    author: str = ""
    at: float = field(default_factory=time.time)
    files: list[FakeFile] = field(default_factory=list)
    deleted: bool = False
    data: JSON = field(default_factory=dict)  # whatever else the vendor keeps


@dataclass(kw_only=True)
class FakeTicket:
    """A ticket. `state` is the vendor's own word."""

    id: str
    subject: str
    state: str
    remarks: list[FakeRemark] = field(default_factory=list)
    owner: str = ""
    changed_at: float = field(default_factory=time.time)
    data: JSON = field(default_factory=dict)  # requester, group, priority, custom fields, …


class FakeHelpdesk(FakeVendor):
    """A helpdesk's API. `people` are those who work there, by id; `ours` is the account that we use."""

    people: dict[str, str] = {"a1": "Li Na", "a2": "Wang Wei"}  # noqa: RUF012 - the same for all

    def __init__(self) -> None:
        self.tickets: dict[str, FakeTicket] = {}
        self._numbers = itertools.count(101)
        self.down = False
        super().__init__()
        self.app.middlewares.append(self._absent)

    def number(self) -> str:
        """A new number for whatever needs one."""
        return str(next(self._numbers))

    def add(self, ticket: FakeTicket) -> FakeTicket:
        """Keep a new ticket."""
        self.tickets[ticket.id] = ticket
        return ticket

    def remark(self, ticket_id: str, text: str, **values: Any) -> FakeRemark:
        """Somebody writes into a ticket."""
        ticket = self.tickets[ticket_id]
        made = FakeRemark(id=self.number(), text=text, **values)
        ticket.remarks.append(made)
        ticket.changed_at = time.time()
        return made

    @web.middleware
    async def _absent(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """While it is down, it answers what a proxy before it would."""
        return web.Response(status=503) if self.down else await handler(request)
