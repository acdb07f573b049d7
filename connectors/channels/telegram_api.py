"""The methods of Telegram's Bot API that we use: https://core.telegram.org/bots/api.

Results are taken as they come, not as objects of the library: we need a field or two, and one unknown field must not
turn a message that was sent into one that was not.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote

from telegram import Bot, InputFile
from telegram.error import ChatMigrated, TelegramError

from connectors.channels.telegram_settings import TelegramSettings
from connectors.channels.telegram_wire import ANSWER_S, Wire, failure
from connectors.errors import Undeliverable
from connectors.message import JSON, Button
from connectors.vendor import VendorClient

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
POLL_S = 25  # seconds for which Telegram holds a question for news
POLL_MARGIN_S = 10.0
AT_ONCE = 100  # updates of one answer, the most there are
SHORT_TITLE = 4  # characters: titles like 1…5 stand in one row
ROW = 8


class _RawBot(Bot):
    """The library's bot, whose answers are as they came."""

    async def ask(self, method: str, data: JSON, *, read_timeout: float = ANSWER_S) -> Any:
        return await self._post(method, data, read_timeout=read_timeout)


class TelegramApi:
    """One bot. Every method raises `connectors.errors.SendError`; no connection is opened before the first."""

    def __init__(self, settings: TelegramSettings) -> None:
        token = settings.bot_token.get_secret_value()
        self._wires = Wire(), Wire()  # long questions for news never stand in the way of a message
        self._bot = _RawBot(
            token,
            base_url=f"{settings.api_url}/bot",
            base_file_url=f"{settings.api_url}/file/bot",
            get_updates_request=self._wires[0],
            request=self._wires[1],
        )
        self._files = VendorClient("Telegram", settings.api_url)
        self._file_path = f"file/bot{token}/"
        self.bot_id = token.partition(":")[0]

    async def ask(self, method: str, *, answer_within_s: float = ANSWER_S, **data: Any) -> Any:
        """Any method, by its name in the documentation."""
        try:
            return await self._bot.ask(method, data, read_timeout=answer_within_s)
        except TelegramError as error:
            raise failure(error) from None

    async def say(self, chat: str, text: str, buttons: Sequence[Button] = ()) -> str:
        """Show a text, exactly as it is (without `parse_mode` nothing in it is markup); the id it has there."""
        data: JSON = {"text": text, "link_preview_options": {"is_disabled": True}}  # our links are for the reader alone
        if buttons:
            data["reply_markup"] = {"inline_keyboard": _rows(buttons)}
        return await self._show("sendMessage", chat, data)

    async def photo(self, chat: str, name: str, content: bytes) -> str:
        """Show a picture; the id it has there."""
        return await self._show("sendPhoto", chat, {"photo": InputFile(content, filename=name)})

    async def document(self, chat: str, name: str, content: bytes) -> str:
        """Show a file of any kind; the id it has there."""
        return await self._show("sendDocument", chat, {"document": InputFile(content, filename=name)})

    async def updates(self, offset: int | None) -> list[Any]:
        """What has happened from `offset` on; everything before it is thereby confirmed. Waits for `POLL_S`."""
        data: JSON = {"timeout": POLL_S, "limit": AT_ONCE, "allowed_updates": list(ALLOWED_UPDATES)}
        if offset is not None:
            data["offset"] = offset
        found = await self.ask("getUpdates", answer_within_s=POLL_S + POLL_MARGIN_S, **data)
        return found if isinstance(found, list) else []

    async def file(self, file_id: str) -> AsyncIterator[bytes]:
        """The bytes of a customer's file. Raises `TryLater` or `Undeliverable`."""
        found = await self.ask("getFile", file_id=file_id)
        path = found.get("file_path") if isinstance(found, dict) else None
        if not isinstance(path, str) or not path:
            raise Undeliverable("Telegram does not say where the file is")
        async for chunk in self._files.download(self._file_path + quote(path)):
            yield chunk

    async def close(self) -> None:
        """Release connections."""
        for wire in self._wires:
            await wire.shutdown()
        await self._files.close()

    async def _show(self, method: str, chat: str, data: JSON) -> str:
        """Send once. A group that has become a supergroup has refused it, so it goes to its new id."""
        try:
            sent = await self._bot.ask(method, {"chat_id": chat, **data})
        except ChatMigrated as moved:
            return await self._show_there(method, moved.new_chat_id, data)
        except TelegramError as error:
            raise failure(error) from None
        return _message_id(sent)

    async def _show_there(self, method: str, chat: int, data: JSON) -> str:
        return _message_id(await self.ask(method, chat_id=chat, **data))


def _message_id(sent: Any) -> str:
    """Ids of messages are unique within a chat."""
    if not isinstance(sent, dict) or not isinstance(sent.get("message_id"), int):
        return ""
    chat = sent.get("chat")
    return f"{chat.get('id') if isinstance(chat, dict) else ''}:{sent['message_id']}"


def _rows(buttons: Sequence[Button]) -> list[list[JSON]]:
    """A button a row, as titles are sentences; a scale from 1 to 5 in one."""
    keys = [{"text": each.title, "callback_data": each.token} for each in buttons]
    if len(keys) <= ROW and all(len(each.title) <= SHORT_TITLE for each in buttons):
        return [keys]
    return [[key] for key in keys]
