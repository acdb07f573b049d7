"""Where files of customers are fetched from: where the vendor keeps them, and never in our own network."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.errors import Undeliverable
from connectors.vendor import VendorAnswer, VendorClient, collected, is_public


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::", True),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:127.0.0.1", False),  # mapped
        ("::127.0.0.1", False),  # compatible
        ("64:ff9b::a00:1", False),  # 10.0.0.1 behind NAT64
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False),  # 6to4
    ],
)
def test_addresses_are_looked_through(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "https://[",
        "https://a\u2100b.example/",
        "https://files.example:port/a",
        "https://files.example:99999/a",
        "file:///etc/passwd",
        "ftp://files.example/a",
        "//[",
        "http://files.example/a",
        "https://127.1/a",
        "https://2130706433/a",
        "https://0x7f.1/a",
        "https://[::ffff:7f00:1]/a",
        "https://[64:ff9b::7f00:1]/a",
        "https://files.example@127.0.0.1/a",
        "https:///a",
    ],
)
@pytest.mark.parametrize("redirected", [False, True])
async def test_files_are_not_fetched_from_everywhere(url: str, redirected: bool) -> None:
    """given an address that is none or leads into our own network, when a file is said to lie there, then it is lost"""

    async def lead_there(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": url})

    app = web.Application()
    app.router.add_get("/", lead_there)
    async with TestServer(app) as server:
        client = VendorClient("Toy", str(server.make_url("/")))
        with pytest.raises(Undeliverable):
            await collected(client.download("" if redirected else url), 100)
        await client.close()


@pytest.mark.parametrize("url", ["http://files.vendor.example/a", "http://vendor.example/a"])
async def test_who_we_are_is_shown_behind_tls_alone(url: str) -> None:
    client = VendorClient("Toy", "https://api.vendor.example")
    headers = {"Authorization": "Bearer of our token"}
    with pytest.raises(Undeliverable, match="who we are"):
        await collected(client.download(url, hosts=("vendor.example",), headers=headers), 100)
    await client.close()


def test_an_answer_that_is_nested_too_deep_is_none() -> None:
    assert VendorAnswer(status=200, headers={}, body=b"[" * 200_000).json() == {}
