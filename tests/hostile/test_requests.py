"""Single requests that nobody should send: each way in, what is sent, and the answer it gets."""

import json
import re
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.hostile.attacker import Attack, Attacker
from tests.hostile.conftest import Siege

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).parents[2]
JSON = {"Content-Type": "application/json"}
EVIL = {"Origin": "https://evil.example"}
DEEP = b"[" * 30_000
DEEP_OBJECT = b'{"identity":' * 2_000 + b"1" + b"}" * 2_000
HUGE_NUMBER = b'{"page": ' + b"9" * 5_000 + b"}"
BROKEN = {
    "nothing": b"",
    "half an object": b'{"language": "en"',
    "a list": b"[]",
    "text": b'"en"',
    "null": b"null",
    "NaN": b'{"page": NaN}',
    "a number that is infinite": b'{"page": 1e999}',
    "a number of 5,000 digits": HUGE_NUMBER,
    "30,000 brackets": DEEP,
    "2,000 objects within each other": DEEP_OBJECT,
    "one name twice": b'{"token": "a", "token": "b"}',
    "bytes that are no UTF-8": b'{"language": "\xff\xfe"}',
    "a surrogate in UTF-8": b'{"language": "\xed\xa0\x80"}',
    "UTF-16": json.dumps({"language": "en"}).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a form": b"language=en",
    "zero bytes": b"\0" * 64,
}

SESSION = "/api/v1/web/session"
WEB = [
    *(Attack(what=f"session: {what}", path=SESSION, body=body, status=400, code="bad_frame") for what, body in BROKEN.items()),
    Attack(what="session: a field that is not known", path=SESSION, json={"admin": True}, status=400, code="bad_frame"),
    Attack(what="session: a name of 10,000", path=SESSION, json={"x" * 10_000: 1}, status=400, code="bad_frame"),
    Attack(what="session: a number for a language", path=SESSION, json={"language": 5}, status=400, code="bad_frame"),
    Attack(what="session: a list for an identity", path=SESSION, json={"identity": []}, status=400, code="bad_frame"),
    Attack(what="session: a name of 161", path=SESSION, json={"identity": {"name": "x" * 161}}, status=400, code="bad_frame"),
    Attack(
        what="session: a header in an address",
        path=SESSION, json={"identity": {"email": "a@b.example\nBcc: c@d.example"}}, status=400, code="bad_frame",
    ),
    Attack(
        what="session: somebody else without proof",
        path=SESSION, json={"identity": {"user_id": "admin", "hash": "0" * 64}}, status=403, code="identity_invalid",
    ),
    Attack(
        what="session: a proof that is no hash",
        path=SESSION, json={"identity": {"user_id": "admin", "hash": "é\ud800"}}, status=403, code="identity_invalid",
    ),
    Attack(what="session: 100 kB", path=SESSION, body=b'{"page": "' + b"x" * 100_000 + b'"}', status=413, code="too_long"),
    Attack(what="session: from another site", path=SESSION, json={}, headers=EVIL, status=403, code="origin_refused"),
    Attack(what="session: from a sandbox", path=SESSION, json={}, headers={"Origin": "null"}, status=403, code="origin_refused"),
    Attack(
        what="session: asked before from another site",
        method="OPTIONS", path=SESSION, headers=EVIL | {"Access-Control-Request-Method": "POST"}, status=403,
    ),
    Attack(what="session: another method", method="DELETE", path=SESSION, status=405, code="method_not_allowed"),
    Attack(
        what="session: packed", path=SESSION, body=b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}, status=415,
        code="unsupported_encoding",
    ),
    Attack(what="frames: no token", path="/api/v1/web/frames", json={"frames": []}, status=401, code="session_invalid"),
    Attack(
        what="frames: a made-up token",
        path="/api/v1/web/frames", json={"frames": []}, headers={"Authorization": "Bearer a.b.c"}, status=401,
        code="session_invalid",
    ),
    Attack(
        what="frames: a token of 8,000",
        path="/api/v1/web/frames", json={"frames": []}, headers={"Authorization": "Bearer " + "x" * 8_000}, status=401,
        code="session_invalid",
    ),
    Attack(
        what="frames: strange bytes for a token",
        path="/api/v1/web/frames", json={}, headers={"Authorization": "Bearer \udcff\udcfe"}, status=401,
        code="session_invalid",
    ),
    Attack(what="frames: the token in the address", path="/api/v1/web/frames?token=x", json={}, status=401, code="session_invalid"),
    Attack(what="events: no token", method="GET", path="/api/v1/web/events", status=401, code="session_invalid"),
    Attack(what="upload: no token", path="/api/v1/web/attachments", body=b"x", status=401, code="session_invalid"),
    Attack(what="socket: a plain request", method="GET", path="/api/v1/web/socket", status=400, code="bad_request"),
    Attack(what="socket: from another site", method="GET", path="/api/v1/web/socket", headers=EVIL, status=403, code="origin_refused"),
    Attack(what="file: no signature", method="GET", path="/api/v1/attachments/01ARZ3NDEKTSV4RRFFQ69G5FAV", status=403, code="bad_link"),
    Attack(
        what="file: a forged signature",
        method="GET", path="/api/v1/attachments/01ARZ3NDEKTSV4RRFFQ69G5FAV?expires=9999999999999&signature=" + "0" * 64,
        status=403, code="bad_link",
    ),
    Attack(
        what="file: a path", method="GET", path="/api/v1/attachments/..%2f..%2fsecrets.json?expires=9999999999999&signature=x",
        status=403, code="bad_link",
    ),
    Attack(
        what="file: a time of many digits",
        method="GET", path="/api/v1/attachments/x?expires=" + "9" * 5_000 + "&signature=x", status=403, code="bad_link",
    ),
    Attack(
        what="file: strange bytes", method="GET", path="/api/v1/attachments/%ff%00?expires=9&signature=%ff", status=403,
        code="bad_link",
    ),
    Attack(
        what="file: Arabic digits", method="GET", path="/api/v1/attachments/x?expires=%D9%A9&signature=x", status=403,
        code="bad_link",
    ),
]  # fmt: skip

