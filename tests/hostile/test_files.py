"""Attachments that are not what they say, too many, too big, or somebody else's."""

import asyncio
import zlib
from typing import Any

import pytest

from tests.hostile.attacker import Answer, Attacker
from tests.hostile.conftest import LIMITS, Siege

pytestmark = pytest.mark.asyncio(loop_scope="session")

UPLOAD = "/api/v1/web/attachments"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
BOUNDARY = "b"


def form(data: bytes, name: bytes = b"a.txt", part: bytes = b"file", extra: bytes = b"") -> bytes:
    """A form with one file; names are written as they are."""
    head = (
        b'--b\r\nContent-Disposition: form-data; name="' + part + b'"; filename="' + name + b'"\r\n' + extra + b"\r\n"
    )
    return head + data + b"\r\n--b--\r\n"


async def upload(attacker: Attacker, token: str, body: Any, **headers: str) -> Answer:
    """Send a form."""
    sent = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} | headers
    return await attacker.call("POST", UPLOAD, data=body, headers=sent)


NAMES = [
    (b"../../etc/passwd", "etc_passwd"),
    (b"..\\\\..\\\\windows\\\\system32", "windows_system32"),
    (b"/etc/passwd", "etc_passwd"),
    (b"C:\\\\autoexec.bat", "C_autoexec.bat"),
    (b"CON.txt", "file_CON.txt"),
    (b"nul", "file_nul"),
    (b"...", "file"),
    (b"", "file"),
    (b"photo\xe2\x80\xaegpj.exe", "photogpj.exe"),
    (b"a\xe2\x80\x8bb.txt", "ab.txt"),
    (b"x" * 300 + b".png", "x" * 96 + ".png"),
    (b"<img src=x onerror=alert(1)>.png", "img src=x onerror=alert(1)_.png"),
    ("发票 2026年.pdf".encode(), "发票 2026年.pdf"),
]


@pytest.mark.parametrize(("sent", "kept"), NAMES, ids=[kept for _, kept in NAMES])
async def test_names_are_made_harmless(attacker: Attacker, sent: bytes, kept: str) -> None:
    answer = await upload(attacker, await attacker.session(), form(b"hello", sent))
    assert (answer.status, answer.json.get("name")) == (201, kept), answer


