"""What is WeChat's own: passive replies, the access token, its windows and numbers, files, menus, events."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from wechatpy.utils import check_signature

from connectors.channels.wechat import WechatChannel
from connectors.channels.wechat_errors import error_of
from connectors.channels.wechat_parse import WechatParser
from connectors.channels.wechat_passive import OpenRequests
from connectors.channels.wechat_settings import WechatSettings
from connectors.errors import Malformed, OutcomeUnknown, TryLater, Undeliverable, WindowClosed
from connectors.message import Attachment, Author, Button, Content, Media
from connectors.xml_fields import XmlFields
from storage import messages
from storage.conversations import find_by_address
from tests.channels.parts import outbound
from tests.contract.vendor_bench import CUSTOMER, House, house_of, until
from tests.contract.vendor_suite import request_of
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.wechat import WechatVendor
from tests.fakes.vendors.wechat_bench import (
    ACCOUNT,
    APP_ID,
    TOKEN,
    PassiveWechatBench,
    PlainWechatBench,
    WechatBench,
    signed,
    xml,
)

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 64
SENDS = "POST /cgi-bin/message/custom/send"
HUMAN = "I want a human"


@asynccontextmanager
async def opened(bench_class: type[WechatBench], root: Path, empty_database: Path) -> AsyncIterator[House]:
    async with WechatVendor() as wechat, house_of(bench_class(wechat), root, empty_database) as house:
        yield house
        assert wechat.wrongs == []


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    """Safe mode; every message is a customer-service message."""
    async with opened(WechatBench, tmp_path, empty_database) as house:
        yield house


@pytest.fixture
async def passive(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    """Safe mode; requests are kept open for the reply."""
    async with opened(PassiveWechatBench, tmp_path, empty_database) as house:
        yield house


@pytest.fixture
async def touched(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    """Plain mode, with choices to be touched."""
    async with opened(PlainWechatBench, tmp_path, empty_database) as house:
        yield house


def wechat_of(house: House) -> tuple[WechatBench, WechatVendor]:
    """The bench and the fake, as what they are."""
    bench = house.bench
    assert isinstance(bench, WechatBench)
    return bench, bench.vendor


def patient(house: House, seconds: float) -> None:
    """Let the channel keep requests open for so long."""
    house.channel._settings = house.channel._settings.model_copy(update={"passive_reply_s": seconds})


# passive replies


async def test_an_answer_in_time_is_the_reply_to_the_request(passive: House) -> None:
    _, wechat = wechat_of(passive)
    assert await passive.says("hello 👋 你好 <b> ]]>", "1001") == 200
    # wechatpy has decrypted and read it
    assert wechat.texts(CUSTOMER) == ["You said: hello 👋 你好 <b> ]]>"]
    assert [each.raw for each in wechat.said] == ["passive"]
    assert await passive.settled() == {"sent": 1}
    assert SENDS not in wechat.requests


async def test_only_the_first_message_is_the_reply(passive: House) -> None:
    _, wechat = wechat_of(passive)
    await passive.says("hello", "1001")
    await passive.channel.send(outbound(text="and one more"))
    assert wechat.texts(CUSTOMER) == ["You said: hello", "and one more"]
    assert wechat.requests.count(SENDS) == 1


async def test_repeats_of_a_message_bring_one_reply(passive: House) -> None:
    """Given the same message several times at once and once more later, then the customer reads one answer."""
    _, wechat = wechat_of(passive)
    passive.rasa.delay_s = 0.3
    statuses = await asyncio.gather(*(passive.says("once", "1001") for _ in range(4)))
    patient(passive, 0.2)
    assert await passive.says("once", "1001") == 200
    assert set(statuses) == {200}
    assert wechat.texts(CUSTOMER) == ["You said: once"]
    assert await passive.stored() == ["once"]
    assert await passive.settled() == {"sent": 1}


async def test_an_answer_that_takes_longer_follows_by_itself(passive: House) -> None:
    _, wechat = wechat_of(passive)
    patient(passive, 0.1)
    passive.rasa.delay_s = 0.5
    began = time.monotonic()
    assert await passive.says("hello", "1001") == 200
    assert time.monotonic() - began < 0.45
    await passive.sees("You said: hello")
    assert [each.raw == "passive" for each in wechat.said] == [False]
    assert wechat.requests.count(SENDS) == 1


async def test_a_connection_that_broke_before_loses_nothing(passive: House) -> None:
    """Given WeChat gives its request up while the bot thinks, then the answer comes the other way, once."""
    bench, wechat = wechat_of(passive)
    passive.rasa.delay_s = 0.4
    hook = bench.message("hello", "1001")
    giving_up = asyncio.create_task(bench.deliver(passive, hook))
    await until(lambda: passive.rasa.turns, passive.explain)
    giving_up.cancel()
    await passive.sees("You said: hello")
    assert await passive.settled() == {"sent": 1}
    assert wechat.texts(CUSTOMER) == ["You said: hello"]
    assert [each.raw == "passive" for each in wechat.said] == [False]


async def test_a_repeat_after_a_broken_connection_carries_the_reply(passive: House) -> None:
    bench, wechat = wechat_of(passive)
    passive.rasa.delay_s = 0.6
    giving_up = asyncio.create_task(bench.deliver(passive, bench.message("hello", "1001")))
    await until(lambda: passive.rasa.turns, passive.explain)
    giving_up.cancel()
    assert await passive.says("hello", "1001") == 200
    assert [(each.text, each.raw) for each in wechat.said] == [("You said: hello", "passive")]
    assert await passive.settled() == {"sent": 1}


async def test_a_connection_that_breaks_while_the_reply_is_written_is_told(passive: House) -> None:
    """Nobody knows whether WeChat has read the reply, so it is neither lost in silence nor repeated."""
    bench, wechat = wechat_of(passive)
    request = request_of(passive, bench.message("hello", "1001"))
    events = passive.channel.parse(request)
    answering = asyncio.create_task(passive.channel.answer(request, events))
    await asyncio.sleep(0)
    for event in events:
        await passive.core.intake.accept(event)
    answer = await answering
    assert bench.replied(answer.body).text == "You said: hello"
    answer.written(None)
    assert await passive.settled() == {"unknown": 1}
    assert wechat.said == []


async def test_nothing_is_waited_for_when_nothing_can_come(passive: House) -> None:
    bench, _ = wechat_of(passive)
    began = time.monotonic()
    for hook in (bench.event("unsubscribe"), bench.event("VIEW", EventKey="https://shop.example/")):
        assert await bench.deliver(passive, hook) == 200
    assert time.monotonic() - began < 1


async def test_a_request_that_was_long_on_its_way_is_not_kept_open(passive: House) -> None:
    bench, _ = wechat_of(passive)
    request = replace(request_of(passive, bench.message("hello", "1")), came_at=time.monotonic() - 4)
    began = time.monotonic()
    answer = await passive.channel.answer(request, passive.channel.parse(request))
    assert (answer.body, answer.content_type) == (b"success", "text/plain")
    assert time.monotonic() - began < 0.5


async def test_files_and_menus_are_no_passive_replies(passive: House) -> None:
    bench, wechat = wechat_of(passive)
    request = request_of(passive, bench.message("hello", "1"))
    answering = asyncio.create_task(passive.channel.answer(request, passive.channel.parse(request)))
    await asyncio.sleep(0)
    await passive.channel.send(outbound(text="Which?", buttons=(Button(title="One", token="t.0"),)))
    sending = asyncio.create_task(passive.channel.send(outbound(text="hello")))
    answer = await answering
    assert bench.replied(answer.body).text == "hello"
    answer.written(True)
    await sending
    assert [each.text for each in wechat.said] == ["Which?"]


class TestOpenRequests:
    """The hand-over by itself."""

    async def test_a_message_is_taken_once(self) -> None:
        requests = OpenRequests()
        waiting = asyncio.create_task(requests.wait("ann", time.monotonic() + 5))
        await asyncio.sleep(0)
        first, second = asyncio.create_task(requests.hand("ann", "one")), requests.hand("ann", "two")
        await asyncio.sleep(0)
        assert await second is False
        text, request = await waiting
        request.tell(True)
        request.tell(None)
        assert text == "one"
        assert await first is True

    async def test_nobody_waits_for_somebody_else(self) -> None:
        requests = OpenRequests()
        waiting = asyncio.create_task(requests.wait("ann", time.monotonic() + 0.05))
        await asyncio.sleep(0)
        assert await requests.hand("bob", "hello") is False
        assert await waiting is None
        assert await requests.hand("ann", "hello") is False

    async def test_a_request_that_was_given_up_takes_nothing(self) -> None:
        requests = OpenRequests()
        waiting = asyncio.create_task(requests.wait("ann", time.monotonic() + 5))
        await asyncio.sleep(0)
        handing = asyncio.create_task(requests.hand("ann", "hello"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert waiting.cancelled()
        assert await asyncio.wait_for(handing, 1) is False

    async def test_a_newer_request_ends_the_wait_of_the_older(self) -> None:
        requests = OpenRequests()
        older = asyncio.create_task(requests.wait("ann", time.monotonic() + 5))
        await asyncio.sleep(0)
        newer = asyncio.create_task(requests.wait("ann", time.monotonic() + 5))
        assert await asyncio.wait_for(older, 1) is None
        handing = asyncio.create_task(requests.hand("ann", "hello"))
        text, request = await newer
        request.tell(True)
        assert text == "hello"
        assert await handing is True

    async def test_a_request_whose_time_is_over_takes_nothing_from_a_newer_one(self) -> None:
        requests = OpenRequests()
        repeated = asyncio.create_task(requests.wait("ann", time.monotonic() + 5))
        await asyncio.sleep(0)
        assert await requests.wait("ann", time.monotonic() - 1) is None
        handing = asyncio.create_task(requests.hand("ann", "hello"))
        text, request = await asyncio.wait_for(repeated, 1)
        request.tell(True)
        assert text == "hello"
        assert await handing is True

    async def test_a_write_in_doubt_is_told(self) -> None:
        requests = OpenRequests()
        waiting = asyncio.create_task(requests.wait("ann", time.monotonic() + 5))
        await asyncio.sleep(0)
        handing = asyncio.create_task(requests.hand("ann", "hello"))
        (_, request) = await waiting
        request.tell(None)
        with pytest.raises(OutcomeUnknown):
            await handing


# the check of the address, signatures, encryption


async def test_wechat_checks_the_address(house: House) -> None:
    now = str(int(time.time()))
    query = {"signature": signed(TOKEN, now, "n"), "timestamp": now, "nonce": "n", "echostr": "5975420331423"}
    check_signature(TOKEN, query["signature"], now, "n")  # wechatpy agrees
    path = "/webhooks/wechat/webhook"
    async with house.client.get(path, params=query) as answer:
        assert (answer.status, await answer.text()) == (200, "5975420331423")
    async with house.client.get(path, params=query | {"nonce": "m"}) as answer:
        assert answer.status == 403
    async with house.client.get(path, params=query | {"echostr": "<script>alert(1)</script> "}) as answer:
        assert answer.status == 400
    async with house.client.get(path) as answer:
        assert answer.status == 405


async def test_what_stands_in_plain_beside_the_encrypted_is_not_believed(house: House) -> None:
    """Compatible mode: the plain fields have no proof, so they are as good as not there."""
    bench, _ = wechat_of(house)
    hook = bench.message("the truth", "1")
    lie = xml({"FromUserName": "bob", "MsgType": "text", "Content": "a lie", "MsgId": "2"})
    both = hook.body.replace(b"</xml>", lie.removeprefix(b"<xml>"))
    assert await bench.deliver(house, replace(hook, body=both)) == 200
    assert await house.stored() == ["the truth"]


async def test_the_same_request_much_later_is_refused(touched: House, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, _ = wechat_of(touched)
    hook = bench.message("hello", "1")
    assert await bench.deliver(touched, hook) == 200
    later = time.time() + 700
    monkeypatch.setattr(time, "time", lambda: later)
    assert await bench.deliver(touched, hook) == 403


@given(st.binary(max_size=400), st.dictionaries(st.sampled_from(["MsgType", "Event", "MsgId"]), st.text(max_size=20)))
def test_no_push_breaks_the_parser(data: bytes, fields: dict[str, str]) -> None:
    parser = WechatParser("wechat", {}, "zh")
    whole = {"ToUserName": ACCOUNT, "FromUserName": "ann", "CreateTime": 1, **fields}
    for body in (b"<xml>" + data + b"</xml>", xml(whole), xml(whole).replace(b"</xml>", data + b"</xml>")):
        try:
            parser.events(XmlFields.parse(body))
        except Malformed:
            continue


# the access token


async def test_a_token_is_fetched_once_for_many_messages(house: House) -> None:
    _, wechat = wechat_of(house)
    await asyncio.gather(*(house.says("hello", f"100{n}", f"customer{n}") for n in range(6)))
    await until(lambda: len(wechat.said) == 6, house.explain)
    assert wechat.granted == {"stable": 1}


async def test_a_token_that_ended_early_is_replaced_once_and_nothing_is_said_twice(house: House) -> None:
    _, wechat = wechat_of(house)
    await house.says("hello", "1001")
    await house.sees("You said")
    # given that the token is over (42001), when many messages leave at once
    wechat.expire()
    await asyncio.gather(*(house.says("again", f"200{n}", f"customer{n}") for n in range(5)))
    await until(lambda: len(wechat.said) == 6, house.explain)
    assert await house.settled() == {"sent": 6}
    # then it is asked for, found to be the same, and replaced by force: once for all
    assert wechat.granted == {"stable": 2, "forced": 1}


async def test_a_token_that_another_program_replaced_is_not_replaced_again(house: House) -> None:
    _, wechat = wechat_of(house)
    await house.says("hello", "1001")
    await house.sees("You said")
    wechat.token = "ACCESS-TOKEN-of-another-program"  # 40001 for ours
    await house.says("again", "1002")
    await house.sees("You said: again")
    assert wechat.granted == {"stable": 2}


async def test_two_workers_share_it(house: House) -> None:
    _, wechat = wechat_of(house)
    other = WechatChannel(house.channel._settings, house.channel._ports)
    wechat.unknown = True
    await asyncio.gather(*(each.send(outbound(text="hello")) for each in (house.channel, other) for _ in range(3)))
    await other.close()
    assert len(wechat.said) == 6
    assert wechat.granted == {"stable": 1}


async def test_the_other_kind_of_token_is_asked_for_where_it_is_set(house: House) -> None:
    _, wechat = wechat_of(house)
    settings = house.channel._settings.model_copy(update={"stable_token": False})
    channel = WechatChannel(settings, house.channel._ports)
    wechat.unknown = True
    await channel.send(outbound(text="hello"))
    await channel.close()
    assert wechat.granted == {"token": 1}


@pytest.mark.parametrize("code", [40164, 40125, -1, 45009])
async def test_messages_wait_while_there_is_no_token(house: House, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a wrong secret or a missing line on the white list, when it is mended, then nothing is lost."""
    _, wechat = wechat_of(house)
    wechat.refusals["token"] = code
    with pytest.raises(TryLater, match=str(code)):
        await house.channel.send(outbound(text="hello"))
    monkeypatch.setattr("connectors.access_token.PAUSE_S", 0)
    wechat.refusals.clear()
    wechat.unknown = True
    await house.channel.send(outbound(text="hello"))
    assert wechat.texts(CUSTOMER) == ["hello"]


