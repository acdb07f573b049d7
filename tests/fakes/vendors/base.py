"""What every fake of a vendor has: a server, an account of what it was asked to send, and troubles on demand."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A button as the vendor shows it; `data` is what comes back when it is pressed."""

    title: str
    data: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something that the vendor showed a customer."""

    address: str
    text: str = ""
    choices: tuple[Choice, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()  # name and bytes
    raw: Any = None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What the vendor answers instead of sending; without a `status` it says nothing at all (`silent_s`)."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None  # JSON
    silent_s: float = 0.0
    sends: bool = False  # the message is shown to the customer all the same


class FakeVendor:
    """A vendor's API. A subclass adds its routes, refuses with `wrong` what is not as documented, and `show`s the rest.

    `troubles` happen to the next requests that send something, in order. `wrongs` is what was asked and is not as
    documented: tests look that it stays empty.
    """

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.requests: list[str] = []  # "METHOD /path", in order
        self.troubles: deque[Trouble] = deque()
        self.wrongs: list[str] = []
        self.silence = asyncio.Event()  # ends every silence
        self.app = web.Application(client_max_size=64 << 20, middlewares=[self._note])
        self._server: TestServer | None = None
        self.routes()

    def routes(self) -> None:
        """Add the API's routes to `self.app`."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        self._server = TestServer(self.app)
        await self._server.start_server(access_log=None)  # the vendor logs our tokens; that is not our log
        return self

    async def __aexit__(self, *error: object) -> None:
        self.silence.set()
        if self._server is not None:
            await self._server.close()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        assert self._server is not None
        return str(self._server.make_url("")).rstrip("/")

    def show(self, said: Said) -> None:
        """The customer sees it."""
        self.said.append(said)

    def wrong(self, what: str) -> web.Response:
        """What was asked is not as documented."""
        self.wrongs.append(what)
        return web.json_response({"error": what}, status=400)

    async def sending(self, send: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        """Every route that sends goes through here, so that troubles can happen to it."""
        if not self.troubles:
            return await send()
        trouble = self.troubles.popleft()
        if trouble.sends:
            await send()
        if not trouble.status:
            await asyncio.wait({asyncio.ensure_future(self.silence.wait())}, timeout=trouble.silent_s or None)
            return web.Response(status=500)
        return web.json_response(trouble.body, status=trouble.status, headers=trouble.headers)

    def texts(self, address: str) -> list[str]:
        """What a customer has read, in order."""
        return [each.text for each in self.said if each.address == address and each.text]

    @web.middleware
    async def _note(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        return await handler(request)
