"""Too much of everything: each limit holds, says for how long, and concerns nobody else."""

import asyncio
import contextlib
import json
from collections.abc import Callable

import aiohttp
import pytest

from tests.hostile.attacker import Answer, Attacker
from tests.hostile.conftest import LIMITS, Siege

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE = 20
CONNECTIONS_PER_MIN = 60
SESSIONS_PER_MIN = 30
SOCKETS_PER_SESSION = 20


@pytest.mark.parametrize(
    "frame", ['{"type": "ping"}', "{", '{"type": "typing", "on": true}', '{"type": "seen", "seq": 0}']
)
async def test_frames_of_one_page(siege: Siege, attacker: Attacker, frame: str) -> None:
    """given more frames than are allowed, then those over it are refused, and who goes on is sent away"""
    page = await attacker.page(await attacker.session())
    sending = asyncio.create_task(_send_on(page, lambda _: frame))
    refused = 0
    while (received := await page.receive(timeout=10)).type is aiohttp.WSMsgType.TEXT:
        answer = received.json()
        if answer.get("code") == "rate_limited":
            refused += 1
            assert answer["retry_after"] >= 1
    await sending
    assert received.data == 4429
    assert refused >= PATIENCE
    siege.expect("web", "rate_limited")


async def test_sessions_of_one_address(siege: Siege, attacker: Attacker) -> None:
    answers = await _until_refused(attacker, "POST", "/api/v1/web/session")
    assert [answer.status for answer in answers[:SESSIONS_PER_MIN]] == [200] * SESSIONS_PER_MIN
    assert answers[-1].code == "rate_limited"
    siege.expect("web", "rate_limited")


async def test_sockets_of_one_session(siege: Siege, attacker: Attacker) -> None:
    token = await attacker.session()
    pages = [await attacker.page(token) for _ in range(SOCKETS_PER_SESSION)]
    one_more = await attacker.socket()
    await one_more.send_json({"type": "hello", "token": token})
    assert (await one_more.receive(timeout=5)).data == 4429
    siege.expect("web", "rate_limited")
    for page in pages:
        await page.close()


async def test_requests_of_one_address(siege: Siege, attacker: Attacker) -> None:
    """given a rate over all paths, then also pages and paths that are none count"""
    answers = await _until_refused(attacker, "GET", "/no-such-page")
    most = LIMITS["requests_per_ip_per_min"]
    assert [answer.status for answer in answers[:most]] == [404] * most
    siege.expect("http", "rate_limited")


async def test_messages_of_one_sender(siege: Siege, attacker: Attacker) -> None:
    body = {"sender": "flood", "message": "hi"}
    statuses: set[int] = set()
    for _ in range(50):
        calls = (attacker.call("POST", "/webhooks/rest/webhook", json=body) for _ in range(35))
        statuses |= {answer.status for answer in await asyncio.gather(*calls)}
        if 429 in statuses:
            break
    assert statuses == {200, 429}
    siege.expect("rest", "rate_limited")


async def test_events_that_claim_to_be_of_many(siege: Siege, attacker: Attacker) -> None:
    """given another session in every event, then the connection has its limit all the same"""
    socket = await attacker.http.ws_connect(f"{siege.url}/socket.io/?EIO=4&transport=websocket")
    await socket.receive()
    await socket.send_str("40")
    await socket.receive()

    def event(number: int) -> str:
        return "42" + json.dumps(["user_uttered", {"message": "x", "session_id": f"flood-{number}"}])

    sending = asyncio.create_task(_send_on(socket, event))
    told = 0
    while (received := await socket.receive(timeout=10)).type is aiohttp.WSMsgType.TEXT and received.data != "41":
        told += "very quickly" in received.data
    await socket.close()
    await sending
    assert told >= 1
    siege.expect("socketio", "rate_limited")


async def test_connections_of_socket_io(siege: Siege, attacker: Attacker) -> None:
    answers = await _until_refused(attacker, "GET", "/socket.io/?EIO=4&transport=polling")
    assert [answer.status for answer in answers[:CONNECTIONS_PER_MIN]] == [200] * CONNECTIONS_PER_MIN
    assert answers[-1].code == "rate_limited"
    siege.expect("socketio", "rate_limited")


async def test_passwords_that_are_guessed(siege: Siege, attacker: Attacker) -> None:
    """given guesses at one account, then it is closed for a while, and other accounts are not"""
    guesses = [{"login": "somebody", "password": f"guess-number-{number}"} for number in range(8)]
    answers = await asyncio.gather(*(attacker.call("POST", "/desk/api/session", json=guess) for guess in guesses))
    assert sorted(answer.code for answer in answers) == ["bad_login"] * 5 + ["too_many"] * 3
    assert all(int(answer.headers["Retry-After"]) > 60 for answer in answers if answer.status == 429)
    siege.expect("desk", "too_many")
    await siege.agent.call("GET", "me")


async def test_frames_of_one_console(siege: Siege) -> None:
    socket = await siege.agent.socket()
    for _ in range(70):
        await socket.send_str('{"type": "nonsense"}')
    while (received := await socket.receive(timeout=10)).type is aiohttp.WSMsgType.TEXT:
        pass
    assert received.data == 4429
    siege.expect("desk", "too_many")
    siege.expect("desk", "bad_frame")


async def _until_refused(attacker: Attacker, method: str, path: str) -> list[Answer]:
    """Repeat a request until there were too many; the answers."""
    answers: list[Answer] = []
    while not answers or answers[-1].status != 429:
        assert len(answers) < 5_000
        answers.append(await attacker.call(method, path, json={} if method == "POST" else None))
    assert int(answers[-1].headers["Retry-After"]) >= 1
    return answers


async def _send_on(socket: aiohttp.ClientWebSocketResponse, frame: Callable[[int], str]) -> None:
    """Send until the other side has had enough."""
    with contextlib.suppress(ConnectionError):
        for number in range(5_000):
            if socket.closed:
                return
            await socket.send_str(frame(number))
            await asyncio.sleep(0)