# windows and refusals


@pytest.mark.parametrize("code", [45015, 45047, 48001])
async def test_what_wechat_does_not_take_now_leaves_when_the_customer_writes_again(house: House, code: int) -> None:
    _, wechat = wechat_of(house)
    await house.says(HUMAN, "1001")
    await house.sees("in line for a colleague")
    await house.settled()
    wechat.refusals["/cgi-bin/message/custom/send"] = code
    await house.core.steps.run((await _conversation(house)).id, _says_agent, "Here I am.")
    await until_held(house)
    wechat.refusals.clear()
    await house.says("are you there?", "1002")
    await house.sees("Here I am.")
    assert wechat.texts(CUSTOMER).count("Here I am.") == 1


async def test_an_account_that_is_not_verified_replies_within_requests(passive: House) -> None:
    """Given it may write nothing by itself (48001), then what came too late is the reply to the next message."""
    _, wechat = wechat_of(passive)
    wechat.verified = False
    await passive.says("hello", "1001")
    assert wechat.texts(CUSTOMER) == ["You said: hello"]
    patient(passive, 0.1)
    passive.rasa.delay_s = 0.4
    await passive.says("slowly", "1002")
    await until_held(passive)
    patient(passive, 3)
    passive.rasa.delay_s = 0
    await passive.says("anybody there?", "1003")
    assert wechat.texts(CUSTOMER)[1] == "You said: slowly"


