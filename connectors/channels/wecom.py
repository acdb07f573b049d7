"""WeCom customer service (微信客服): chats of WeChat users with a company's customer service accounts.

WeCom only calls to say that there is something; `wecom_sync` fetches it, `wecom_send` answers.
https://developer.work.weixin.qq.com/document/path/94638
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator, Field

from connectors.channel import Accept, Answer, Finding, Limits, Receipt, Request, Standing, Unit
from connectors.channels import wecom_setup
from connectors.channels.wecom_api import WeComApi
from connectors.channels.wecom_parse import MESSAGES, WINDOW_S, callback
from connectors.channels.wecom_send import MOST_BYTES, Sender
from connectors.channels.wecom_sync import Sync
from connectors.errors import SendError
from connectors.message import Event, Media, Opening, Outbound, Pull
from connectors.ports import Ports
from connectors.settings import ChannelSettings, Credential, Text, WebAddress, invalid
from connectors.wechat_crypto import AesKey, MessageCipher, check_signature
from connectors.xml_fields import XmlFields

ENCRYPTED = 200_000  # characters; a callback has a few hundred
RETRY_S = 30.0


def _needed(key: AesKey) -> AesKey:
    if not key.get_secret_value():
        raise invalid("is empty", "Copy EncodingAESKey from WeCom's console.")
    return key


class WeComSettings(ChannelSettings):
    """WeCom customer service (微信客服)."""

    corp_id: Text
    """The company's id, such as ww…: console > My Company."""

    secret: Credential
    """The secret of your application: console > Applications."""

    token: Credential
    """Token of the callback, as the console shows it."""

    aes_key: Annotated[AesKey, AfterValidator(_needed)]
    """EncodingAESKey of the callback."""

    accounts: tuple[Text, ...] = ()
    """The customer service accounts (open_kfid, wk…); empty: all that the application manages."""

    language: Literal["zh", "en"] = "zh"
    """What customers are greeted in; after that it follows their own words."""

    chat_url: WebAddress = ""
    """The link to a chat here that `frontdoor channel connect` prints (https://work.weixin.qq.com/kfid/…): customers of
    other channels are given it to go on here. Empty: they type the code."""

    look_every_s: Annotated[int, Field(ge=60, le=86_400)] = 900
    """How often it is looked whether a callback was missed, in seconds. WeCom allows few such looks."""

    api_url: WebAddress = "https://qyapi.weixin.qq.com/cgi-bin"
    """Where WeCom's API is."""


class WeComChannel:
    """Customers who write from WeChat to the company's customer service."""

    Settings = WeComSettings
    limits = Limits(  # /document/path/94677, /90253, /90312
        text_length=2048,
        text_unit=Unit.BYTES,
        buttons=10,
        button_title=32,  # 128 bytes
        button_text=1024,
        attachments=True,
        attachment_bytes=MOST_BYTES,
        total_per_second=100,
        opening=Opening(seconds=WINDOW_S, messages=MESSAGES),
    )
    standing = Standing.UNVERIFIED

    def __init__(self, settings: WeComSettings, ports: Ports) -> None:
        self.name = ports.name
        self._corp_id, self._token, self._accounts = settings.corp_id, settings.token, settings.accounts
        self._look_every_s, self._webhook_url = settings.look_every_s, ports.webhook_url
        self._chat_url = settings.chat_url
        self._cipher = MessageCipher(settings.aes_key, settings.corp_id)
        self._api = WeComApi(settings.api_url, settings.corp_id, settings.secret, ports.state)
        self._sync = Sync(self.name, self._api, ports.state, settings.language)
        self._sender = Sender(self._api, ports.files, ports.state)

    def handshake(self, request: Request) -> Answer | None:
        """The console looks whether the URL is ours (/document/path/90930)."""
        echo = request.query.get("echostr", "").replace(" ", "+")  # base64, where somebody has not escaped it
        if request.method != "GET" or not echo:
            return None
        self._check(request, echo)
        return Answer(body=self._cipher.decrypt(echo))

    def verify(self, request: Request) -> None:
        """The signature vouches for the encrypted text."""
        self._check(request, _encrypted(request.body))

    def parse(self, request: Request) -> Sequence[Event]:
        """There is something to fetch."""
        plain = self._cipher.decrypt(_encrypted(request.body))
        return [callback(plain, self.name, self._corp_id, self._accounts, int(time.time()))]

    async def answer(self, request: Request, events: Sequence[Event]) -> Answer:
        """WeCom calls again for any other body."""
        return Answer(body=b"success")

    async def pull(self, pull: Pull, accept: Accept) -> None:
        """Fetch what customers have written to one account."""
        await self._sync.pull(pull, accept)

    async def run(self, accept: Accept) -> None:
        """Look now and then, and at the start, what callbacks have not told."""
        while True:
            try:
                for account in await self._ours():
                    await accept(Pull(channel=self.name, key=account))
                pause = float(self._look_every_s)
            except SendError:
                pause = RETRY_S
            await asyncio.sleep(pause)

    def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """A file of a customer's."""
        return self._api.download(media.ref)

    async def send(self, message: Outbound) -> Receipt:
        """One message. Raises `SendError`."""
        return await self._sender.send(message)

    async def check(self) -> list[Finding]:
        """Credentials and accounts."""
        return await wecom_setup.check(self._api, self._accounts)

    async def connect(self) -> list[Finding]:
        """The links by which customers write."""
        return await wecom_setup.connect(self._api, self._accounts, self._webhook_url)

    def invitation(self, code: str) -> str:
        """The link of an account, with the code as its `scene_param`; empty where it is not set."""
        url = self._chat_url
        return f"{url}{'&' if '?' in url else '?'}scene_param={quote(code)}" if url else ""

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    async def _ours(self) -> tuple[str, ...]:
        if self._accounts:
            return self._accounts
        present = await wecom_setup.accounts(self._api)
        return tuple(str(each["open_kfid"]) for each in present if wecom_setup.managed(each))

    def _check(self, request: Request, signed: str) -> None:
        query = request.query
        check_signature(
            query.get("msg_signature", ""),
            self._token.get_secret_value(),
            query.get("timestamp", ""),
            query.get("nonce", ""),
            signed,
        )


def _encrypted(body: bytes) -> str:
    return XmlFields.parse(body).text("Encrypt", longest=ENCRYPTED)
