"""A whole channel in one file: docs/channels/adding.md walks through it, and tests hold it to the suite of vendors."""

from collections.abc import Sequence

from connectors.channel import Limits, Receipt, Request, Standing
from connectors.errors import Forged
from connectors.fields import Fields, parse_json
from connectors.http import same_secret
from connectors.message import Content, Event, Ignored, Inbound, Outbound
from connectors.ports import Ports
from connectors.settings import ChannelSettings, Credential, WebAddress
from connectors.vendor import VendorClient


class ToySettings(ChannelSettings):
    """Toy, a messenger that exists only here."""

    api_url: WebAddress = "https://api.toy.example"
    """Where Toy's API is."""

    token: Credential
    """Toy's console shows it; Toy sends it with every call, and so do we."""


class ToyChannel:
    """Texts, both ways."""

    Settings = ToySettings
    limits = Limits(text_length=500, per_second=50)
    standing = Standing.UNVERIFIED

    def __init__(self, settings: ToySettings, ports: Ports) -> None:
        self.name = ports.name
        self._token = settings.token
        self._toy = VendorClient("Toy", settings.api_url)

    def verify(self, request: Request) -> None:
        """Toy's calls carry the token."""
        if not same_secret(request.headers.get("x-toy-token", ""), self._token.get_secret_value()):
            raise Forged("the token is not ours", code="token_invalid")

    def parse(self, request: Request) -> Sequence[Event]:
        """One call, one message."""
        fields = Fields(parse_json(request.body))
        if fields.text("type", longest=20) != "text":
            return [Ignored(channel=self.name, why="unsupported")]
        sender, message_id = fields.text("from", longest=100), fields.text("id", longest=100)
        content = Content(text=fields.text("text", longest=100_000))
        return [Inbound(channel=self.name, address=sender, external_id=message_id, content=content, raw=fields.data)]

    async def send(self, message: Outbound) -> Receipt:
        """One call, one message."""
        body = {"to": message.address, "text": message.content.text, "key": message.key}
        headers = {"X-Toy-Token": self._token.get_secret_value()}
        answer = await self._toy.call("POST", "messages", json=body, headers=headers)
        return Receipt(vendor_id=str(answer.json().get("id", "")))

    async def close(self) -> None:
        """Release connections."""
        await self._toy.close()
