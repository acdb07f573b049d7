"""The webhook: any other source of customers' messages, by signed JSON both ways.

docs/channels/webhook.md, with the schemas beside it, is all that the other side needs.
"""

import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from connectors.callback import Callback
from connectors.channel import Finding, Limits, Receipt, Request, Standing
from connectors.channels.webhook_parse import decoded, parse_event
from connectors.errors import SendError
from connectors.findings import failed, good
from connectors.message import JSON, Event, Media, Outbound
from connectors.ports import Ports
from connectors.settings import ChannelSettings, Secret, WebAddress, invalid
from connectors.stamps import HEADER, check
from connectors.vendor import VendorClient, chunks

VERSION = 1


class WebhookSettings(ChannelSettings):
    """Any source of your own: signed JSON both ways."""

    url: WebAddress
    """Where we post what is said to customers."""

    secret: Secret
    """Signs both ways: HMAC-SHA256 over the time and the body."""

    previous_secret: Secret = SecretStr("")
    """The secret until now, while both sides change to a new one: accepted, and we sign with both."""

    vouches: tuple[Literal["user_id", "email", "phone"], ...] = ()
    """What your side has proven of a customer (logged in, a confirmed address): only this links them to other
    channels."""

    text_length: Annotated[int, Field(ge=20, le=100_000)] | None = 4000
    """Characters of one message to a customer; longer ones leave in parts."""

    buttons: Annotated[int, Field(ge=0, le=50)] = 10
    """Buttons that a message can have; with 0 choices are numbered in the text."""

    button_title: Annotated[int, Field(ge=1, le=200)] = 40
    """Characters of a button's title; longer choices are numbered."""

    files: bool = True
    """Whether attachments are sent as such (a link in JSON); else the text has the link."""

    file_bytes: Annotated[int, Field(ge=1)] | None = None
    """Bytes of the largest attachment; larger ones become links in the text."""

    typing: bool = False
    """Whether we tell that somebody is typing."""

    first: bool = False
    """Whether your side can reach customers who have never written, by the id that an agent enters."""

    per_second: Annotated[float, Field(gt=0)] | None = None
    """Messages a second to one customer."""

    @field_validator("url")
    @classmethod
    def _somewhere(cls, value: str) -> str:
        if not value:
            raise invalid("is empty", "Write where answers shall be posted, https://…")
        return value

    @field_validator("secret")
    @classmethod
    def _present(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value():
            raise invalid("is empty", "Set a secret of your own, for instance from `openssl rand -hex 32`.")
        return value


class WebhookChannel:
    """Verifies, translates and posts JSON of the schema."""

    Settings = WebhookSettings
    limits = Limits(text_length=4000, buttons=10, attachments=True, typing=True)
    standing = Standing.OWN

    def __init__(self, settings: WebhookSettings, ports: Ports) -> None:
        self.name = ports.name
        self.limits = Limits(
            text_length=settings.text_length,
            buttons=settings.buttons,
            button_title=settings.button_title,
            attachments=settings.files,
            attachment_bytes=settings.file_bytes,
            typing=settings.typing,
            per_second=settings.per_second,
            first=settings.first,
        )
        self._settings, self._ports = settings, ports
        secret, previous = settings.secret.get_secret_value(), settings.previous_secret.get_secret_value()
        self._callback = Callback(settings.url, secret, previous)
        self._files = VendorClient(self.name, settings.url)

    def verify(self, request: Request) -> None:
        """Both sides have the secret."""
        secrets = (self._settings.secret, self._settings.previous_secret)
        known = [each.get_secret_value().encode() for each in secrets if each.get_secret_value()]
        check(request.headers.get(HEADER.lower(), ""), request.body, known, time.time())

    def parse(self, request: Request) -> Sequence[Event]:
        """One call, one event."""
        return [parse_event(request.body, self.name, frozenset(self._settings.vouches))]

    async def send(self, message: Outbound) -> Receipt:
        """Post one message; its key is what reports name it by."""
        await self._callback.post(message.key, self._payload(message))
        return Receipt(vendor_id=message.key)

    async def typing(self, address: str) -> None:
        """Tell that somebody is typing."""
        key = f"typing-{time.time_ns()}"
        await self._callback.post(key, _event("typing", key) | {"customer": {"id": address}})

    async def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """A file that came along, or lies at a public address (or where we post to)."""
        inline = media.data.get("content")
        source = chunks(decoded(inline)) if inline else self._files.download(media.ref)
        async for chunk in source:
            yield chunk

    async def check(self) -> list[Finding]:
        """Whether the other side is there and takes what we post."""
        key = f"ping-{time.time_ns()}"
        try:
            await self._callback.post(key, _event("ping", key))
        except SendError as error:
            return [failed("url takes no signed ping", error, "Look at url and secret on both sides, and its log.")]
        return [good("url takes a signed ping")]

    async def close(self) -> None:
        """Release connections."""
        await self._callback.close()
        await self._files.close()

    def _payload(self, message: Outbound) -> JSON:
        content, common = (
            message.content,
            {"conversation_id": message.conversation_id, "customer": {"id": message.address}},
        )
        if content.custom.get("kind") == "public_reply":
            return (
                _event("public_reply", message.key)
                | common
                | {
                    "comment": content.custom["comment"],
                    "text": content.text,
                }
            )
        said: JSON = {
            "author_name": message.author_name,
            "text": content.text,
            "buttons": [{"title": each.title, "token": each.token} for each in content.buttons],
            "attachments": [
                {
                    "url": self._ports.files.link(each),
                    "name": each.name,
                    "media_type": each.media_type,
                    "size": each.size,
                }
                for each in content.attachments
            ],
            "custom": content.custom,
        }
        return (
            _event("message", message.key)
            | common
            | {
                "message_id": message.message_id,
                "part": message.part,
                "parts": message.parts,
                "author": str(message.author),
                "language": message.language,
                "at": message.at,
                **{name: part for name, part in said.items() if part},
            }
        )


def _event(kind: str, key: str) -> JSON:
    return {"version": VERSION, "type": kind, "id": key}