async def test_five_messages_after_each_of_the_customers(house: House) -> None:
    _, wechat = wechat_of(house)
    await house.says("hello", "1001")
    await house.sees("You said")
    conversation = (await _conversation(house)).id
    for number in range(6):
        await house.core.steps.run(conversation, _says_agent, f"part {number}")
    await until_held(house)
    assert len(wechat.said) == 5
    await house.says("go on", "1002")
    await house.sees("part 5")
    await house.settled()
    assert wechat.texts(CUSTOMER)[5:7] == ["part 4", "part 5"]


async def test_a_touch_opens_for_a_minute_only(house: House) -> None:
    bench, wechat = wechat_of(house)
    await bench.deliver(house, bench.event("CLICK", allows=3, EventKey="V1001_DELIVERY"))
    await house.sees("1–3 days")
    conversation = (await _conversation(house)).id
    for number in range(4):
        await house.core.steps.run(conversation, _says_agent, f"part {number}")
    await until_held(house)
    assert len(wechat.said) == 3


def test_numbers_mean_what_wechat_says() -> None:
    later, closed, never = (TryLater, WindowClosed, Undeliverable)
    expected = {
        -1: later, 45009: later, 45011: later, 45015: closed, 45047: closed, 48001: closed,
        40003: never, 43004: never, 43019: never, 45002: never, 48002: never, 99999: never,
    }  # fmt: skip
    for code, kind in expected.items():
        error = error_of(code)
        assert isinstance(error, kind), code
        assert isinstance(error, WindowClosed) == (kind is closed)
        assert f"error {code})" in str(error)


