"""Messenger: customers of a Facebook page or an Instagram account, in private and in its comments.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/overview
"""

import json
import time
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

import aiohttp

from connectors.channel import Accept, Receipt, Request, Standing
from connectors.channels import messenger_parse, messenger_send
from connectors.channels.messenger_comments import POST
from connectors.channels.messenger_errors import VERDICTS, AlreadyReplied
from connectors.channels.messenger_people import People
from connectors.channels.messenger_setup import MessengerSettings, MessengerSetup
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.message import JSON, Attachment, Event, Inbound, Media, Outbound, Outcome, Pull, Report
from connectors.meta_channel import MetaChannel
from connectors.meta_graph import GraphClient, kept_id
from connectors.ports import Ports
from connectors.vendor import collected

HOSTS = ("fbcdn.net", "fbsbx.com", "cdninstagram.com")
"""Where Meta keeps what customers send."""
PRIVATE_REPLY_S = 7 * 24 * 3600.0
SENT_S = 30 * 24 * 3600.0
SENT = 20  # messages that are looked at when a customer has read


class MessengerChannel(MetaChannel):
    """One page, or one Instagram account."""

    Settings = MessengerSettings
    limits = messenger_send.LIMITS
    standing = Standing.UNVERIFIED
    _settings: MessengerSettings

    def __init__(self, settings: MessengerSettings, ports: Ports) -> None:
        self.name = ports.name
        self.limits = messenger_send.limits_of(bool(settings.instagram_id), settings.human_agent)
        self._settings, self._ports, self._state = settings, ports, ports.state
        self._topic = "instagram" if settings.instagram_id else "page"
        self._own_id, self._page = settings.instagram_id or settings.page_id, settings.page_id
        self._graph = GraphClient("Messenger", settings, VERDICTS)
        self._people = People(self.name, self._graph, ports.conversations, instagram=self._topic == "instagram")
        self._setup = MessengerSetup(settings, self._graph, ports.brand)

    def invitation(self, code: str) -> str:
        """https://developers.facebook.com/documentation/business-messaging/messenger-platform/discovery/m-me-links"""
        return f"https://m.me/{self._page}?ref={quote(code)}" if self._topic == "page" else ""

    def parse(self, request: Request) -> Sequence[Event]:
        """Messages, choices, reports and comments, and for customers who are new here a look at their profile."""
        events = messenger_parse.events_of(self.name, self._topic, self._own_id, request.body)
        writers = {event.address for event in events if isinstance(event, Inbound) and not event.comment}
        return [*events, *self._people.to_ask(writers)]

    async def pull(self, pull: Pull, accept: Accept) -> None:
        """Learn who a customer is, or which messages they have read."""
        address = str(pull.data["address"])
        if "read" not in pull.data:
            await self._people.ask(address)
            return
        sent = (await self._state.get(f"sent:{address}") or {}).get("mids", [])
        for mid, at in sent:
            if at <= pull.data["read"]:
                await accept(Report(channel=self.name, vendor_id=mid, outcome=Outcome.READ))

    async def send(self, message: Outbound) -> Receipt:
        """The one public answer to a comment, or a private message."""
        custom = message.content.custom
        if custom.get("kind") == "public_reply":
            return await self._answer_in_public(message, str(custom.get("comment", "")))
        attachments = message.content.attachments
        attachment_id = await self._upload(attachments[0]) if attachments else ""
        comment = await self._state.get(f"comment:{message.address}") or {}
        if comment.get("open"):
            private = messenger_send.private_reply(str(comment["open"]))
            try:
                return await self._post(message, messenger_send.message_body(message, private, attachment_id), comment)
            except AlreadyReplied:  # our own reply, of which nobody knew whether it had arrived
                comment = {"person": comment.get("person", "")}
                await self._state.put(f"comment:{message.address}", comment)
        person = str(comment.get("person") or message.address)
        if not messenger_parse.PERSON.fullmatch(person):
            raise Undeliverable("the comment has had its private reply, and the customer has not answered it")
        body = messenger_send.message_body(message, {"id": person}, attachment_id)
        if self._settings.human_agent:
            body = messenger_send.tagged(body, message.author)
        return await self._post(message, body, {})

    async def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """The bytes lie behind a link that Meta has signed."""
        async for chunk in self._graph.download(media.ref, hosts=HOSTS):
            yield chunk

    async def typing(self, address: str) -> None:
        """Mark what the customer wrote as seen, and show that somebody types, for up to 20 s."""
        if not messenger_parse.PERSON.fullmatch(address):
            return  # they have only commented
        for action in ("mark_seen", "typing_on"):
            await self._graph.call(
                "POST", f"{self._page}/messages", json={"recipient": {"id": address}, "sender_action": action}
            )

    async def _answer_in_public(self, message: Outbound, comment: str) -> Receipt:
        """What is said next, in private, is a reply to this comment: noted first, as it is due in any case.

        https://developers.facebook.com/docs/graph-api/reference/object/comments
        """
        known = await self._state.get(f"comment:{message.address}") or {}
        value = {"open": comment, "person": known.get("person", "")}
        await self._state.put(f"comment:{message.address}", value, seconds=PRIVATE_REPLY_S)
        edge = "replies" if self._topic == "instagram" else "comments"
        path = f"{comment.removeprefix(POST)}/{edge}"
        answer = await self._graph.call("POST", path, json={"message": message.content.text})
        return Receipt(vendor_id=str(answer.get("id", "")))

    async def _post(self, message: Outbound, body: JSON, comment: JSON) -> Receipt:
        """Send, and note what is to be known of it: who a commenter is, and when it left, for "read until"."""
        left_at = time.time_ns() // 1_000_000
        answer = await self._graph.call("POST", f"{self._page}/messages", json=body)
        mid = kept_id(str(answer.get("message_id", "")))
        if comment:
            person = str(answer.get("recipient_id") or comment.get("person", ""))
            await self._state.put(f"comment:{message.address}", {"person": person} if person else {})
        if mid and self._topic == "page":
            name = f"sent:{message.address}"
            sent = (await self._state.get(name) or {}).get("mids", [])
            await self._state.put(name, {"mids": [*sent, [mid, left_at]][-SENT:]}, seconds=SENT_S)
        return Receipt(vendor_id=mid)

    async def _upload(self, attachment: Attachment) -> str:
        """The id of a file at Meta. Nothing has been shown yet, so silence is a certain failure.

        https://developers.facebook.com/docs/messenger-platform/reference/attachment-upload-api
        """
        data = await collected(self._ports.files.read(attachment), attachment.size)
        shown = {"attachment": {"type": messenger_send.kind_of(attachment), "payload": {"is_reusable": True}}}
        form = aiohttp.FormData()
        form.add_field("message", json.dumps(shown))
        if self._topic == "instagram":
            form.add_field("platform", "instagram")
        form.add_field("filedata", data, filename=attachment.name, content_type=attachment.media_type)
        try:
            answer = await self._graph.call("POST", f"{self._page}/message_attachments", data=form)
        except OutcomeUnknown as unknown:
            raise TryLater(str(unknown)) from None
        if not answer.get("attachment_id"):
            raise TryLater("Messenger gave no id for the file")
        return str(answer["attachment_id"])
