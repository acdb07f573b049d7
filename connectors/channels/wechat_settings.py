"""What can be set for a WeChat Official Account (公众号), and the menu below its chat.

https://developers.weixin.qq.com/doc/service/guide/dev/push/
https://developers.weixin.qq.com/doc/service/guide/product/menu/intro.html
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from connectors.message import JSON, Action
from connectors.settings import ChannelSettings, Credential, Secret, Section, WebAddress, invalid
from connectors.wechat_crypto import AesKey

MENU, SUBMENU = 3, 5  # entries
NAME_BYTES, SUBNAME_BYTES, KEY_BYTES, URL_BYTES = 16, 60, 128, 1024
LONGEST_WAIT_S = 4.5  # WeChat waits for 5 s, the way to us included
_TOKEN = re.compile(r"[A-Za-z0-9]{16,32}")
_APP_ID = re.compile(r"wx[0-9a-zA-Z]{6,30}")

ACTIONS: dict[str, tuple[Action, JSON]] = {
    "human": (Action.HUMAN, {}),
    "leave_queue": (Action.LEAVE_QUEUE, {}),
    "start": (Action.START, {}),
    "continue": (Action.CONTINUE, {}),
    "english": (Action.LANGUAGE, {"language": "en", "aloud": True}),
    "chinese": (Action.LANGUAGE, {"language": "zh", "aloud": True}),
}
"""What a click in the menu can do."""


def _token(secret: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(secret.get_secret_value()):
        raise invalid(
            "is not 16 to 32 letters and digits", "Set one, such as from `openssl rand -hex 16`, here and there."
        )
    return secret


def _app_id(value: str) -> str:
    if not _APP_ID.fullmatch(value):
        raise invalid(f"{value!r} is not an AppID", "It begins with wx; copy it from the console.")
    return value


class MenuItem(Section):
    """One entry: exactly one of `text`, `action` and `url`."""

    name: Annotated[str, Field(min_length=1)]
    """What stands on it: 16 bytes (5 Chinese characters), in a submenu 60."""

    text: Annotated[str, Field(max_length=500)] = ""
    """What the customer says by touching it."""

    action: Literal["", "human", "leave_queue", "start", "continue", "english", "chinese"] = ""
    """What happens instead: a human is asked for, the queue is left, the customer is greeted, gets a code to go on on
    another channel, is spoken to in the other language."""

    url: WebAddress = ""
    """The page that is opened instead."""

    key: str = ""
    """How WeChat names the click; for menus that were made elsewhere. Empty: made from `text` or `action`."""

    @property
    def clicked(self) -> str:
        """The key that comes back when it is touched, the same as long as the entry means the same."""
        meaning = f"{self.action} {self.text}"
        return self.key or hashlib.sha256(meaning.encode()).hexdigest()[:32]

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        if sum(map(bool, self._meanings())) != 1:
            raise invalid(
                f"the entry {self.name!r} does none, or several things", "Give it one of text, action or url."
            )
        if len(self.url.encode()) > URL_BYTES or len(self.key.encode()) > KEY_BYTES:
            raise invalid(f"url or key of {self.name!r} is too long", "1024 bytes for a url, 128 for a key.")
        return self

    def _meanings(self) -> tuple[object, ...]:
        return self.text, self.action, self.url

    def to_wechat(self) -> JSON:
        """As WeChat's menu has it."""
        if self.url:
            return {"type": "view", "name": self.name, "url": self.url}
        return {"type": "click", "name": self.name, "key": self.clicked}


class MenuEntry(MenuItem):
    """An entry of it, as below, or a submenu instead (`items`)."""

    items: Annotated[tuple[MenuItem, ...], Field(max_length=SUBMENU)] = ()
    """The submenu, of at most five entries."""

    def _meanings(self) -> tuple[object, ...]:
        return *super()._meanings(), self.items

    def to_wechat(self) -> JSON:
        """As WeChat's menu has it."""
        if not self.items:
            return super().to_wechat()
        return {"name": self.name, "sub_button": [each.to_wechat() for each in self.items]}


class WechatSettings(ChannelSettings):
    """A WeChat Official Account (公众号): a verified service account (认证服务号) for everything; others can only reply
    within five seconds.
    """

    asks: ClassVar[tuple[str, ...]] = ("app_id", "app_secret", "token", "encoding_aes_key")

    app_id: Annotated[str, AfterValidator(_app_id)]
    """AppID (开发者ID) in the console, 设置与开发 → 开发接口管理 → 基本配置."""

    app_secret: Credential
    """AppSecret, on the same page. Put the addresses of the service on its IP white list (IP白名单)."""

    token: Annotated[Secret, AfterValidator(_token)]
    """令牌(Token) of 服务器配置: you make it up, 16 to 32 letters and digits, and write it into the console too."""

    encoding_aes_key: AesKey = SecretStr("")
    """消息加解密密钥(EncodingAESKey), 43 characters, for 安全模式 (recommended) or 兼容模式. Empty for 明文模式; then
    whoever has once seen a request can write others for ten minutes."""

    api_url: WebAddress = "https://api.weixin.qq.com"
    """Where WeChat's API is."""

    stable_token: bool = True
    """Whether the access token is asked for at cgi-bin/stable_token. If another program that uses the account does so
    too, set false: then cgi-bin/token is asked, and neither disturbs the other."""

    passive_reply_s: Annotated[float, Field(ge=0, le=LONGEST_WAIT_S)] = 4.0
    """Seconds that WeChat's request is kept open for the answer, which then is none of the five messages; 0: never."""

    menu_messages: bool = False
    """Whether choices are sent to be touched (菜单消息), which only verified accounts can. A touch lets us write 3
    messages within a minute, a number that is written 5 within 48 hours; so numbers are better where humans answer."""

    language: Literal["zh", "en"] = "zh"
    """In which language those are greeted who follow without having written."""

    menu: Annotated[tuple[MenuEntry, ...], Field(max_length=MENU)] = ()
    """The menu below the chat, at most three entries of at most five each; `frontdoor channel connect` puts it
    there.
    Empty: whatever menu there is stays."""

    @field_validator("menu")
    @classmethod
    def _names_fit(cls, menu: tuple[MenuEntry, ...]) -> tuple[MenuEntry, ...]:
        for entry in menu:
            for item, most in ((entry, NAME_BYTES), *((each, SUBNAME_BYTES) for each in entry.items)):
                if len(item.name.encode()) > most:
                    raise invalid(
                        f"the name {item.name!r} is longer than {most} bytes", "A Chinese character has three."
                    )
        return menu

    @property
    def clicks(self) -> dict[str, MenuItem]:
        """What can be touched, by the key that comes back."""
        return {each.clicked: each for each in self._items() if each.text or each.action}

    def _items(self) -> Iterator[MenuItem]:
        for entry in self.menu:
            yield entry
            yield from entry.items
