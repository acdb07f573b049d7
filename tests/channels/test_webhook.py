"""The webhook: what the suite of vendors does not ask."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.channels.webhook import WebhookSettings
from connectors.channels.webhook_parse import parse_event
from connectors.desk import DeskEventKind
from connectors.errors import Forged, Malformed, Undeliverable
from connectors.message import Media
from connectors.stamps import WINDOW_S, check, stamp
from connectors.vendor import collected
from tests.conftest import free_port
from tests.contract.vendor_bench import Hook, House, house_of, until
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.webhook import INBOUND, PREVIOUS, SECRET, WebhookBench, WebhookVendor, signed

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
CLIENT = Path(__file__).resolve().parents[2] / "docs" / "channels" / "examples" / "webhook_client.py"
CLIENT_PORT = free_port()
ANN = {"id": "ann"}


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """A service whose only channel is the webhook; parametrize `house` indirectly with more settings."""
    async with WebhookVendor() as vendor:
        bench = WebhookBench(vendor)
        bench.more = getattr(request, "param", {})
        async with house_of(bench, tmp_path, empty_database) as house:
            yield house
        assert vendor.wrongs == []


def bench_of(house: House) -> WebhookBench:
    assert isinstance(house.bench, WebhookBench)
    return house.bench


def bodies(house: House) -> list[dict[str, object]]:
    assert isinstance(house.vendor, WebhookVendor)
    return house.vendor.bodies


async def send(house: House, **event: object) -> int:
    """The other side posts an event that is as the schema has it."""
    return await house.bench.deliver(house, bench_of(house).event(**event))


class TestSignatures:
    def test_what_we_sign_the_other_side_knows_and_back(self) -> None:
        assert stamp([SECRET.encode()], b'{"a": 1}', 1_790_000_000) == signed(b'{"a": 1}', at=1_790_000_000)

    @given(st.binary(max_size=200), st.integers(0, 10**11), st.integers(-WINDOW_S, WINDOW_S))
    def test_a_genuine_call_is_taken_within_the_window(self, body: bytes, at: int, off: int) -> None:
        check(stamp([b"new" * 8, b"old" * 8], body, at), body, [b"old" * 8], at + off)

    @given(st.text(max_size=300))
    def test_whatever_stands_in_the_header_is_refused_and_nothing_breaks(self, header: str) -> None:
        with pytest.raises(Forged):
            check(header, b"{}", [SECRET.encode()], 1_790_000_000)

    async def test_while_the_secret_changes_both_are_taken_and_both_sign(self, house: House) -> None:
        for number, secret in enumerate((SECRET, PREVIOUS)):
            hook = bench_of(house).message(f"with secret {number}", f"m-{number}")
            hook = Hook(
                headers={**hook.headers, "Front-Door-Signature": signed(hook.body, secret=secret)}, body=hook.body
            )
            assert await house.bench.deliver(house, hook) == 200
            assert isinstance(house.vendor, WebhookVendor)
            house.vendor.secret = secret  # the other side knows only this one
            await house.sees(f"with secret {number}")


class TestArriving:
    async def test_a_profile_is_kept_and_believed_as_far_as_the_settings_say(self) -> None:
        body = Hook.json(
            {"type": "message", "id": "1", "customer": {**ANN, "email": "a@b.example", "user_id": "u-1"}, "text": "x"}
        ).body
        for vouches in (frozenset[str](), frozenset({"email", "user_id"})):
            event = parse_event(body, "webhook", vouches)
            profile = event.profile  # type: ignore[union-attr]
            assert (profile.email, profile.proven) == ("a@b.example", vouches & {"email"})
            assert profile.user_id == ("u-1" if vouches else "")

    async def test_files_come_by_address_and_inline(self, house: House) -> None:
        assert isinstance(house.vendor, WebhookVendor)
        house.vendor.files["photo.png"] = PNG
        files = [
            {"url": f"{house.vendor.url}/files/photo.png", "name": "photo.png"},
            {"content": base64.b64encode(PNG).decode(), "name": "scan.png"},
        ]
        await send(house, type="message", id="m-1", customer=ANN, text="I want a human", attachments=files)
        await until(lambda: house.desk.opened, house.explain)
        (handoff,) = house.desk.opened
        found = [each for line in handoff.transcript for each in line.content.attachments]
        assert [(each.name, each.media_type, each.size) for each in found] == [
            ("photo.png", "image/png", len(PNG)),
            ("scan.png", "image/png", len(PNG)),
        ]

    @pytest.mark.parametrize(
        "ref",
        [
            "http://files.example/a.png", "https://127.0.0.1/a", "https://10.0.0.7/a", "https://[::1]/a",
            "https://169.254.169.254/latest/meta-data", "https://localhost/a", "https://[::ffff:10.0.0.1]/a",
        ],
    )  # fmt: skip
    async def test_files_are_never_fetched_from_our_own_network(self, house: House, ref: str) -> None:
        with pytest.raises(Undeliverable):
            await collected(house.channel.fetch(Media(ref=ref)), 100)

    async def test_a_redirect_does_not_lead_into_our_network(self, house: House) -> None:
        assert isinstance(house.vendor, WebhookVendor)
        house.vendor.redirects["a"] = "http://127.0.0.1:1/secrets"
        house.vendor.redirects["b"] = "https://10.1.2.3/secrets"
        for name in ("a", "b"):
            with pytest.raises(Undeliverable):
                await collected(house.channel.fetch(Media(ref=f"{house.vendor.url}/files/{name}")), 100)

    async def test_a_comment_is_answered_once_in_public_and_then_in_private(self, house: House) -> None:
        await send(house, type="message", id="m-1", customer=ANN, text="hello", comment="post-1")
        await house.sees("You said: hello")
        public, private = bodies(house)
        assert (public["type"], public["comment"]) == ("public_reply", "post-1")
        assert private["type"] == "message"
        assert "post-1" not in str(private)

    async def test_who_opens_the_chat_is_greeted_in_their_language(self, house: House) -> None:
        await send(house, type="action", id="a-1", customer={**ANN, "language": "zh-CN"}, action="start")
        said = await house.sees("您好，这里是暖居家电")
        assert [each.title for each in said.choices] == ["转人工客服"]

    async def test_who_has_blocked_us_is_left_in_peace_until_they_are_back(self, house: House) -> None:
        await house.says("I want a human", "m-1")
        await house.sees("in line")
        await house.desk.happens(DeskEventKind.TAKEN)
        await house.sees("Li Na has joined")
        await send(house, type="blocked", customer=ANN)
        await house.desk.happens(DeskEventKind.REPLIED, "are you there?")
        await until(lambda: house.desk.lines, house.explain)
        assert house.desk.lines[-1].content.custom["kind"] == "not_delivered"
        assert "are you there?" not in house.vendor.texts("ann")
        await send(house, type="unblocked", customer=ANN)
        await house.desk.happens(DeskEventKind.REPLIED, "welcome back")
        await house.sees("welcome back")

    async def test_an_edit_is_answered_anew(self, house: House) -> None:
        await house.says("delivery to Hainan", "m-1")
        await house.sees("1–3 days")
        await send(house, type="message", id="m-2", customer=ANN, text="hello instead", edits="m-1")
        await house.sees("You said: hello instead")


class TestLeaving:
    async def test_what_the_other_side_reports_reaches_the_agent(self, house: House) -> None:
        await house.says("I want a human", "m-1")
        await house.sees("in line")
        await house.desk.happens(DeskEventKind.TAKEN)
        await house.desk.happens(DeskEventKind.REPLIED, "Here I am")
        await house.sees("Here I am")
        failed = next(str(each["id"]) for each in bodies(house) if each.get("text") == "Here I am")
        await send(house, type="status", message_id=failed, status="failed", reason="the app is gone")
        await until(lambda: any("the app is gone" in each.content.text for each in house.desk.lines), house.explain)

    async def test_a_message_that_is_tried_again_has_the_same_id(self, house: House) -> None:
        house.vendor.troubles.append(Trouble(status=503, sends=True))  # it was taken, and the answer was lost
        await house.says("hello", "m-1")
        assert await house.settled() == {"sent": 1}
        assert house.vendor.requests.count("POST /frontdoor") == 2
        assert house.vendor.texts("ann") == ["You said: hello"]

    @pytest.mark.parametrize("house", [{"buttons": 0, "text_length": 60, "files": False}], indirect=True)
    async def test_limits_are_those_of_the_settings(self, house: House) -> None:
        await house.says("delivery", "m-1")
        said = await house.sees("1. Delivery fees")
        assert said.choices == ()
        assert all(len(text) <= 60 for text in house.vendor.texts("ann"))

    @pytest.mark.parametrize("house", [{"typing": True}], indirect=True)
    async def test_typing_is_told_where_it_is_wanted(self, house: House) -> None:
        await house.says("hello", "m-1")
        await until(lambda: any(each["type"] == "typing" for each in bodies(house)), house.explain)

    async def test_looking_at_the_channel_pings(self, house: House) -> None:
        (finding,) = await house.channel.check()
        assert finding.ok
        house.vendor.troubles.append(Trouble(status=500))
        (finding,) = await house.channel.check()
        assert not finding.ok
        assert "500" in finding.what
        assert house.vendor.said == []


class TestTheClientOfTheManual:
    @pytest.mark.parametrize("house", [{"url": f"http://127.0.0.1:{CLIENT_PORT}/"}], indirect=True)
    async def test_a_customer_at_a_terminal_asks_and_presses(self, house: House) -> None:
        url = str(house.client.make_url("/webhooks/webhook/webhook"))
        client = await asyncio.create_subprocess_exec(
            sys.executable, str(CLIENT), url, "--port", str(CLIENT_PORT),
            env={**os.environ, "FRONTDOOR_SECRET": SECRET}, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert client.stdin is not None
        assert client.stdout is not None
        try:
            client.stdin.write(b"delivery\n")
            assert (await _line(client.stdout)).startswith("bot: 1")
            while await _line(client.stdout) != "/1 Delivery fees":
                pass
            client.stdin.write(b"/1\n")
            assert await _line(client.stdout) == "bot: 1–3 days."
        finally:
            client.terminate()
            await client.wait()
        assert house.rasa.texts == ["delivery", '/ask_article{"article_id": "delivery-fees"}']


async def _line(stream: asyncio.StreamReader) -> str:
    async with asyncio.timeout(20):
        return (await stream.readline()).decode().strip()


def test_settings_say_what_is_missing() -> None:
    for wrong in ({"url": ""}, {"secret": ""}, {"secret": "short"}, {"vouches": ["name"]}):
        with pytest.raises(ValidationError):
            WebhookSettings(**{"url": "https://a.example", "secret": SECRET, **wrong})  # type: ignore[arg-type]


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    "version",
    "id",
    "customer",
    "text",
    "attachments",
    "edits",
    "comment",
    "token",
    "action",
    "message_id",
    "status",
)
TYPES = ("message", "button", "action", "blocked", "unblocked", "status")


@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(NAMES), JSONS | st.just({"id": "ann"}), max_size=6))
def test_no_json_breaks_it_and_the_schema_agrees(kind: str, members: dict[str, object]) -> None:
    body = {**members, "type": kind}
    try:
        parse_event(Hook.json(body).body, "webhook", frozenset())
    except Malformed:
        return
    # What is taken is as documented, but for empty members, which count as missing.
    assert INBOUND.is_valid({name: value for name, value in body.items() if value not in (None, "", [])}), body
