"""Connections that are no good: half requests, slow ones, too many, and what makes proxies and servers disagree."""

import asyncio
import zlib

import aiohttp
import pytest

from tests.hostile.attacker import Attacker
from tests.hostile.conftest import LIMITS, PROXY, Siege

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /api/v1/web/session HTTP/1.1\r\n" + HOST
GET = b"GET /healthz HTTP/1.1\r\n" + HOST

BAD_HTTP: list[tuple[str, bytes]] = [
    ("two lengths", POST + b"Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}"),
    ("a length and pieces", POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    ("a length below nought", POST + b"Content-Length: -1\r\n\r\n{}"),
    ("a length with a sign", POST + b"Content-Length: +2\r\n\r\n{}"),
    ("a length of many digits", POST + b"Content-Length: " + b"9" * 100 + b"\r\n\r\n{}"),
    ("an encoding of its own", POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("an encoding twice", POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
    ("a piece of no number", POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
    ("a space before the colon", POST + b"Content-Length : 2\r\n\r\n{}"),
    ("a folded header", GET + b"X-A: a\r\n b\r\n\r\n"),
    ("a zero in a header", GET + b"X-A: a\x00b\r\n\r\n"),
    ("a bare line feed", b"GET / HTTP/1.1\nHost: a\n\n\x00"),
    ("a version of its own", b"GET / HTTP/9.9\r\n" + HOST + b"\r\n"),
    ("a method of its own", b"HACK / HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40),
    ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n"),
    ("an address of 20,000", b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("a header of 20,000", GET + b"X-A: " + b"a" * 20_000 + b"\r\n\r\n"),
    ("1,000 headers", GET + b"".join(b"X-%d: a\r\n" % number for number in range(1_000)) + b"\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "sent"), BAD_HTTP, ids=[what for what, _ in BAD_HTTP])
async def test_what_is_no_request_is_refused_and_the_connection_ends(
    siege: Siege, attacker: Attacker, what: str, sent: bytes
) -> None:
    received = await attacker.raw(sent)
    assert received.startswith(b"HTTP/1."), (what, received)
    assert received.split()[1] == b"400", received
    assert received.count(b"HTTP/1.1 ") + received.count(b"HTTP/1.0 ") == 1, received
    siege.expect("http", "bad_request")


async def test_a_bomb_is_not_unpacked(siege: Siege, attacker: Attacker) -> None:
    """given 50 MB of nothing in 50 kB, then nobody unpacks it"""
    bomb = zlib.compress(b" " * 50_000_000)
    before = siege.installation.memory_mb
    for path in ("/api/v1/web/session", "/webhooks/rest/webhook", "/desk/api/session", "/api/v1/web/attachments"):
        for encoding in ("deflate", "gzip", "br", "zstd", "identity, deflate"):
            answer = await attacker.call("POST", path, data=bomb, headers={"Content-Encoding": encoding})
            assert (answer.status, answer.code) == (415, "unsupported_encoding")
    assert siege.installation.memory_mb < before + 20
    siege.expect("web", "unsupported_encoding")
    siege.expect("desk", "unsupported_encoding")


async def test_who_is_slow_is_answered_in_time(siege: Siege, attacker: Attacker) -> None:
    """given a head, bodies, and a socket's hello that do not come to an end, then the waiting has one"""
    ways_in = {"/api/v1/web/session": "web", "/webhooks/rest/webhook": "rest", "/desk/api/session": "desk"}
    body = b" HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    socket = await attacker.socket()
    answers = await asyncio.gather(
        _slowly(attacker, GET, b"X-A: a\r\n"),
        *(_slowly(attacker, b"POST " + path.encode() + body, b" ") for path in ways_in),
    )
    assert [answer[:13] for answer in answers] == [b"HTTP/1.1 408 "] * 4
    siege.expect("http", "late")
    for entrance in ways_in.values():
        siege.expect(entrance, "request_timeout")
    ended = await socket.receive(timeout=20)
    assert (ended.type, ended.data) == (aiohttp.WSMsgType.CLOSE, 4401)
    siege.expect("web", "late")


async def test_one_address_cannot_take_all_connections(siege: Siege, attacker: Attacker) -> None:
    """given as many as are allowed, then one more is told to come later, and others still come in"""
    most = LIMITS["connections_per_ip"]
    held = [await attacker.connect() for _ in range(most)]
    for reader, writer in held:
        writer.write(GET + b"\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    received = await attacker.raw(GET + b"\r\n")
    assert received.startswith(b"HTTP/1.1 429 ")
    assert b"Retry-After: " in received
    assert b"rate_limited" in received
    siege.expect("http", "too_many_connections")
    held += [await attacker.connect() for _ in range(most)]
    reader, writer = await attacker.connect()
    assert await _ended(reader)
    async with Attacker(siege.url) as another:
        assert (await another.call("GET", "/healthz")).status == 200
    for _, each in [*held, (reader, writer)]:
        each.close()
    for _ in range(100):
        if (await attacker.raw(GET + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 200 "):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the connections that were closed are still counted")


async def test_requests_in_a_row_wait_their_turn(siege: Siege, attacker: Attacker) -> None:
    """given 3,000 requests at once behind one that takes long, then memory stays as it is"""
    before = siege.installation.memory_mb
    token = await attacker.session()
    reader, writer = await attacker.connect()
    first = f"GET /api/v1/web/events?after=0&wait=2 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"
    writer.write(first.encode() + (GET + b"\r\n") * 3_000)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 15)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert siege.installation.memory_mb < before + 20
    writer.close()


async def test_only_a_trusted_proxy_speaks_for_others(siege: Siege) -> None:
    """given a proxy that is trusted, then every customer behind it has a rate of their own"""
    connector = aiohttp.TCPConnector(local_addr=(PROXY, 0))
    async with aiohttp.ClientSession(siege.url, connector=connector) as http:
        for number in range(40):
            headers = {"X-Forwarded-For": f"6.6.6.6, 203.0.113.{number}"}
            async with http.post("/api/v1/web/session", json={}, headers=headers) as response:
                assert response.status == 200, number
        async with http.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}) as response:
            assert response.status == 403
        async with http.get("/metrics", headers={"X-Forwarded-For": "garbage"}) as response:
            assert response.status == 403
        siege.expect("metrics", "forbidden")


async def _slowly(attacker: Attacker, head: bytes, drop: bytes) -> bytes:
    """The head of the answer to a request that goes on and on."""
    reader, writer = await attacker.connect()
    writer.write(head)

    async def drip() -> None:
        while not writer.is_closing():
            writer.write(drop)
            await asyncio.sleep(0.2)

    dripping = asyncio.create_task(drip())
    try:
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMITS["request_s"] + 10)
    finally:
        dripping.cancel()


async def _ended(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(1), 5) == b""
    except ConnectionError:
        return True
