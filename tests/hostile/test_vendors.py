"""Everything that arrives at the channels of vendors, all of them at once: shapes that no vendor sends, garbage, calls
of one channel at another's door. It never is a failure of ours, nothing is stored that says nothing or that PostgreSQL
would refuse, and a customer who comes afterwards is served.
"""

import http.client
import itertools
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import String, func, select

from connectors.mail.parse import Reader
from connectors.message import JSON
from connectors.registry import VENDORS
from storage import schema
from storage.tables import metadata
from tests.contract.vendor_bench import PUBLIC_URL, Hook
from tests.fakes.installation import Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.vendors.everyone import BENCHES, Vendors
from tests.fakes.vendors.wecom import ACCOUNT
from tests.hostile.vendor_shapes import (
    GARBAGE,
    TEXTS,
    address,
    changed,
    fixtures,
    signed_garbage,
    without_proof,
)

CALLED = sorted(kind for kind in BENCHES if kind != "email")
"""Kinds whose vendors call us."""
TWICE = {
    "telegram": {"bot_token": "987654321:another-bots-own-token-of-35-letters", "webhook_secret": ""},
    "line": {"channel_secret": "the-other-line-secret-8c570fa6dd201bb3"},
    "slack": {"signing_secret": "the-other-slack-secret-8f742231b10e"},
    "qq": {"app_id": "9", "app_secret": "the-other-bots-own-key-of-qq"},
    "webhook": {"secret": "the-other-shop-signs-with-this-one", "previous_secret": ""},
    "whatsapp": {"app_secret": "the-other-apps-own-key-of-meta"},
    "messenger": {"app_secret": "the-other-apps-own-key-of-meta"},
    "wechat": {"token": "theOtherAccountsToken"},
    "wecom": {"token": "theOtherCompanysToken"},
    "sms": {},
    "voice": {},
}
"""A second channel of each kind; of Twilio's even with the same account, as it signs the address."""
QUICK = {"sms": {"per_second": 1000}, "wechat": {"passive_reply_s": 0}}
LIMITS = {"requests_per_ip_per_min": 1_000_000, "connections_per_ip": 500}
ANSWER_S = 15  # what a vendor waits for an answer, at most
EXAMPLES, EXAMPLES_OF_CALLS = 150, 6  # a caller is kept waiting for an answer
GROWTH_MB = 150


