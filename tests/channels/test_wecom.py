"""What is WeCom's own: fetching by cursor, the welcome, whose session it is, the window, files and names."""

import asyncio
import hashlib
import json
import random
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.channels import wecom_sync
from connectors.channels.wecom_api import Refused
from connectors.channels.wecom_content import CONTENTS, FILES
from connectors.channels.wecom_parse import address_of, fetched, of_address
from connectors.channels.wecom_send import kind_of
from connectors.errors import Malformed, OutcomeUnknown, TryLater, Undeliverable, WindowClosed
from connectors.http import Unavailable
from connectors.message import Attachment, Author, Button, Content, Event, Inbound, Media, Outbound, Pull
from connectors.vendor import chunks
from frontdoor import metrics
from frontdoor.step import Step
from storage import messages
from storage.conversations import Conversation, find_by_address
from storage.messages import Message
from tests.conftest import absent
from tests.contract.vendor_bench import CUSTOMER, Hook, House, house_of, until
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.wecom import ACCOUNT, BOT, CORP, HUMAN, NEW, OTHER_ACCOUNT, OVER, WAITING, WeComVendor
from tests.fakes.vendors.wecom_bench import AES_KEY, TOKEN, WeComBench, event, item

ADDRESS = f"{ACCOUNT}/{CUSTOMER}"
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 64
MODULES = Path(__file__).parents[2] / "var" / "npm" / "node_modules"
PROGRAM = """
const { encrypt, getSignature } = require('@wecom/crypto');
const { key, token, corp, texts } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const made = texts.map(text => encrypt(key, text, corp));
console.log(JSON.stringify(made.map(each => [each, getSignature(token, '1409735669', '1320562132', each)])));
"""
SESSION_INVALID = Trouble(status=200, body={"errcode": 95018, "errmsg": "send msg session status invalid"})


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with WeComVendor() as wecom:
        bench = WeComBench(wecom)
        async with house_of(bench, tmp_path, empty_database) as house:
            await until(lambda: wecom.syncs)  # the look at the start
            await bench.deliver(house, bench.callback())
            yield house
    assert wecom.wrongs == []


def wecom_of(house: House) -> tuple[WeComBench, WeComVendor]:
    """The bench and the fake, as what they are."""
    assert isinstance(house.bench, WeComBench)
    return house.bench, house.bench.vendor


def outbound(message_id: str = "01JDQ3V7Z5H8K2M4N6P8R0T2W4", **content: object) -> Outbound:
    """One part."""
    return Outbound(
        message_id=message_id, conversation_id="c", address=ADDRESS, author=Author.BOT, seq=1, at=0,
        content=Content(**content),  # type: ignore[arg-type]
    )  # fmt: skip


async def conversation_of(house: House) -> Conversation:
    """The customer's."""
    found = await house.database.read(find_by_address, "wecom", ADDRESS)
    assert found is not None
    return found


async def history(house: House) -> list[Message]:
    """What was said."""
    return await house.database.read(messages.after, (await conversation_of(house)).id, 0, 100)


async def reply(house: House, **content: object) -> None:
    """A human says something."""

    def say(step: Step) -> None:
        step.add(Author.AGENT, Content(**content), name="Li Na")  # type: ignore[arg-type]

    await house.core.steps.run((await conversation_of(house)).id, say)


def ignored(why: str) -> float:
    """How often something was ignored."""
    samples = (sample for metric in metrics.IGNORED.collect() for sample in metric.samples)
    return sum(each.value for each in samples if each.labels.get("why") == why and each.name.endswith("_total"))


# callbacks


async def test_the_console_finds_that_the_url_is_ours(house: House) -> None:
    bench, _ = wecom_of(house)
    hook = bench.echo("1616140317555161061")
    async with house.client.get("/webhooks/wecom/webhook", params=hook.query) as response:
        assert (response.status, await response.read()) == (200, b"1616140317555161061")
    async with house.client.get("/webhooks/wecom/webhook") as response:
        assert response.status == 405


