"""Telegram's parts: failures and their meaning, files that leave, asking, the set-up, and reading whatever comes."""

import asyncio
import copy
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import telegram.error
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from telegram import MessageEntity, Update

from connectors.channels.telegram import TelegramChannel, TelegramPolling
from connectors.channels.telegram_parse import read
from connectors.channels.telegram_polling import REMEMBERED_S
from connectors.channels.telegram_settings import TelegramSettings
from connectors.channels.telegram_wire import failure
from connectors.errors import OutcomeUnknown, Rejected, SendError, TooLarge, TryLater, Undeliverable, Unreachable
from connectors.http import Unavailable
from connectors.message import JSON, Attachment, Author, Button, Content, Event, Inbound, Media, Outbound
from connectors.ports import Ports
from connectors.vendor import chunks, collected
from tests.conftest import free_port
from tests.contract.vendor_bench import CUSTOMER, FIXTURES, until
from tests.fakes.vendors.telegram import TOKEN, TelegramVendor
from tests.fakes.vendors.telegram_bench import SECRET, TelegramBench, error

PICTURE = Attachment(id="a1", name="配件.png", media_type="image/png", size=3)
PAPER = Attachment(id="a2", name="manual.pdf", media_type="application/pdf", size=3)
RECORDED = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FIXTURES / "telegram").glob("*.json"))]


class Memory:
    """What a channel remembers, for as long as a test."""

    def __init__(self) -> None:
        self.kept: dict[str, JSON] = {}
        self.seconds: dict[str, float | None] = {}

    async def get(self, name: str) -> JSON | None:
        return self.kept.get(name)

    async def put(self, name: str, value: JSON, *, seconds: float | None = None) -> None:
        self.kept[name], self.seconds[name] = value, seconds

    async def drop(self, name: str) -> None:
        self.kept.pop(name, None)

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        yield


class Files:
    """Every file says `abc`."""

    def read(self, attachment: Attachment) -> AsyncIterator[bytes]:
        return chunks(b"abc")


def ports(state: Memory | None = None) -> Ports:
    return Ports(
        name="telegram",
        conversations=None,  # type: ignore[arg-type]
        files=Files(),  # type: ignore[arg-type]
        state=state or Memory(),
        public_url="https://support.hearthline.example",
        brand={"en": "Hearthline", "zh": "暖居家电"},
        text=4000,
    )


def settings(api_url: str, **more: Any) -> TelegramSettings:
    return TelegramSettings(bot_token=SecretStr(TOKEN), api_url=api_url, webhook_secret=SecretStr(SECRET), **more)


@pytest.fixture
async def vendor() -> AsyncIterator[TelegramVendor]:
    async with TelegramVendor() as vendor:
        vendor.id_of(CUSTOMER)
        yield vendor


@pytest.fixture
async def channel(vendor: TelegramVendor) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(settings(vendor.url), ports())
    yield channel
    await channel.close()


def outbound(vendor: TelegramVendor, content: Content, language: str = "en") -> Outbound:
    return Outbound(
        message_id="m1", conversation_id="c1", address=str(vendor.id_of(CUSTOMER)), author=Author.BOT, content=content,
        seq=1, at=0, language=language,
    )  # fmt: skip


# what failures mean

CERTAIN = [
    (error(400, "Bad Request: chat not found"), Undeliverable, "Chat not found"),
    (error(403, "Forbidden: bot was blocked by the user"), Undeliverable, "blocked"),
    (error(413, "Request Entity Too Large"), Undeliverable, "413"),
    (error(429, "Too Many Requests: retry after 7", retry_after=7), TryLater, "429"),
    (error(429, "Too Many Requests"), TryLater, "429"),
    (error(500, "Internal Server Error"), TryLater, "500"),
    (error(502, "Bad Gateway"), TryLater, "502"),
    (error(401, "Unauthorized"), TryLater, "token"),
    (error(404, "Not Found"), TryLater, "token"),
    (error(409, "Conflict: something else"), TryLater, "Conflict"),
]