HOOK = "/webhooks/rest/webhook"
REST = [
    *(Attack(what=f"rest: {what}", path=HOOK, body=body, status=400, code="bad_frame") for what, body in BROKEN.items()),
    Attack(what="rest: no sender", path=HOOK, json={"message": "hi"}, status=400, code="bad_frame"),
    Attack(what="rest: a sender of nothing but control", path=HOOK, json={"sender": "\0\x1b", "message": "x"}, status=400, code="bad_frame"),
    Attack(what="rest: a sender of two lines", path=HOOK, json={"sender": "a\nb", "message": "x"}, status=400, code="bad_frame"),
    Attack(what="rest: a sender that is turned round", path=HOOK, json={"sender": "a\u202eb", "message": "x"}, status=400, code="bad_frame"),
    Attack(what="rest: a sender of 1,000", path=HOOK, json={"sender": "x" * 1_000, "message": "x"}, status=400, code="bad_frame"),
    Attack(what="rest: a list for a sender", path=HOOK, json={"sender": ["a"], "message": "x"}, status=400, code="bad_frame"),
    Attack(what="rest: nothing said", path=HOOK, json={"sender": "a", "message": ""}, status=400, code="empty"),
    Attack(what="rest: only spaces", path=HOOK, json={"sender": "a", "message": " \n\u3000\t"}, status=400, code="empty"),
    Attack(what="rest: only control characters", path=HOOK, json={"sender": "a", "message": "\0\x07"}, status=400, code="empty"),
    Attack(what="rest: 100 kB of text", path=HOOK, json={"sender": "a", "message": "x" * 100_000}, status=413, code="too_long"),
    Attack(what="rest: 1 MB", path=HOOK, body=b" " * 1_000_000, status=413, code="too_long"),
    Attack(what="rest: 4,001 emoji", path=HOOK, json={"sender": "a", "message": "👍" * 4_001}, status=413, code="too_long"),
    Attack(what="rest: an id with a line", path=HOOK, json={"sender": "a", "message": "x", "message_id": "a\nb"}, status=400, code="bad_frame"),
    Attack(what="rest: text for metadata", path=HOOK, json={"sender": "a", "message": "x", "metadata": "{}"}, status=400, code="bad_frame"),
    Attack(what="rest: a forged button", path=HOOK, json={"sender": "a", "message": "/button 01ARZ3NDEKTSV4RRFFQ69G5FAV.0"}, status=400, code="unknown_button"),
    Attack(what="rest: from another site", path=HOOK, json={"sender": "a", "message": "x"}, headers=EVIL, status=403, code="origin_refused"),
    Attack(what="rest: another method", method="PUT", path=HOOK, status=405, code="method_not_allowed"),
    Attack(what="rest: a number below nought", method="GET", path="/webhooks/rest/webhook/a/messages?after=-1", status=400, code="bad_frame"),
    Attack(what="rest: a number that is none", method="GET", path="/webhooks/rest/webhook/a/messages?after=1e3", status=400, code="bad_frame"),
    Attack(what="rest: a sender of strange bytes", method="GET", path="/webhooks/rest/webhook/%00%0a/messages", status=400, code="bad_frame"),
    Attack(what="webhook: a channel that is none", path="/webhooks/telegram/webhook", body=b"{}", status=404, code="not_found"),
    Attack(what="webhook: a path for a channel", path="/webhooks/..%2f..%2fetc/webhook", body=b"{}", status=404, code="not_found"),
]  # fmt: skip

