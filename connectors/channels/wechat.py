"""WeChat Official Account (公众号): texts, files, choices and the menu, both ways; in plain, compatible and safe mode.

https://developers.weixin.qq.com/doc/service/guide/dev/push/
"""

import re
import secrets
import time
from collections.abc import AsyncIterator, Sequence

from connectors.channel import Answer, Finding, Limits, Receipt, Request, Standing, Unit
from connectors.channels.wechat_api import WechatApi
from connectors.channels.wechat_errors import REMEDIES
from connectors.channels.wechat_parse import WechatParser
from connectors.channels.wechat_passive import OpenRequests
from connectors.channels.wechat_send import KINDS, VIDEO_BYTES, VOICE_BYTES, WechatSender
from connectors.channels.wechat_settings import WechatSettings
from connectors.errors import Forged, Malformed, SendError
from connectors.findings import failed, good
from connectors.message import JSON, Event, Inbound, Media, Opening, Outbound
from connectors.ports import Ports
from connectors.wechat_crypto import MessageCipher, check_signature, signature
from connectors.xml_fields import XmlFields, write

FRESH_S = 600
"""How old a signed request may be: in plain mode the signature vouches for nothing but the time."""
SUCCESS = Answer(body=b"success")
_ECHO = re.compile(r"[\x21-\x7e]{1,200}")
_TIME = re.compile(r"[0-9]{1,12}")
_NONCE = re.compile(r"[\x21-\x7e]{1,128}")