async def test_an_answer_that_is_no_answer_is_in_doubt(house: House) -> None:
    """Given a proxy that answers 200 with a page of its own, then nobody knows whether the message has left."""
    _, wechat = wechat_of(house)
    wechat.troubles.append(Trouble(status=200, body="<html>sign in</html>"))
    await house.says("hello", "1001")
    assert await house.settled() == {"unknown": 1}


# events


async def test_a_follower_is_greeted_in_chinese(house: House) -> None:
    bench, wechat = wechat_of(house)
    hook = bench.event("subscribe", allows=3, EventKey="qrscene_123123", Ticket="TICKET")
    assert {await bench.deliver(house, hook) for _ in range(3)} == {200}
    await until(lambda: wechat.said, house.explain)
    await house.settled()
    assert len(wechat.said) == 1
    assert any("\u4e00" <= letter <= "\u9fff" for letter in wechat.said[0].text)


async def test_who_unfollows_gets_nothing_more_and_who_is_back_does(house: House) -> None:
    bench, wechat = wechat_of(house)
    await house.says(HUMAN, "1001")
    await house.sees("in line for a colleague")
    await house.settled()
    await bench.deliver(house, bench.event("unsubscribe"))
    await house.core.steps.run((await _conversation(house)).id, _says_agent, "Hello?")
    assert (await house.settled())["undeliverable"] == 1
    await bench.deliver(house, bench.event("subscribe", allows=3))
    await house.core.steps.run((await _conversation(house)).id, _says_agent, "Welcome back.")
    await house.sees("Welcome back.")
    assert "Hello?" not in wechat.texts(CUSTOMER)


