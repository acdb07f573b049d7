"""A channel that answers a vendor learns what became of its answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from connectors.channel import Answer
from frontdoor.web import _answer
from tests.contract.vendor_bench import until

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Vendor:
    """Asks over a connection of its own; `told` is what the channel learns."""

    def __init__(self) -> None:
        self.told: list[bool | None] = []
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.request: web.Request | None = None
        self.body = b"success"
        self.port = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.request = request
        self.asked.set()
        await self.go.wait()
        return await _answer(request, Answer(body=self.body, written=self.told.append))

    async def until_told(self) -> list[bool | None]:
        await until(lambda: self.told)
        return self.told

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(GET)
        await self.asked.wait()
        try:
            yield reader, writer
        finally:
            writer.close()


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    """The way the service is run: a handler goes on when its client leaves."""
    vendor, app = Vendor(), web.Application()
    app.router.add_get("/", vendor.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    vendor.port = runner.addresses[0][1]
    yield vendor
    await runner.cleanup()


async def test_an_answer_that_is_written_is_told(vendor: Vendor) -> None:
    async with vendor.asking() as (reader, _):
        vendor.go.set()
        assert b"success" in await reader.readuntil(b"success")
        assert await vendor.until_told() == [True]


async def test_a_vendor_that_left_before_has_certainly_not_got_it(vendor: Vendor) -> None:
    async with vendor.asking() as (_, writer):
        writer.transport.abort()
        await until(lambda: vendor.request is not None and vendor.request.transport is None)
        vendor.go.set()
        assert await vendor.until_told() == [False]


async def test_a_vendor_that_leaves_meanwhile_may_have_got_it(vendor: Vendor) -> None:
    vendor.body = b"x" * (32 << 20)
    async with vendor.asking() as (reader, writer):
        vendor.go.set()
        await reader.readexactly(1000)
        assert vendor.told == []
        writer.transport.abort()
        assert await vendor.until_told() == [None]