@pytest.mark.parametrize(("trouble", "expected", "says"), CERTAIN, ids=[str(each[0].body) for each in CERTAIN])
async def test_an_answer_is_certain(
    vendor: TelegramVendor, channel: TelegramChannel, trouble: Any, expected: type[SendError], says: str
) -> None:
    vendor.troubles.append(trouble)
    with pytest.raises(expected, match=says) as raised:
        await channel.send(outbound(vendor, Content(text="hello")))
    assert TOKEN not in str(raised.value)
    after = trouble.body.get("parameters", {}).get("retry_after")
    assert after is None or getattr(raised.value, "after", None) == after


async def test_a_gateway_that_gave_up_leaves_it_open(vendor: TelegramVendor, channel: TelegramChannel) -> None:
    vendor.troubles.append(error(504, "Gateway Timeout"))
    with pytest.raises(OutcomeUnknown):
        await channel.send(outbound(vendor, Content(text="hello")))


async def test_nobody_listening_is_certain() -> None:
    channel = TelegramChannel(settings(f"http://127.0.0.1:{free_port()}"), ports())
    with pytest.raises(TryLater, match="could not be reached"):
        await channel.typing("1")
    await channel.close()


@pytest.mark.parametrize(
    "body", [b"", b"<html>/bot110201543:AAHdq</html>", b"[]", b'{"ok":true}', b"\xff", b"[" * 9999]
)
@pytest.mark.parametrize("status", [200, 400, 403])
async def test_an_answer_in_another_form_is_judged_by_its_status_and_never_shown(status: int, body: bytes) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    async with TestServer(app) as server:
        channel = TelegramChannel(settings(str(server.make_url("")).rstrip("/")), ports())
        with pytest.raises(OutcomeUnknown if status == 200 else Undeliverable) as raised:
            await channel.typing("1")
        await channel.close()
    assert "AAHdq" not in str(raised.value)


async def test_a_connection_that_breaks_after_the_request_leaves_it_open() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        channel = TelegramChannel(settings(f"http://127.0.0.1:{port}"), ports())
        with pytest.raises(OutcomeUnknown, match="did not answer"):
            await channel.typing("1")
        await channel.close()


TIMES = [
    (telegram.error.TimedOut(), httpx.ConnectTimeout("x"), Unreachable),
    (telegram.error.TimedOut(), httpx.PoolTimeout("x"), Unreachable),
    (telegram.error.TimedOut(), httpx.ReadTimeout("x"), OutcomeUnknown),
    (telegram.error.TimedOut(), httpx.WriteTimeout("x"), OutcomeUnknown),
    (telegram.error.NetworkError("x"), httpx.ConnectError("x"), Unreachable),
    (telegram.error.NetworkError("x"), httpx.ReadError("x"), OutcomeUnknown),
    (telegram.error.NetworkError("x"), httpx.RemoteProtocolError("x"), OutcomeUnknown),
    (telegram.error.TelegramError("Invalid server response"), None, OutcomeUnknown),
]


@pytest.mark.parametrize(("raised", "cause", "expected"), TIMES, ids=[f"{a!r} of {b!r}" for a, b, _ in TIMES])
def test_only_what_never_left_is_certain(
    raised: telegram.error.TelegramError, cause: Exception | None, expected: type[SendError]
) -> None:
    raised.__cause__ = cause
    assert type(failure(raised)) is expected