POLLING = "/socket.io/?EIO=4&transport=polling"
SOCKETIO = [
    Attack(what="socket.io: an old version", method="GET", path="/socket.io/?EIO=3&transport=polling", status=400),
    Attack(what="socket.io: a transport that is none", method="GET", path="/socket.io/?EIO=4&transport=smoke", status=400),
    Attack(what="socket.io: somebody else's connection", method="GET", path=f"{POLLING}&sid=AAAA", status=400),
    Attack(what="socket.io: a script", method="GET", path=f"{POLLING}&j=0", status=400, code="bad_frame"),
    Attack(what="socket.io: from another site", method="GET", path=POLLING, headers=EVIL, status=403, code="origin_refused"),
    Attack(what="socket.io: another method", method="PUT", path=POLLING, status=405, code="method_not_allowed"),
]  # fmt: skip

LOGIN = "/desk/api/session"
DESK = [
    *(
        Attack(what=f"log-in: {what}", path=LOGIN, body=body, headers=JSON, status=400, code="bad_json")
        for what, body in BROKEN.items() if what not in {"nothing"}
    ),
    Attack(what="log-in: nothing", path=LOGIN, body=b"", headers=JSON, status=400, code="bad_field"),
    Attack(what="log-in: a deep list", path=LOGIN, body=b'{"login": ' + b"[" * 700 + b"]" * 700 + b"}", headers=JSON, status=400, code="bad_field"),
    Attack(what="log-in: a form", path=LOGIN, body=b"login=a", headers={"Content-Type": "text/plain"}, status=415, code="json_expected"),
    Attack(what="log-in: lists", path=LOGIN, json={"login": ["admin"], "password": {"$ne": ""}}, status=400, code="bad_field"),
    Attack(what="log-in: a field too many", path=LOGIN, json={"login": "a", "password": "b", "role": "admin"}, status=400, code="bad_field"),
    Attack(what="log-in: half a character", path=LOGIN, json={"login": "a\ud800", "password": "b"}, status=400, code="bad_field"),
    Attack(what="log-in: a zero", path=LOGIN, json={"login": "a\0", "password": "b"}, status=400, code="bad_field"),
    Attack(what="log-in: a password of 10,000", path=LOGIN, json={"login": "a", "password": "x" * 10_000}, status=400, code="bad_field"),
    Attack(what="log-in: 1 MB", path=LOGIN, body=b" " * 1_000_000, headers=JSON, status=413, code="too_large"),
    Attack(what="log-in: from another site", path=LOGIN, json={"login": "a", "password": "b"}, headers=EVIL, status=403, code="origin"),
    Attack(what="log-in: from a sandbox", path=LOGIN, json={"login": "a", "password": "b"}, headers={"Origin": "null"}, status=403, code="origin"),
    Attack(what="log-in: injected SQL", path=LOGIN, json={"login": "' OR 1=1 --", "password": "b"}, status=401, code="bad_login"),
    Attack(what="reset: a made-up link", path="/desk/api/password/reset", json={"token": "x" * 43, "new": "long enough 17"}, status=404, code="bad_token"),
    *(
        Attack(what=f"desk: {method} {path} without a session", method=method, path=f"/desk/api/{path}", status=401, code="signed_out")
        for method, path in (
            ("GET", "me"), ("GET", "tickets"), ("GET", "tickets/01ARZ3NDEKTSV4RRFFQ69G5FAV"), ("GET", "counts"),
            ("GET", "users"), ("POST", "users"), ("PUT", "desk"), ("DELETE", "session"), ("GET", "agents"),
            ("POST", "tickets/x/messages"), ("POST", "tickets/x/attachments"), ("DELETE", "sessions"),
            ("GET", "knowledge"), ("PUT", "knowledge/x/draft"), ("POST", "knowledge/x/publish"), ("GET", "knowledge/learning"),
        )
    ),
    Attack(what="desk: a made-up session", method="GET", path="/desk/api/me", headers={"Cookie": "fd_desk=" + "x" * 43}, status=401, code="signed_out"),
    Attack(what="desk: a session of strange bytes", method="GET", path="/desk/api/me", headers={"Cookie": "fd_desk=\udcff\x80"}, status=401, code="signed_out"),
    Attack(what="desk: a ticket with a zero", method="GET", path="/desk/api/tickets/%00", status=404, code="not_found"),
    Attack(what="desk socket: no origin", method="GET", path="/desk/api/socket", status=403, code="origin"),
    Attack(what="desk socket: another site", method="GET", path="/desk/api/socket", headers=EVIL, status=403, code="origin"),
]  # fmt: skip

