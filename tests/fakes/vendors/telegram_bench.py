"""Telegram's customers."""

import json
import time
from collections.abc import Iterable
from dataclasses import replace

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, House, VendorBench
from tests.fakes.vendors.base import Said, Trouble
from tests.fakes.vendors.telegram import BOT, GROUP, TOKEN, TelegramVendor

SECRET = "hX3_c9Qm-1fT7bYw2K8rLd"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


class TelegramBench(VendorBench):
    """Telegram calls our webhook."""

    kind = "telegram"
    vendor_class = TelegramVendor
    secrets = (TOKEN, TOKEN.partition(":")[2], SECRET)
    mode = "webhook"
    vendor: TelegramVendor

    def settings(self) -> JSON:
        return {"api_url": self.vendor.url, "bot_token": TOKEN, "webhook_secret": SECRET, "mode": self.mode}

    def sign(self, hook: Hook) -> Hook:
        return replace(hook, headers={**hook.headers, HEADER: SECRET})

    def address_of(self, customer: str) -> str:
        return str(self.vendor.id_of(customer))

    def person(self, customer: str = CUSTOMER) -> JSON:
        """A user, as messages name them."""
        name = customer.capitalize()
        return {"id": self.vendor.id_of(customer), "is_bot": False, "first_name": name, "language_code": "en"}

    def said(self, message_id: str | int, customer: str = CUSTOMER, **what: object) -> JSON:
        """A message in the private chat with a customer."""
        person = self.person(customer)
        chat = {"id": person["id"], "type": "private", "first_name": person["first_name"]}
        return {"message_id": int(message_id), "from": person, "chat": chat, "date": int(time.time()), **what}

    def update(self, **what: object) -> Hook:
        """A call with one update; its number is the message's, so that a repeat is a repeat."""
        number = next(
            (each["message_id"] for each in what.values() if isinstance(each, dict) and "message_id" in each), 7
        )
        return self.sign(Hook.json({"update_id": 100_000 + int(number), **what}))

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.update(message=self.said(message_id, address, text=text))

    def press(self, said: Said, index: int, message_id: str, address: str = CUSTOMER) -> Hook | None:
        query_id = f"4382bfdwdsb323b2d{message_id}"
        self.vendor.queries.add(query_id)
        query = {"id": query_id, "from": self.person(address), "message": said.raw, "chat_instance": "1"}
        return self.sign(
            Hook.json({"update_id": int(message_id), "callback_query": {**query, "data": said.choices[index].data}})
        )

    def in_group(self, message_id: int, **what: object) -> JSON:
        """A message of somebody in a group."""
        chat = {"id": GROUP, "type": "supergroup", "title": "Kitchen talk"}
        return {**self.said(message_id, "bob", **what), "chat": chat}

    def forged(self) -> Iterable[Hook]:
        hook = self.message("let me in", "1")
        for secret in ("", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), TOKEN):
            yield replace(hook, headers={**hook.headers, HEADER: secret})
        yield replace(hook, headers={"Content-Type": "application/json"})

    def malformed(self) -> Iterable[Hook]:
        yield from super().malformed()
        yield self.sign(Hook(body=b"\xff\xfe"))
        said = self.said("1", text="hello")
        for payload in (
            {},
            {"update_id": "1", "message": said},
            {"update_id": -1, "message": said},
            {"update_id": 1, "message": []},
            {"update_id": 1, "message": {**said, "chat": None}},
            {"update_id": 1, "message": {**said, "chat": {"id": "1", "type": "private"}}},
            {"update_id": 1, "message": {**said, "chat": {"id": 1}}},
            {"update_id": 1, "message": {**said, "message_id": None}},
            {"update_id": 1, "message": {**said, "text": 5}},
            {"update_id": 1, "message": {**said, "text": None, "photo": {"file_id": "x"}}},
            {"update_id": 1, "message": {**said, "text": None, "document": {"file_id": 7}}},
            {"update_id": 1, "message": {**said, "text": None, "location": {"latitude": "north", "longitude": 1}}},
            {"update_id": 1, "callback_query": {"from": self.person(), "message": said, "data": "x"}},
            {"update_id": 1, "my_chat_member": {"new_chat_member": {"status": "member"}}},
        ):
            yield self.sign(Hook.json(payload))

    def unsupported(self) -> Iterable[Hook]:
        channel = {"id": -1009999999999, "type": "channel", "title": "News"}
        yield self.update(channel_post={"message_id": 3, "chat": channel, "date": 1, "text": "news"})
        yield self.update(message=self.in_group(4, text="/start@hearthline_bot"))
        yield self.update(message=self.said(5, poll={"id": "1", "question": "?"}))
        yield self.update(message=self.said(6, text="I am a bot") | {"from": {**BOT, "id": 5}})
        yield self.update(inline_query={"id": "1", "from": self.person(), "query": "q", "offset": ""})

    def blocked(self) -> list[Trouble]:
        return [
            error(403, "Forbidden: bot was blocked by the user"),
            error(400, "Bad Request: chat not found"),
            error(403, "Forbidden: user is deactivated"),
        ]

    def limited(self) -> Trouble:
        return error(429, "Too Many Requests: retry after 1", retry_after=1)


class PollingBench(TelegramBench):
    """Telegram is asked."""

    mode = "polling"

    async def deliver(self, house: House, hook: Hook) -> int:
        """It happened, and is acknowledged once it is confirmed."""
        number = await self.vendor.happens(json.loads(hook.body))
        await self.vendor.until_confirmed(number)
        return 200


def error(status: int, description: str, **parameters: int) -> Trouble:
    """A refusal of the API's."""
    body: JSON = {"ok": False, "error_code": status, "description": description}
    return Trouble(status=status, body=body | ({"parameters": parameters} if parameters else {}))
