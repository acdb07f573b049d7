"""QQ's customers. Their calls are signed with the key of the secret, made here without the channel's own code."""

import time
from collections.abc import Iterable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, VendorBench
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.qq import APP_ID, SECRET, QQVendor

GROUP = "C9F778FE6ADF9D1D1DBE395BF744A33A"


class QQBench(VendorBench):
    """Direct chats, and GROUP."""

    kind = "qq"
    vendor_class = QQVendor
    vendor: QQVendor
    secrets = (SECRET, "qq-token-")
    active = True

    def settings(self) -> JSON:
        return {
            "app_id": APP_ID,
            "app_secret": SECRET,
            "active_messages": self.active,
            "api_url": self.vendor.url,
            "auth_url": self.vendor.url,
        }

    def sign(self, hook: Hook) -> Hook:
        timestamp = str(int(time.time()))
        key = Ed25519PrivateKey.from_private_bytes((SECRET * 2)[:32].encode())
        headers = {
            "User-Agent": "QQBot-Callback",
            "X-Bot-Appid": APP_ID,
            "X-Signature-Method": "Ed25519",
            "X-Signature-Timestamp": timestamp,
            "X-Signature-Ed25519": key.sign(timestamp.encode() + hook.body).hex(),
        }
        return replace(hook, headers={**hook.headers, **headers})

    def event(self, kind: str, data: JSON, event_id: str = "E:1") -> Hook:
        """A signed event; what it brings may be answered."""
        self.vendor.open |= {str(data.get("id")), event_id}
        return self.sign(Hook.json({"op": 0, "id": event_id, "d": data, "t": kind, "s": 42}))

    def said(self, text: str, message_id: str, address: str = CUSTOMER, **more: object) -> JSON:
        """The data of a direct message."""
        stamp = "2023-11-06T13:37:18+08:00"
        return {"author": {"user_openid": address}, "content": text, "id": message_id, "timestamp": stamp, **more}

    def in_group(self, text: str, message_id: str, member: str = CUSTOMER) -> Hook:
        """Somebody speaks to us in GROUP."""
        data = self.said(f" {text}", message_id) | {"author": {"member_openid": member}, "group_openid": GROUP}
        return self.event("GROUP_AT_MESSAGE_CREATE", data)

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return self.event("C2C_MESSAGE_CREATE", self.said(escaped, message_id, address))

    def forged(self) -> Iterable[Hook]:
        yield from super().forged()
        hook = self.message("let me in", "1")
        signature = hook.headers["X-Signature-Ed25519"]
        for name, value in (
            ("X-Signature-Ed25519", ""),
            ("X-Signature-Ed25519", "zz" * 64),
            ("X-Signature-Ed25519", "0" * 128),
            ("X-Signature-Ed25519", signature + "00"),
            ("X-Signature-Timestamp", "1"),
            ("X-Signature-Timestamp", "²"),
            ("X-Signature-Timestamp", ""),
        ):
            yield replace(hook, headers={**hook.headers, name: value})
        other = Hook.json({"op": 13, "d": {"plain_token": "x", "event_ts": "1"}})
        yield replace(other, headers={**other.headers, "X-Bot-Appid": "1"})

    def malformed(self) -> Iterable[Hook]:
        yield from super().malformed()
        for payload in ({}, {"op": "0"}, {"op": 0}, {"op": 0, "t": "C2C_MESSAGE_CREATE"}, {"op": 0, "t": 1, "d": {}}):
            yield self.sign(Hook.json(payload))
        for challenge in (None, {}, {"plain_token": "x"}, {"plain_token": 1, "event_ts": "1"}):
            yield self.sign(Hook.json({"op": 13, "d": challenge}))
        for data in (
            {},
            {"id": "1", "content": "hi"},
            {"id": "1", "content": "hi", "author": "ann"},
            {"id": "1", "content": "hi", "author": {"user_openid": "../users/@me"}},
            {"id": 1, "content": "hi", "author": {"user_openid": "ann"}},
            self.said("hi", "1", attachments="none"),
            self.said("hi", "1", attachments=[1]),
        ):
            yield self.event("C2C_MESSAGE_CREATE", data)
        yield self.event("GROUP_AT_MESSAGE_CREATE", self.said("hi", "1"))
        yield self.event("FRIEND_ADD", {"openid": ""})

    def unsupported(self) -> Iterable[Hook]:
        for kind in ("GROUP_ADD_ROBOT", "GROUP_MSG_REJECT", "INTERACTION_CREATE", "AT_MESSAGE_CREATE", "SOMETHING_NEW"):
            yield self.event(kind, {"group_openid": GROUP})
        yield self.event("C2C_MESSAGE_CREATE", self.said("", "empty"))
        yield self.sign(Hook.json({"op": 1, "d": 42}))

    def limited(self) -> Trouble:
        return Trouble(status=429, headers={"Retry-After": "1"}, body={"message": "频率限制", "code": 20028})

    def blocked(self) -> list[Trouble]:
        codes = (40054013, 40054004)
        return [Trouble(status=400, body={"message": "拒收", "code": each, "err_code": each}) for each in codes]


class QQWaitingBench(QQBench):
    """A bot that may only answer."""

    active = False