async def test_an_entry_of_the_menu_reaches_a_human(house: House) -> None:
    bench, wechat = wechat_of(house)
    assert all(finding.ok for finding in await house.channel.connect())
    human = wechat.menu["button"][0]["sub_button"][0]
    assert human["name"] == "人工客服"
    assert wechat.menu["button"][1] == {"type": "view", "name": "官网", "url": "https://shop.example"}
    await bench.deliver(house, bench.event("CLICK", allows=3, EventKey=human["key"]))
    await until(lambda: house.desk.opened, house.explain)


async def test_the_same_click_twice_is_one_and_another_second_is_another(house: House) -> None:
    bench, _ = wechat_of(house)
    click = bench.event("CLICK", allows=3, EventKey="V1001_DELIVERY")
    again = bench.push("event", allows=3, Event="CLICK", EventKey="V1001_DELIVERY", CreateTime=1)
    for hook in (click, click, again):
        await bench.deliver(house, hook)
    assert await house.stored() == ["delivery", "delivery"]


# files


async def test_a_picture_is_fetched_before_anybody_answers(house: House) -> None:
    bench, wechat = wechat_of(house)
    wechat.media["m1"] = ("a.png", PICTURE)
    await bench.deliver(house, bench.push("image", allows=5, PicUrl="http://mmbiz.qpic.cn/1", MediaId="m1", MsgId="1"))
    await until(lambda: wechat.said, house.explain)
    (stored,) = (await house.database.read(messages.after, (await _conversation(house)).id, 0, 1))[
        0
    ].content.attachments
    assert (stored.name, stored.media_type, stored.size) == ("image.jpg", "image/png", len(PICTURE))


