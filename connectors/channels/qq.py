"""QQ: customers of an official QQ bot (QQ 官方机器人), in direct chats and in groups where they speak to it.

https://bot.q.qq.com/wiki/develop/api-v2/
"""

import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from connectors.channel import Answer, Finding, Limits, Receipt, Request, Standing
from connectors.channels import qq_crypto, qq_parse
from connectors.channels.qq_api import QQApi
from connectors.channels.qq_parse import Anchor
from connectors.errors import Forged, Malformed, OutcomeUnknown, TryLater, WindowClosed
from connectors.fields import Fields, parse_json
from connectors.message import JSON, Event, Media, Outbound
from connectors.ports import Ports
from connectors.settings import ChannelSettings, Credential, Text, WebAddress
from connectors.vendor import VendorClient

VALIDATION, ACKNOWLEDGED = 13, 12  # what a call, or the answer to it, is about
KINDS = {"image/png": 1, "image/jpeg": 1, "video/mp4": 2}
"""Media types → QQ's own numbers. Voice must be SILK; other files are not open to every bot."""
PARTS = 1000  # more than a message ever has: numbers of answers are made of its number and that of the part
ANCHOR_S = 3600.0
JUST_NOW_S = 3.0
REMEMBERED = 10_000

LIMITS = Limits(
    text_length=2000,  # QQ names no number and refuses what is too long
    attachments=True,
    attachment_bytes=20 << 20,  # https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/rich-media.html
    attachment_types=tuple(KINDS),
    opening=qq_parse.DIRECT,
)
"""Buttons need markdown, which QQ opens to invited bots only (内邀): choices are numbered."""


class QQSettings(ChannelSettings):
    """QQ (an official bot of q.qq.com)."""

    app_id: Text
    """q.qq.com, 开发 → 开发设置: the AppID."""

    app_secret: Credential
    """The AppSecret beside it; QQ's calls are signed with it, too."""

    active_messages: bool = True
    """Whether answers that come too late are tried as messages of our own (主动消息), of which QQ allows few or none;
    what it refuses waits until the customer writes. False: they wait at once."""

    api_url: WebAddress = "https://api.sgroup.qq.com"
    """Where QQ's API is; newer pages of QQ's say https://api.bot.qq.com."""

    auth_url: WebAddress = "https://bots.qq.com"
    """Where access tokens come from; newer pages of QQ's say https://api.bot.qq.com."""


