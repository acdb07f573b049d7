"""Calls by Twilio, or by whoever speaks its protocol: the caller talks with the bot, and is put through to people.

https://www.twilio.com/docs/voice
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from connectors.channel import Answer, Finding, Limits, Receipt, Request, Standing
from connectors.channels.voice_call import ANSWER_S, Calls, Plan
from connectors.channels.voice_line import Lines
from connectors.channels.voice_parse import Rules, parse_call
from connectors.channels.voice_step import Step
from connectors.channels.voice_twiml import Script
from connectors.errors import SendError, TryLater, Undeliverable
from connectors.message import Author, Event, Media, Outbound
from connectors.ports import Ports
from connectors.splitting import split
from connectors.twilio import E164, Form, TwilioSettings, verify
from connectors.twilio_api import TwilioApi

TEXT = 1600  # characters of a text message
TOLD_S = 20.0  # a message waits for the caller's next request before it is tried again
LOOK_EVERY_S = 0.5
TEXT_S = 6.0  # a caller waits while a text message is sent
REMEMBERED_S = 3600.0
Number = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]


class VoiceSettings(TwilioSettings):
    """Calls by Twilio."""

    asks: ClassVar[tuple[str, ...]] = ("account_sid", "auth_token", "number", "transfer_to", "text_from")

    number: Number
    """The number that customers call."""

    transfer_to: Number | Literal[""] = ""
    """Who is called when a human is wanted and the desk is open; empty: callers hold the line while humans write."""

    ring_seconds: Annotated[int, Field(ge=5, le=120)] = 20
    """How long it rings there."""

    voicemail: bool = True
    """Whether callers can leave a message when nobody is there."""

    hold_seconds: Annotated[int, Field(ge=30, le=3600)] = 600
    """How long callers hold the line for a human who writes."""

    text_from: str = ""
    """A number or messaging service of yours that sends text messages to callers: long answers when they ask for them,
    and what humans write after the call. Empty: none are sent."""

    languages: Annotated[tuple[Literal["en", "zh"], ...], Field(min_length=1, max_length=2)] = ("en", "zh")
    """What callers can choose, in the order of the keys; with one there is no menu."""

    voice_en: str = "Polly.Joanna"
    """Voice for English, of https://www.twilio.com/docs/voice/twiml/say/text-speech."""

    voice_zh: str = "Polly.Zhiyu"
    """Voice for Chinese."""

    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Below this confidence of Twilio's in what was heard, callers are asked to say it again."""


class VoiceChannel:
    """Requests of calls in, TwiML out."""

    Settings = VoiceSettings
    limits = Limits(text_length=TEXT)
    standing = Standing.UNVERIFIED

    def __init__(self, settings: VoiceSettings, ports: Ports) -> None:
        self.name = ports.name
        self._settings, self._ports = settings, ports
        self._rules = Rules(channel=ports.name, languages=settings.languages, min_confidence=settings.min_confidence)
        plan = Plan(
            rules=self._rules, transfer_to=settings.transfer_to, ring_s=settings.ring_seconds,
            voicemail=settings.voicemail, hold_s=settings.hold_seconds, texts=bool(settings.text_from),
        )  # fmt: skip
        script = Script({"en": settings.voice_en, "zh": settings.voice_zh})
        self._twilio = TwilioApi(settings)
        self._lines = Lines(ports.state)
        self._calls = Calls(plan, ports, self._lines, script, self._text_once)

    def verify(self, request: Request) -> None:
        """Twilio signs the URL, in which the step of the call stands, and the form."""
        verify(request, self._settings.tokens)

    def parse(self, request: Request) -> Sequence[Event]:
        """What the caller did."""
        return parse_call(Form(request.body), Step.of(request.query), self._rules)

    async def answer(self, request: Request, events: Sequence[Event]) -> Answer:
        """What they hear next."""
        until = request.came_at + ANSWER_S
        return await self._calls.answer(Form(request.body), Step.of(request.query), until)

    async def send(self, message: Outbound) -> Receipt:
        """Wait until the caller has been told it; after the call, humans' words go as a text message."""
        until = time.monotonic() + TOLD_S
        while (said := await self._lines.said(message.address)) is not None:
            if said >= message.seq:
                return Receipt()
            if time.monotonic() >= until:
                raise TryLater("the caller has not been told yet", after=1)
            await self._lines.told(message.address, LOOK_EVERY_S)
        if message.author is not Author.AGENT:
            raise Undeliverable("the call is over")
        if not self._settings.text_from or not E164.fullmatch(message.address):
            raise Undeliverable("the call is over, and there is no number for text messages (text_from)")
        return Receipt(vendor_id=await self._text(message.address, message.content.text))

    def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """A recorded message."""
        return self._twilio.file(media.ref)

    async def check(self) -> list[Finding]:
        """Whether the account is active and the number calls us."""
        return await self._twilio.look(self._settings.number, "voice_url", self._ports.webhook_url)

    async def connect(self) -> list[Finding]:
        """Have the number call us, and tell us when a call ends."""
        return await self._twilio.point(self._settings.number, "voice_url", self._ports.webhook_url)

    async def close(self) -> None:
        """Release connections."""
        await self._twilio.close()

    async def _text(self, number: str, text: str) -> str:
        sender = self._settings.text_from
        by = {"MessagingServiceSid": sender} if sender.startswith("MG") else {"From": sender}
        return await self._twilio.text({"To": number, **by, "Body": text, "SmartEncoded": "true"})

    async def _text_once(self, number: str, text: str, key: str) -> bool:
        """Send a caller what they asked for, at most once for a key press; whether it was sent."""
        if not self._settings.text_from:
            return False
        name = f"texted:{key}:{number}"
        async with self._ports.state.hold(name):
            if (before := await self._ports.state.get(name)) is not None:
                return bool(before["sent"])
            await self._ports.state.put(name, {"sent": True}, seconds=REMEMBERED_S)
            try:
                async with asyncio.timeout(TEXT_S):
                    for piece in split(text, TEXT):
                        await self._text(number, piece)
            except (SendError, TimeoutError):
                await self._ports.state.put(name, {"sent": False}, seconds=REMEMBERED_S)
                return False
        return True
