"""Telegram: a bot in private chats, called by Telegram or asking it (https://core.telegram.org/bots/api)."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote

import structlog

from connectors.channel import Accept, Answer, Finding, Limits, Receipt, Request, Standing, Unit
from connectors.channels.telegram_api import TelegramApi
from connectors.channels.telegram_manners import Manners
from connectors.channels.telegram_parse import read
from connectors.channels.telegram_polling import poll
from connectors.channels.telegram_settings import TelegramSettings
from connectors.channels.telegram_setup import check, connect
from connectors.errors import Forged, TooLarge, Undeliverable
from connectors.fields import parse_json
from connectors.http import same_secret
from connectors.message import Attachment, Event, Media, Outbound
from connectors.ports import Ports
from connectors.vendor import collected

log = structlog.get_logger(__name__)

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of the header
DOWNLOAD_BYTES = 20_000_000  # getFile: "files of up to 20 MB"
UPLOAD_BYTES = 50_000_000  # sendDocument: "files of any type of up to 50 MB"
PHOTO_BYTES = 10_000_000  # sendPhoto: "at most 10 MB"; too long or too wide ones are refused
PHOTOS = frozenset({"image/jpeg", "image/png"})
PROMPT = {"en": "Please choose:", "zh": "请选择："}


class _Bot:
    """What both ways of receiving have in common: sending, files, and the set-up."""

    Settings = TelegramSettings
    # sendMessage: 1-4096 characters, which clients count in UTF-16; InlineKeyboardButton: callback_data of 64 bytes;
    # https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: 1 a second to one chat, 30 to all
    limits = Limits(
        text_length=4096,
        text_unit=Unit.UTF16,
        buttons=100,
        attachments=True,
        attachment_bytes=UPLOAD_BYTES,
        typing=True,
        per_second=1,
        total_per_second=30,
    )
    standing = Standing.INDEPENDENT

    def __init__(self, settings: TelegramSettings, ports: Ports) -> None:
        self.name = ports.name
        self._settings, self._ports = settings, ports
        self._api = TelegramApi(settings)
        self._manners = Manners(self.name, self._api, ports.state)

    async def send(self, message: Outbound) -> Receipt:
        """One text with its buttons, or one file."""
        content, language = message.content, "zh" if message.language == "zh" else "en"
        if content.attachments:
            return Receipt(vendor_id=await self._send_file(message.address, content.attachments[0]))
        text = content.text if content.text.strip() else PROMPT[language]
        return Receipt(vendor_id=await self._api.say(message.address, text, content.buttons))

    async def typing(self, address: str) -> None:
        """Shown for five seconds at most."""
        await self._api.ask("sendChatAction", chat_id=address, action="typing")

    async def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """A customer's file. Raises `TooLarge` for what Telegram does not hand over."""
        if media.data.get("size", 0) > DOWNLOAD_BYTES:
            raise TooLarge("Telegram hands over 20 MB at most", code="too_large", field="file")
        async for chunk in self._api.file(media.ref):
            yield chunk

    def invitation(self, code: str) -> str:
        """https://core.telegram.org/bots/features#deep-linking, once Telegram has told the bot's name."""
        return f"{self._manners.link}?start={quote(code, safe='')}" if self._manners.link else ""

    async def check(self) -> list[Finding]:
        """Token, webhook and address."""
        return await check(self._api, self._settings, self._ports)

    async def connect(self) -> list[Finding]:
        """Set (or remove) the webhook, and the commands of the menu."""
        return await connect(self._api, self._settings, self._ports)

    async def close(self) -> None:
        """Release connections."""
        await self._manners.close()
        await self._api.close()

    async def _send_file(self, address: str, attachment: Attachment) -> str:
        content = await collected(self._ports.files.read(attachment), UPLOAD_BYTES)
        if attachment.media_type in PHOTOS and len(content) <= PHOTO_BYTES:
            try:
                return await self._api.photo(address, attachment.name, content)
            except Undeliverable as refused:  # nothing was shown
                log.info("telegram.photo_refused", channel=self.name, error=str(refused))
        return await self._api.document(address, attachment.name, content)


class TelegramPolling(_Bot):
    """Telegram is asked for what is new (`mode: polling`)."""

    async def run(self, accept: Accept) -> None:
        """Receive until cancelled."""
        self._manners.learn_link()
        await poll(self.name, self._api, self._ports.state, accept, self._manners.mind)


class TelegramChannel(_Bot):
    """Telegram calls us (`mode: webhook`); with `mode: polling` one gets a `TelegramPolling`."""

    other_ways = ("polling",)

    def __new__(cls, settings: TelegramSettings, ports: Ports) -> Any:
        return TelegramPolling(settings, ports) if settings.mode == "polling" else super().__new__(cls)

    def verify(self, request: Request) -> None:
        """Telegram sends the secret that it was given with the webhook."""
        if not same_secret(request.headers.get(SECRET_HEADER, ""), self._settings.secret_of_calls):
            raise Forged("the secret token is not ours", code="token_invalid")

    def parse(self, request: Request) -> Sequence[Event]:
        """One call, one update."""
        return read(parse_json(request.body), self.name).events

    async def answer(self, request: Request, events: Sequence[Event]) -> Answer:
        """Nothing but the acknowledgement; what good manners ask for happens meanwhile."""
        self._manners.mind(read(parse_json(request.body), self.name))
        return Answer()
