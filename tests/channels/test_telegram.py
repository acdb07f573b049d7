"""Telegram: what the suite of vendors does not ask. Everything is over the wire, called or asking."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from connectors.channels.telegram_manners import PRIVATELY
from connectors.desk import DeskEventKind
from connectors.message import JSON
from storage import channel_state, conversations, messages
from tests.contract.vendor_bench import CUSTOMER, Hook, House, house_of, until
from tests.fakes.vendors.telegram import GROUP, TelegramVendor
from tests.fakes.vendors.telegram_bench import PollingBench, TelegramBench

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f85f0f0002870180eb47ba92"
    "0000000049454e44ae426082"
)
PHOTO = {"file_id": "photo-1", "file_unique_id": "u", "width": 90, "height": 90, "file_size": len(PNG)}


@pytest.fixture(params=[TelegramBench, PollingBench], ids=["called", "asking"])
async def house(tmp_path: Path, empty_database: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with TelegramVendor() as vendor:
        async with house_of(request.param(vendor), tmp_path, empty_database) as house:
            yield house
        assert vendor.wrongs == []


def bench_of(house: House) -> TelegramBench:
    assert isinstance(house.bench, TelegramBench)
    return house.bench


def vendor_of(house: House) -> TelegramVendor:
    assert isinstance(house.vendor, TelegramVendor)
    return house.vendor


async def happens(house: House, **update: object) -> None:
    assert await house.bench.deliver(house, bench_of(house).update(**update)) == 200


async def sends(house: House, message_id: int, **what: object) -> None:
    await happens(house, message=bench_of(house).said(message_id, **what))


def _files(tx: Connection) -> list[list[str]]:
    rows = tx.execute(select(messages.message.c.content).where(messages.message.c.author == "customer"))
    return [[each["name"] for each in row.content.get("attachments", ())] for row in rows]


def _custom(tx: Connection) -> list[JSON]:
    query = select(messages.message.c.content).where(messages.message.c.author == "customer")
    return [row.content.get("custom", {}) for row in tx.execute(query.order_by(messages.message.c.id))]


async def _remembered(house: House, name: str) -> None:
    while await house.database.read(channel_state.find, "telegram", name) is None:  # noqa: ASYNC110 - the database
        await asyncio.sleep(0.01)


# commands


async def test_start_greets_in_the_language_of_the_app_and_offers_a_human(house: House) -> None:
    await happens(
        house,
        message={
            **bench_of(house).said(1, text="/start"),
            "from": bench_of(house).person() | {"language_code": "zh-hans"},
        },
    )
    said = await house.sees("这里是暖居家电")
    assert [each.title for each in said.choices] == ["转人工客服"]
    assert await house.stored() == []


async def test_a_command_asks_for_a_human(house: House) -> None:
    await sends(house, 1, text="/human")
    await house.sees("in line for a colleague")
    assert len(house.desk.opened) == 1


async def test_a_command_changes_the_language_and_says_so(house: House) -> None:
    await sends(house, 1, text="/language zh")
    await house.sees("接下来用中文")
    await sends(house, 2, text="/language")
    said = await house.sees("您希望使用哪种语言")
    assert [each.title for each in said.choices] == ["English", "简体中文"]
    pressed = house.bench.press(said, 0, "3")
    assert pressed is not None
    await house.bench.deliver(house, pressed)
    await house.sees("we'll speak English")


async def test_help_and_unknown_commands_are_what_the_customer_said(house: House) -> None:
    await sends(house, 1, text="/help")
    await house.sees("You said: help")
    await sends(house, 2, text="/restart now")
    await house.sees("You said: /restart now")


async def test_customers_of_other_channels_are_given_a_link_that_brings_their_code(house: House) -> None:
    await house.says("hello", "1")
    await until(lambda: house.channel.invitation("K7M2-QX"), house.explain)
    assert house.channel.invitation("K7M2-QX") == "https://t.me/hearthline_bot?start=K7M2-QX"


# buttons


async def test_the_spinner_of_a_pressed_button_ends(house: House) -> None:
    await house.says("delivery", "1")
    said = await house.sees("1–3 days")
    pressed = house.bench.press(said, 0, "2")
    assert pressed is not None
    await house.bench.deliver(house, pressed)
    await until(lambda: not vendor_of(house).queries, house.explain)
    await until(lambda: len(house.rasa.texts) == 2, house.explain)


async def test_a_button_of_long_ago_is_told_and_its_spinner_ends_too(house: House) -> None:
    vendor_of(house).queries.add("old")
    query: JSON = {"id": "old", "from": bench_of(house).person(), "chat_instance": "1", "data": "another-bots-data"}
    await happens(house, callback_query={**query, "message": bench_of(house).said(1)})
    await house.sees("no longer available")
    await until(lambda: not vendor_of(house).queries, house.explain)


async def test_a_scale_stands_in_one_row_and_sentences_in_rows_of_their_own(house: House) -> None:
    await house.says("I want a human", "1")
    await house.sees("in line")
    await house.desk.happens(DeskEventKind.TAKEN)
    await house.desk.happens(DeskEventKind.RESOLVED)
    said = await house.sees("Is everything sorted out?")
    pressed = house.bench.press(said, 0, "2")
    assert pressed is not None
    await house.bench.deliver(house, pressed)
    rating = await house.sees("from 1 (poor) to 5")
    assert [each.title for each in rating.choices] == ["1", "2", "3", "4", "5"]


# files


async def test_a_photo_is_fetched_before_anybody_answers(house: House) -> None:
    vendor_of(house).files["photo-1"] = ("photos/file_1.jpg", PNG)
    await sends(house, 1, photo=[{**PHOTO, "file_id": "small", "width": 9}, PHOTO])
    await house.sees("I've got your file")
    assert await house.database.read(_files) == [["photo.jpg"]]


async def test_an_album_is_answered_once(house: House) -> None:
    vendor_of(house).files["photo-1"] = ("photos/file_1.jpg", PNG)
    for number in range(1, 5):
        await sends(house, number, photo=[PHOTO], media_group_id="album-1")
    await sends(house, 9, text="that was it")
    await house.sees("You said: that was it")
    assert [text[:20] for text in house.vendor.texts(CUSTOMER)] == ["Thanks, I've got you", "You said: that was i"]
    assert await house.database.read(_files) == [["photo.jpg"]] * 4 + [[]]


async def test_the_caption_of_an_album_is_what_is_answered(house: House) -> None:
    vendor_of(house).files["photo-1"] = ("photos/file_1.jpg", PNG)
    await sends(house, 1, photo=[PHOTO], media_group_id="album-1", caption="My oven is broken")
    await sends(house, 2, photo=[PHOTO], media_group_id="album-1")
    await sends(house, 3, text="that was it")
    await house.sees("You said: that was it")
    assert house.vendor.texts(CUSTOMER) == ["You said: My oven is broken", "You said: that was it"]


async def test_files_that_follow_each_other_are_answered_once_and_later_ones_again(house: House) -> None:
    vendor_of(house).files["photo-1"] = ("photos/file_1.jpg", PNG)
    await sends(house, 1, photo=[PHOTO])
    await sends(house, 2, photo=[PHOTO])
    await sends(house, 3, text="two pictures")
    await house.sees("You said: two pictures")
    await sends(house, 4, photo=[PHOTO])
    await sends(house, 5, text="and one more")
    await house.sees("You said: and one more")
    assert [text[:13] for text in house.vendor.texts(CUSTOMER)] == [
        "Thanks, I've ", "You said: two", "Thanks, I've ", "You said: and",
    ]  # fmt: skip


async def test_what_telegram_does_not_hand_over_is_told(house: House) -> None:
    await sends(
        house, 1, document={"file_id": "d", "file_unique_id": "u", "file_name": "f.pdf", "file_size": 20_000_001}
    )
    await house.sees("This file is too large")


async def test_a_file_that_is_gone_is_asked_for_again(house: House) -> None:
    await sends(house, 1, document={"file_id": "gone", "file_unique_id": "u", "file_name": "bill.pdf"})
    await house.sees("couldn't get your file bill.pdf")


# what else customers do


async def test_an_edit_says_what_it_edits(house: House) -> None:
    await sends(house, 1, text="order 12")
    await house.sees("You said: order 12")
    await happens(house, edited_message=bench_of(house).said(1, text="order 13", edit_date=1_790_000_000))
    await house.sees("You said: order 13")
    first, second = await house.database.read(_custom)
    assert "edited" not in first
    assert second["edited"]


async def test_who_blocked_the_bot_is_not_written_to_until_they_are_back(house: House) -> None:
    await house.says("I want a human", "1")
    await house.sees("in line")
    await house.desk.happens(DeskEventKind.TAKEN)
    await house.sees("Li Na has joined")
    member: JSON = {
        "chat": bench_of(house).said(0)["chat"], "from": bench_of(house).person(), "date": 1_790_000_000,
        "old_chat_member": {"status": "member"}, "new_chat_member": {"status": "kicked"},
    }  # fmt: skip
    await happens(house, my_chat_member=member)
    await house.desk.happens(DeskEventKind.REPLIED, "are you there?")
    await until(lambda: house.desk.lines, house.explain)
    assert house.desk.lines[-1].content.custom["status"] == "undeliverable"
    await happens(house, my_chat_member={**member, "new_chat_member": {"status": "member"}})
    found = await house.database.read(conversations.find_by_address, "telegram", house.bench.address_of(CUSTOMER))
    assert found is not None
    assert not found.blocked_at
    await house.desk.happens(DeskEventKind.REPLIED, "welcome back")
    await house.sees("welcome back")
    assert "are you there?" not in house.vendor.texts(CUSTOMER)


async def test_typing_is_shown_while_the_bot_thinks(house: House) -> None:
    await house.says("hello", "1")
    await house.sees("You said")
    await until(lambda: (CUSTOMER, "typing") in vendor_of(house).actions, house.explain)


async def test_text_is_shown_as_it_is_whatever_it_looks_like(house: House) -> None:
    await house.says("I want a human", "1")
    await house.sees("in line")
    text = "*not bold* <b>nor this</b> _x_ [a](http://b) & \\ `code`"
    await house.desk.happens(DeskEventKind.REPLIED, text)
    assert (await house.sees("not bold")).text == text


# groups


async def test_a_group_is_told_once_that_answers_are_private(house: House) -> None:
    for number in range(1, 4):
        await happens(house, message=bench_of(house).in_group(number, text="hello bot"))
    await until(lambda: house.vendor.texts(str(GROUP)), house.explain)
    await happens(house, message=bench_of(house).in_group(4, text="hello?"))
    await house.says("hello", "5")
    await house.sees("You said: hello")
    [told] = house.vendor.texts(str(GROUP))
    assert told.splitlines() == [*PRIVATELY.splitlines(), "https://t.me/hearthline_bot"]
    assert await house.stored() == ["hello"]


async def test_a_group_that_moved_is_told_at_its_new_place_and_not_again(house: House) -> None:
    old, new = -4242, -1004242
    vendor_of(house).moved[old] = new
    said = bench_of(house).in_group(1, text="hello bot")
    await happens(house, message={**said, "chat": {"id": old, "type": "group", "title": "Old"}})
    await until(lambda: house.vendor.texts(str(new)), house.explain)
    service = bench_of(house).in_group(2, migrate_to_chat_id=new)
    await happens(house, message={**service, "chat": {"id": old, "type": "group", "title": "Old"}})
    await until(lambda: house.vendor.texts(str(new)), house.explain)
    async with asyncio.timeout(10):
        await _remembered(house, f"group:{new}")
    await happens(
        house, message={**bench_of(house).in_group(3, text="again"), "chat": {"id": new, "type": "supergroup"}}
    )
    await house.says("hello", "4")
    await house.sees("You said: hello")
    assert len(house.vendor.texts(str(new))) == 1


async def test_channels_are_never_written_to(house: House) -> None:
    channel = {"id": -1009, "type": "channel", "title": "News"}
    await happens(house, channel_post={"message_id": 1, "chat": channel, "date": 1, "text": "news"})
    await house.says("hello", "2")
    await house.sees("You said: hello")
    assert {each.address for each in house.vendor.said} == {CUSTOMER}


# being called


@pytest.mark.parametrize("house", [TelegramBench], indirect=True, ids=["called"])
async def test_the_answer_to_telegram_asks_for_nothing(house: House) -> None:
    hook: Hook = house.bench.message("hello", "1")
    async with house.client.post("/webhooks/telegram/webhook", headers=hook.headers, data=hook.body) as response:
        assert (response.status, await response.read()) == (200, b"")


@pytest.mark.parametrize("house", [PollingBench], indirect=True, ids=["asking"])
async def test_who_asks_is_not_called(house: House) -> None:
    hook: Hook = house.bench.message("hello", "1")
    async with house.client.post("/webhooks/telegram/webhook", headers=hook.headers, data=hook.body) as response:
        assert response.status == 404


@pytest.mark.parametrize("house", [PollingBench], indirect=True, ids=["asking"])
async def test_a_database_in_trouble_in_the_middle_loses_and_doubles_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, times = house.core.inbox.accept, iter(range(100))

    async def sometimes(inbound: Any) -> Any:
        if next(times) == 2:
            raise RuntimeError("the database is away")
        return await accept(inbound)

    monkeypatch.setattr(house.core.inbox, "accept", sometimes)
    vendor, bench = vendor_of(house), bench_of(house)
    async with vendor.held():
        numbers = [
            await vendor.happens(json.loads(bench.message(f"m{number}", str(number)).body)) for number in range(1, 6)
        ]
    await vendor.until_confirmed(numbers[-1])
    assert await house.stored() == ["m1", "m2", "m3", "m4", "m5"]