class QQChannel:
    """One bot."""

    Settings = QQSettings
    limits = LIMITS
    standing = Standing.UNVERIFIED

    def __init__(self, settings: QQSettings, ports: Ports) -> None:
        self.name = ports.name
        self._ports, self._app_id, self._secret = ports, settings.app_id, settings.app_secret
        self._active = settings.active_messages
        self.limits = replace(LIMITS, opening=None) if self._active else LIMITS
        self._api = QQApi(settings.api_url, settings.auth_url, settings.app_id, settings.app_secret, ports.state)
        self._files = VendorClient("QQ", settings.api_url)
        self._heard: dict[str, tuple[float, Anchor]] = {}  # what this process has heard last, by address, and when

    def handshake(self, request: Request) -> Answer | None:
        """https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/event-emit.html"""
        try:
            payload = Fields(parse_json(request.body)) if request.method == "POST" else None
        except Malformed:
            return None
        if payload is None or payload.data.get("op") != VALIDATION:
            return None
        if request.headers.get("x-bot-appid", self._app_id) != self._app_id:
            raise Forged("the call is for another bot", code="signature_invalid")
        challenge = payload.object("d")
        if challenge is None:
            raise payload.wrong("d", "must be an object")
        plain_token = challenge.text("plain_token", longest=200)
        signature = qq_crypto.answer_to_challenge(
            qq_crypto.key_of(self._secret.get_secret_value()), plain_token, challenge.text("event_ts", longest=20)
        )
        return _json({"plain_token": plain_token, "signature": signature})

    def verify(self, request: Request) -> None:
        """QQ signs time and body."""
        timestamp = request.headers.get("x-signature-timestamp", "")
        signature = request.headers.get("x-signature-ed25519", "")
        qq_crypto.verify(qq_crypto.key_of(self._secret.get_secret_value()), timestamp, signature, request.body)

    def parse(self, request: Request) -> Sequence[Event]:
        """One call is one event; what it may be answered with is remembered."""
        event, anchor = self._event(request)
        if anchor is not None:
            if len(self._heard) >= REMEMBERED:
                self._heard.clear()
            self._heard[anchor.address] = (time.time(), anchor)
        return [event]

    async def answer(self, request: Request, events: Sequence[Event]) -> Answer:
        """Tell the other workers what may be answered, and QQ that it has arrived."""
        _, anchor = self._event(request)
        if anchor is not None:
            kept = {"by": anchor.by, "id": anchor.id, "at": time.time()}
            await self._ports.state.put(f"reply:{anchor.address}", kept, seconds=anchor.seconds)
        return _json({"op": ACKNOWLEDGED, "d": 0})

    async def send(self, message: Outbound) -> Receipt:
        """Answer what the customer said last; when QQ takes no answer to it any more, say it unasked.

        https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/send.html
        QQ refuses the same msg_seq for the same msg_id. So silence is no reason to give up: the same answer to the same
        message can be sent until QQ says something. Nothing makes a message that answers nothing safe to repeat.
        """
        place = _place(message.address)
        body = await self._body(place, message)
        tried = f"part:{message.key}:{message.address}"
        earlier = await self._ports.state.get(tried)
        anchor = earlier or await self._anchor(message.address)
        if anchor is None and time.time() - message.at / 1000 < JUST_NOW_S:
            raise TryLater("another worker may be about to say what this answers", after=1)
        if anchor is not None:
            try:
                return await self._api.send(place, body | _answering(anchor, message))
            except OutcomeUnknown as unknown:
                if anchor["by"] != "msg_id":
                    raise
                await self._ports.state.put(tried, anchor, seconds=ANCHOR_S)
                raise TryLater(f"{unknown}; to be sent again as the same answer") from None
            except WindowClosed as closed:
                if earlier is not None:
                    raise OutcomeUnknown(f"{closed}; an earlier try may have arrived") from None
                if not self._active:
                    raise
        if not self._active:
            raise WindowClosed("there is nothing of the customer's that may be answered")
        return await self._api.send(place, body)

    def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """The bytes of a file; QQ's links need no token."""
        return self._files.download(media.ref)

    async def check(self) -> list[Finding]:
        """The credentials. Which webhook is set, QQ tells nobody."""
        return await self._api.check()

    def is_shared(self, address: str) -> bool:
        """A group is; a direct chat is not."""
        return ":" in address

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()
        await self._files.close()

    def _event(self, request: Request) -> tuple[Event, Anchor | None]:
        return qq_parse.event_of(self.name, Fields(parse_json(request.body)))

    async def _body(self, place: str, message: Outbound) -> JSON:
        if not message.content.attachments:
            return {"msg_type": 0, "content": message.content.text}
        file = message.content.attachments[0]
        info = await self._api.upload(place, KINDS[file.media_type], self._ports.files.link(file))
        return {"msg_type": 7, "content": " ", "media": {"file_info": info}}  # QQ wants some content with media

    async def _anchor(self, address: str) -> dict[str, Any] | None:
        """What the customer did last, as this process or another one has heard it, while it may be answered."""
        kept = await self._ports.state.get(f"reply:{address}")
        at, heard = self._heard.get(address, (0.0, None))
        if heard is not None and time.time() - at < heard.seconds and (kept is None or kept["at"] < at):
            return {"by": heard.by, "id": heard.id}
        return None if kept is None else {"by": kept["by"], "id": kept["id"]}


def _place(address: str) -> str:
    """Where messages for an address go: to the person, or to the group."""
    first, _, member = address.partition(":")
    return f"groups/{first}" if member else f"users/{first}"


def _answering(anchor: JSON, message: Outbound) -> JSON:
    """What makes a message an answer; the number is the same on every try, and different for every other part."""
    return {anchor["by"]: anchor["id"], "msg_seq": message.seq * PARTS + message.part + 1}


def _json(content: JSON) -> Answer:
    return Answer(body=json.dumps(content).encode(), content_type="application/json")