KINDS = [
    ("a page", b"<!DOCTYPE html><script>alert(1)</script>", 201, "text/plain", "attachment"),
    ("a drawing with a script", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 201, "text/plain", "attachment"),
    ("a picture that is a script", b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)", 201, "image/gif", "inline"),
    ("a picture", PNG, 201, "image/png", "inline"),
    ("a program", b"MZ" + b"\0" * 200, 415, "", ""),
    ("a program of another system", b"\x7fELF\x02\x01\x01" + b"\0" * 200, 415, "", ""),
    ("an archive", b"PK\x03\x04" + b"\0" * 200, 415, "", ""),
    ("a packed file", zlib.compress(b"x" * 1_000), 415, "", ""),
    ("zeros", b"\0" * 200, 415, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("what", "data", "status", "kind", "shown"), KINDS, ids=[what for what, *_ in KINDS])
async def test_the_kind_is_found_and_not_believed(
    siege: Siege, attacker: Attacker, what: str, data: bytes, status: int, kind: str, shown: str
) -> None:
    answer = await upload(
        attacker, await attacker.session(), form(data, b"a.png", extra=b"Content-Type: image/png\r\n")
    )
    assert answer.status == status, (what, answer)
    if status == 415:
        assert answer.code == "file_type"
        siege.expect("web", "file_type")
        return
    served = await attacker.call("GET", answer.json["url"])
    assert served.headers["Content-Type"].partition(";")[0] == kind
    assert served.headers["Content-Disposition"].startswith(f"{shown}; filename*=UTF-8''")
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert served.body == data


FORMS: list[tuple[str, Any, dict[str, str], int, str]] = [
    ("nothing", b"", {}, 400, "bad_frame"),
    ("no form", b"hello", {"Content-Type": "text/plain"}, 400, "bad_frame"),
    ("a name with a zero", form(b"x", b"a\x00b.png"), {}, 400, "bad_frame"),
    ("a name with a line", form(b"x", b"a\r\nX: b.png"), {}, 400, "bad_frame"),
    ("no boundary", form(b"x"), {"Content-Type": "multipart/form-data"}, 400, "bad_frame"),
    ("another boundary", form(b"x"), {"Content-Type": "multipart/form-data; boundary=c"}, 400, "bad_frame"),
    ("another name", form(b"x", part=b"other"), {}, 400, "bad_frame"),
    ("a form in a form", b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n--c--\r\n--b--", {}, 400, "bad_frame"),
    ("20 parts before it", (b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n' * 20) + form(b"x"), {}, 400, "bad_frame"),
    ("a big part before it", b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n' + b"x" * 90_000 + b"\r\n" + form(b"x"), {}, 400, "bad_frame"),
    ("an empty file", form(b""), {}, 400, "empty"),
    ("too much", form(b"x" * (LIMITS["file_bytes"] + 1)), {}, 413, "too_large"),
    ("far too much", form(b"x" * 900_000), {}, 413, "too_large"),
    ("packed", form(b"x"), {"Content-Encoding": "gzip"}, 415, "unsupported_encoding"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "body", "headers", "status", "code"), FORMS, ids=[what for what, *_ in FORMS])
async def test_forms_that_are_none_are_refused(
    siege: Siege, attacker: Attacker, what: str, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await upload(attacker, await attacker.session(), body, **headers)
    assert (answer.status, answer.code) == (status, code), (what, answer)
    siege.expect("web", code)


async def test_a_body_without_a_length_is_limited_all_the_same(siege: Siege, attacker: Attacker) -> None:
    async def endless() -> Any:
        yield form(b"")[: -len(b"\r\n--b--\r\n")]
        for _ in range(100):
            yield b"x" * 10_000

    answer = await upload(attacker, await attacker.session(), endless())
    assert (answer.status, answer.code) == (413, "too_large")
    siege.expect("web", "too_large")


async def test_a_conversation_has_so_many_files_an_hour(siege: Siege, attacker: Attacker) -> None:
    """given files that come all at once, then no more are kept than are allowed"""
    token, most = await attacker.session(), LIMITS["files_per_hour"]
    answers = await asyncio.gather(*(upload(attacker, token, form(b"%d" % number)) for number in range(most + 3)))
    assert sorted(answer.status for answer in answers) == [201] * most + [429] * 3
    for answer in (answer for answer in answers if answer.status == 429):
        assert answer.code == "upload_quota"
        assert 3_000 < int(answer.headers["Retry-After"]) <= 3_600
        assert "60 min" in answer.json["error"]["message"]
    siege.expect("web", "upload_quota")


async def test_a_conversation_has_so_many_bytes_a_day(siege: Siege, attacker: Attacker) -> None:
    token = await attacker.session()
    statuses = [(await upload(attacker, token, form(b"x" * 180_000))).status for _ in range(3)]
    assert statuses == [201, 201, 429]
    assert (await upload(attacker, token, form(b"x" * 1_000))).status == 201, "a small one still has room"
    siege.expect("web", "upload_quota")


async def test_files_of_others_cannot_be_sent_or_fetched(siege: Siege, attacker: Attacker) -> None:
    mine, other = await attacker.session(), await attacker.session()
    stored = (await upload(attacker, other, form(PNG, b"private.png"))).json
    (answer,) = await attacker.frames(
        mine, {"type": "message", "client_id": "client-01", "text": "mine", "attachments": [stored["id"]]}
    )
    assert answer["code"] == "bad_attachment"
    siege.expect("web", "bad_attachment")
    own = (await upload(attacker, mine, form(PNG, b"own.png"))).json
    query = own["url"].partition("?")[2]
    for url in (
        f"/api/v1/attachments/{stored['id']}?{query}",
        f"/api/v1/attachments/{stored['id']}",
        own["url"].replace("expires=1", "expires=2"),
        own["url"][:-1] + ("0" if own["url"][-1] != "0" else "1"),
        own["url"].upper().replace("/API/V1/ATTACHMENTS", "/api/v1/attachments"),
    ):
        answer_of_link = await attacker.call("GET", url)
        assert (answer_of_link.status, answer_of_link.code) == (403, "bad_link"), url
        siege.expect("attachments", "bad_link")