OTHERS = [
    Attack(what="actions: no token", method="GET", path="/internal/v1/conversations/x/tickets", status=401, code="unauthorized"),
    Attack(
        what="actions: a wrong token", method="GET", path="/internal/v1/conversations/x/tickets",
        headers={"Authorization": "Bearer " + "0" * 64}, status=401, code="unauthorized",
    ),
    Attack(what="articles: no token", method="GET", path="/internal/v1/knowledge", status=401, code="unauthorized"),
    Attack(
        what="articles: the token in the address", method="GET", path="/internal/v1/knowledge?token=x&after=0", status=401,
        code="unauthorized",
    ),
    Attack(what="metrics: through a proxy", method="GET", path="/metrics", headers={"X-Forwarded-For": "1.2.3.4"}, status=403, code="forbidden"),
    Attack(what="metrics: through a proxy of RFC 7239", method="GET", path="/metrics", headers={"Forwarded": "for=1.2.3.4"}, status=403, code="forbidden"),
    Attack(what="metrics: by another name", method="GET", path="/metrics", headers={"Host": "evil.example"}, status=403, code="forbidden"),
    Attack(what="metrics: by no name", method="GET", path="/metrics", headers={"Host": "[::1"}, status=403, code="forbidden"),
    *(
        Attack(what=f"page: {path}", method="GET", path=path, status=404, code="not_found")
        for path in (
            "/widget/..%2f..%2ffrontdoor.yml", "/widget/%2e%2e/%2e%2e/frontdoor.yml", "/demo/....//....//etc/passwd",
            "/desk/..%5c..%5csecrets.json", "/desk/%00", "/widget/%ff%fe", "/widget.js/", "/.git/config", "/var/secrets.json",
            "/demo/" + "a/" * 2_000, "//evil.example/", "/desk//evil.example", "/%0d%0aSet-Cookie:%20a=b",
        )
    ),
    Attack(what="page: another method", method="POST", path="/", status=405, code="method_not_allowed"),
    Attack(what="page: TRACE", method="TRACE", path="/", status=405, code="method_not_allowed"),
]  # fmt: skip

ENTRANCE = {"session": "web", "frames": "web", "events": "web", "upload": "web", "socket": "web", "file": "attachments",
            "rest": "rest", "webhook": "webhook", "socket.io": "socketio", "log-in": "desk", "reset": "desk", "desk": "desk",
            "desk socket": "desk", "actions": "internal", "articles": "internal", "metrics": "metrics", "page": "http"}  # fmt: skip


@pytest.mark.parametrize("attack", [*WEB, *REST, *SOCKETIO, *DESK, *OTHERS], ids=str)
async def test_it_is_refused_with_a_reason(siege: Siege, attacker: Attacker, attack: Attack) -> None:
    answer = await attacker.send(attack)
    assert (answer.status, answer.code) == (attack.status, attack.code), answer
    assert len(answer.body) < 2_000
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert "evil.example" not in answer.headers.get("Access-Control-Allow-Origin", "")
    if attack.code:
        assert answer.json["error"]["message"]
        name = attack.what.partition(":")[0]
        entrance = "desk" if attack.path.startswith("/desk/") else ENTRANCE[name]
        siege.expect(entrance, attack.code)


async def test_a_refusal_is_polite_in_the_language_of_the_customer(attacker: Attacker) -> None:
    attack = Attack(what="100 kB", path=HOOK, json={"sender": "a", "message": "字" * 5_000}, status=413)
    assert "4000 字" in (await attacker.send(attack, **{"Accept-Language": "zh-CN"})).json["error"]["message"]
    assert "4000 characters" in (await attacker.send(attack)).json["error"]["message"]


async def test_a_proxy_that_nobody_trusts_speaks_for_itself(siege: Siege, attacker: Attacker) -> None:
    """given a rate for each address, when one address claims to be many, then it is still one"""
    for number in range(2_000):
        answer = await attacker.call("POST", SESSION, json={}, headers={"X-Forwarded-For": f"10.0.{number}.1"})
        if answer.status == 429:
            break
    assert answer.code == "rate_limited"
    siege.expect("web", "rate_limited")


async def test_the_reasons_in_the_metrics_are_few(siege: Siege) -> None:
    """given everything above, then nothing that was sent became a label"""
    counted = await siege.refused()
    reasons = {reason for _, reason in counted}
    written = {each.phrase.lower().replace(" ", "_") for each in HTTPStatus}
    for floor in ("frontdoor", "desk", "connectors"):
        for path in (ROOT / floor).rglob("*.py"):
            written |= set(re.findall(r'"([a-z_]+)"', path.read_text(encoding="utf-8")))
    assert reasons <= written, reasons - written
    assert len(reasons) < 60
    assert {entrance for entrance, _ in counted} <= set(ENTRANCE.values())
    assert all(reason.replace("_", "").isascii() and len(reason) <= 24 for _, reason in counted)