class WechatChannel:
    """One account."""

    Settings = WechatSettings
    limits = Limits(
        text_length=2048,  # error 45002 above; not documented, measured by others in WeChat's developer community
        text_unit=Unit.BYTES,
        attachments=True,
        attachment_bytes=VIDEO_BYTES,
        attachment_types=tuple(KINDS),
        attachment_sizes=(("audio/", VOICE_BYTES),),
        typing=True,
        opening=Opening(seconds=48 * 3600, messages=5),
    )
    standing = Standing.INDEPENDENT

    def __init__(self, settings: WechatSettings, ports: Ports) -> None:
        self.name = ports.name
        self._settings, self._ports = settings, ports
        self._api = WechatApi(settings, ports.state)
        self._sender = WechatSender(self._api, ports.files)
        self._parser = WechatParser(self.name, settings.clicks, settings.language)
        self._requests = OpenRequests()
        self._cipher = (
            MessageCipher(settings.encoding_aes_key, settings.app_id)
            if settings.encoding_aes_key.get_secret_value()
            else None
        )
        if settings.menu_messages:
            self.limits = self._sender.limits_with_menus(self.limits)

    # what arrives

    def handshake(self, request: Request) -> Answer | None:
        """WeChat asks whether the address is ours when it is saved in the console."""
        if request.method != "GET" or "echostr" not in request.query:
            return None
        self._check_signature(request)
        echo = request.query["echostr"]
        if not _ECHO.fullmatch(echo):
            raise Malformed("is not as WeChat writes it", code="bad_query", field="echostr")
        return Answer(body=echo.encode())

    def verify(self, request: Request) -> None:
        """The signature; in safe and compatible mode that of the encrypted message."""
        self._check_signature(request)
        if self._cipher is not None:
            self._decrypted(request, self._cipher)

    def parse(self, request: Request) -> Sequence[Event]:
        """One push, one thing that happened."""
        return self._parser.events(self._push(request))

    async def answer(self, request: Request, events: Sequence[Event]) -> Answer:
        """The reply, if there is one in time; else that all is well, and it follows as a message of its own."""
        inbound = next((event for event in events if isinstance(event, Inbound)), None)
        if inbound is None or not self._settings.passive_reply_s:
            return SUCCESS
        found = await self._requests.wait(inbound.address, request.came_at + self._settings.passive_reply_s)
        if found is None:
            return SUCCESS
        text, open_request = found
        body = self._reply(inbound.address, str(inbound.raw["ToUserName"]), text)
        return Answer(body=body, content_type="text/xml", written=open_request.tell)

    async def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """A customer's file; WeChat keeps it for three days."""
        async for chunk in self._api.download(media):
            yield chunk

    # what leaves

    async def send(self, message: Outbound) -> Receipt:
        """As the answer to WeChat's open request where there is one, else as a customer-service message."""
        content = message.content
        bare = not content.buttons and not content.attachments
        if bare and await self._requests.hand(message.address, content.text):
            return Receipt()
        await self._sender.send(message)
        return Receipt()

    async def typing(self, address: str) -> None:
        """Shown for 15 s, or until the next message."""
        await self._sender.typing(address)

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    # its set-up

    async def check(self) -> list[Finding]:
        """The credentials, the white list, and whether the account may write to customers."""
        yes, no = "WeChat gives an access token", "WeChat does not let us in"
        found = [await self._finding(yes, no, "cgi-bin/getcallbackip")]
        if found[0].ok:
            yes, no = "the account may write", "the account may not write but in reply to a request"
            found.append(await self._finding(yes, no, "cgi-bin/customservice/getkflist"))
        return found

    async def connect(self) -> list[Finding]:
        """Put the menu there. The address can only be set in the console; what to write there is told."""
        mode = "安全模式" if self._cipher else "明文模式"
        where = "设置与开发 → 开发接口管理 → 基本配置 → 服务器配置"
        found = [Finding(what=f"write in the console, {where}: URL {self._ports.webhook_url}, {mode}", ok=True)]
        if self._settings.menu:
            menu = {"button": [entry.to_wechat() for entry in self._settings.menu]}
            found.append(await self._finding("the menu is set", "the menu was not set", "cgi-bin/menu/create", menu))
        return found

    async def _finding(self, yes: str, no: str, path: str, body: JSON | None = None) -> Finding:
        try:
            await self._api.call(path, body, method="POST" if body else "GET")
        except SendError as error:
            known = (remedy for code, remedy in REMEDIES.items() if f"error {code})" in str(error))
            remedy = next(known, "Look the number up in WeChat's list of return codes (全局返回码).")
            return failed(no, error, remedy)
        return good(yes)

    # signatures and encryption

    def _check_signature(self, request: Request) -> None:
        timestamp, nonce = request.query.get("timestamp", ""), request.query.get("nonce", "")
        token = self._settings.token.get_secret_value()
        check_signature(request.query.get("signature", ""), token, timestamp, nonce)
        if not _TIME.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            raise Malformed("is not as WeChat writes it", code="bad_query", field="timestamp")
        if abs(time.time() - int(timestamp)) > FRESH_S:
            raise Forged("the request is signed for another time; is the clock right?", code="stale")

    def _push(self, request: Request) -> XmlFields:
        if self._cipher is None:
            return XmlFields.parse(request.body)
        return XmlFields.parse(self._decrypted(request, self._cipher))

    def _decrypted(self, request: Request, cipher: MessageCipher) -> bytes:
        """The encrypted part alone is believed: in compatible mode a plain one stands beside it, without proof."""
        outer, query = XmlFields.parse(request.body), request.query
        if "Encrypt" not in outer:
            raise Forged("the message is not encrypted; set 安全模式 in the console", code="not_encrypted")
        encrypted = outer.text("Encrypt", longest=1_000_000)
        token = self._settings.token.get_secret_value()
        check_signature(
            query.get("msg_signature", ""), token, query.get("timestamp", ""), query.get("nonce", ""), encrypted
        )
        return cipher.decrypt(encrypted)

    def _reply(self, address: str, account: str, text: str) -> bytes:
        """A text as the answer to a request, encrypted where requests are."""
        now = int(time.time())
        message = write(
            "xml",
            {"ToUserName": address, "FromUserName": account, "CreateTime": now, "MsgType": "text", "Content": text},
        )
        if self._cipher is None:
            return message
        encrypted, nonce = self._cipher.encrypt(message), secrets.token_hex(8)
        signed = signature(self._settings.token.get_secret_value(), str(now), nonce, encrypted)
        return write("xml", {"Encrypt": encrypted, "MsgSignature": signed, "TimeStamp": now, "Nonce": nonce})