async def test_files_come_whole_or_with_a_reason(house: House) -> None:
    _, wechat = wechat_of(house)
    large = bytes(range(256)) * 4096
    wechat.media |= {"voice": ("a.amr", b"#!AMR\n" + large), "film": ("linked.mp4", large), "empty": ("e.amr", b"")}

    async def fetched(media_id: str, **data: object) -> bytes:
        media = Media(ref=media_id, data=data)
        return b"".join([chunk async for chunk in house.channel.fetch(media)])

    assert await fetched("voice") == b"#!AMR\n" + large
    assert await fetched("film") == large
    assert await fetched("empty") == b""
    with pytest.raises(Undeliverable, match="40007"):
        await fetched("gone")
    wechat.expire()
    assert await fetched("voice") == b"#!AMR\n" + large
    wechat.refusals["/cgi-bin/media/get"] = -1
    with pytest.raises(TryLater):
        await fetched("voice")
    # an account without the permission has a link for pictures, which is not followed just anywhere
    wechat.refusals["/cgi-bin/media/get"] = 48001
    assert await fetched("voice", link=f"{wechat.url}/video/voice") == b"#!AMR\n" + large
    with pytest.raises(WindowClosed):
        await fetched("voice")
    for link in ("http://127.0.0.1:1/a", "http://10.0.0.1/a", "https://evil.example/a", "file:///etc/passwd"):
        with pytest.raises(TryLater, match="where we do not fetch from"):
            await fetched("voice", link=link)


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [("p.png", "image/png", "image"), ("v.mp4", "video/mp4", "video"), ("a.mp3", "audio/mpeg", "voice")],
)
async def test_files_are_uploaded_and_shown(house: House, name: str, media_type: str, kind: str) -> None:
    _, wechat = wechat_of(house)
    sent = await _stored(house, name, media_type, PICTURE)
    await house.channel.send(outbound(attachments=(sent,)))
    assert wechat.said[-1].files[0][1] == PICTURE
    assert wechat.said[-1].raw["msgtype"] == kind
    assert wechat.said[-1].raw[kind].get("title", name) == name


@pytest.mark.parametrize("code", [40005, 40009, 45001, 45007])
async def test_what_wechat_does_not_take_is_a_link(house: House, code: int) -> None:
    _, wechat = wechat_of(house)
    sent = await _stored(house, "p.png", "image/png", PICTURE)
    wechat.refusals["/cgi-bin/media/upload"] = code
    await house.channel.send(outbound(attachments=(sent,)))
    assert wechat.said[-1].text.startswith("File: p.png https://support.hearthline.example/")


async def test_an_upload_that_fails_has_shown_nothing(house: House) -> None:
    _, wechat = wechat_of(house)
    sent = await _stored(house, "p.png", "image/png", PICTURE)
    wechat.refusals["/cgi-bin/media/upload"] = -1
    with pytest.raises(TryLater):
        await house.channel.send(outbound(attachments=(sent,)))
    assert wechat.texts(CUSTOMER) == ["You said: hello"]
    assert not any(each.files for each in wechat.said)


# choices to be touched, typing


async def test_choices_are_touched(touched: House) -> None:
    bench, _ = wechat_of(touched)
    await touched.says("delivery", "1001")
    said = await touched.sees("1–3 days")
    assert (said.choices[0].title, said.choices[0].data) == ("Delivery fees", "1")
    # its id comes back as 0 from some accounts
    zero = bench.push("text", allows=3, Content="Delivery fees", MsgId="7", bizmsgmenuid="0")
    assert await bench.deliver(touched, zero) == 200
    await until(lambda: len(touched.rasa.texts) == 2, touched.explain)
    assert touched.rasa.texts[1] == '/ask_article{"article_id": "delivery-fees"}'


