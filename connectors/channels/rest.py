"""Rasa's REST channel, for clients that already speak it; docs/channels/rest.md has what we add.

A request waits until its message has been dealt with and returns what was said then. What people say later is fetched
by polling, or posted to a callback URL. Sender ids are the client's claim.
"""

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from connectors.callback import Callback
from connectors.channel import Limits, Receipt, Standing
from connectors.channels.rest_turn import Turn, is_answer
from connectors.errors import Forged
from connectors.feed import Feed, collect
from connectors.fields import Fields
from connectors.guard import Guard
from connectors.http import Origins, TooMany, bearer, read_fields, same_secret, whole_query
from connectors.message import JSON, Author, Outbound
from connectors.ports import Conversations
from connectors.rasa_protocol import (
    Claim,
    absolute,
    button_payload,
    claimed_sender,
    is_image,
    message_of,
    read_inbound,
    spoken,
)
from connectors.rates import Rate, network_of

PATH = "/webhooks/rest"
_LONGEST_WAIT = 25  # seconds
_LOOK_EVERY = 0.5  # seconds, for a conversation that somebody asks for before it has begun
_REMEMBERED = 10_000  # ids of messages that went out in answers


@dataclass(frozen=True, kw_only=True)
class RestSettings:
    """`channels.yml: rest` and the limits of frontdoor.yml. Rates count per process."""

    token: str = field(default="", repr=False)  # clients must send it as a bearer token; empty: anyone may call
    allowed_origins: tuple[str, ...] = ()  # of pages that may call; programs send no origin
    callback_url: str = ""  # where later messages are posted; empty: clients poll
    callback_secret: str = field(default="", repr=False)  # signs what is posted
    public_url: str = ""  # makes links to attachments absolute
    text: int = 4000  # characters in one message
    body_bytes: int = 64 * 1024
    messages_per_10s: int = 30  # of one sender
    requests_per_ip_per_min: int = 1200
    turn_seconds: float = 20.0  # how long a request waits for the answer


