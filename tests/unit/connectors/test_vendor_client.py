"""What comes back from a vendor's API, whatever its size."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.errors import SendError, TryLater, Undeliverable
from connectors.vendor import ANSWER_BYTES, VendorClient, collected


@pytest.mark.parametrize("size", [0, 1, 200_000, ANSWER_BYTES - 100])
async def test_a_large_answer_is_whole(size: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"text": "x" * size})

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server:
        client = VendorClient("Toy", str(server.make_url("/")))
        found = await client.call("GET", "")
        await client.close()
    assert len(found.json()["text"]) == size


async def test_a_file_that_is_being_prepared_is_asked_for_again() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=202)

    app = web.Application()
    app.router.add_get("/file", answer)
    async with TestServer(app) as server:
        client = VendorClient("Toy", str(server.make_url("/")))
        with pytest.raises(TryLater):
            await collected(client.download("file"), 100)
        await client.close()


async def test_no_more_is_taken_than_we_take() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * (ANSWER_BYTES + 1_000_000))

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server:
        client = VendorClient("Toy", str(server.make_url("/")))
        found = await client.call("GET", "")
        await client.close()
    assert len(found.body) == ANSWER_BYTES


@pytest.mark.parametrize(("patient", "meaning"), [(True, TryLater), (False, Undeliverable)])
async def test_credentials_that_are_taken_no_more_are_waited_for_where_that_is_wanted(
    patient: bool, meaning: type[SendError]
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=401)

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server:
        client = VendorClient("Toy", str(server.make_url("/")), patient=patient)
        with pytest.raises(meaning):
            await client.call("GET", "")
        await client.close()
