"""The people who write to a page."""

import zlib
from collections.abc import Iterable

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, VendorBench
from tests.fakes.vendors.base import Said, Trouble
from tests.fakes.vendors.messenger import INSTAGRAM_ID, PAGE_ID, MessengerVendor
from tests.fakes.vendors.meta_graph import APP_SECRET, TOKEN, VERIFY_TOKEN, settings_at, signed, trouble


class MessengerBench(VendorBench):
    """One page."""

    kind = "messenger"
    vendor_class = MessengerVendor
    vendor: MessengerVendor
    secrets = (TOKEN, APP_SECRET, VERIFY_TOKEN)

    def settings(self) -> JSON:
        return {
            **settings_at(self.vendor.url),
            "page_id": PAGE_ID,
        }

    def sign(self, hook: Hook) -> Hook:
        return signed(hook)

    def address_of(self, customer: str) -> str:
        person = customer if customer.isdigit() else f"2448{10**12 + zlib.crc32(customer.encode())}"
        self.vendor.names[person] = customer
        return person

    def delivery(self, **entry: object) -> Hook:
        """A signed call about the page."""
        whole = {"id": PAGE_ID, "time": 1458692752478, **entry}
        return self.sign(Hook.json({"object": "page", "entry": [whole]}))

    def happened(self, address: str = CUSTOMER, **what: object) -> JSON:
        """Something a person did in the chat, as it stands in `messaging`."""
        person = self.address_of(address)
        self.vendor.closed.discard(person)
        return {"sender": {"id": person}, "recipient": {"id": PAGE_ID}, "timestamp": 1458692752478, **what}

    def chat(self, *happened: JSON) -> Hook:
        """A signed call about chats."""
        return self.delivery(messaging=list(happened))

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.chat(self.happened(address, message={"mid": f"m_{message_id}", "text": text}))

    def press(self, said: Said, index: int, message_id: str, address: str = CUSTOMER) -> Hook:
        choice = said.choices[index]
        if "attachment" in said.raw["message"]:
            postback = {"mid": f"m_{message_id}", "title": choice.title, "payload": choice.data}
            return self.chat(self.happened(address, postback=postback))
        message = {"mid": f"m_{message_id}", "text": choice.title, "quick_reply": {"payload": choice.data}}
        return self.chat(self.happened(address, message=message))

    def comment(self, text: str, comment_id: str, address: str = CUSTOMER, **more: object) -> Hook:
        """Somebody comments on a post of the page; they may not be written to before they write themselves."""
        person = self.address_of(address)
        self.vendor.comments[comment_id] = person
        self.vendor.closed.add(person)
        value = {
            "from": {"id": person, "name": "Cinderella Hoover"},
            "item": "comment",
            "verb": "add",
            "post_id": f"{PAGE_ID}_44444444",
            "comment_id": comment_id,
            "created_time": 1520544814,
            "message": text,
            **more,
        }
        return self.delivery(changes=[{"field": "feed", "value": value}])

    def malformed(self) -> Iterable[Hook]:
        yield from super().malformed()
        good = self.happened(message={"mid": "m_1", "text": "hello"})
        for broken in (
            good | {"sender": {"id": "../me"}},
            good | {"message": {"text": "no id"}},
            good | {"message": {"mid": "m_1", "text": 7}},
            good | {"message": {"mid": "m_1", "attachments": [{"type": "location", "payload": {}}]}},
            good | {"message": "hello"},
        ):
            yield self.chat(broken)
        yield self.chat(self.happened(delivery={"mids": [{}], "watermark": 1}))
        yield self.chat(self.happened(read={"watermark": "now"}))
        yield self.comment("hi", "../../me")
        yield self.delivery(changes=[{"field": "feed", "value": []}])

    def echoes(self) -> Iterable[Hook]:
        echo = {"is_echo": True, "app_id": 1517776481860111, "mid": "m_e", "text": "You said: hello"}
        event = self.happened(message=echo)
        yield self.chat(event | {"sender": event["recipient"], "recipient": event["sender"]})
        yield self.comment("Thanks!", "44444444_9", PAGE_ID)

    def unsupported(self) -> Iterable[Hook]:
        yield self.chat(self.happened(reaction={"reaction": "love", "emoji": "❤", "action": "react", "mid": "m_1"}))
        yield self.chat(self.happened(pass_thread_control={"new_owner_app_id": 123456789, "metadata": ""}))
        yield self.chat(self.happened(hologram={"of": "a kettle"}))
        yield self.delivery(standby=[self.happened(message={"mid": "m_s", "text": "not ours to answer"})])
        yield self.delivery(changes=[{"field": "ratings", "value": {"item": "rating"}}])
        yield self.sign(Hook.json({"object": "page", "entry": [{"id": "1", "messaging": []}]}))

    def blocked(self) -> Iterable[Trouble]:
        yield trouble(551)
        yield trouble(10, error_subcode=2018108)
        yield trouble(200, error_subcode=1545041)

    def limited(self) -> Trouble:
        return trouble(613)


class InstagramVendor(MessengerVendor):
    """The same API, counting bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.text_bytes = 1000


class InstagramBench(MessengerBench):
    """The Instagram account that is linked to the page."""

    kind = "instagram"
    vendor_class = InstagramVendor

    def settings(self) -> JSON:
        return {**super().settings(), "kind": "messenger", "instagram_id": INSTAGRAM_ID}

    def delivery(self, **entry: object) -> Hook:
        whole = {"id": INSTAGRAM_ID, "time": 1502905976963, **entry}
        return self.sign(Hook.json({"object": "instagram", "entry": [whole]}))

    def comment(self, text: str, comment_id: str, address: str = CUSTOMER, **more: object) -> Hook:
        person = self.address_of(address)
        self.vendor.comments[comment_id] = person
        self.vendor.closed.add(person)
        media = {"id": "17918920912340654", "media_product_type": "FEED"}
        value = {"id": comment_id, "from": {"id": person, "username": address}, "text": text, "media": media, **more}
        return self.delivery(changes=[{"field": "comments", "value": value}])

    def echoes(self) -> Iterable[Hook]:
        echo = {"is_echo": True, "mid": "aWd", "text": "You said: hello"}
        event = self.happened(message=echo)
        yield self.chat(event | {"sender": {"id": INSTAGRAM_ID}, "recipient": event["sender"]})
        yield self.comment("Thanks!", "17865799348089040", INSTAGRAM_ID)
