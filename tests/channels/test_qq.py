"""What is QQ's own: signatures and the challenge, answers that are counted, groups, tokens, faces."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import vendor as vendor_module
from connectors.channels.qq_crypto import answer_to_challenge, key_of, verify
from connectors.channels.qq_parse import readable
from connectors.errors import Forged, Malformed, OutcomeUnknown, TryLater, Undeliverable, WindowClosed
from connectors.message import Attachment, Author, Content, Media, Outbound
from storage.conversations import find_by_address
from tests.contract.vendor_bench import CUSTOMER, Hook, House, house_of, template_of, until
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.qq import SECRET, QQVendor
from tests.fakes.vendors.qq_bench import GROUP, QQBench, QQWaitingBench


@pytest.fixture
async def empty_database(tmp_path: Path) -> Path:
    return await template_of(tmp_path)


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with QQVendor() as qq, house_of(QQBench(qq), tmp_path, empty_database) as house:
        yield house
    assert qq.wrongs == []


@pytest.fixture
async def waiting(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with QQVendor() as qq, house_of(QQWaitingBench(qq), tmp_path, empty_database) as house:
        qq.active = False
        yield house
    assert qq.wrongs == []


def qq_of(house: House) -> tuple[QQBench, QQVendor]:
    """The bench and the fake, as what they are."""
    bench = house.bench
    assert isinstance(bench, QQBench)
    return bench, bench.vendor


def outbound(text: str = "hello", *, address: str = CUSTOMER, seq: int = 1, at: float = 0, part: int = 0) -> Outbound:
    """One part of a message of ours."""
    return Outbound(
        message_id=f"m{seq}", conversation_id="c", address=address, author=Author.AGENT, content=Content(text=text),
        seq=seq, at=int(at * 1000), part=part,
    )  # fmt: skip


# signatures: the vectors of QQ's own pages (sign.html and event-emit.html)


def test_the_key_is_that_of_the_page() -> None:
    expected = bytes([215, 195, 98, 254, 120, 174, 248, 31, 242, 50, 135, 180, 147, 98, 139, 93,
                      176, 42, 60, 79, 227, 11, 33, 94, 77, 25, 96, 155, 93, 118, 103, 58])  # fmt: skip
    assert key_of("naOC0ocQE3shWLAfffVLB1rhYPG7").public_key().public_bytes_raw() == expected


def test_the_signature_of_the_page_is_genuine() -> None:
    signature = (
        "865ad13a61752ca65e26bde6676459cd36cf1be609375b37bd62af366e1dc25a"
        "8dc789ba7f14e017ada3d554c671a911bfdf075ba54835b23391d509579ed002"
    )
    # The page shows the body on one line; what it has signed is this.
    body = b'{\n  "op": 0,\n  "d": {},\n  "t": "GATEWAY_EVENT_NAME"\n}'
    key = key_of("naOC0ocQE3shWLAfffVLB1rhYPG7")
    verify(key, "1725442341", signature, body)
    for timestamp, given, other in (
        ("1725442342", signature, body),
        ("1725442341", signature[::-1], body),
        ("1725442341", signature, body + b" "),
    ):
        with pytest.raises(Forged):
            verify(key, timestamp, given, other)


def test_the_challenge_of_the_page_is_answered_as_there() -> None:
    assert answer_to_challenge(key_of("DG5g3B4j9X2KOErG"), "Arq0D5A61EgUu4OxUvOp", "1725442341") == (
        "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0"
        "1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706"
    )


@pytest.mark.parametrize(
    ("token", "stamp"),
    [
        ('{"op":0,"t":"C2C_MESSAGE_CREATE","d":{}}', "1725442341"),
        ("", "1725442341"),
        ("x", '{"op":0}'),
        ("x", ""),
        ("x" * 129, "1"),
        ("x\n", "1"),
    ],
)
def test_nobody_gets_a_signature_for_a_call_from_the_challenge(token: str, stamp: str) -> None:
    with pytest.raises(Malformed):
        answer_to_challenge(key_of(SECRET), token, stamp)


async def test_the_webhook_is_validated_without_a_signature(house: House) -> None:
    # given: QQ's request as its page shows it; it has no signature
    hook = Hook.json({"d": {"plain_token": "Arq0D5A61EgUu4OxUvOp", "event_ts": "1725442341"}, "op": 13})
    async with house.client.post("/webhooks/qq/webhook", data=hook.body, headers=hook.headers) as response:
        assert response.status == 200
        found = await response.json()
    assert found["plain_token"] == "Arq0D5A61EgUu4OxUvOp"
    signed = answer_to_challenge(key_of(SECRET), "Arq0D5A61EgUu4OxUvOp", "1725442341")
    assert found["signature"] == signed


async def test_what_has_arrived_is_acknowledged_in_qqs_way(house: House) -> None:
    bench, _ = qq_of(house)
    hook = bench.message("hello", "1001")
    async with house.client.post("/webhooks/qq/webhook", data=hook.body, headers=hook.headers) as response:
        assert await response.json() == {"op": 12, "d": 0}


# answers


async def test_an_answer_names_the_message_and_counts(house: House) -> None:
    _, qq = qq_of(house)
    await house.says("hello", "1001")
    await house.sees("You said: hello")
    assert qq.said[0].raw["msg_id"] == "1001"
    await house.says("again", "1002")
    said = await house.sees("You said: again")
    assert said.raw["msg_id"] == "1002"
    assert said.raw["msg_seq"] != qq.said[0].raw["msg_seq"]


async def test_what_was_taken_in_silence_is_shown_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, qq = qq_of(house)
    await house.says("warm up", "1000")
    await house.sees("You said: warm up")
    monkeypatch.setattr(vendor_module, "ANSWER_S", 0.3)
    await house.channel.close()  # the next request is made with the shorter patience
    qq.troubles.append(Trouble(silent_s=2, sends=True))
    await house.says("hello", "1001")
    await house.sees("You said: hello")
    assert await house.settled() == {"sent": 2}
    assert qq.texts(CUSTOMER) == ["You said: warm up", "You said: hello"]


async def test_an_answer_in_doubt_that_comes_too_late_stays_in_doubt(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, qq = qq_of(house)
    await house.channel._ports.state.put(f"reply:{CUSTOMER}", {"by": "msg_id", "id": "old", "at": time.time()})
    monkeypatch.setattr(vendor_module, "ANSWER_S", 0.3)
    qq.open.add("old")
    qq.troubles.append(Trouble(silent_s=2, sends=True))
    with pytest.raises(TryLater, match="same answer"):
        await house.channel.send(outbound())
    qq.open.clear()
    with pytest.raises(OutcomeUnknown):
        await house.channel.send(outbound())
    assert qq.texts(CUSTOMER) == ["hello"]
    assert bench


async def test_what_may_not_be_answered_any_more_is_said_unasked(house: House) -> None:
    _, qq = qq_of(house)
    await house.channel._ports.state.put(f"reply:{CUSTOMER}", {"by": "msg_id", "id": "old", "at": time.time()})
    await house.channel.send(outbound())
    assert "msg_id" not in qq.said[0].raw
    qq.active = False
    with pytest.raises(WindowClosed):
        await house.channel.send(outbound(seq=2))


async def test_an_unasked_message_in_doubt_is_not_repeated(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, qq = qq_of(house)
    monkeypatch.setattr(vendor_module, "ANSWER_S", 0.3)
    qq.troubles.append(Trouble(silent_s=2))
    with pytest.raises(OutcomeUnknown):
        await house.channel.send(outbound())


async def test_a_worker_that_knows_of_no_message_waits_a_moment(house: House) -> None:
    with pytest.raises(TryLater, match="worker"):
        await house.channel.send(outbound(at=time.time()))


async def test_more_than_four_answers_wait_until_the_customer_writes(waiting: House) -> None:
    _, qq = qq_of(waiting)
    await waiting.says("hello", "1001")
    await waiting.sees("You said: hello")
    found = await waiting.database.read(find_by_address, "qq", CUSTOMER)
    assert found is not None
    for number in range(2, 7):
        await waiting.core.steps.run(found.id, lambda step, n=number: step.add(Author.AGENT, Content(text=f"no {n}")))
    assert await waiting.settled() == {"sent": 4, "held": 2}
    await waiting.says("still there?", "1002")
    await waiting.sees("no 6")
    assert (await waiting.settled())["sent"] == 7
    assert len(qq.texts(CUSTOMER)) == 7


async def test_a_held_answer_of_an_active_bot_leaves_with_the_next_message(house: House) -> None:
    _, qq = qq_of(house)
    qq.active = False
    await house.says("hello", "1001")
    await house.sees("You said: hello")
    qq.open.clear()  # too late
    found = await house.database.read(find_by_address, "qq", CUSTOMER)
    assert found is not None
    await house.core.steps.run(found.id, lambda step: step.add(Author.AGENT, Content(text="so late")))
    assert await house.settled() == {"sent": 1, "held": 1}
    await house.says("still there?", "1002")
    await house.sees("so late")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 40034006, Undeliverable),
        (400, 304003, Undeliverable),
        (400, 22009, TryLater),
        (400, 50055002, TryLater),
        (500, 50055002, TryLater),
        (400, 40034128, WindowClosed),
        (400, 40034102, WindowClosed),  # 主动消息失败, 无权限: no bot may say anything unasked since 2025-04-21
        (504, 0, OutcomeUnknown),
        (404, 0, Undeliverable),
    ],
)
async def test_an_error_says_what_to_do(house: House, status: int, code: int, kind: type[Exception]) -> None:
    _, qq = qq_of(house)
    qq.troubles.extend([Trouble(status=status, body={"err_code": code, "message": "x"})])
    with pytest.raises(kind):
        await house.channel.send(outbound())


async def test_a_message_that_somebody_looks_at_first_is_taken(house: House) -> None:
    _, qq = qq_of(house)
    qq.troubles.append(Trouble(status=202, body={"code": 304023, "message": "push message is waiting for audit now"}))
    assert (await house.channel.send(outbound())).vendor_id == ""


# groups and people


async def test_in_a_group_everybody_is_answered_for_themselves(house: House) -> None:
    bench, qq = qq_of(house)
    await bench.deliver(house, bench.in_group("hello", "1001", "ann"))
    await bench.deliver(house, bench.in_group("hi", "1002", "bob"))
    await until(lambda: len(qq.texts(GROUP)) == 2, house.explain)
    answers = {each.text: each.raw["msg_id"] for each in qq.said}
    assert answers == {"You said: hello": "1001", "You said: hi": "1002"}
    for member in ("ann", "bob"):
        assert await house.database.read(find_by_address, "qq", f"{GROUP}:{member}") is not None


async def test_who_adds_the_bot_is_greeted_and_who_removes_it_left_alone(house: House) -> None:
    bench, qq = qq_of(house)
    await bench.deliver(house, bench.event("FRIEND_ADD", {"openid": CUSTOMER, "timestamp": 1}, "FRIEND_ADD:1"))
    await until(lambda: qq.said, house.explain)
    assert qq.said[0].raw["event_id"] == "FRIEND_ADD:1"
    await bench.deliver(house, bench.event("FRIEND_DEL", {"openid": CUSTOMER, "timestamp": 2}, "FRIEND_DEL:1"))
    found = await house.database.read(find_by_address, "qq", CUSTOMER)
    assert found is not None
    assert found.blocked_at


# tokens and files


async def test_a_token_is_fetched_once_and_again_when_it_is_refused(house: House) -> None:
    _, qq = qq_of(house)
    for number in range(3):
        await house.channel.send(outbound(seq=number))
    assert qq.tokens == ["qq-token-1"]
    qq.tokens.append("another")  # somebody else has fetched one: ours has ended
    await house.channel.send(outbound(seq=9))
    assert qq.requests.count("POST /app/getAppAccessToken") == 2


async def test_a_picture_is_uploaded_and_then_shown(house: House) -> None:
    _, qq = qq_of(house)
    picture = Attachment(id="a", name="a.png", media_type="image/png", size=10)
    await house.channel.send(replace(outbound(), content=Content(attachments=(picture,))))
    ((url, _),) = qq.said[0].files
    assert url.startswith("https://support.hearthline.example/")


async def test_an_upload_in_doubt_is_made_again(house: House) -> None:
    _, qq = qq_of(house)
    qq.uploads_broken = True
    picture = Attachment(id="a", name="a.png", media_type="image/png", size=10)
    message = replace(outbound(), content=Content(attachments=(picture,)))
    with pytest.raises(TryLater, match="not uploaded"):
        await house.channel.send(message)
    qq.uploads_broken = False
    await house.channel.send(message)
    assert len(qq.said) == 1


async def test_files_are_fetched_from_public_places(house: House) -> None:
    _, qq = qq_of(house)
    qq.contents["a.jpg"] = b"jpeg"
    assert b"".join([each async for each in house.channel.fetch(Media(ref=f"{qq.url}/download/a.jpg"))]) == b"jpeg"
    for url in ("https://127.0.0.1/a", "http://multimedia.nt.qq.com.cn/a", "file:///etc/passwd"):
        with pytest.raises(Undeliverable):
            [each async for each in house.channel.fetch(Media(ref=url))]


async def test_the_set_up_is_looked_at(house: House) -> None:
    _, qq = qq_of(house)
    assert [(each.what, each.ok) for each in await house.channel.check()] == [("the bot is 暖居客服", True)]
    assert qq.tokens


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<faceType=1,faceId="277",ext="eyJ0ZXh0Ijoi5rGq5rGqIn0=">', "汪汪"),
        ('a<faceType=1,faceId="277",ext="nonsense">b', "ab"),
        ('a<faceType=1,faceId="1",ext="W10=">b', "ab"),
        ("<@!1234> hello &lt;b&gt; &amp;amp;", "hello <b> &amp;"),
        (" 123", "123"),
    ],
)
def test_a_message_is_read_as_it_is_seen(content: str, text: str) -> None:
    assert readable(content) == text
