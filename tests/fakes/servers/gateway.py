"""A line to a real server on which troubles happen: it is cut, an answer is lost, somebody in between refuses.

What the server itself never does on demand (429, silence after the fact) happens here; all else is passed on as it is.
"""

import asyncio
from collections import deque
from typing import Self

import aiohttp
from aiohttp import hdrs, web

from tests.conftest import free_port
from tests.fakes.vendors.base import Trouble

OF_THE_LINE = {hdrs.HOST, hdrs.CONNECTION, hdrs.TRANSFER_ENCODING, hdrs.CONTENT_LENGTH}
READS = {"GET", "HEAD", "OPTIONS"}


class Gateway:
    """Listens on a port of its own and passes everything on to `target`. `troubles` happen to the next writes, but to
    none whose path begins with `spared`; `answers` are given to the next reads instead of the server's own.
    """

    def __init__(self, target: str, *, spared: str = "//") -> None:
        self._spared = spared
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[str] = []  # "METHOD /path", in order
        self.troubles: deque[Trouble] = deque()
        self.answers: deque[Trouble] = deque()
        self._target = target
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
        await self.opens()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.closes()
        if self._session is not None:
            await self._session.close()

    async def opens(self) -> None:
        """Listen (again)."""
        application = web.Application(client_max_size=64 << 20)
        application.router.add_route("*", "/{path:.*}", self._pass)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def closes(self) -> None:
        """Nobody answers any more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _pass(self, request: web.Request) -> web.Response:
        self.requests.append(f"{request.method} {request.path}")
        writes = request.method not in READS and not request.path.startswith(self._spared)
        trouble = self.troubles.popleft() if self.troubles and writes else None
        if self.answers and request.method in READS:
            trouble = self.answers.popleft()
        answer = await self._forward(request) if trouble is None or trouble.sends else None
        if trouble is None:
            assert answer is not None
            return answer
        if not trouble.status:
            await asyncio.sleep(trouble.silent_s)
        return web.json_response(trouble.body, status=trouble.status or 500, headers=trouble.headers)

    async def _forward(self, request: web.Request) -> web.Response:
        assert self._session is not None
        headers = [(name, value) for name, value in request.headers.items() if name.title() not in OF_THE_LINE]
        async with self._session.request(
            request.method, f"{self._target}{request.raw_path}", data=await request.read(), headers=headers,
            allow_redirects=False,
        ) as answer:  # fmt: skip
            kept = [(name, value) for name, value in answer.headers.items() if name.title() not in OF_THE_LINE]
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)
