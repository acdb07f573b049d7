"""LINE's customers."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, VendorBench
from tests.fakes.vendors.base import Said, Trouble
from tests.fakes.vendors.line import TOKEN, LineVendor

SECRET = "line-channel-secret-8c570fa6dd201bb328f1c1eac23a96d8"


class LineBench(VendorBench):
    """Everything is pushed, as `free_replies: false` has it."""

    kind = "line"
    vendor_class = LineVendor
    vendor: LineVendor
    secrets = (SECRET, TOKEN)
    free_replies = False

    def settings(self) -> JSON:
        return {
            "channel_secret": SECRET,
            "channel_access_token": TOKEN,
            "free_replies": self.free_replies,
            "api_url": self.vendor.url,
            "data_url": self.vendor.url,
        }

    def sign(self, hook: Hook) -> Hook:
        digest = hmac.new(SECRET.encode(), hook.body, hashlib.sha256).digest()
        return replace(hook, headers={**hook.headers, "X-Line-Signature": base64.b64encode(digest).decode()})

    def event(self, kind: str, event_id: str, address: str = CUSTOMER, **more: object) -> JSON:
        """One webhook event of a customer's."""
        return {
            "type": kind,
            "mode": "active",
            "timestamp": 1462629479859,
            "source": {"type": "user", "userId": address},
            "webhookEventId": event_id,
            "deliveryContext": {"isRedelivery": False},
            **more,
        }

    def delivery(self, *events: JSON) -> Hook:
        """A signed call; its reply tokens are good."""
        for event in events:
            if "replyToken" in event:
                self.vendor.reply_tokens[event["replyToken"]] = event["source"]["userId"]
        return self.sign(Hook.json({"destination": "U" + "0" * 32, "events": list(events)}))

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        said = {"id": message_id, "type": "text", "text": text, "quoteToken": "q"}
        return self.delivery(self.event("message", message_id, address, message=said, replyToken=f"reply-{message_id}"))

    def press(self, said: Said, index: int, message_id: str, address: str = CUSTOMER) -> Hook:
        postback = {"data": said.choices[index].data}
        return self.delivery(
            self.event("postback", message_id, address, postback=postback, replyToken=f"reply-{message_id}")
        )

    def forged(self) -> Iterable[Hook]:
        yield from super().forged()
        hook = self.message("let me in", "forged-2")
        yield replace(hook, headers={**hook.headers, "X-Line-Signature": "é"})
        digest = hmac.new(SECRET.encode(), hook.body, hashlib.sha256).hexdigest()  # of the right bytes, wrongly written
        yield replace(hook, headers={**hook.headers, "X-Line-Signature": digest})

    def malformed(self) -> Iterable[Hook]:
        yield from super().malformed()
        yield self.sign(Hook.json({"events": "none"}))
        yield self.sign(Hook.json({"events": [7]}))
        yield self.sign(Hook.json({"events": [{"source": {"type": "user", "userId": "u"}}]}))
        yield self.delivery(self.event("message", "m1", message={"type": "text", "id": "m1", "text": 5}))
        yield self.delivery(self.event("message", "m2"))
        yield self.delivery(self.event("message", "m3", message={"type": "image", "id": "../../v2/bot/info"}))
        yield self.delivery(self.event("message", "m4", "../../bot/info", message={"type": "text", "text": "hi"}))
        yield self.delivery(self.event("postback", "m5"))
        yield self.delivery(self.event("message", "", message={"type": "text", "text": "hi"}))

    def unsupported(self) -> Iterable[Hook]:
        for kind in ("beacon", "accountLink", "videoPlayComplete", "membership", "module", "somethingNew"):
            yield self.delivery(self.event(kind, f"u-{kind}"))
        yield self.delivery(self.event("message", "u-1", message={"type": "hologram", "id": "1"}))
        yield self.delivery(self.event("unsend", "u-2", unsend={"messageId": "325708"}))
        for source in ({"type": "group", "groupId": "C1", "userId": "u"}, {"type": "room", "roomId": "R1"}, None):
            yield self.delivery(
                self.event("message", "u-3", message={"type": "text", "text": "hi"}) | {"source": source}
            )

    def limited(self) -> Trouble:
        body = {"message": "The API rate limit has been exceeded. Try again later."}
        return Trouble(status=429, headers={"Retry-After": "1"}, body=body)

    def blocked(self) -> list[Trouble]:
        unknown = {"message": "Failed to send messages"}
        spent = {"message": "You have reached your monthly limit."}
        return [Trouble(status=400, body=unknown), Trouble(status=429, body=spent)]


class LineReplyingBench(LineBench):
    """As LINE is used by default."""

    free_replies = True
