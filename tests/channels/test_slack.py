"""What is Slack's own: threads, Slack Connect, edits, files, how text is written; with slack_sdk as reference."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock, SignatureVerifier

from connectors.channels.slack_api import failure
from connectors.channels.slack_parse import signature
from connectors.channels.slack_text import escaped, message_body, readable
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.message import JSON, Author, Button, Content, Media, Outbound
from connectors.vendor import chunks
from storage import messages
from storage.conversations import find_by_address
from tests.contract.vendor_bench import CUSTOMER, Hook, House, house_of, template_of, until
from tests.fakes.vendors.slack import TOKEN, SlackVendor
from tests.fakes.vendors.slack_bench import BOT, SECRET, SlackBench

THREAD = "C111:1700000000.000100"
FIRST = "1700000000.000100"


class Apart(SlackBench):
    """Only customers are served in channels."""

    def settings(self) -> JSON:
        return super().settings() | {"serve_colleagues": False}


@pytest.fixture
async def empty_database(tmp_path: Path) -> Path:
    return await template_of(tmp_path)


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with SlackVendor() as slack, house_of(SlackBench(slack), tmp_path, empty_database) as house:
        yield house
    assert slack.wrongs == []


@pytest.fixture
async def apart(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with SlackVendor() as slack, house_of(Apart(slack), tmp_path, empty_database) as house:
        yield house
    assert slack.wrongs == []


def slack_of(house: House) -> tuple[SlackBench, SlackVendor]:
    """The bench and the fake, as what they are."""
    bench = house.bench
    assert isinstance(bench, SlackBench)
    return bench, bench.vendor


def mention(bench: SlackBench, text: str, stamp: str = FIRST, **more: object) -> Hook:
    """Somebody speaks to us in C111."""
    said = bench.said("", stamp, "C111", **more)
    return bench.event(said | {"type": "app_mention", "text": f"<@{BOT}> {text}"})


# threads


async def test_a_mention_is_answered_in_its_thread_once(house: House) -> None:
    # given: both events that Slack sends of one message, app_mention and message.channels
    bench, slack = slack_of(house)
    assert await bench.deliver(house, mention(bench, "hello")) == 200
    said = bench.said("", FIRST, "C111") | {"text": f"<@{BOT}> hello"}
    assert await bench.deliver(house, bench.event(said)) == 200
    # then
    await house.sees("You said: hello", THREAD)
    assert await house.stored() == ["hello"]
    assert slack.said[0].raw["thread_ts"] == FIRST


async def test_a_thread_that_we_take_part_in_goes_on_without_mentions(house: House) -> None:
    bench, _ = slack_of(house)
    await bench.deliver(house, mention(bench, "hello"))
    await house.sees("You said: hello", THREAD)
    more = bench.said("and more", "1700000009.000100", "C111", thread_ts=FIRST, user="U333")
    assert await bench.deliver(house, bench.event(more)) == 200
    await house.sees("You said: and more", THREAD)


async def test_other_threads_are_nobodys_business(house: House) -> None:
    bench, _ = slack_of(house)
    other = bench.said("our secret plans", "1700000009.000100", "C111", thread_ts="1600000000.000100")
    assert await bench.deliver(house, bench.event(other)) == 200
    await asyncio.sleep(0.05)
    assert await house.stored() == []
    assert await house.database.read(find_by_address, "slack", "C111:1600000000.000100") is None


async def test_a_call_through_slack_connect_is_the_same_thread(house: House) -> None:
    # given: a thread of which our own workspace's events and the customer's name different workspaces
    bench, _ = slack_of(house)
    await bench.deliver(house, mention(bench, "hello"))
    await house.sees("You said: hello", THREAD)
    theirs = bench.said("from the customer", "1700000009.000100", "C111", thread_ts=FIRST, team="T_SOURCE")
    await bench.deliver(house, bench.event(theirs, team="T_SOURCE"))
    await house.sees("You said: from the customer", THREAD)


async def test_colleagues_may_be_left_alone_in_channels(apart: House) -> None:
    bench, _ = slack_of(apart)
    await bench.deliver(apart, mention(bench, "from a colleague"))
    assert await apart.stored() == []
    await bench.deliver(apart, mention(bench, "from a customer", team="T_CUSTOMER"))
    await apart.sees("You said: from a customer", THREAD)
    await apart.says("from a colleague, directly", "1001")
    await apart.sees("You said: from a colleague, directly")


async def test_a_button_in_a_thread_is_pressed_there(house: House) -> None:
    bench, _ = slack_of(house)
    await bench.deliver(house, mention(bench, "delivery"))
    said = await house.sees("1–3 days", THREAD)
    pressed = bench.pressed(said.choices[0].data, "1700000009.000200", "C111", FIRST)
    assert await bench.deliver(house, pressed) == 200
    await until(lambda: len(house.rasa.texts) == 2, house.explain)
    assert house.rasa.texts[1].startswith("/ask_article")


# the first contact


async def test_the_url_is_verified(house: House) -> None:
    bench, _ = slack_of(house)
    challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
    hook = bench.sign(Hook.json({"token": "x", "challenge": challenge, "type": "url_verification"}))
    async with house.client.post("/webhooks/slack/webhook", data=hook.body, headers=hook.headers) as response:
        assert response.status == 200
        assert await response.text() == challenge


async def test_who_opens_the_chat_is_greeted_once_in_their_language(house: House) -> None:
    bench, slack = slack_of(house)
    profile = {"display_name": "李娜", "email": "li@example.com"}
    slack.users["U222"] = {"id": "U222", "locale": "zh-CN", "profile": profile}
    opened = {"type": "app_home_opened", "user": "U222", "channel": "DANN", "tab": "messages"}
    for _ in range(2):
        assert await bench.deliver(house, bench.event(opened)) == 200
        await until(lambda: slack.texts(CUSTOMER), house.explain)
    await house.settled()
    greetings = len(slack.texts(CUSTOMER))
    await bench.deliver(house, bench.event(opened))
    await asyncio.sleep(0.1)
    assert len(slack.texts(CUSTOMER)) == greetings
    found = await house.database.read(find_by_address, "slack", "DANN")
    assert found is not None
    assert (found.name, found.email, found.language) == ("李娜", "li@example.com", "zh")


async def test_a_name_is_learned_once(house: House) -> None:
    _, slack = slack_of(house)
    profile = {"display_name": "", "real_name": "Ann Lee", "email": 7}
    slack.users["U222"] = {"id": "U222", "name": "ann", "profile": profile}
    await house.says("hello", "1001")
    await house.says("hello again", "1002")
    await until(lambda: len(slack.texts(CUSTOMER)) == 2, house.explain)
    assert slack.requests.count("POST /api/users.info") == 1
    found = await house.database.read(find_by_address, "slack", "DANN")
    assert found is not None
    assert (found.name, found.email) == ("Ann Lee", "")


async def test_an_edit_says_what_it_replaces(house: House) -> None:
    bench, _ = slack_of(house)
    await house.says("wher is it", "1001")
    await house.sees("You said: wher is it")
    new = bench.said("where is it", "1001.000100", "DANN")
    old = bench.said("wher is it", "1001.000100", "DANN")
    changed = bench.said("", "1005.000100", "DANN", subtype="message_changed", message=new, previous_message=old)
    assert await bench.deliver(house, bench.event(changed)) == 200
    await house.sees("You said: where is it")
    found = await house.database.read(find_by_address, "slack", "DANN")
    assert found is not None
    said = await house.database.read(messages.after, found.id, 0, 10)
    assert [each.content.custom.get("edited") for each in said if each.author is Author.CUSTOMER] == [None, said[0].id]


# files


async def test_a_file_is_fetched_with_the_token(house: House) -> None:
    bench, slack = slack_of(house)
    slack.contents["a.txt"] = b"the serial number is 7"
    url = f"{slack.url}/files-pri/a.txt"
    file = {"id": "F1", "name": "a.txt", "mimetype": "text/plain", "url_private_download": url}
    await bench.deliver(house, bench.event(bench.said("", "1001.1", "DANN", subtype="file_share", files=[file])))
    await until(lambda: slack.said, house.explain)
    found = await house.database.read(find_by_address, "slack", "DANN")
    assert found is not None
    (stored,) = (await house.database.read(messages.after, found.id, 0, 1))[0].content.attachments
    assert (stored.name, stored.size) == ("a.txt", 22)


async def test_a_file_of_slack_connect_is_asked_for(house: House) -> None:
    _, slack = slack_of(house)
    slack.contents["b.txt"] = b"b"
    slack.files["F2"] = {"id": "F2", "url_private": f"{slack.url}/files-pri/b.txt"}
    assert b"".join([chunk async for chunk in house.channel.fetch(Media(ref="F2", data={"url": ""}))]) == b"b"
    with pytest.raises(Undeliverable, match="file_not_found"):
        [chunk async for chunk in house.channel.fetch(Media(ref="F3", data={"url": ""}))]


async def test_a_sign_in_page_is_not_the_file(house: House) -> None:
    _, slack = slack_of(house)
    slack.scopes = ""
    url = f"{slack.url}/files-pri/a.png"
    with pytest.raises(Undeliverable, match="files:read"):
        [chunk async for chunk in house.channel.fetch(Media(ref="F1", media_type="image/png", data={"url": url}))]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a",
        "http://files.slack.com/a",
        "https://notslack.com/",
        "https://slack.com.evil.example/",
        "x",
    ],
)
async def test_a_token_is_shown_to_slack_only(house: House, url: str) -> None:
    with pytest.raises(Undeliverable, match="at Slack"):
        [chunk async for chunk in house.channel.fetch(Media(ref="F1", data={"url": url}))]


async def test_a_file_of_ours_is_shared_in_the_thread(house: House) -> None:
    bench, slack = slack_of(house)
    await bench.deliver(house, mention(bench, "hello"))
    await house.sees("You said: hello", THREAD)
    found = await house.database.read(find_by_address, "slack", THREAD)
    assert found is not None
    attachment = await house.channel._ports.files.save(found.id, "manual.txt", chunks(b"read me"))
    message = Outbound(
        message_id="m", conversation_id="c", address=THREAD, author=Author.AGENT, seq=1, at=0,
        content=Content(attachments=(attachment,)),
    )  # fmt: skip
    receipt = await house.channel.send(message)
    assert receipt.vendor_id == "F1"
    assert (slack.said[-1].address, slack.said[-1].files) == (THREAD, (("manual.txt", b"read me"),))


# how text is written


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        (f"<@{BOT}> hi <@U1|ann>", "hi @ann"),
        ("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2"),
        ("<https://a.example|a.example>", "https://a.example"),
        ("<https://a.example|our shop>", "our shop (https://a.example)"),
        ("<tel:+4930123|+4930123> <mailto:a@b.example|a@b.example>", "+4930123 a@b.example"),
        ("<#C1> <#C1|help> <!channel> <!subteam^S1|@us> <!date^1^{date}|today>", "#C1 #help @channel @us today"),
        ("<> <unknown> < b", "unknown < b"),
        ("👋 你好", "👋 你好"),
    ],
)
def test_what_people_write_is_read_as_they_see_it(written: str, read: str) -> None:
    assert " ".join(readable(written, frozenset({BOT})).split()) == read


def test_what_we_write_is_shown_as_it_is() -> None:
    text = "1 < 2 & <@U1> <!channel> https://a.example/?a=1&b=2"
    assert "<" not in escaped(text)
    assert readable(escaped(text)) == text


def test_sections_hold_what_slack_allows() -> None:
    body = message_body(Content(text="a & b. " * 560, buttons=(Button(title="Yes", token="t.0"),)), "en")
    sections = [each["text"]["text"] for each in body["blocks"] if each["type"] == "section"]
    assert all(0 < len(each) <= 3000 for each in sections)
    assert "".join("".join(sections).split()) == "".join(body["text"].split())


# what Slack refuses


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("invalid_auth", TryLater),
        ("ratelimited", TryLater),
        ("internal_error", OutcomeUnknown),
        ("fatal_error", OutcomeUnknown),
        ("channel_not_found", Undeliverable),
        ("restricted_action", Undeliverable),
        ("", Undeliverable),
    ],
)
def test_an_error_in_a_200_is_an_error(error: str, kind: type[Exception]) -> None:
    assert type(failure("chat.postMessage", error)) is kind


async def test_the_set_up_is_looked_at(house: House) -> None:
    _, slack = slack_of(house)
    assert [each.ok for each in await house.channel.check()] == [True, True]
    slack.scopes = "chat:write"
    (missing,) = [each.what for each in await house.channel.check() if not each.ok]
    assert "files:read" in missing


# slack_sdk as an independent implementation


def test_the_signature_is_that_of_slacks_documentation_and_sdk() -> None:
    # the example of https://docs.slack.dev/authentication/verifying-requests-from-slack/
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    made = signature(SECRET, "1531420618", body.encode())
    assert made == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    old = Clock()
    old.now = lambda: 1531420618.0  # type: ignore[method-assign]
    assert SignatureVerifier(SECRET, old).is_valid(body, "1531420618", made)
    now = str(int(time.time()))
    assert SignatureVerifier(SECRET).is_valid("ü", now, signature(SECRET, now, "ü".encode()))


async def test_the_fake_answers_as_slack_sdk_expects() -> None:
    async with SlackVendor() as slack:
        slack.users["U1"] = {"id": "U1", "name": "ann"}
        client = WebClient(TOKEN, base_url=f"{slack.url}/api/")

        def use() -> None:
            assert client.auth_test()["user"] == "frontdoor"
            assert client.users_info(user="U1")["user"]["name"] == "ann"
            posted = client.chat_postMessage(channel="DANN", text="hi &amp; hello", unfurl_links=False)
            assert posted["ok"]
            shared = client.files_upload_v2(file=io.BytesIO(b"read me"), filename="a.txt", channel="DANN")
            assert shared["ok"]
            with pytest.raises(SlackApiError, match="user_not_found"):
                client.users_info(user="U9")

        await asyncio.to_thread(use)
        assert slack.texts("ann") == ["hi & hello"]
        assert slack.said[-1].files == (("a.txt", b"read me"),)
        assert json.dumps(slack.wrongs) == "[]"
