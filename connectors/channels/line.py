"""LINE: customers of a LINE Official Account, through the Messaging API.

https://developers.line.biz/en/docs/messaging-api/
"""

import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from connectors.channel import Accept, Answer, Finding, Receipt, Request, Standing
from connectors.channels import line_parse, line_send
from connectors.channels.line_api import LineApi
from connectors.errors import Forged, OutcomeUnknown, TryLater, Undeliverable
from connectors.http import same_secret
from connectors.message import JSON, Action, Event, Inbound, Media, Outbound, Pull
from connectors.ports import Ports
from connectors.settings import ChannelSettings, Credential, WebAddress
from connectors.vendor import VendorClient

REPLY_TOKEN_S = 50.0
"""A reply token is good for a minute: https://developers.line.biz/en/reference/messaging-api/#send-reply-message"""
NAME_AGAIN_S = 7 * 24 * 3600.0
REMEMBERED = 10_000


class LineSettings(ChannelSettings):
    """LINE (a LINE Official Account with the Messaging API)."""

    channel_secret: Credential
    """LINE Developers Console, Basic settings: what LINE signs its calls with."""

    channel_access_token: Credential
    """LINE Developers Console, Messaging API: the long-lived channel access token."""

    free_replies: bool = True
    """Whether the first message within a minute after the customer's is sent as a reply, which LINE does not charge
    for. False: everything is pushed and counts, and a time-out never leaves a doubt whether a message arrived."""

    basic_id: Annotated[str, Field(pattern=r"^(@[0-9A-Za-z._-]{1,40})?$")] = ""
    """The account's basic or premium id, @…: with it customers of other channels are given a link to the chat here."""

    api_url: WebAddress = "https://api.line.me"
    """Where LINE's API is."""

    data_url: WebAddress = "https://api-data.line.me"
    """Where the files that customers send are."""


class LineChannel:
    """One LINE Official Account."""

    Settings = LineSettings
    limits = line_send.LIMITS
    standing = Standing.UNVERIFIED

    def __init__(self, settings: LineSettings, ports: Ports) -> None:
        self.name = ports.name
        self._ports, self._secret, self._free_replies = ports, settings.channel_secret, settings.free_replies
        self._basic_id = settings.basic_id
        self._api = LineApi(settings.api_url, settings.channel_access_token)
        self._data = VendorClient("LINE", settings.data_url)
        self._asked: dict[str, float] = {}  # whose name this process has asked for, and when

    def verify(self, request: Request) -> None:
        """LINE signs the body with the channel secret."""
        expected = line_parse.signature(self._secret.get_secret_value(), request.body)
        if not same_secret(request.headers.get("x-line-signature", ""), expected):
            raise Forged("the signature is not LINE's", code="signature_invalid")

    def parse(self, request: Request) -> Sequence[Event]:
        """The events of a delivery, and for customers who are new here a look at their profile."""
        events = line_parse.events_of(self.name, request.body)
        strangers = {each.address for each in events if isinstance(each, Inbound) and self._is_due(each.address)}
        return [
            *events,
            *(Pull(channel=self.name, key=f"profile:{each}", data={"address": each}) for each in sorted(strangers)),
        ]

    async def answer(self, request: Request, events: Sequence[Event]) -> Answer:
        """Remember how the customers may be answered for free; LINE wants nothing but a 200."""
        if self._free_replies and any(isinstance(event, Inbound) for event in events):
            for address, token in line_parse.reply_tokens(request.body):
                await self._ports.state.put(f"reply:{address}", {"token": token}, seconds=REPLY_TOKEN_S)
        return Answer()

    async def pull(self, pull: Pull, accept: Accept) -> None:
        """Learn a customer's name and language; then greet, if they are new."""
        address, follow = str(pull.data["address"]), pull.data.get("event")
        profile = await self._api.profile(address)
        if follow is None:
            await self._ports.conversations.open(self.name, address, profile)
            return
        started = Inbound(
            channel=self.name, address=address, external_id=str(follow), action=Action.START, profile=profile
        )
        await accept(started)

    async def send(self, message: Outbound) -> Receipt:
        """Reply for free while that is possible, else push."""
        attachments = message.content.attachments
        image = self._ports.files.link(attachments[0]) if attachments else ""
        shown = line_send.message_object(message, image)
        if self._free_replies and (receipt := await self._reply(message.address, shown)) is not None:
            return receipt
        return await self._api.push(message, shown)

    async def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """https://developers.line.biz/en/reference/messaging-api/#get-content"""
        if elsewhere := str(media.data.get("url") or ""):
            async for chunk in self._data.download(elsewhere):
                yield chunk
            return
        path = f"v2/bot/message/{media.ref}/content"
        if media.data.get("prepared"):
            await self._wait_for_preparation(f"{path}/transcoding")
        async for chunk in self._data.download(path, headers=self._api.headers):
            yield chunk

    async def typing(self, address: str) -> None:
        """The loading indicator."""
        await self._api.loading(address)

    def invitation(self, code: str) -> str:
        """https://developers.line.biz/en/docs/messaging-api/using-line-url-scheme/#opening-chat-screen"""
        if not self._basic_id:
            return ""
        return f"https://line.me/R/oaMessage/{quote(self._basic_id, safe='')}/?{quote(code, safe='')}"

    async def check(self) -> list[Finding]:
        """The token, the webhook, and how many messages are left this month."""
        return await self._api.check(self._ports.webhook_url)

    async def connect(self) -> list[Finding]:
        """Set the webhook."""
        return [await self._api.connect(self._ports.webhook_url)]

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()
        await self._data.close()

    async def _reply(self, address: str, shown: JSON) -> Receipt | None:
        """The receipt, or None when there is no reply token that is good, and nothing was shown."""
        name = f"reply:{address}"
        kept = await self._ports.state.get(name)
        if kept is None:
            return None
        try:
            receipt = await self._api.reply(str(kept["token"]), shown)
        except OutcomeUnknown:
            await self._ports.state.drop(name)
            raise
        await self._ports.state.drop(name)  # a token is good for one reply
        return receipt

    async def _wait_for_preparation(self, path: str) -> None:
        """https://developers.line.biz/en/reference/messaging-api/#verify-video-or-audio-preparation-status"""
        try:
            answer = await self._data.call("GET", path, headers=self._api.headers)
        except OutcomeUnknown as unknown:
            raise TryLater(str(unknown)) from None
        status = answer.json().get("status")
        if status == "processing":
            raise TryLater("LINE is still preparing the file", after=2)
        if status == "failed":
            raise Undeliverable("LINE could not prepare the file")

    def _is_due(self, address: str) -> bool:
        """Whether this process has not asked for the customer's name for a week."""
        now = time.monotonic()
        if now - self._asked.get(address, now - NAME_AGAIN_S) < NAME_AGAIN_S:
            return False
        if len(self._asked) >= REMEMBERED:
            self._asked.clear()
        self._asked[address] = now
        return True
