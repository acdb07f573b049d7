"""Our fake of Telegram's Bot API is one that python-telegram-bot, an independent client, takes for Telegram."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken

from tests.contract.vendor_bench import CUSTOMER
from tests.fakes.vendors.telegram import BOT, TOKEN, TelegramVendor
from tests.fakes.vendors.telegram_bench import TelegramBench


@pytest.fixture
async def vendor() -> AsyncIterator[TelegramVendor]:
    async with TelegramVendor() as vendor:
        yield vendor
        assert vendor.wrongs == []


@pytest.fixture
async def bot(vendor: TelegramVendor) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{vendor.url}/bot", base_file_url=f"{vendor.url}/file/bot") as bot:
        yield bot


async def test_it_says_who_the_bot_is(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.username) == (BOT["id"], True, BOT["username"])


async def test_a_wrong_token_is_refused(vendor: TelegramVendor) -> None:
    for token in ("1:" + "x" * 35, "nonsense"):
        stranger = Bot(token, base_url=f"{vendor.url}/bot")
        with pytest.raises(InvalidToken):
            await stranger.initialize()
        await stranger.shutdown()


async def test_it_shows_texts_with_buttons(vendor: TelegramVendor, bot: Bot) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="t.0")]])
    sent = await bot.send_message(vendor.id_of(CUSTOMER), "hello 👋", reply_markup=keyboard)
    assert (sent.text, sent.chat.type, sent.from_user and sent.from_user.is_bot) == ("hello 👋", "private", True)
    [said] = vendor.said
    assert (said.address, said.text, said.choices[0].title, said.choices[0].data) == (
        CUSTOMER,
        "hello 👋",
        "Yes",
        "t.0",
    )


async def test_it_shows_files(vendor: TelegramVendor, bot: Bot) -> None:
    photo = await bot.send_photo(vendor.id_of(CUSTOMER), InputFile(b"png", filename="a.png"))
    document = await bot.send_document(vendor.id_of(CUSTOMER), InputFile(b"pdf", filename="b.pdf"))
    assert photo.photo
    assert document.document
    assert document.document.file_name == "b.pdf"
    assert [each.files for each in vendor.said] == [(("a.png", b"png"),), (("b.pdf", b"pdf"),)]


async def test_it_hands_over_files(vendor: TelegramVendor, bot: Bot) -> None:
    vendor.files["f1"] = ("documents/file_1.pdf", b"%PDF")
    assert bytes(await (await bot.get_file("f1")).download_as_bytearray()) == b"%PDF"
    with pytest.raises(BadRequest, match="Wrong file_id"):
        await bot.get_file("f2")


async def test_it_refuses_as_telegram_does(vendor: TelegramVendor, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(5, "hello")
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(vendor.id_of(CUSTOMER), "  ")
    vendor.blocked.add(vendor.id_of(CUSTOMER))
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(vendor.id_of(CUSTOMER), "hello")
    vendor.moved[-5] = -1005
    with pytest.raises(ChatMigrated):
        await bot.send_message(-5, "hello")
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query("1")


async def test_it_tells_what_happened_until_that_is_confirmed(vendor: TelegramVendor, bot: Bot) -> None:
    bench = TelegramBench(vendor)
    for number in (1, 2):
        await vendor.happens({"message": bench.said(number, text=f"hello {number}")})
    for _ in range(2):
        found = await bot.get_updates(timeout=0)
        assert [each.message and each.message.text for each in found] == ["hello 1", "hello 2"]
    found = await bot.get_updates(offset=found[0].update_id + 1, timeout=0)
    assert [each.message and each.message.text for each in found] == ["hello 2"]
    assert await bot.get_updates(offset=found[0].update_id + 1, timeout=0) == ()


async def test_it_calls_or_is_asked_and_never_both(vendor: TelegramVendor, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="https url"):
        await bot.set_webhook("http://support.hearthline.example/")
    await bot.set_webhook("https://support.hearthline.example/", secret_token="s_-9", allowed_updates=["message"])
    info = await bot.get_webhook_info()
    assert (info.url, info.allowed_updates) == ("https://support.hearthline.example/", ("message",))
    with pytest.raises(Conflict):
        await bot.get_updates(timeout=0)
    await bot.delete_webhook()
    assert await bot.get_updates(timeout=0) == ()


async def test_it_keeps_the_menu(bot: Bot) -> None:
    await bot.set_my_commands([("help", "What I can do")])
    assert [each.command for each in await bot.get_my_commands()] == ["help"]
