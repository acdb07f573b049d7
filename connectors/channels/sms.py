"""Texts by Twilio, or by whoever speaks its protocol.

https://www.twilio.com/docs/messaging
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Annotated
from urllib.parse import quote, urlsplit

import structlog
from pydantic import Field, field_validator

from connectors.channel import Accept, Answer, Finding, Limits, Receipt, Request, Standing
from connectors.channels.sms_missed import Missed
from connectors.channels.sms_parse import parse_form
from connectors.errors import SendError
from connectors.message import Event, Media, Outbound
from connectors.ports import Ports
from connectors.settings import invalid
from connectors.twilio import NOTHING_TO_DO, Form, TwilioSettings, verify
from connectors.twilio_api import TwilioApi

LONGEST = 1600  # characters of a message: https://www.twilio.com/docs/api/errors/21617
TEN_SEGMENTS = 670  # of 67 UTF-16 units; in the GSM alphabet it is five of 153
PICTURE_BYTES = 5 << 20  # https://www.twilio.com/docs/messaging/guides/accepted-mime-types
PICTURES = ("image/jpeg", "image/png", "image/gif")
SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|MG[0-9a-f]{32}|(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")

log = structlog.get_logger(__name__)


class SmsSettings(TwilioSettings):
    """Texts by Twilio."""

    sender: str
    """Who writes: a number (+12025550123), a short code, a messaging service (MG…), or a name of up to 11 characters,
    to which nobody can reply."""

    text_length: Annotated[int, Field(ge=70, le=LONGEST)] = TEN_SEGMENTS
    """Characters of one message; longer ones leave in several. Up to 160 (in Chinese 70) are one segment, longer ones
    are put together from segments of 153 (67), and each is paid for."""

    smart_encoding: bool = True
    """Have Twilio replace typographic characters (“ ” – …) that would more than double the segments."""

    pictures: bool = False
    """Send pictures as MMS, where the sender and the country have it; else texts have links."""

    per_second: Annotated[float, Field(gt=0, le=1000)] = 1.0
    """Messages a second of this sender to all: 1 for a US number, 3 for a toll-free one, 100 for a short code."""

    look_every_s: Annotated[int, Field(ge=30, le=86_400)] = 300
    """How often it is looked whether Twilio could not deliver a text to us, as while the service was down."""

    stop_words: tuple[str, ...] = (
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "optout",
        "revoke",
        "td",
        "退订",
    )
    """What a customer writes, and nothing else, to hear no more from us. Twilio itself blocks the sender on the English
    ones unless you changed that at Twilio."""

    @field_validator("sender")
    @classmethod
    def _can_send(cls, value: str) -> str:
        if not SENDER.fullmatch(value):
            raise invalid(
                f"{value!r} cannot send texts", "Write a number like +12025550123, or the id MG… of a service."
            )
        return value


class SmsChannel:
    """A form in, a form out."""

    Settings = SmsSettings
    limits = Limits(text_length=LONGEST, first=True, per_second=1, total_per_second=1)
    standing = Standing.UNVERIFIED

    def __init__(self, settings: SmsSettings, ports: Ports) -> None:
        self.name = ports.name
        self.limits = Limits(
            first=True,
            text_length=settings.text_length,
            attachments=settings.pictures,
            attachment_bytes=PICTURE_BYTES,
            attachment_types=PICTURES,
            per_second=max(1.0, settings.per_second / 10),
            total_per_second=settings.per_second,
        )
        self._settings, self._ports = settings, ports
        self._stop_words = frozenset(word.casefold() for word in settings.stop_words)
        self._twilio = TwilioApi(settings)
        self._missed = Missed(ports.name, settings.sender, self._twilio, ports.state)

    def verify(self, request: Request) -> None:
        """Twilio signs the URL and the form."""
        verify(request, self._settings.tokens)

    def parse(self, request: Request) -> Sequence[Event]:
        """A message, or what became of one of ours."""
        return parse_form(Form(request.body), self.name, self._stop_words)

    async def answer(self, request: Request, events: Sequence[Event]) -> Answer:
        """TwiML that says nothing: answers are sent."""
        return NOTHING_TO_DO

    async def run(self, accept: Accept) -> None:
        """Look for what Twilio could not tell us."""
        while True:
            try:
                await self._missed.look(accept, self._stop_words)
            except SendError as error:
                log.warning("sms.not_looked", channel=self.name, error=str(error))
            await asyncio.sleep(self._settings.look_every_s)

    async def send(self, message: Outbound) -> Receipt:
        """One text, or one picture."""
        form = {"To": message.address, **self._sender(), **self._reports()}
        if message.content.attachments:
            form["MediaUrl"] = self._ports.files.link(message.content.attachments[0])
        else:
            form["Body"] = message.content.text
            form["SmartEncoded"] = str(self._settings.smart_encoding).lower()
        return Receipt(vendor_id=await self._twilio.text(form))

    def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """A picture that a customer sent."""
        return self._twilio.file(media.ref)

    def invitation(self, code: str) -> str:
        """Opens the phone's own app with the code written (RFC 5724); nothing where nobody can reply."""
        sender = self._settings.sender
        return f"sms:{sender}?body={quote(code)}" if sender.removeprefix("+").isdecimal() else ""

    async def check(self) -> list[Finding]:
        """Whether the account is active and the number calls us."""
        return await self._twilio.look(self._settings.sender, "sms_url", self._ports.webhook_url)

    async def connect(self) -> list[Finding]:
        """Have the number call us."""
        if not self._settings.sender.startswith("+"):
            what = "the webhook of a messaging service or short code is set in Twilio's console"
            remedy = f"Set the incoming request URL to {self._ports.webhook_url} (HTTP POST)."
            return [Finding(what=what, ok=False, remedy=remedy)]
        return await self._twilio.point(self._settings.sender, "sms_url", self._ports.webhook_url)

    async def close(self) -> None:
        """Release connections."""
        await self._twilio.close()

    def _sender(self) -> dict[str, str]:
        sender = self._settings.sender
        return {"MessagingServiceSid": sender} if sender.startswith("MG") else {"From": sender}

    def _reports(self) -> dict[str, str]:
        """Where Twilio tells what became of a message; not where it could never reach us, which it refuses (21609)."""
        host = urlsplit(self._ports.public_url).hostname or ""
        return {"StatusCallback": self._ports.webhook_url} if "." in host and not host.startswith("127.") else {}
