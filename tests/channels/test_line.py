"""What is LINE's own: replies that are free, retry keys, profiles, files, menus, edits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors import vendor as vendor_module
from connectors.channels.line_parse import signature
from connectors.channels.line_send import message_object
from connectors.message import JSON, Attachment, Button, Media
from frontdoor import outbox
from storage import messages
from storage.conversations import find_by_address
from tests.channels.parts import outbound
from tests.contract.vendor_bench import CUSTOMER, House, house_of, template_of, until
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.line import LineVendor
from tests.fakes.vendors.line_bench import LineBench, LineReplyingBench

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 64


@pytest.fixture
async def empty_database(tmp_path: Path) -> Path:
    return await template_of(tmp_path)


@pytest.fixture
async def pushing(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with LineVendor() as line, house_of(LineBench(line), tmp_path, empty_database) as house:
        yield house
    assert line.wrongs == []


@pytest.fixture
async def replying(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with LineVendor() as line, house_of(LineReplyingBench(line), tmp_path, empty_database) as house:
        yield house
    assert line.wrongs == []


def line_of(house: House) -> tuple[LineBench, LineVendor]:
    """The bench and the fake, as what they are."""
    bench = house.bench
    assert isinstance(bench, LineBench)
    return bench, bench.vendor


# retry keys and replies


async def test_what_was_accepted_in_silence_is_shown_once(pushing: House, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: LINE shows the message, and its answer is lost
    _, line = line_of(pushing)
    monkeypatch.setattr(vendor_module, "ANSWER_S", 0.3)
    line.troubles.append(Trouble(silent_s=2, sends=True))
    # when
    await pushing.says("hello", "1001")
    # then: it was asked again under the same key, and the customer saw it once
    assert await pushing.settled() == {"sent": 1}
    assert line.texts(CUSTOMER) == ["You said: hello"]
    assert line.pushes == 2


async def test_what_was_lost_in_silence_is_sent_again(pushing: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, line = line_of(pushing)
    monkeypatch.setattr(vendor_module, "ANSWER_S", 0.3)
    line.troubles.append(Trouble(silent_s=2))
    await pushing.says("hello", "1001")
    assert await pushing.settled() == {"sent": 1}
    assert line.texts(CUSTOMER) == ["You said: hello"]


async def test_a_conflict_that_accepted_nothing_is_no_success(pushing: House) -> None:
    _, line = line_of(pushing)
    line.troubles.append(Trouble(status=409, body={"message": "conflict"}))
    await pushing.says("hello", "1001")
    assert await pushing.settled() == {"unknown": 1}


async def test_an_answer_is_free_and_what_follows_is_pushed(replying: House) -> None:
    _, line = line_of(replying)
    await replying.channel._ports.state.put(f"reply:{CUSTOMER}", {"token": "fresh"})
    line.reply_tokens["fresh"] = CUSTOMER
    await replying.says("I want a human", "1001")
    await replying.sees("in line for a colleague")
    await replying.settled()
    assert line.replies >= 1
    # when nothing free is left
    await replying.channel._ports.state.drop(f"reply:{CUSTOMER}")
    receipt = await replying.channel.send(outbound(text="later"))
    assert receipt.vendor_id
    assert line.texts(CUSTOMER)[-1] == "later"
    assert line.pushes >= 1


async def test_a_reply_token_that_has_ended_costs_nothing_but_the_reply(replying: House) -> None:
    _, line = line_of(replying)
    await replying.channel._ports.state.put(f"reply:{CUSTOMER}", {"token": "ended"})
    await replying.channel.send(outbound(text="hello"))
    assert line.texts(CUSTOMER) == ["hello"]
    assert (line.replies, line.pushes) == (0, 1)
    assert await replying.channel._ports.state.get(f"reply:{CUSTOMER}") is None


async def test_a_reply_in_doubt_is_never_pushed_as_well(replying: House) -> None:
    _, line = line_of(replying)
    line.reply_tokens["fresh"] = CUSTOMER
    await replying.channel._ports.state.put(f"reply:{CUSTOMER}", {"token": "fresh"})
    line.troubles.append(Trouble(status=500, body={"message": "internal"}, sends=True))
    with pytest.raises(outbox.OutcomeUnknown):
        await replying.channel.send(outbound(text="hello"))
    assert line.texts(CUSTOMER) == ["hello"]
    assert line.pushes == 0


async def test_a_reply_that_is_limited_is_still_free_later(replying: House) -> None:
    _, line = line_of(replying)
    line.reply_tokens["fresh"] = CUSTOMER
    await replying.channel._ports.state.put(f"reply:{CUSTOMER}", {"token": "fresh"})
    line.troubles.append(Trouble(status=429, body={"message": "The API rate limit has been exceeded."}))
    with pytest.raises(outbox.TryLater):
        await replying.channel.send(outbound(text="hello"))
    await replying.channel.send(outbound(text="hello"))
    assert (line.replies, line.pushes) == (1, 0)


async def test_a_wrong_token_waits_to_be_mended(pushing: House) -> None:
    _, line = line_of(pushing)
    line.troubles.append(Trouble(status=401, body={"message": "Authentication failed"}))
    with pytest.raises(outbox.TryLater, match="token"):
        await pushing.channel.send(outbound(text="hello"))


# people


async def test_a_follower_is_greeted_in_their_language_by_name(pushing: House) -> None:
    bench, line = line_of(pushing)
    line.profiles[CUSTOMER] = {"userId": CUSTOMER, "displayName": "李\u202e娜 ", "language": "zh-Hant"}
    assert (
        await bench.deliver(pushing, bench.delivery(bench.event("follow", "f1", follow={"isUnblocked": False}))) == 200
    )
    await until(lambda: line.texts(CUSTOMER), pushing.explain)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in line.texts(CUSTOMER)[0])
    found = await pushing.database.read(find_by_address, "line", CUSTOMER)
    assert found is not None
    assert (found.name, found.language) == ("李娜", "zh")


async def test_a_customer_without_a_profile_is_served_all_the_same(pushing: House) -> None:
    bench, line = line_of(pushing)
    await bench.deliver(pushing, bench.delivery(bench.event("follow", "f1", follow={"isUnblocked": True})))
    await until(lambda: line.texts(CUSTOMER), pushing.explain)


async def test_the_name_of_a_customer_is_asked_for_once(pushing: House) -> None:
    _, line = line_of(pushing)
    line.profiles[CUSTOMER] = {"userId": CUSTOMER, "displayName": "Ann", "language": "en"}
    for number in range(3):
        await pushing.says("hello", f"100{number}")
    await until(lambda: len(line.texts(CUSTOMER)) == 3, pushing.explain)
    await until(lambda: f"GET /v2/bot/profile/{CUSTOMER}" in line.requests, pushing.explain)
    assert line.requests.count(f"GET /v2/bot/profile/{CUSTOMER}") == 1


async def test_who_unfollows_gets_nothing_more(pushing: House) -> None:
    bench, line = line_of(pushing)
    await pushing.says("I want a human", "1001")
    await pushing.sees("in line for a colleague")
    await pushing.settled()
    await bench.deliver(pushing, bench.delivery(bench.event("unfollow", "u1")))
    found = await pushing.database.read(find_by_address, "line", CUSTOMER)
    assert found is not None
    assert found.blocked_at
    await bench.deliver(pushing, bench.delivery(bench.event("follow", "f1", follow={"isUnblocked": True})))
    found = await pushing.database.read(find_by_address, "line", CUSTOMER)
    assert found is not None
    assert not found.blocked_at
    assert line.said


async def test_a_menu_of_the_company_reaches_a_human(pushing: House) -> None:
    bench, _ = line_of(pushing)
    await bench.deliver(pushing, bench.delivery(bench.event("postback", "p1", postback={"data": "human"})))
    await pushing.sees("in line for a colleague")


async def test_a_button_of_nobody_is_told_to_be_old(pushing: House) -> None:
    bench, line = line_of(pushing)
    await bench.deliver(pushing, bench.delivery(bench.event("postback", "p1", postback={"data": "action=buy"})))
    await until(lambda: line.texts(CUSTOMER), pushing.explain)
    assert await pushing.stored() == []


async def test_several_customers_in_one_delivery_are_all_heard(pushing: House) -> None:
    bench, line = line_of(pushing)
    events = [
        bench.event("message", f"e{n}", f"customer-{n}", message={"type": "text", "id": f"{n}", "text": f"hi {n}"})
        for n in range(3)
    ]
    assert await bench.deliver(pushing, bench.delivery(*events)) == 200
    await until(lambda: len(line.said) == 3, pushing.explain)
    assert sorted(await pushing.stored()) == ["hi 0", "hi 1", "hi 2"]


async def test_a_redelivery_is_the_same_message(pushing: House) -> None:
    bench, _ = line_of(pushing)
    event = bench.event("message", "e1", message={"type": "text", "id": "1", "text": "hello"})
    again = event | {"deliveryContext": {"isRedelivery": True}}
    await bench.deliver(pushing, bench.delivery(event))
    assert await bench.deliver(pushing, bench.delivery(again)) == 200
    assert await pushing.stored() == ["hello"]


# files


async def test_files_are_fetched_before_anybody_answers(pushing: House) -> None:
    bench, line = line_of(pushing)
    line.contents["325708"] = PICTURE
    image = {"type": "image", "id": "325708", "contentProvider": {"type": "line"}}
    assert await bench.deliver(pushing, bench.delivery(bench.event("message", "e1", message=image))) == 200
    await until(lambda: line.said, pushing.explain)
    assert "GET /v2/bot/message/325708/content" in line.requests
    found = await pushing.database.read(find_by_address, "line", CUSTOMER)
    assert found is not None
    (stored,) = (await pushing.database.read(messages.after, found.id, 0, 1))[0].content.attachments
    assert (stored.name, stored.media_type, stored.size) == ("image.jpg", "image/png", len(PICTURE))


async def test_a_video_is_fetched_when_it_is_prepared(pushing: House) -> None:
    _, line = line_of(pushing)
    line.contents["9"], line.preparing["9"] = b"moving", ["processing", "succeeded", "failed"]
    video = Media(ref="9", data={"prepared": True})
    with pytest.raises(outbox.TryLater, match="preparing"):
        [chunk async for chunk in pushing.channel.fetch(video)]
    assert b"".join([chunk async for chunk in pushing.channel.fetch(video)]) == b"moving"
    with pytest.raises(outbox.Undeliverable):
        [chunk async for chunk in pushing.channel.fetch(video)]


@pytest.mark.parametrize(
    "url", ["http://example.com/a", "https://127.0.0.1/a", "https://[::1]/a", "file:///etc/passwd"]
)
async def test_a_file_elsewhere_is_fetched_from_public_places_only(pushing: House, url: str) -> None:
    with pytest.raises(outbox.Undeliverable):
        [chunk async for chunk in pushing.channel.fetch(Media(ref="9", data={"url": url}))]


# what a message looks like


def test_four_short_choices_stay_in_the_chat() -> None:
    buttons = tuple(Button(title=f"Choice {n}", token=f"t.{n}") for n in range(4))
    shown = message_object(outbound(text="Which one? 🙂", buttons=buttons), "")
    assert (shown["type"], shown["altText"], shown["template"]["text"]) == (
        "template",
        "Which one? 🙂",
        "Which one? 🙂",
    )
    assert [each["data"] for each in shown["template"]["actions"]] == [each.token for each in buttons]


@pytest.mark.parametrize(("number", "text"), [(5, "Which one?"), (2, "long " * 40)])
def test_more_choices_or_words_are_quick_replies(number: int, text: str) -> None:
    buttons = tuple(Button(title=f"Choice {n}", token=f"t.{n}") for n in range(number))
    shown = message_object(outbound(text=text, buttons=buttons), "")
    assert shown["type"] == "text"
    assert len(shown["quickReply"]["items"]) == number


def test_choices_without_words_get_some() -> None:
    shown = message_object(outbound(buttons=(Button(title="Yes", token="t.0"),)), "")
    assert shown["template"]["text"] == "Please choose:"


def test_a_template_of_flags_and_families_is_shortened_by_what_line_counts() -> None:
    text = "👨‍👩‍👧‍👦" * 150
    shown = message_object(outbound(text=text, buttons=(Button(title="Yes", token="t.0"),)), "")
    assert len(shown["altText"].encode("utf-16-le")) // 2 <= 400


async def test_a_picture_goes_by_link(pushing: House) -> None:
    _, line = line_of(pushing)
    picture = Attachment(id="a", name="a.png", media_type="image/png", size=10)
    await pushing.channel.send(outbound(attachments=(picture,)))
    assert line.said[-1].raw["originalContentUrl"].startswith("https://support.hearthline.example/")


async def test_typing_is_the_loading_indicator(pushing: House) -> None:
    _, line = line_of(pushing)
    await pushing.channel.typing(CUSTOMER)
    assert line.loading == [{"chatId": CUSTOMER, "loadingSeconds": 5}]


# set-up


async def test_customers_of_other_channels_are_given_a_link(tmp_path: Path, empty_database: Path) -> None:
    class Known(LineBench):
        def settings(self) -> JSON:
            return super().settings() | {"basic_id": "@216ru"}

    async with LineVendor() as line, house_of(Known(line), tmp_path, empty_database) as house:
        assert house.channel.invitation("A B&C") == "https://line.me/R/oaMessage/%40216ru/?A%20B%26C"


async def test_without_the_accounts_id_there_is_no_link(pushing: House) -> None:
    assert pushing.channel.invitation("ABC") == ""


HERE = "https://support.hearthline.example/webhooks/line/webhook"


async def test_the_set_up_is_looked_at_and_made(pushing: House) -> None:
    _, line = line_of(pushing)
    before = {each.what: each.ok for each in await pushing.channel.check()}
    assert [what for what, ok in before.items() if not ok] == [f"LINE does not call {HERE}"]
    assert {"the account is @216ru", "messages left this month: 200"} < set(before)
    assert all(each.ok for each in await pushing.channel.connect())
    assert line.webhook["endpoint"] == HERE
    assert all(each.ok for each in await pushing.channel.check())
    line.used, line.webhook["active"], line.reaches = 200, False, False
    after = {each.what: each.remedy for each in await pushing.channel.check() if not each.ok}
    unreached = f"LINE does not get through to {HERE}: COULD_NOT_CONNECT"
    assert set(after) == {"the webhook is switched off", unreached, "no messages are left this month; replies go on"}
    assert all(after.values())


def test_the_signature_is_that_of_lines_own_sdk() -> None:
    # the vector of line-bot-sdk-python: tests/v3/test_webhook.py
    assert signature("channel_secret", b"bodybodybodybody") == "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k="