async def test_a_callback_is_answered_as_wecom_wants_it(house: House) -> None:
    bench, _ = wecom_of(house)
    hook = bench.callback()
    async with house.client.post("/webhooks/wecom/webhook", params=hook.query, data=hook.body) as response:
        assert (response.status, await response.read()) == (200, b"success")


async def test_callbacks_that_npms_wecom_crypto_makes_are_read(house: House) -> None:
    """given WeCom's own published library, when it signs and encrypts, then we read it."""
    bench, wecom = wecom_of(house)
    node = shutil.which("node")
    if node is None or not (MODULES / "@wecom" / "crypto").exists():
        absent("node with @wecom/crypto")
    told = "<xml><ToUserName>{}</ToUserName><MsgType>event</MsgType><Event>kf_msg_or_event</Event>{}</xml>"
    plain = told.format(CORP, f"<Token>T</Token><OpenKfId>{ACCOUNT}</OpenKfId>")
    given_to_it = json.dumps({"key": AES_KEY, "token": TOKEN, "corp": CORP, "texts": [plain, "echo 你好"]})
    ran = await asyncio.to_thread(
        subprocess.run,
        [node, "-e", PROGRAM],
        input=given_to_it, capture_output=True, check=True, text=True, cwd=MODULES.parent, timeout=60,
    )  # fmt: skip
    (encrypted, signature), (echo, signature_of_echo) = json.loads(ran.stdout)
    wecom.put(item("m1", CUSTOMER, text={"content": "hello"}))
    query = {"msg_signature": signature, "timestamp": "1409735669", "nonce": "1320562132"}
    body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    assert await bench.deliver(house, Hook(query=query, body=body)) == 200
    assert await house.stored() == ["hello"]
    query |= {"msg_signature": signature_of_echo, "echostr": echo}
    async with house.client.get("/webhooks/wecom/webhook", params=query) as response:
        assert await response.text() == "echo 你好"


async def test_a_callback_of_another_account_is_not_ours(house: House) -> None:
    bench, wecom = wecom_of(house)
    before = ignored("other_account")
    told = bench.callback(item("1", CUSTOMER, account=OTHER_ACCOUNT, text={"content": "hi"}), account=OTHER_ACCOUNT)
    assert await bench.deliver(house, told) == 200
    assert ignored("other_account") == before + 1
    assert {each["open_kfid"] for each in wecom.syncs} <= {ACCOUNT}


# fetching


async def test_everything_is_fetched_page_by_page_and_in_order(house: House) -> None:
    # given: five messages, two to a page, and pages with nothing on them in between
    bench, wecom = wecom_of(house)
    wecom.page, wecom.empty_pages = 2, 3
    items = [item(f"m{number}", CUSTOMER, text={"content": f"line {number}"}) for number in range(5)]
    # when
    assert await bench.deliver(house, bench.callback(*items)) == 200
    # then
    assert await house.stored() == [f"line {number}" for number in range(5)]
    assert all(each["open_kfid"] == ACCOUNT for each in wecom.syncs)


async def test_pages_that_are_too_long_are_asked_for_in_smaller_ones(house: House) -> None:
    # given: sixty forwarded chats, together more than we read of one answer
    bench, wecom = wecom_of(house)
    words = json.dumps({"text": {"content": "好" * 11_000}})
    chat = {"title": "long", "item": [{"msgtype": "text", "sender_name": "Ann", "msg_content": words}]}
    items = [item(f"m{n}", CUSTOMER, merged_msg=chat) for n in range(60)]
    seen = len(wecom.syncs)
    # when
    assert await bench.deliver(house, bench.callback(*items, item("m99", CUSTOMER, text={"content": "last"}))) == 200
    # then: nothing is in the way of what is behind them
    assert await house.stored() == ["last"]
    assert [each["limit"] for each in wecom.syncs[seen:]] == [500, 50, 500]