async def test_the_token_in_every_address_is_never_logged(
    vendor: TelegramVendor, channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await channel.send(outbound(vendor, Content(text="4111-1111")))
    vendor.files["f"] = ("documents/file 1.pdf", b"%PDF")
    await collected(channel.fetch(Media(ref="f")), 100)
    for vendor_trouble in (error(403, "Forbidden"), error(500, "x")):
        vendor.troubles.append(vendor_trouble)
        with pytest.raises(SendError):
            await channel.send(outbound(vendor, Content(text="4111-1111")))
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert TOKEN not in logged + repr(vars(channel)) + repr(channel)
    assert "4111" not in logged


# what leaves


async def test_pictures_are_shown_and_other_files_are_documents(
    vendor: TelegramVendor, channel: TelegramChannel
) -> None:
    for attachment in (PICTURE, PAPER):
        receipt = await channel.send(outbound(vendor, Content(attachments=(attachment,))))
        assert receipt.vendor_id
    assert [list(each.raw)[-1] for each in vendor.said] == ["photo", "document"]
    assert [each.files for each in vendor.said] == [(("配件.png", b"abc"),), (("manual.pdf", b"abc"),)]


async def test_a_picture_that_telegram_refuses_is_sent_as_a_document(
    vendor: TelegramVendor, channel: TelegramChannel
) -> None:
    vendor.refuses_photos = True
    await channel.send(outbound(vendor, Content(attachments=(PICTURE,))))
    assert [list(each.raw)[-1] for each in vendor.said] == ["document"]


async def test_buttons_without_words_get_some(vendor: TelegramVendor, channel: TelegramChannel) -> None:
    content = Content(text=" ", buttons=(Button(title="是", token="t.0"), Button(title="否", token="t.1")))
    await channel.send(outbound(vendor, content, "zh"))
    assert vendor.texts(CUSTOMER) == ["请选择："]
    assert [each.data for each in vendor.said[0].choices] == ["t.0", "t.1"]


async def test_what_moved_is_sent_to_its_new_place_with_one_request_that_shows_it(
    vendor: TelegramVendor, channel: TelegramChannel
) -> None:
    vendor.moved[vendor.id_of(CUSTOMER)] = vendor.id_of("new")
    receipt = await channel.send(outbound(vendor, Content(text="hello")))
    assert vendor.texts("new") == ["hello"]
    assert receipt.vendor_id.startswith(f"{vendor.id_of('new')}:")


async def test_a_file_is_fetched_from_a_path_with_anything_in_it(
    vendor: TelegramVendor, channel: TelegramChannel
) -> None:
    vendor.files["f"] = ("documents/保修 单#1?.pdf", b"%PDF-1.7")
    assert await collected(channel.fetch(Media(ref="f")), 100) == b"%PDF-1.7"


async def test_what_telegram_does_not_hand_over_is_not_asked_for(
    vendor: TelegramVendor, channel: TelegramChannel
) -> None:
    with pytest.raises(TooLarge):
        await collected(channel.fetch(Media(ref="f", data={"size": 20_000_001})), 100)
    assert vendor.requests == []
    with pytest.raises(Undeliverable):
        await collected(channel.fetch(Media(ref="unknown")), 100)


# asking


class Shelf:
    """Accepts events; what was confirmed to Telegram must lie here."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.troubles: list[BaseException] = []
        self.stop_at = 0

    async def accept(self, event: Event) -> None:
        assert isinstance(event, Inbound)
        if self.troubles:
            raise self.troubles.pop()
        if self.stop_at and len(self.seen) == self.stop_at:
            await asyncio.Event().wait()
        self.seen.append(event.external_id)


@asynccontextmanager
async def asking(vendor: TelegramVendor, state: Memory, shelf: Shelf) -> AsyncIterator[None]:
    channel = TelegramChannel(settings(vendor.url, mode="polling"), ports(state))
    assert isinstance(channel, TelegramPolling)
    task = asyncio.create_task(channel.run(shelf.accept))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await channel.close()


async def say(vendor: TelegramVendor, *numbers: int) -> list[int]:
    bench = TelegramBench(vendor)
    return [await vendor.happens({"message": bench.said(number, text="hello")}) for number in numbers]


async def test_a_restart_in_the_middle_loses_nothing_and_confirms_nothing_that_is_not_stored(
    vendor: TelegramVendor,
) -> None:
    state, shelf = Memory(), Shelf()
    shelf.stop_at = 3
    numbers = await say(vendor, 1, 2, 3, 4, 5)
    async with asking(vendor, state, shelf):
        await until(lambda: len(shelf.seen) == 3)
        assert vendor.confirmed < numbers[0]
    shelf.stop_at = 0
    async with asking(vendor, state, shelf):
        await vendor.until_confirmed(numbers[-1])
    assert list(dict.fromkeys(shelf.seen)) == ["1", "2", "3", "4", "5"]


async def test_what_was_confirmed_is_not_asked_for_again(vendor: TelegramVendor) -> None:
    state, shelf = Memory(), Shelf()
    numbers = await say(vendor, 1, 2)
    async with asking(vendor, state, shelf):
        await vendor.until_confirmed(numbers[-1])
    numbers = await say(vendor, 3)
    async with asking(vendor, state, shelf):
        await vendor.until_confirmed(numbers[-1])
    assert shelf.seen == ["1", "2", "3"]


async def test_our_number_is_forgotten_before_telegram_begins_at_another(vendor: TelegramVendor) -> None:
    state, shelf = Memory(), Shelf()
    numbers = await say(vendor, 1)
    async with asking(vendor, state, shelf):
        await vendor.until_confirmed(numbers[-1])
        assert set(state.seconds.values()) == {REMEMBERED_S}
        assert REMEMBERED_S < 7 * 86_400
        state.kept.clear()  # as after those days
        vendor.confirmed, vendor._next_update = 0, 100
        numbers = await say(vendor, 2)
        await until(lambda: shelf.seen == ["1", "2"])


async def test_another_bots_number_is_not_ours(vendor: TelegramVendor) -> None:
    state, shelf = Memory(), Shelf()
    state.kept["offset-999"] = {"next": 999_999_999}
    await say(vendor, 1)
    async with asking(vendor, state, shelf):
        await until(lambda: shelf.seen == ["1"])


async def test_what_nobody_can_read_is_left_behind(vendor: TelegramVendor) -> None:
    state, shelf = Memory(), Shelf()
    await vendor.happens({"message": {"text": 5}})
    await vendor.happens({"message": []})
    numbers = await say(vendor, 1)
    async with asking(vendor, state, shelf):
        await vendor.until_confirmed(numbers[-1])
    assert shelf.seen == ["1"]


async def test_what_the_service_cannot_store_now_is_asked_for_again(
    vendor: TelegramVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Unavailable()
    monkeypatch.setattr(later, "retry_after", 0)
    state, shelf = Memory(), Shelf()
    shelf.troubles = [later]
    numbers = await say(vendor, 1)
    async with asking(vendor, state, shelf):
        await vendor.until_confirmed(numbers[-1])
    assert shelf.seen == ["1"]


async def test_a_webhook_is_taken_away_without_losing_what_waits(
    vendor: TelegramVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.channels.telegram_polling.FIRST_PAUSE_S", 0.01)
    vendor.hook |= {"url": "https://elsewhere.example"}
    state, shelf = Memory(), Shelf()
    await say(vendor, 1)
    async with asking(vendor, state, shelf):
        await until(lambda: shelf.seen == ["1"])
        vendor.hook |= {"url": "https://elsewhere.example"}  # somebody sets it again
        await say(vendor, 2)
        await until(lambda: shelf.seen == ["1", "2"])


# set-up


async def test_connecting_sets_the_webhook_and_the_menu(vendor: TelegramVendor, channel: TelegramChannel) -> None:
    assert [each.ok for each in await channel.connect()] == [True, True]
    assert vendor.hook["url"] == "https://support.hearthline.example/webhooks/telegram/webhook"
    assert vendor.secret == SECRET
    assert set(vendor.hook["allowed_updates"]) == {"message", "edited_message", "callback_query", "my_chat_member"}
    assert {name: [each["command"] for each in commands] for name, commands in vendor.commands.items()} == {
        "": ["start", "human", "language", "help"],
        "zh": ["start", "human", "language", "help"],
    }
    assert all(each.ok for each in await channel.check())


async def test_connecting_for_asking_takes_the_webhook_away(vendor: TelegramVendor) -> None:
    vendor.hook |= {"url": "https://elsewhere.example"}
    channel = TelegramChannel(settings(vendor.url, mode="polling"), ports())
    assert all(each.ok for each in [*await channel.connect(), *await channel.check()])
    assert vendor.hook["url"] == ""
    await channel.close()


async def test_checking_names_what_is_wrong_and_what_to_do(vendor: TelegramVendor, channel: TelegramChannel) -> None:
    [me, nobody] = await channel.check()
    assert (me.ok, me.what) == (True, "the bot is @hearthline_bot")
    assert not nobody.ok
    assert "nobody" in nobody.what
    assert "frontdoor channel connect telegram" in nobody.remedy
    await channel.connect()
    vendor.hook |= {
        "pending_update_count": 500,
        "last_error_date": 9_999_999_999,
        "last_error_message": "Wrong response from the webhook: 502 Bad Gateway",
        "allowed_updates": ["message"],
    }
    found = [each.what for each in await channel.check() if not each.ok]
    assert any("callback_query" in what for what in found)
    assert any("502 Bad Gateway" in what for what in found)
    assert any("500 updates wait" in what for what in found)


async def test_checking_a_wrong_token_raises_nothing(vendor: TelegramVendor) -> None:
    own = TelegramSettings(bot_token=SecretStr("1:" + "x" * 35), api_url=vendor.url)
    channel = TelegramChannel(own, ports())
    for findings in (await channel.check(), await channel.connect()):
        assert findings
        assert not any(each.ok for each in findings)
        assert all(each.remedy for each in findings)
        assert "xxx" not in str(findings)
    await channel.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"bot_token": "hello there"},
        {"bot_token": ""},
        {"webhook_secret": "short"},
        {"webhook_secret": "not/what+telegram=takes"},
        {"mode": "push"},
        {"api_url": "api.telegram.org"},
        {"tokn": "x"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: JSON) -> None:
    with pytest.raises(ValidationError):
        TelegramSettings(**{"bot_token": TOKEN, **wrong})


def test_without_a_secret_of_ones_own_there_is_one_that_nobody_else_knows() -> None:
    one, other = (TelegramSettings(bot_token=SecretStr(f"1:{name}")) for name in ("a" * 35, "b" * 35))
    assert one.secret_of_calls != other.secret_of_calls
    assert len(one.secret_of_calls) == 64
    assert one.secret_of_calls == TelegramSettings(bot_token=SecretStr("1:" + "a" * 35)).secret_of_calls


# reading


@pytest.mark.parametrize("fixture", RECORDED, ids=[str(each["payload"]["update_id"]) for each in RECORDED])
def test_python_telegram_bot_reads_our_fixtures_too(fixture: JSON) -> None:
    update = Update.de_json(copy.deepcopy(fixture["payload"]), None)
    assert update.update_id == fixture["payload"]["update_id"]
    said = update.message or update.edited_message
    if said is not None and fixture["events"][0]["event"] == "Inbound":
        event = fixture["events"][0]
        assert str(said.chat_id) == event["address"]
        assert "action" in event or said.text != "/help" or event["content"]["text"] in {"help", "帮助"}
        if said.text and not said.text.startswith("/"):
            hidden = [each.url or "" for each in said.parse_entities([MessageEntity.TEXT_LINK])]
            links = dict.fromkeys(url for url in hidden if url.startswith("https://"))
            assert event["content"]["text"] == "\n".join([said.text, *links])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something can be put in the stead of what is there."""
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in members:
        yield from places(each, (*path, name))


@given(data=st.data())
def test_whatever_comes_is_read_or_refused(data: st.DataObject) -> None:
    payload = copy.deepcopy(data.draw(st.sampled_from(RECORDED))["payload"])
    path = data.draw(st.sampled_from(list(places(payload))))
    put: Any = data.draw(ANYTHING)
    if not path:
        payload = put
    else:
        inner = payload
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = put
    try:
        found = read(payload, "telegram")
    except Rejected:
        return
    assert found.events
