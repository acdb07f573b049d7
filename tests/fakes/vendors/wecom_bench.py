"""WeCom's customers. Callbacks are signed and encrypted by wechatpy, an implementation that is not ours."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count

from sqlalchemy import Connection, select
from wechatpy.enterprise.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

from connectors.message import JSON
from storage.work import PENDING, work
from tests.contract.vendor_bench import CUSTOMER, Hook, House, VendorBench
from tests.fakes.vendors.base import Said, Trouble
from tests.fakes.vendors.wecom import ACCOUNT, CORP, SECRET, WeComVendor

TOKEN, AES_KEY = "hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"
NONCE = "1597212914"


@dataclass(frozen=True, kw_only=True)
class Told(Hook):
    """A call, with what there is to be fetched then."""

    items: tuple[JSON, ...] = ()


class WeComBench(VendorBench):
    """Callbacks, and what is fetched after them."""

    kind = "wecom"
    vendor_class = WeComVendor
    vendor: WeComVendor
    secrets = (SECRET, TOKEN, AES_KEY, "access-token-1")

    def __init__(self, vendor: WeComVendor) -> None:
        super().__init__(vendor)
        self._numbers = count(1)

    def settings(self) -> JSON:
        return {
            "corp_id": CORP,
            "secret": SECRET,
            "token": TOKEN,
            "aes_key": AES_KEY,
            "accounts": [ACCOUNT],
            "language": "en",
            "api_url": f"{self.vendor.url}/cgi-bin",
        }

    def address_of(self, customer: str) -> str:
        return f"{ACCOUNT}/{customer}"

    def sign(self, hook: Hook) -> Hook:
        """Encrypt the body, and sign it."""
        crypto = WeChatCrypto(TOKEN, AES_KEY, CORP)
        encrypted = PrpCrypto(crypto.key).encrypt(hook.body.decode(), CORP).decode()
        body = f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        return replace(hook, query=_signed(encrypted), body=body.encode())

    def callback(self, *items: JSON, account: str = ACCOUNT, event: str = "kf_msg_or_event") -> Told:
        """There is something to fetch."""
        token = f"ENCApHxnGDNAVNY4AaSJKj4Tb5mwsEMzxhFmHVGcra{next(self._numbers)}"
        self.vendor.callback_tokens.add(token)
        xml = (
            f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><CreateTime>{int(time.time())}</CreateTime>"
            f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
            f"<Token><![CDATA[{token}]]></Token><OpenKfId><![CDATA[{account}]]></OpenKfId></xml>"
        )
        signed = self.sign(Hook(body=xml.encode(), headers={"Content-Type": "text/xml"}))
        return Told(query=signed.query, headers=signed.headers, body=signed.body, items=items)

    def echo(self, words: str) -> Hook:
        """The console looks whether the URL is ours."""
        crypto = WeChatCrypto(TOKEN, AES_KEY, CORP)
        encrypted = PrpCrypto(crypto.key).encrypt(words, CORP).decode()
        return Hook(method="GET", query={**_signed(encrypted), "echostr": encrypted})

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Told:
        return self.callback(item(message_id, address, text={"content": text}))

    def press(self, said: Said, index: int, message_id: str, address: str = CUSTOMER) -> Told:
        choice = said.choices[index]
        return self.callback(item(message_id, address, text={"content": choice.title, "menu_id": choice.data}))

    def forged(self) -> Iterable[Hook]:
        hook, other = self.callback(), self.callback()
        yield replace(hook, query={})
        yield replace(hook, query=hook.query | {"msg_signature": "0" * 40})
        yield replace(hook, query=hook.query | {"msg_signature": "é"})
        yield replace(hook, query=hook.query | {"nonce": "1"})
        yield replace(hook, body=other.body)
        echo = self.echo("123")
        yield replace(echo, query=echo.query | {"msg_signature": "0" * 40})

    def malformed(self) -> Iterable[Hook]:
        told = f"<ToUserName>{CORP}</ToUserName><MsgType>event</MsgType><Event>kf_msg_or_event</Event>"
        for plain in (
            "",
            "{}",
            "<xml>",
            "<html></html>",
            f"<xml>{told}<Token>t</Token></xml>",
            f"<xml>{told}<Token>t</Token><OpenKfId>two words</OpenKfId></xml>",
            f"<xml>{told.replace(CORP, 'wwsomebodyelse')}<OpenKfId>{ACCOUNT}</OpenKfId></xml>",
            f"<!DOCTYPE xml [<!ENTITY e '{ACCOUNT}'>]><xml>{told}<OpenKfId>&e;</OpenKfId></xml>",
        ):
            yield self.sign(Hook(body=plain.encode()))
        for body in (b"", b"no xml", b"<xml></xml>"):
            yield Hook(body=body, query=_signed(""))
        yield Hook(body=b"<xml><Encrypt>AAAA</Encrypt></xml>", query=_signed("AAAA"))

    def echoes(self) -> Iterable[Hook]:
        by_a_colleague = item("5001", CUSTOMER, origin=5, text={"content": "hi"}) | {"servicer_userid": "YangZhangGang"}
        yield self.callback(by_a_colleague)

    def unsupported(self) -> Iterable[Hook]:
        yield self.callback(event="change_external_contact")

    def limited(self) -> Trouble:
        return Trouble(status=200, body={"errcode": 45009, "errmsg": "api freq out of limit"})

    def blocked(self) -> Iterable[Trouble]:
        yield Trouble(status=200, body={"errcode": 40096, "errmsg": "invalid external userid"})

    async def deliver(self, house: House, hook: Hook) -> int:
        """What is to be fetched is there before the call; in a house, it has been fetched when this returns."""
        for each in hook.items if isinstance(hook, Told) else ():
            self.vendor.put(each)
        status = await super().deliver(house, hook)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if not isinstance(house, House) or not await house.database.read(_pulls):
                return status
            await asyncio.sleep(0.005)
        raise AssertionError(f"it is not fetched: {house.explain()}")


def item(message_id: str, customer: str, *, origin: int = 3, account: str = ACCOUNT, **content: JSON) -> JSON:
    """One message of `sync_msg`; `content` is its one kind with its body."""
    ((kind, body),) = content.items()
    return {
        "msgid": message_id,
        "open_kfid": account,
        "external_userid": customer,
        "send_time": int(time.time()),
        "origin": origin,
        "msgtype": kind,
        kind: body,
    }


def event(message_id: str, customer: str, kind: str, *, account: str = ACCOUNT, **more: object) -> JSON:
    """One event of `sync_msg`."""
    told = {"event_type": kind, "open_kfid": account, "external_userid": customer, **more}
    return {"msgid": message_id, "send_time": int(time.time()), "origin": 4, "msgtype": "event", "event": told}


def _signed(encrypted: str) -> dict[str, str]:
    signer, at = WeChatSigner(), str(int(time.time()))
    signer.add_data(TOKEN, at, NONCE, encrypted)
    return {"msg_signature": signer.signature, "timestamp": at, "nonce": NONCE}


def _pulls(tx: Connection) -> bool:
    return tx.execute(select(work.c.id).where(PENDING, work.c.kind == "pull")).first() is not None