async def test_an_account_that_wecom_does_not_know_keeps_nobody_waiting(house: House) -> None:
    before = ignored("refused")
    post = house.channel._api.post

    async def refuse(path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "kf/sync_msg":
            raise Refused(95000)
        return dict(await post(path, body))

    house.channel._api.post = refuse
    await house.channel.pull(Pull(channel="wecom", key="wk-of-nobody"), house.core.intake.accept)
    assert ignored("refused") == before + 1


async def test_the_cursor_lasts(house: House) -> None:
    _, wecom = wecom_of(house)
    await house.says("one", "m1")
    seen = len(wecom.syncs)
    await house.says("two", "m2")
    assert [each.get("cursor") for each in wecom.syncs[seen:]] == ["1"]
    assert await house.channel._sync._state.get(f"cursor:{ACCOUNT}") == {"cursor": "2"}


async def test_callbacks_out_of_order_and_at_once_lose_and_double_nothing(house: House) -> None:
    # given: twenty messages of five customers, each with its callback
    bench, wecom = wecom_of(house)
    items = [item(f"m{n}", f"customer-{n % 5}", text={"content": f"{n % 5}: {n // 5}"}) for n in range(20)]
    hooks: list[Hook] = []
    for each in items:
        wecom.put(each)
        hooks.append(replace(bench.callback(each), items=()))
    random.Random(7).shuffle(hooks)
    # when: all are called at once, in any order, some again
    assert set(await asyncio.gather(*(bench.deliver(house, hook) for hook in [*hooks, *hooks[:7]]))) == {200}
    # then
    stored = await house.stored()
    assert sorted(stored) == sorted(f"{n % 5}: {n // 5}" for n in range(20))
    for customer in range(5):
        assert [each for each in stored if each.startswith(f"{customer}:")] == [f"{customer}: {n}" for n in range(4)]


async def test_a_token_that_is_over_is_not_needed(house: House) -> None:
    bench, wecom = wecom_of(house)
    told = bench.message("hello", "m1")
    wecom.callback_tokens.clear()
    seen = len(wecom.syncs)
    assert await bench.deliver(house, told) == 200
    assert await house.stored() == ["hello"]
    assert ["token" in each for each in wecom.syncs[seen:]] == [True, False]


async def test_what_was_written_while_nobody_listened_is_found(tmp_path: Path, empty_database: Path) -> None:
    # given: a message, and no callback of it
    async with WeComVendor() as wecom:
        wecom.put(item("m1", CUSTOMER, text={"content": "is anybody there?"}))
        async with house_of(WeComBench(wecom), tmp_path, empty_database) as house:
            await house.sees("You said: is anybody there?")


async def test_a_missed_callback_is_made_good_by_looking_now_and_then(house: House) -> None:
    _, wecom = wecom_of(house)
    accepted: list[Event] = []

    async def accept(event: Event) -> None:
        accepted.append(event)

    channel = house.channel
    channel._look_every_s = 0.01
    running = asyncio.create_task(channel.run(accept))
    await until(lambda: len(accepted) >= 3, house.explain)
    running.cancel()
    assert set(map(repr, accepted)) == {repr(Pull(channel="wecom", key=ACCOUNT))}
    assert wecom.wrongs == []


async def test_without_a_choice_all_accounts_that_are_managed_are_looked_at(house: House) -> None:
    _, wecom = wecom_of(house)
    wecom.unmanaged.add(OTHER_ACCOUNT)
    house.channel._accounts = ()
    assert await house.channel._ours() == (ACCOUNT,)


async def test_what_was_written_before_the_channel_was_on_is_left_alone(house: House) -> None:
    bench, _ = wecom_of(house)
    await house.says("now", "m1")
    earlier = item("m0", CUSTOMER, text={"content": "yesterday"}) | {"send_time": int(time.time()) - 86_400}
    before = ignored("history")
    await bench.deliver(house, bench.callback(earlier))
    assert await house.stored() == ["now"]
    assert ignored("history") == before + 1


async def test_one_that_cannot_be_read_does_not_keep_the_others(house: House) -> None:
    bench, wecom = wecom_of(house)
    broken = [
        item("m1", CUSTOMER, image={"media_id": 7}),  # type: ignore[dict-item]
        item("m2", CUSTOMER, location={"latitude": "north"}),
        item("m3", "two words", text={"content": "x"}),
    ]
    before = ignored("malformed")
    assert await bench.deliver(house, bench.callback(*broken, item("m4", CUSTOMER, text={"content": "good"}))) == 200
    assert await house.stored() == ["good"]
    assert ignored("malformed") == before + 3
    assert wecom.wrongs == []


async def test_a_store_in_trouble_moves_no_cursor(house: House) -> None:
    bench, wecom = wecom_of(house)
    wecom.put(item("m1", CUSTOMER, text={"content": "hello"}))

    async def refuse(_: Event) -> None:
        raise Unavailable

    pull = Pull(channel="wecom", key=ACCOUNT)
    with pytest.raises(TryLater):
        await house.channel.pull(pull, refuse)
    kept = await house.channel._sync._state.get(f"cursor:{ACCOUNT}")
    assert kept in (None, {"cursor": "0"})
    assert await bench.deliver(house, bench.callback()) == 200
    assert await house.stored() == ["hello"]


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KINDS = st.sampled_from([*CONTENTS, *FILES, "event", "note"])
EVENTS = st.sampled_from(
    ["enter_session", "msg_send_fail", "servicer_status_change", "session_status_change", "user_recall_msg", "x"]
)


@given(kind=KINDS, body=JSONS, origin=st.sampled_from([3, 4, 5, "3", None]), event_type=EVENTS, more=JSONS)
def test_nothing_that_is_fetched_breaks_the_reader(
    kind: str, body: Any, origin: Any, event_type: str, more: Any
) -> None:
    """Whatever WeCom says, it is an event, or refused."""
    if kind == "event" and isinstance(body, dict):
        body = {"open_kfid": "wk", "external_userid": "wm", **body, "event_type": event_type}
    entry = {"msgid": "m", "open_kfid": "wk", "external_userid": "wm", "origin": origin, "msgtype": kind, kind: body}
    for each in (entry, more, {"msgtype": kind}, entry | {"send_time": more}):
        try:
            assert fetched(each, "wecom", 1_700_000_000).events
        except Malformed:
            continue


# the welcome


async def test_who_opens_the_chat_is_welcomed_once_with_the_code_that_allows_it(house: House) -> None:
    bench, wecom = wecom_of(house)
    entered = event(
        "e1", CUSTOMER, "enter_session", welcome_code="CODE", scene="shop", scene_param="order%3D7",
    )  # fmt: skip
    # when they come, and WeCom says so twice
    assert await bench.deliver(house, bench.callback(entered, entered)) == 200
    said = await house.sees("Hearthline")
    assert said.raw["code"] == "CODE"
    assert said.choices
    assert await house.settled() == {"sent": 1}
    assert wecom.requests.count("POST /cgi-bin/kf/send_msg_on_event") == 1
    # and what they say then tells from where they came, once
    await house.says("hello", "m1")
    await house.says("hello again", "m2")
    customs = [each.content.custom for each in await history(house) if each.author is Author.CUSTOMER]
    assert [each.get("entered") for each in customs] == [{"scene": "shop", "scene_param": "order=7"}, None]


async def test_a_link_brings_the_code_of_another_channel(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """given the link of an account, when the chat is opened by it, then the event carries the code that it had."""
    url = "https://work.weixin.qq.com/kfid/kfc0001?enc_scene=ENC"
    assert house.channel.invitation("AB12CD34") == ""
    monkeypatch.setattr(house.channel, "_chat_url", url)
    assert house.channel.invitation("AB12CD34") == f"{url}&scene_param=AB12CD34"
    entered = event("e1", CUSTOMER, "enter_session", welcome_code="CODE", scene_param="AB12CD34")
    (start,) = fetched(entered, "wecom", int(time.time())).events
    assert isinstance(start, Inbound)
    assert start.data["code"] == "AB12CD34"


async def test_an_event_without_an_id_is_known_by_its_code(house: House) -> None:
    bench, wecom = wecom_of(house)
    entered = event("e1", CUSTOMER, "enter_session", welcome_code="WELCOME-1")
    del entered["msgid"]
    assert [fetched(entered, "wecom", int(time.time())).events[0].external_id for _ in range(2)] == [
        "code." + hashlib.sha256(b"WELCOME-1").hexdigest()[:32]
    ] * 2
    wecom.put(entered)
    await bench.deliver(house, bench.callback())
    await until(lambda: wecom.said, house.explain)


def test_a_forwarded_chat_with_numbers_for_kinds_is_read() -> None:
    chat = {"title": "聊天记录", "item": [{"msgtype": 1, "sender_name": "张三", "msg_content": "{}"}]}
    inbound = fetched(item("m1", CUSTOMER, merged_msg=chat), "wecom", 0).events[0]
    assert inbound.content.text == "聊天记录\n张三: […]"


async def test_who_was_welcomed_before_is_not_greeted_again(house: House) -> None:
    bench, wecom = wecom_of(house)
    assert await bench.deliver(house, bench.callback(event("e1", CUSTOMER, "enter_session", scene="shop"))) == 200
    await house.says("hello", "m1")
    await house.sees("You said: hello")
    assert wecom.texts(CUSTOMER) == ["You said: hello"]
    first = (await history(house))[0]
    assert first.content.custom["entered"] == {"scene": "shop"}


async def test_a_code_that_is_used_does_not_keep_the_answer(house: House) -> None:
    """given a welcome code that WeCom does not take, when the customer has written, then they are answered all the
    same."""
    _, wecom = wecom_of(house)
    await house.says("hello", "m1")
    await house.sees("You said: hello")
    await house.channel._sender._state.put(f"welcome:{ADDRESS}", {"code": "used", "until": time.time() + 9})
    await house.says("and?", "m2")
    await house.sees("You said: and?")
    assert "POST /cgi-bin/kf/send_msg_on_event" in wecom.requests
    assert await house.settled() == {"sent": 2}


async def test_a_busy_wecom_is_asked_again_for_the_welcome(house: House) -> None:
    bench, wecom = wecom_of(house)
    wecom.troubles.append(Trouble(status=200, body={"errcode": -1, "errmsg": "system busy"}))
    await bench.deliver(house, bench.callback(event("e1", CUSTOMER, "enter_session", welcome_code="CODE")))
    await house.sees("Hearthline")
    assert wecom.requests.count("POST /cgi-bin/kf/send_msg_on_event") == 2


async def test_a_welcome_that_comes_too_late_is_not_said(house: House) -> None:
    bench, wecom = wecom_of(house)
    late = event("e1", CUSTOMER, "enter_session", welcome_code="CODE") | {"send_time": int(time.time()) - 25}
    await bench.deliver(house, bench.callback(late))
    await house.says("hello", "m1")
    await house.sees("You said: hello")
    assert wecom.texts(CUSTOMER) == ["You said: hello"]


# whose session it is


async def test_a_session_that_is_new_is_taken_by_the_bot(house: House) -> None:
    _, wecom = wecom_of(house)
    wecom.troubles.append(SESSION_INVALID)
    await house.says("hello", "m1")
    await house.sees("You said: hello")
    assert wecom.states[CUSTOMER] == BOT
    assert await house.settled() == {"sent": 1}


@pytest.mark.parametrize(("state", "words"), [(HUMAN, "taken the session"), (WAITING, "waits for a colleague")])
async def test_a_session_that_is_somebody_elses_is_theirs(house: House, state: int, words: str) -> None:
    _, wecom = wecom_of(house)
    wecom.put(item("m1", CUSTOMER, text={"content": "hello"}))
    wecom.states[CUSTOMER] = state
    with pytest.raises(Undeliverable, match=words) as raised:
        await house.channel.send(outbound(text="from us"))
    assert not isinstance(raised.value, WindowClosed)
    assert wecom.states[CUSTOMER] == state
    assert wecom.texts(CUSTOMER) == []


async def test_what_is_said_after_a_session_is_over_waits_for_the_customer(house: House) -> None:
    # given: a conversation with a human, whose session somebody ends within WeCom
    _, wecom = wecom_of(house)
    await house.says("hello", "m1")
    await house.sees("You said: hello")
    wecom.states[CUSTOMER] = OVER
    # when
    await reply(house, text="one more thing")
    assert (await house.settled())["held"] == 1
    # then: it leaves when the customer is back
    await house.says("yes?", "m2")
    await house.sees("one more thing")
    assert wecom.states[CUSTOMER] == NEW


async def test_what_wecom_counts_is_obeyed(house: House) -> None:
    # given: WeCom has counted five messages, we have not
    _, wecom = wecom_of(house)
    await house.says("hello", "m1")
    await house.sees("You said: hello")
    wecom.left[CUSTOMER] = 0
    await reply(house, text="a sixth")
    assert (await house.settled())["held"] == 1
    await house.says("still here", "m2")
    await house.sees("a sixth")


async def test_five_messages_and_no_more(house: House) -> None:
    _, wecom = wecom_of(house)
    await house.says("hello", "m1")
    await house.sees("You said: hello")
    for number in range(6):
        await reply(house, text=f"reply {number}")
    assert await house.settled() == {"sent": 5, "held": 2}
    sends = wecom.requests.count("POST /cgi-bin/kf/send_msg")
    assert sends == 5, "what cannot leave is not tried"


# what becomes of what was sent


async def test_a_message_that_fails_later_is_told_to_the_humans(house: House) -> None:
    bench, _ = wecom_of(house)
    await house.says("I want a human", "m1")
    await house.sees("in line for a colleague")
    await reply(house, text="Here I am.")
    said = await house.sees("Here I am.")
    await house.settled()
    failed = event("e1", CUSTOMER, "msg_send_fail", fail_msgid=said.raw["msgid"], fail_type=13)
    await bench.deliver(house, bench.callback(failed))
    await until(lambda: house.desk.lines, house.explain)
    note = house.desk.lines[-1].content.custom
    assert (note["kind"], note["reason"]) == ("not_delivered", "WeCom holds it back for safety")


async def test_a_customer_who_refuses_messages_gets_none(house: House) -> None:
    bench, _ = wecom_of(house)
    await house.says("hello", "m1")
    said = await house.sees("You said: hello")
    await house.settled()
    failed = event("e1", CUSTOMER, "msg_send_fail", fail_msgid=said.raw["msgid"], fail_type=10)
    await bench.deliver(house, bench.callback(failed))
    assert (await conversation_of(house)).blocked_at
    await house.says("I am back", "m2")
    await house.sees("You said: I am back")


async def test_the_id_of_a_message_is_ours_and_fits(house: House) -> None:
    for message in (outbound(text="x"), replace(outbound(text="y"), part=99, parts=100)):
        wecom_of(house)[1].put(item("m1", CUSTOMER, text={"content": "hello"}))
        receipt = await house.channel.send(message)
        assert receipt.vendor_id == message.key


async def test_characters_leave_as_they_are(house: House) -> None:
    """WeCom refuses `\\u4f60` (40033), so not even a bot's odd characters may be written that way."""
    await house.says("hello", "m1")
    await house.sees("You said: hello")
    await reply(house, text="选一个\x0b 👋", buttons=(Button(title="是\x0b\ud800", payload="/affirm"),))
    said = await house.sees("选一个 👋")
    assert [each.title for each in said.choices] == ["是"]


async def test_an_answer_that_nobody_understands_is_in_doubt(house: House) -> None:
    wecom_of(house)[1].put(item("m1", CUSTOMER, text={"content": "hello"}))
    for body in ({}, {"errcode": "0"}, [], "ok"):
        house.vendor.troubles.append(Trouble(status=200, body=body))
        with pytest.raises(OutcomeUnknown):
            await house.channel.send(outbound(text="x"))


# access tokens


async def test_an_access_token_that_is_over_is_fetched_once_for_all(house: House) -> None:
    _, wecom = wecom_of(house)
    await house.says("hello", "m0")
    await house.sees("You said: hello")
    assert wecom.granted == 1
    wecom.end_tokens()
    for number in range(5):
        wecom.put(item(f"m{number}", f"c{number}", text={"content": "hello"}))
    await asyncio.gather(
        *(house.channel.send(replace(outbound(f"K{n}", text="hi"), address=f"{ACCOUNT}/c{n}")) for n in range(5))
    )
    assert wecom.granted == 2
    assert sorted(each.address for each in wecom.said if each.text == "hi") == [f"c{n}" for n in range(5)]


@pytest.mark.parametrize("code", [45009, -1, 60020, 48002])
async def test_what_passes_or_can_be_mended_is_tried_again(house: House, code: int) -> None:
    wecom_of(house)[1].put(item("m1", CUSTOMER, text={"content": "hello"}))
    house.vendor.troubles.append(Trouble(status=200, body={"errcode": code, "errmsg": "x"}))
    with pytest.raises(TryLater, match=str(code)):
        await house.channel.send(outbound(text="x"))
    await house.channel.send(outbound(text="x"))
    assert house.vendor.texts(CUSTOMER) == ["x"]


# files


async def test_a_customers_files_are_fetched_under_their_names(house: House) -> None:
    bench, wecom = wecom_of(house)
    wecom.files["P"] = ("P.png", "image/png", PICTURE)
    wecom.files["F"] = ("发票 7.pdf", "application/pdf", b"%PDF-1.4 " + b"x" * 5000)
    items = [item("m1", CUSTOMER, image={"media_id": "P"}), item("m2", CUSTOMER, file={"media_id": "F"})]
    assert await bench.deliver(house, bench.callback(*items)) == 200
    stored: list[Attachment] = []
    async with asyncio.timeout(10):
        while len(stored) < 2:
            stored = [file for each in await history(house) for file in each.content.attachments]
    assert [(each.media_type, each.size) for each in stored] == [("image/png", len(PICTURE)), ("application/pdf", 5009)]
    assert stored[1].name == "发票 7.pdf"


async def test_a_file_that_is_gone_is_told_and_not_kept(house: House) -> None:
    with pytest.raises(Undeliverable, match="does not know the file"):
        [chunk async for chunk in house.channel.fetch(Media(ref="gone"))]


@pytest.mark.parametrize("data", [b"{}", b'{"errcode": 40007}', b'{"a": 1}' * 400, b"x", b"y" * 3_000_000])
async def test_a_file_of_json_is_no_error(house: House, data: bytes) -> None:
    wecom_of(house)[1].files["J"] = ("a.json", "application/json", data)
    assert b"".join([chunk async for chunk in house.channel.fetch(Media(ref="J"))]) == data


async def test_files_of_a_colleague_are_shown_as_what_they_are(house: House) -> None:
    _, wecom = wecom_of(house)
    await house.says("hello", "m1")
    await house.sees("You said: hello")
    conversation = await conversation_of(house)
    for name, data in (('照片"1".png', PICTURE), ("tiny.txt", b"hi"), ("manual.pdf", b"%PDF-1.4 and so on")):
        stored = await house.channel._sender._files.save(conversation.id, name, chunks(data))
        await reply(house, attachments=(stored,))
    assert (await house.settled()).get("sent") == 4
    picture, tiny, manual = wecom.said[1:]
    assert (picture.raw["msgtype"], picture.files[0][1]) == ("image", PICTURE)
    assert picture.files[0][0].startswith("照片")
    assert "tiny.txt https://support.hearthline.example/" in tiny.text
    assert (manual.raw["msgtype"], manual.files) == ("file", (("manual.pdf", b"%PDF-1.4 and so on"),))


@pytest.mark.parametrize(
    ("media_type", "size", "kind"),
    [
        ("image/png", 10 << 20, "image"),
        ("image/png", (10 << 20) + 1, "file"),
        ("image/gif", 100, "file"),
        ("audio/amr", 2 << 20, "voice"),
        ("audio/mpeg", 100, "file"),
        ("video/mp4", 10 << 20, "video"),
        ("video/mp4", 11 << 20, "file"),
        ("application/pdf", 100, "file"),
    ],
)
def test_a_file_is_sent_as_what_wecom_shows(media_type: str, size: int, kind: str) -> None:
    assert kind_of(Attachment(id="f", name="f", media_type=media_type, size=size)) == kind


# names


async def test_customers_have_the_names_they_give_themselves(house: House) -> None:
    _, wecom = wecom_of(house)
    wecom.names[CUSTOMER] = "李\u202e娜\n"
    for number in range(3):
        await house.says("hello", f"m{number}")
    assert (await conversation_of(house)).name == "李娜"
    assert wecom.requests.count("POST /cgi-bin/kf/customer/batchget") == 1


async def test_names_keep_nobody_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wecom_sync, "PATIENCE_S", 0.05)

    async def stalled(*_: object) -> dict[str, object]:
        await asyncio.sleep(30)
        return {}

    post = house.channel._api.post
    monkeypatch.setattr(
        house.channel._api, "post", lambda path, body: stalled() if path.endswith("batchget") else post(path, body)
    )
    await house.says("hello", "m1")
    assert await house.stored() == ["hello"]


# addresses, set-up


def test_an_address_is_built_and_read_in_one_way() -> None:
    assert of_address(address_of("wk-1_A", "wm/odd")) == ("wk-1_A", "wm/odd")


async def test_the_set_up_is_looked_at(house: House) -> None:
    _, wecom = wecom_of(house)
    assert [each.ok for each in await house.channel.check()] == [True, True]
    wecom.unmanaged.add(ACCOUNT)
    assert [each.ok for each in await house.channel.check()] == [True, False]
    house.channel._accounts = ("wk-of-nobody",)
    found = await house.channel.check()
    assert not found[-1].ok
    assert ACCOUNT in found[-1].remedy


async def test_a_wrong_secret_is_found(tmp_path: Path, empty_database: Path) -> None:
    class Mistaken(WeComBench):
        def settings(self) -> dict[str, Any]:
            return super().settings() | {"secret": "another-0f8e"}

    async with WeComVendor() as wecom, house_of(Mistaken(wecom), tmp_path, empty_database) as house:
        await until(lambda: "GET /cgi-bin/gettoken" in wecom.requests)
        (finding,) = await house.channel.check()
        assert not finding.ok
        assert "secret is wrong" in finding.what
        assert "another-0f8e" not in repr(finding)


async def test_the_links_for_customers_are_made(house: House) -> None:
    link, callback = await house.channel.connect()
    assert "https://work.weixin.qq.com/kf/" in link.what
    assert "https://support.hearthline.example/webhooks/wecom/webhook" in callback.what


def test_fixtures_name_their_sources() -> None:
    for path in WeComBench(WeComVendor()).fixtures():
        assert "http" in json.loads(path.read_text(encoding="utf-8"))["source"]
