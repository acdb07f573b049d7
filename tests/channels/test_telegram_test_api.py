"""An independent server of the Bot API, telegram-test-api of npm, unchanged: the channel asks it, and writes to it.

`npm install --ignore-scripts --prefix var/npm telegram-test-api@4.2.1` puts it where this looks. It has texts, commands
and buttons only, does not hold questions for news, and counts dates in ms.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.message import JSON
from tests.conftest import absent, free_port
from tests.contract.vendor_bench import House, house_of
from tests.fakes.vendors.telegram import TOKEN, TelegramVendor
from tests.fakes.vendors.telegram_bench import PollingBench

MODULES = Path(__file__).parents[2] / "var" / "npm" / "node_modules"
SERVER = """
const TelegramServer = require("telegram-test-api");
new TelegramServer({port: Number(process.argv[1]), host: "127.0.0.1"}).start().then(() => console.log("up"));
"""
USER: JSON = {"id": 4711, "first_name": "Ann", "username": "ann", "is_bot": False, "language_code": "en"}
CHAT: JSON = {"id": 4711, "first_name": "Ann", "username": "ann", "type": "private"}


class Phone:
    """Ann's Telegram, as that server offers one."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url, self._http = url, http

    async def ask(self, path: str, **body: Any) -> Any:
        async with self._http.post(f"{self._url}/{path}", json=body) as response:
            return (await response.json())["result"]

    async def says(self, text: str, path: str = "sendMessage", **more: Any) -> None:
        await self.ask(path, botToken=TOKEN, **{"from": USER}, chat=CHAT, date=1_790_000_000_000, text=text, **more)

    async def sees(self, part: str) -> JSON:
        """Wait for a message with that in it."""
        async with asyncio.timeout(15):
            while True:
                for each in await self.ask("getUpdatesHistory", token=TOKEN):
                    said = each.get("message", {})  # or a press of hers
                    if "chat_id" in said and part in said["text"]:
                        return dict(each)
                await asyncio.sleep(0.05)


@pytest.fixture
async def server() -> AsyncIterator[str]:
    node = shutil.which("node")
    if node is None or not (MODULES / "telegram-test-api").exists():
        absent("telegram-test-api (npm)")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        str(node),
        "-e",
        SERVER,
        str(port),
        env={**os.environ, "NODE_PATH": str(MODULES)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert (await asyncio.wait_for(process.stdout.readline(), 20)).strip() == b"up"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def house(server: str, tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    class Bench(PollingBench):
        def settings(self) -> JSON:
            return {**super().settings(), "api_url": server}

    async with TelegramVendor() as unused, house_of(Bench(unused), tmp_path, empty_database) as house:
        yield house


@pytest.fixture
async def phone(server: str, house: House) -> AsyncIterator[Phone]:
    async with aiohttp.ClientSession() as http:
        yield Phone(server, http)


async def test_somebody_elses_server_and_we_understand_each_other(house: House, phone: Phone) -> None:
    await phone.says("/start", "sendCommand", entities=[{"offset": 0, "length": 6, "type": "bot_command"}])
    await phone.sees("this is Hearthline")
    await phone.says("delivery 你好 👋")
    said = await phone.sees("1–3 days")
    [[key]] = said["message"]["reply_markup"]["inline_keyboard"]
    assert key["text"] == "Delivery fees"
    message = {"message_id": said["messageId"], "chat": CHAT, "date": 1, "text": "1–3 days."}
    await phone.ask("sendCallback", botToken=TOKEN, **{"from": USER}, message=message, data=key["callback_data"])
    await phone.says("a human please")
    await phone.sees("已为您转接人工客服")
    assert house.rasa.texts == ["delivery 你好 👋", '/ask_article{"article_id": "delivery-fees"}', "a human please"]
    assert await house.settled() == {"sent": len(await phone.ask("getUpdates", token=TOKEN, chatId=CHAT["id"]))}
