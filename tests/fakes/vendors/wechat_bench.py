"""WeChat's customers. Signatures and encryption are those of wechatpy, which is not ours."""

import time
from collections.abc import Iterable
from dataclasses import replace
from xml.sax.saxutils import quoteattr

import xmltodict
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.replies import TextReply, deserialize_reply
from wechatpy.utils import WeChatSigner

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, House, VendorBench
from tests.fakes.vendors.base import Said, Trouble
from tests.fakes.vendors.wechat import APP_ID, APP_SECRET, WechatVendor

TOKEN = "k3Xq9ZpL7vRt2NwB5yHc"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ACCOUNT = "gh_7f083739789a"
NUMBER = "24000000000000"


class WechatBench(VendorBench):
    """Safe mode, and every message is a customer-service message."""

    kind = "wechat"
    vendor_class = WechatVendor
    vendor: WechatVendor
    secrets = (TOKEN, AES_KEY, APP_SECRET, "ACCESS-TOKEN")
    encrypted = True
    passive_reply_s = 0.0
    menu_messages = False
    MENU = (
        {
            "name": "服务",
            "items": [
                {"name": "人工客服", "action": "human"},
                {"name": "Delivery", "text": "delivery", "key": "V1001_DELIVERY"},
            ],
        },
        {"name": "官网", "url": "https://shop.example/"},
    )

    def __init__(self, vendor: WechatVendor) -> None:
        super().__init__(vendor)
        self._nonce = 0

    def settings(self) -> JSON:
        return {
            "app_id": APP_ID,
            "app_secret": APP_SECRET,
            "token": TOKEN,
            "encoding_aes_key": AES_KEY if self.encrypted else "",
            "api_url": self.vendor.url,
            "passive_reply_s": self.passive_reply_s,
            "menu_messages": self.menu_messages,
            "menu": list(self.MENU),
        }

    def sign(self, hook: Hook, *, token: str = TOKEN, app_id: str = APP_ID, at: float = 0) -> Hook:
        self._nonce += 1
        timestamp, nonce = str(int(at or time.time())), f"nonce{self._nonce}"
        query = {**hook.query, "signature": signed(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        if not self.encrypted:
            return replace(hook, query=query)
        encrypted = PrpCrypto(WeChatCrypto(TOKEN, AES_KEY, app_id).key).encrypt(hook.body, app_id).decode()
        body = f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        proof = {"encrypt_type": "aes", "msg_signature": signed(token, timestamp, nonce, encrypted)}
        return replace(hook, query={**query, **proof}, body=body.encode())

    def push(self, kind: str, address: str = CUSTOMER, *, allows: int = 0, **fields: object) -> Hook:
        """A signed push; `allows` is how many messages it lets the account write."""
        common = {"ToUserName": ACCOUNT, "FromUserName": address, "CreateTime": int(time.time()), "MsgType": kind}
        self.vendor.customer_acts(address, allows)
        return self.sign(Hook(headers={"Content-Type": "text/xml"}, body=xml({**common, **fields})))

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.push("text", address, allows=5, Content=text, MsgId=number(message_id))

    def event(self, name: str, address: str = CUSTOMER, *, allows: int = 0, **fields: object) -> Hook:
        """A signed push of something that a customer did."""
        return self.push("event", address, allows=allows, Event=name, **fields)

    def press(self, said: Said, index: int, message_id: str, address: str = CUSTOMER) -> Hook | None:
        choice = said.choices[index]
        return self.push(
            "text", address, allows=3, Content=choice.title, MsgId=number(message_id), bizmsgmenuid=choice.data
        )

    def forged(self) -> Iterable[Hook]:
        hook = self.message("let me in", "666")
        plain = Hook(headers=hook.headers, body=xml({"FromUserName": "ann"}))
        yield replace(hook, query={})
        yield replace(hook, query={**hook.query, "signature": "0" * 40})
        yield replace(hook, query={**hook.query, "nonce": "another"})
        yield self.sign(plain, token="another-token-entirely")
        yield self.sign(plain, at=time.time() - 3600)
        if self.encrypted:
            yield replace(hook, query={**hook.query, "msg_signature": "0" * 40})
            yield replace(hook, query={name: each for name, each in hook.query.items() if name != "msg_signature"})
            yield replace(hook, body=hook.body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[AAAA"))
            yield replace(hook, body=plain.body)
            yield self.sign(plain, app_id="wx0000000000000000")

    def malformed(self) -> Iterable[Hook]:
        whole = {"ToUserName": ACCOUNT, "FromUserName": CUSTOMER, "CreateTime": 1, "MsgType": "text", "MsgId": 1}
        bodies = [
            b"",
            b"{}",
            b"<xml>",
            b"\xff\xfe<xml/>",
            b"<html></html>",
            b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
            xml(whole),  # no Content
            xml({**whole, "Content": "x", "MsgId": "one"}),
            xml({**whole, "Content": "x", "FromUserName": "ann ann"}),
            xml({**whole, "Content": "x"}).replace(b"</xml>", b"<Content>y</Content></xml>"),
            xml({**whole, "MsgType": "image"}),
            xml({**whole, "MsgType": "location", "Location_X": "north", "Location_Y": "1"}),
            xml({**whole, "MsgType": "event"}),
        ]
        for body in bodies:
            yield self.sign(Hook(headers={"Content-Type": "text/xml"}, body=body))

    def unsupported(self) -> Iterable[Hook]:
        yield self.push("dance", MsgId="1")
        yield self.event("LOCATION", Latitude="23.137466", Longitude="113.352425", Precision="119.385040")
        yield self.event("VIEW", EventKey="https://shop.example/")
        yield self.event("CLICK", EventKey="from another menu")
        yield self.event("TEMPLATESENDJOBFINISH", MsgID="200163836", Status="success")

    def blocked(self) -> Iterable[Trouble]:
        for code in (43004, 43019, 48002, 40003):
            yield Trouble(status=200, body={"errcode": code, "errmsg": "no"})

    def limited(self) -> Trouble:
        return Trouble(status=200, body={"errcode": -1, "errmsg": "system error"})

    async def deliver(self, house: House, hook: Hook) -> int:
        async with house.client.post(
            f"/webhooks/{house.channel.name}/webhook", params=hook.query, headers=hook.headers, data=hook.body
        ) as response:
            body = await response.read()
            if response.status == 200 and body not in {b"success", b""}:
                self.vendor.show(self.replied(body))
            return response.status

    def replied(self, body: bytes) -> Said:
        """A passive reply, as wechatpy understands it."""
        if self.encrypted:
            outer = xmltodict.parse(body)["xml"]
            crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
            body = crypto.decrypt_message(body, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
        reply = deserialize_reply(body)
        assert isinstance(reply, TextReply)
        assert reply.source == ACCOUNT
        assert len(reply.content.encode()) <= 2048
        return Said(address=reply.target, text=reply.content, raw="passive")


class PlainWechatBench(WechatBench):
    """Plain mode, with choices to be touched."""

    encrypted = False
    menu_messages = True


class PassiveWechatBench(WechatBench):
    """Safe mode; requests are kept open for the reply."""

    passive_reply_s = 4.0


def signed(token: str, *parts: str) -> str:
    """A signature, as wechatpy makes it."""
    signer = WeChatSigner()
    signer.add_data(token, *parts)
    return str(signer.signature)


def xml(fields: dict[str, object]) -> bytes:
    """A push."""
    inner = "".join(
        f"<{name}>{value if isinstance(value, int) else quoted(str(value))}</{name}>" for name, value in fields.items()
    )
    return f"<xml>{inner}</xml>".encode()


def quoted(text: str) -> str:
    """Text as an XML document has it without CDATA."""
    return quoteattr(text, {"\n": "&#10;"})[1:-1]


def number(message_id: str) -> str:
    """A MsgId for the suite's ids."""
    return f"{NUMBER}{message_id}"