async def test_choices_are_written_out_where_the_account_cannot(touched: House) -> None:
    _, wechat = wechat_of(touched)
    wechat.refusals["msgmenu"] = 40200
    await touched.says("delivery", "1001")
    said = await touched.sees("1–3 days")
    assert "· Delivery fees" in said.text
    assert len(wechat.said) == 1
    await touched.says("delivery fees", "1002")
    await until(lambda: len(touched.rasa.texts) == 2, touched.explain)
    assert touched.rasa.texts[1] == '/ask_article{"article_id": "delivery-fees"}'


async def test_typing_is_shown_where_it_can_be(house: House) -> None:
    _, wechat = wechat_of(house)
    await house.channel.typing(CUSTOMER)
    for code in (45080, 45081):
        wechat.refusals["/cgi-bin/message/custom/typing"] = code
        await house.channel.typing(CUSTOMER)
    assert wechat.typing == [CUSTOMER]
    wechat.refusals["/cgi-bin/message/custom/typing"] = 40003
    with pytest.raises(Undeliverable):
        await house.channel.typing(CUSTOMER)


# set-up


async def test_the_set_up_is_looked_at(house: House) -> None:
    _, wechat = wechat_of(house)
    assert [each.ok for each in await house.channel.check()] == [True, True]
    wechat.verified = False
    (_, writes) = await house.channel.check()
    assert not writes.ok
    assert "认证" in writes.remedy
    wechat.refusals["token"], wechat.token = 40164, ""
    await house.channel._ports.state.drop(f"access_token.{APP_ID}")
    (token,) = await house.channel.check()
    assert "white list" in token.remedy
    assert all(secret not in token.what + token.remedy for secret in WechatBench.secrets)


async def test_the_menu_that_wechat_refuses_is_told(house: House) -> None:
    _, wechat = wechat_of(house)
    wechat.refusals["/cgi-bin/menu/create"] = 40018
    url, menu = await house.channel.connect()
    assert url.ok
    assert "https://support.hearthline.example/webhooks/wechat/webhook" in url.what
    assert not menu.ok
    assert "40018" in menu.what


GOOD = {"app_id": APP_ID, "app_secret": "9f2c51d07be84a3fb6d1c0a57e3d8b42", "token": TOKEN}


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": ""},
        {"token": "short"},
        {"token": "with-characters-of-its-own"},
        {"app_id": "gh_7f083739789a"},
        {"app_secret": ""},
        {"encoding_aes_key": "abc"},
        {"passive_reply_s": 5},
        {"menu": [{"name": "一二三四五六", "text": "x"}]},
        {"menu": [{"name": "a", "text": "x", "url": "https://shop.example"}]},
        {"menu": [{"name": "a"}]},
        {"menu": [{"name": "a", "items": []}]},
        {"menu": [{"name": "a", "items": [{"name": "b", "text": "x"}] * 6}]},
        {"menu": [{"name": "a", "text": "x"}] * 4},
        {"menu": [{"name": "a", "action": "dance"}]},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    assert WechatSettings(**GOOD)
    with pytest.raises(ValidationError):
        WechatSettings(**(GOOD | wrong))


async def _conversation(house: House):
    found = await house.database.read(find_by_address, house.channel.name, CUSTOMER)
    assert found is not None
    return found


async def _stored(house: House, name: str, media_type: str, data: bytes) -> Attachment:
    """A file as an agent attached it."""
    house.vendor.unknown = True

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    await house.says("hello", "1")
    stored = await house.channel._ports.files.save((await _conversation(house)).id, name, chunks())
    await house.settled()
    return replace(stored, media_type=media_type)


def _says_agent(step, text: str) -> None:
    step.add(Author.AGENT, Content(text=text), name="Li Na")


async def until_held(house: House) -> None:
    """Wait until something waits for the customer."""
    deadline = time.monotonic() + 10
    while not (await house.statuses()).get("held"):
        assert time.monotonic() < deadline, house.explain()
        await asyncio.sleep(0.01)