class RestChannel:
    """Rasa's REST protocol over our own conversations."""

    name = "rest"
    limits = Limits(buttons=20, button_title=200, attachments=True)
    standing = Standing.OWN
    addresses_are_claimed = True

    def __init__(self, settings: RestSettings, conversations: Conversations) -> None:
        self.stored_is_delivered = not settings.callback_url
        self._settings = settings
        self._conversations = conversations
        self._guard = Guard(Origins(settings.allowed_origins), {"text": settings.text, "megabytes": 0}, self.name)
        self._callback = Callback(settings.callback_url, settings.callback_secret) if settings.callback_url else None
        self._senders = Rate(settings.messages_per_10s, 10)
        self._callers = Rate(settings.requests_per_ip_per_min, 60)
        self._turns: Counter[str] = Counter()
        self._answered: deque[str] = deque(maxlen=_REMEMBERED)
        self._waiting: set[Feed] = set()
        self._closing = False

    def routes(self) -> list[web.RouteDef]:
        """What the service serves for this channel."""
        guarded = self._guard
        served = [
            web.get(f"{PATH}/", guarded(_health)),
            web.post(f"{PATH}/webhook", guarded(self._receive)),
            web.get(f"{PATH}/webhook/{{sender}}/messages", guarded(self._messages), allow_head=False),
        ]
        return served + [web.options(route.path, guarded.preflight) for route in served]

    async def send(self, message: Outbound) -> Receipt:
        """Post to the callback URL what no answer carries; without one, clients read it. Raises `SendError`."""
        if self._callback is None:
            return Receipt()
        in_an_answer = message.address in self._turns or message.message_id in self._answered
        if is_answer(message.author) and in_an_answer:
            return Receipt()
        sender = message.address.removeprefix(f"{self.name}:")
        return await self._callback.post(message.message_id, self._objects(message_of(message), sender, None))

    async def close(self) -> None:
        """Let go of those who wait."""
        self._closing = True
        for feed in self._waiting:
            feed.stop()
        if self._callback is not None:
            await self._callback.close()

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        fields = await read_fields(request, self._settings.body_bytes)
        claim = Claim(channel=self.name, sender=claimed_sender(fields, "sender"))
        inbound = read_inbound(claim, fields, self._settings.text, "metadata")
        if wait := self._senders.take(claim.address):
            raise TooMany(wait)
        opened = await self._conversations.open(self.name, claim.address, inbound.profile)
        frames = self._conversations.listen(opened["conversation"]["id"])
        async with frames:
            with self._turn(claim.address):
                accepted = await self._conversations.accept(inbound)
                turn = Turn(
                    conversations=self._conversations,
                    frames=frames,
                    accepted=accepted,
                    repeated=accepted.seq <= opened["last"],
                    seconds=self._settings.turn_seconds,
                )
                if request.query.get("stream", "").lower() in {"true", "1"}:
                    return await self._stream(request, turn, claim.sender)
                said = await turn.answer()
                self._answered.extend(message["id"] for message in said)
        return _answer([each for message in said for each in self._objects(message, claim.sender, request)])

    async def _stream(self, request: web.Request, turn: Turn, sender: str) -> web.StreamResponse:
        """Newline-delimited JSON, under the content type that Rasa gives it."""
        response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream", **self._guard.headers(request)})
        await response.prepare(request)

        async def say(message: JSON) -> None:
            self._answered.append(message["id"])
            for each in self._objects(message, sender, request):
                await response.write(json.dumps(each, ensure_ascii=False).encode() + b"\n")

        await turn.tell(say)
        await response.write_eof()
        return response

    async def _messages(self, request: web.Request) -> web.Response:
        self._admit(request)
        sender = claimed_sender(Fields({"sender": request.match_info["sender"]}), "sender")
        after = whole_query(request, "after", 0, 2**31 - 1)
        wait = whole_query(request, "wait", 0, _LONGEST_WAIT)
        address = Claim(channel=self.name, sender=sender).address
        until = time.monotonic() + wait
        while (found := await self._conversations.find(self.name, address)) is None:
            if self._closing or time.monotonic() >= until:
                return _answer([])
            await asyncio.sleep(_LOOK_EVERY)
        conversation_id = found["conversation"]["id"]
        await self._conversations.present(conversation_id)
        async with Feed(self._conversations, conversation_id, after) as feed:
            self._waiting.add(feed)
            try:
                frames = await collect(
                    feed, 0 if self._closing else max(0.0, until - time.monotonic()), _is_for_customer
                )
            finally:
                self._waiting.discard(feed)
        return _answer([each for frame in frames for each in self._objects(frame["message"], sender, request)])

    def _admit(self, request: web.Request) -> None:
        """Raises `Forged` or `TooMany`."""
        if wait := self._callers.take(network_of(request.remote)):
            raise TooMany(wait)
        if self._settings.token and not same_secret(bearer(request), self._settings.token):
            raise Forged("send Authorization: Bearer and the token of the rest channel", code="token_invalid")

    @contextmanager
    def _turn(self, address: str) -> Iterator[None]:
        self._turns[address] += 1
        try:
            yield
        finally:
            self._turns[address] -= 1
            if not self._turns[address]:
                del self._turns[address]

    def _objects(self, message: JSON, sender: str, request: web.Request | None) -> list[JSON]:
        """A message as Rasa's REST clients expect it: one object, and one more for each attachment."""
        base = self._settings.public_url or (f"{request.scheme}://{request.host}" if request is not None else "")
        common = {name: message[name] for name in ("seq", "at", "author", "name")}
        common = {"recipient_id": sender, "message_id": message["id"], **common}
        said: JSON = {}
        if message["text"]:
            said["text"] = spoken(message)
        if message.get("buttons"):
            said["buttons"] = [
                {"title": each["title"], "payload": button_payload(each["token"])} for each in message["buttons"]
            ]
        if message.get("custom"):
            said["custom"] = message["custom"]
        files = [
            {"image" if is_image(each) else "attachment": absolute(each["url"], base)}
            for each in message.get("attachments", ())
        ]
        return [common | part for part in (said, *files) if part]


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def _answer(objects: list[JSON]) -> web.Response:
    return web.json_response(objects, dumps=lambda value: json.dumps(value, ensure_ascii=False))


def _is_for_customer(frame: JSON) -> bool:
    return bool(frame["type"] == "message" and frame["message"]["author"] != Author.CUSTOMER)
