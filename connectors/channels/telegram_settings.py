"""What a company sets for its Telegram bot."""

import hashlib
import hmac
import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, SecretStr

from connectors.settings import ChannelSettings, Credential, Secret, WebAddress, invalid

_TOKEN = re.compile(r"\d+:\S+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


def _bot_token(secret: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(secret.get_secret_value()):
        raise invalid("is not a bot's token", "Copy it from @BotFather; it looks like 110201543:AAHdqTcv…")
    return secret


def _as_telegram_takes_it(secret: SecretStr) -> SecretStr:
    if not _SECRET.fullmatch(secret.get_secret_value()):
        raise invalid("has other characters than A-Z a-z 0-9 _ -", "Use `openssl rand -hex 32`.")
    return secret


class TelegramSettings(ChannelSettings):
    """A Telegram bot, made with @BotFather."""

    asks: ClassVar[tuple[str, ...]] = ("bot_token", "mode")

    bot_token: Annotated[Credential, AfterValidator(_bot_token)]
    """The token that @BotFather gave for the bot."""

    webhook_secret: Annotated[Secret, AfterValidator(_as_telegram_takes_it)] = SecretStr("")
    """A secret of your own (16 to 256 of A-Z a-z 0-9 _ -) that Telegram sends with every call. Empty: one is derived
    from the token."""

    mode: Literal["webhook", "polling"] = "webhook"
    """How messages come: `webhook` is called by Telegram at your https:// address; `polling` asks Telegram and needs no
    address at all."""

    api_url: WebAddress = "https://api.telegram.org"
    """Where the Bot API is: Telegram's, a server of your own, or a proxy where Telegram cannot be reached."""

    @property
    def secret_of_calls(self) -> str:
        """What Telegram proves itself with."""
        own = self.webhook_secret.get_secret_value()
        token = self.bot_token.get_secret_value()
        return own or hmac.new(token.encode(), b"front door: calls of the webhook", hashlib.sha256).hexdigest()