class Town:
    """The service with all its channels, and the vendors."""

    def __init__(self, root: Path) -> None:
        self.vendors = Vendors()
        self._callers = itertools.count()
        self.rasa = ScriptedRasa()
        self.vendors.run(self.rasa.__aenter__())
        self.installation = Installation(root, self.rasa.url, limits=LIMITS, public_url=PUBLIC_URL)
        channels = {kind: bench.settings() | QUICK.get(kind, {}) for kind, bench in self.vendors.benches.items()}
        channels |= {f"{kind}_two": channels[kind] | other | {"kind": kind} for kind, other in TWICE.items()}
        (root / "channels.yml").write_text(yaml.safe_dump(channels, allow_unicode=True), encoding="utf-8")
        self.vendors.run(self.installation.prepare())
        self.vendors.run(self.installation.start())
        self.memory_at_start = self.installation.memory_mb

    def call(self, kind: str, hook: Hook, method: str = "") -> int:
        """Call the webhook of a channel, each time from another address; the status."""
        number = next(self._callers)
        here = (f"127.78.{number // 250}.{number % 250 + 1}", 0)
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.port, ANSWER_S, here)
        try:
            path = address(hook, f"/webhooks/{kind}/webhook")
            connection.request(method or hook.method, path, hook.body, hook.headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def serves(self, kind: str, text: str, message_id: str) -> None:
        """A customer writes and is answered."""
        bench = self.vendors.benches[kind]

        async def deliver() -> int:
            async with aiohttp.ClientSession(self.installation.url) as client:
                return await bench.deliver(_Line(client, kind), bench.message(text, message_id, "ben"))  # type: ignore[arg-type]

        assert self.vendors.run(deliver()) == 200
        deadline = time.monotonic() + 30
        while not any(f"You said: {text}" in each.text for each in bench.vendor.said):
            assert time.monotonic() < deadline, f"{bench.vendor.said[-5:]}, {bench.vendor.wrongs[-5:]}"
            time.sleep(0.05)

    def stored(self, query: str, *values: object) -> list[Any]:
        """What is in the database."""
        with sqlite3.connect(f"file:{self.installation.database}?mode=ro", uri=True) as db:
            return db.execute(query, values).fetchall()

    def close(self) -> None:
        """Stop everything."""
        self.vendors.run(self.installation.stop())
        self.vendors.run(self.rasa.__aexit__())
        self.vendors.close()


class _Line:
    """Stands in for `House` where a bench delivers."""

    def __init__(self, client: aiohttp.ClientSession, kind: str) -> None:
        self.client, self.channel, self.name = client, self, kind


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    town = Town(tmp_path_factory.mktemp("town"))
    yield town
    town.close()


def test_all_kinds_are_tried() -> None:
    assert set(BENCHES) == set(VENDORS)
    assert set(TWICE) == set(CALLED)


@pytest.mark.parametrize("kind", CALLED)
def test_any_shape_is_read_or_refused(town: Town, kind: str) -> None:
    """given recorded calls with anything anywhere, when they come signed, then they are read or refused"""
    bench = town.vendors.benches[kind]
    found = fixtures(bench)
    assert found

    @settings(
        max_examples=EXAMPLES_OF_CALLS if kind == "voice" else EXAMPLES,
        derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(fixture=changed(found, kind))
    def tried(fixture: JSON) -> None:
        if kind == "wecom" and "payload" in fixture:
            items = fixture["payload"].get("msg_list")
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict):
                    town.vendors.run(_put(bench, item | {"open_kfid": ACCOUNT}))
            assert town.call(kind, bench.callback()) == 200  # type: ignore[attr-defined]
            return
        assert town.call(kind, bench.recorded(fixture)) in {200, 400, 403, 413}

    tried()
    town.serves(kind, f"a customer of {kind}", "7001")


async def _put(bench: Any, item: JSON) -> None:
    """It is there to be fetched; the fake knows nothing else about it."""
    bench.vendor.history.append(item)


@pytest.mark.parametrize("kind", CALLED)
def test_garbage_is_refused(town: Town, kind: str) -> None:
    """given bytes that are no call at all, when they come signed or not, then they are refused at once"""
    bench = town.vendors.benches[kind]
    before = town.stored("SELECT count(*) FROM message WHERE author = 'customer'")
    for body in GARBAGE:
        bare = Hook(headers={"Content-Type": "application/json"}, body=body)
        assert town.call(kind, bare) in {400, 403, 413}, body[:40]
        if proven := signed_garbage(bench, body):
            assert town.call(kind, proven) in {200, 400, 403, 413}, body[:40]
            assert town.call(kind, without_proof(proven)) in {400, 403, 413}, body[:40]
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
        assert town.call(kind, Hook(), method) in {400, 403, 405}, method
    for query in (
        {"echostr": "\x00", "signature": "é"},
        {"echostr": "a", "timestamp": "9" * 5_000},
        {"hub.mode": "subscribe"},
    ):
        assert town.call(kind, Hook(query=query), "GET") in {400, 403, 405}, query
    assert town.stored("SELECT count(*) FROM message WHERE author = 'customer'") == before
    town.serves(kind, f"after garbage at {kind}", "7002")


def test_what_one_channel_believes_another_does_not(town: Town) -> None:
    """given calls that are genuine at one channel, when they come to another, then nobody's words are stored there"""
    for kind in CALLED:
        hook = town.vendors.benches[kind].message("at the wrong door", "7003")
        for other in (*CALLED, *(f"{each}_two" for each in CALLED)):
            if other not in {kind, f"{kind}_two"}:
                assert town.call(other, hook) < 500, (kind, other)
        assert town.call(f"{kind}_two", hook) == 403, kind
    assert town.stored("SELECT content FROM message WHERE content LIKE '%at the wrong door%'") == []


def test_old_calls_are_refused_where_the_vendor_says_when_it_called(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given calls that were genuine an hour ago, when somebody repeats them, then they are refused"""
    now = time.time()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now - 3600)
        hooks = {
            kind: town.vendors.benches[kind].message("overheard", "7004") for kind in ("slack", "webhook", "wechat")
        }
    for kind, hook in hooks.items():
        assert town.call(kind, hook) == 403, kind


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_a_mail_of_any_shape_is_read(data: st.DataObject) -> None:
    """given recorded mails with lines lost, doubled, changed places or full of anything, then reading never fails"""
    mails = sorted((Path(__file__).parents[1] / "fixtures" / "channels" / "email").glob("*.eml"))
    lines = data.draw(st.sampled_from(mails)).read_bytes().split(b"\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        text = data.draw(st.sampled_from(TEXTS)).encode("utf-8", "surrogatepass")
        match data.draw(st.sampled_from(["lose", "double", "swap", "fill", "name"])):
            case "lose" if len(lines) > 2:
                del lines[at]
            case "double":
                lines[at:at] = lines[at : at + 30]
            case "swap":
                lines[at], lines[other] = lines[other], lines[at]
            case "fill":
                lines[at] = text
            case "name":
                lines[at] = lines[at].partition(b":")[0] + b": " + text
    mail = Reader(own=frozenset({"support@hearthline.example"})).read(b"\n".join(lines))
    assert mail.automatic != "unreadable"
    assert "\x00" not in json.dumps([mail.address, mail.name, mail.subject, mail.text], ensure_ascii=False)
    for each in (mail.address, mail.name, mail.subject, mail.text):
        each.encode()  # no lone surrogates


@pytest.mark.parametrize("bomb", ["html", "blanks", "styles", "table"])
def test_a_mail_that_is_laborious_keeps_nobody_waiting(town: Town, bomb: str) -> None:
    """given mails that are made to be slow to read, when they come, then the next customer's is answered"""
    head = (
        b"From: bomb@customers.example\r\nSubject: bomb\r\nMIME-Version: 1.0\r\nMessage-ID: <%s@b.example>\r\n"
        % bomb.encode()
    )
    as_html = head + b"Content-Type: text/html\r\n\r\n"
    body = {
        "html": as_html + b"<b>x</b>" * 21_000 + b"<title " * 100_000,
        "blanks": head + b"Content-Type: text/plain\r\n\r\nhello\r\n" + b"-----\r\n" * 300_000,
        "styles": as_html + b"<style></style>words that are long enough " * 19_000,
        "table": as_html + b"<table><tr><td>a<td>" + b"b" * 300_000 + b"<tr><td>a" * 5_000,
    }[bomb]
    began = time.monotonic()
    Reader(own=frozenset()).read(body)
    assert time.monotonic() - began < 10
    town.vendors.run(town.vendors.benches["email"].vendor.dovecot.put(body))  # type: ignore[attr-defined]
    town.serves("email", f"after the {bomb}", f"8{len(bomb)}00")


def test_nothing_is_stored_that_says_nothing_or_has_no_room(town: Town) -> None:
    """given all of the above, then what is stored is what PostgreSQL takes, and nothing has failed"""
    assert schema
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String) and column.type.length:
                looked = select(func.max(func.length(column)), func.max(func.instr(column, func.char(0))))
                ((longest, nul),) = town.stored(str(looked.compile(compile_kwargs={"literal_binds": True})))
                assert (longest or 0) <= column.type.length, (table.name, column.name)
                assert not nul, (table.name, column.name)
    said = town.stored("SELECT id, content FROM message WHERE author = 'customer'")
    fetching = {each.removeprefix("media:") for (each,) in town.stored("SELECT key FROM work WHERE kind = 'media'")}
    for message_id, content in said:
        found = json.loads(content)
        assert found.get("text", "").strip() or found.get("attachments") or message_id in fetching, content
        assert "\\u0000" not in content
        assert "\x00" not in content
        assert not any("\ud800" <= each <= "\udfff" for each in found.get("text", ""))
    assert len(said) > 50
    assert "Traceback" not in town.installation.log, town.installation.log[-4000:]
    assert town.installation.memory_mb < town.memory_at_start + GROWTH_MB
