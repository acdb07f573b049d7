"""WhatsApp: customers of a business number, through Meta's Cloud API.

https://developers.facebook.com/documentation/business-messaging/whatsapp/overview
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

import aiohttp

from connectors.channel import Answer, Receipt, Request, Standing
from connectors.channels import whatsapp_errors, whatsapp_parse, whatsapp_send
from connectors.channels.whatsapp_setup import WhatsappSettings, WhatsappSetup
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.message import JSON, Attachment, Event, Inbound, Media, Outbound
from connectors.meta_channel import MetaChannel
from connectors.meta_graph import GraphClient
from connectors.ports import Ports
from connectors.vendor import collected

HOSTS = ("lookaside.fbsbx.com", "whatsapp.net")
"""Where Meta keeps what customers send."""
REMEMBERED = 10_000
REMEMBERED_S = 24 * 3600.0  # a message can be answered for as long


class WhatsappChannel(MetaChannel):
    """One business number."""

    Settings = WhatsappSettings
    limits = whatsapp_send.LIMITS
    standing = Standing.UNVERIFIED
    _settings: WhatsappSettings

    def __init__(self, settings: WhatsappSettings, ports: Ports) -> None:
        self.name = ports.name
        self._settings, self._ports = settings, ports
        self._graph = GraphClient("WhatsApp", settings, whatsapp_errors.VERDICTS)
        self._number = settings.phone_number_id
        self._setup = WhatsappSetup(settings, self._graph)
        self._own_number = ""
        self._latest: dict[str, str] = {}  # a customer's last message, by address

    @property
    def reopens(self) -> bool:
        """Whether customers can be invited to write when the window is closed."""
        return self._settings.invitation is not None

    def invitation(self, code: str) -> str:
        """https://faq.whatsapp.com/5913398998672934, once a delivery has told our own number."""
        return f"https://wa.me/{self._own_number}?text={quote(code)}" if self._own_number else ""

    def parse(self, request: Request) -> Sequence[Event]:
        """Messages, choices and reports, of one or many customers."""
        events = whatsapp_parse.events_of(self.name, self._number, request.body)
        self._own_number = self._own_number or whatsapp_parse.own_number(self._number, request.body)
        return events

    async def answer(self, request: Request, events: Sequence[Event]) -> Answer:
        """Remember whose message was the last: marking it as read is how WhatsApp shows that somebody types."""
        latest = {each.address: each.external_id for each in events if isinstance(each, Inbound) and not each.edits}
        if len(self._latest) >= REMEMBERED:
            self._latest.clear()
        self._latest |= latest
        for address, message_id in latest.items():
            await self._ports.state.put(f"latest:{address}", {"id": message_id}, seconds=REMEMBERED_S)
        return Answer()

    async def send(self, message: Outbound) -> Receipt:
        """One message; its file is put there first."""
        attachments = message.content.attachments
        media_id = await self._upload(attachments[0]) if attachments else ""
        return await self._post(whatsapp_send.message_body(message, media_id))

    async def reopen(self, message: Outbound) -> Receipt:
        """Invite the customer to write, with the template."""
        invitation = self._settings.invitation
        if invitation is None:
            raise Undeliverable("there is no template to invite the customer with")
        code = invitation.zh if message.language == "zh" else invitation.en
        return await self._post(whatsapp_send.template_body(message.address, invitation.name, code))

    async def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media"""
        try:
            found = await self._graph.call("GET", media.ref, params={"phone_number_id": self._number})
        except OutcomeUnknown as unknown:
            raise TryLater(str(unknown)) from None
        digest = hashlib.sha256()
        async for chunk in self._graph.download(str(found.get("url", "")), hosts=HOSTS, with_token=True):
            digest.update(chunk)
            yield chunk
        claimed = str(media.data.get("sha256") or found.get("sha256") or "")
        if claimed and claimed not in {digest.hexdigest(), base64.b64encode(digest.digest()).decode()}:
            raise TryLater("the file is not the one that was sent")

    async def typing(self, address: str) -> None:
        """Mark the customer's last message as read, and show that somebody types, for up to 25 s."""
        latest = self._latest.get(address) or ((await self._ports.state.get(f"latest:{address}")) or {}).get("id")
        if latest:
            await self._graph.call("POST", f"{self._number}/messages", json=whatsapp_send.read_body(latest))

    async def _post(self, body: JSON) -> Receipt:
        answer = await self._graph.call("POST", f"{self._number}/messages", json=body)
        sent = answer.get("messages")
        first = sent[0] if isinstance(sent, list) and sent and isinstance(sent[0], dict) else {}
        return Receipt(vendor_id=str(first.get("id", "")))

    async def _upload(self, attachment: Attachment) -> str:
        """The id of a file at Meta. Nothing has been shown yet, so silence is a certain failure."""
        data = await collected(self._ports.files.read(attachment), attachment.size)
        form = aiohttp.FormData()
        form.add_field("messaging_product", "whatsapp")
        form.add_field("type", attachment.media_type)
        form.add_field("file", data, filename=attachment.name, content_type=attachment.media_type)
        try:
            answer = await self._graph.call("POST", f"{self._number}/media", data=form)
        except OutcomeUnknown as unknown:
            raise TryLater(str(unknown)) from None
        if not answer.get("id"):
            raise TryLater("WhatsApp gave no id for the file")
        return str(answer["id"])
