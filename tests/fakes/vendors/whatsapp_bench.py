"""WhatsApp's customers."""

import zlib
from collections.abc import Iterable
from typing import Any

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, VendorBench
from tests.fakes.vendors.base import Said, Trouble
from tests.fakes.vendors.meta_graph import APP_SECRET, TOKEN, VERIFY_TOKEN, settings_at, signed, trouble
from tests.fakes.vendors.whatsapp import ACCOUNT_ID, NUMBER_ID, WhatsappVendor


class WhatsappBench(VendorBench):
    """One business number, with a template to invite customers."""

    kind = "whatsapp"
    vendor_class = WhatsappVendor
    vendor: WhatsappVendor
    secrets = (TOKEN, APP_SECRET, VERIFY_TOKEN)

    def settings(self) -> JSON:
        return {
            **settings_at(self.vendor.url),
            "phone_number_id": NUMBER_ID,
            "account_id": ACCOUNT_ID,
            "invitation": {"name": "write_to_us"},
        }

    def sign(self, hook: Hook) -> Hook:
        return signed(hook)

    def address_of(self, customer: str) -> str:
        number = customer if customer.isdigit() else f"1650555{1000 + zlib.crc32(customer.encode()) % 9000}"
        self.vendor.names[number] = customer
        return number

    def delivery(self, number_id: str = NUMBER_ID, **value: Any) -> Hook:
        """A signed call about one change of one number."""
        metadata = {"display_phone_number": "15550783881", "phone_number_id": number_id}
        change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
        entry = {"id": ACCOUNT_ID, "changes": [change]}
        return self.sign(Hook.json({"object": "whatsapp_business_account", "entry": [entry]}))

    def incoming(self, kind: str, message_id: str, content: object, address: str = CUSTOMER, **more: object) -> JSON:
        """One message of a customer's, as it stands in `messages`."""
        number = self.address_of(address)
        return {"from": number, "id": message_id, "timestamp": "1749416383", "type": kind, kind: content, **more}

    def said(self, *messages: JSON, name: str = "Sheena Nelson") -> Hook:
        """A signed call with messages."""
        contacts = [{"profile": {"name": name}, "wa_id": number} for number in {each["from"] for each in messages}]
        return self.delivery(contacts=contacts, messages=list(messages))

    def status(self, message_id: str, status: str, address: str = CUSTOMER, **more: object) -> Hook:
        """A signed report about a message of ours."""
        number = self.address_of(address)
        report = {"id": message_id, "status": status, "timestamp": "1750263773", "recipient_id": number, **more}
        return self.delivery(statuses=[report])

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.said(self.incoming("text", f"wamid.{message_id}", {"body": text}, address))

    def press(self, said: Said, index: int, message_id: str, address: str = CUSTOMER) -> Hook:
        kind = "button_reply" if said.raw["interactive"]["type"] == "button" else "list_reply"
        reply = {"type": kind, kind: {"id": said.choices[index].data, "title": said.choices[index].title}}
        context = {"from": "15550783881", "id": "wamid.HBgL1"}
        return self.said(self.incoming("interactive", f"wamid.{message_id}", reply, address, context=context))

    def malformed(self) -> Iterable[Hook]:
        yield from super().malformed()
        message = self.incoming("text", "wamid.1", {"body": "hello"})
        for broken in (
            message | {"from": "ann; drop"},
            message | {"id": 7},
            message | {"text": []},
            message | {"type": None},
            message | {"type": "location", "location": {"latitude": "north", "longitude": 1}},
            message | {"type": "image", "image": {"id": "../../secrets"}},
        ):
            yield self.delivery(messages=[broken])
        yield self.sign(Hook.json({"object": "whatsapp_business_account", "entry": [{"changes": [{"field": 1}]}]}))

    def echoes(self) -> Iterable[Hook]:
        echo = {"from": "15550783881", "to": "16505551234", "id": "wamid.E", "timestamp": "1739321024", "type": "text"}
        metadata = {"display_phone_number": "15550783881", "phone_number_id": NUMBER_ID}
        value = {"messaging_product": "whatsapp", "metadata": metadata, "message_echoes": [echo]}
        entry = {"id": ACCOUNT_ID, "changes": [{"field": "smb_message_echoes", "value": value}]}
        yield self.sign(Hook.json({"object": "whatsapp_business_account", "entry": [entry]}))

    def unsupported(self) -> Iterable[Hook]:
        yield self.said(self.incoming("reaction", "wamid.R", {"message_id": "wamid.HBgL1", "emoji": "👍"}))
        yield self.said(self.incoming("unsupported", "wamid.U", {"type": "poll_update"}))
        yield self.said(self.incoming("hologram", "wamid.H", {"of": "a kettle"}))
        yield self.said(self.incoming("text", "wamid.G", {"body": "in a group"}, group_id="HBgLMTY1MDM4Nzk0MzkVAgAS"))
        yield self.delivery("999999999999999", messages=[self.incoming("text", "wamid.O", {"body": "not for us"})])
        yield self.sign(Hook.json({"object": "page", "entry": []}))

    def blocked(self) -> Iterable[Trouble]:
        yield trouble(131026, 400)
        yield trouble(131030, 400)

    def limited(self) -> Trouble:
        return trouble(131056, 400, error_data={"messaging_product": "whatsapp", "details": "Pair rate limit hit"})
