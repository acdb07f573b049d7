"""What the settings of all connectors are made of: a frozen group that refuses names it does not know.

Every connector declares its own group beside its class. docs/configuration.md is written from the docstrings below
each field.
"""

from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError


def invalid(what: str, remedy: str) -> PydanticCustomError:
    """The error a validator of ours raises: what is wrong with the value, and what to write instead."""
    return PydanticCustomError("frontdoor", "{what}", {"what": what, "remedy": remedy})


def looks_like_an_example(value: str) -> bool:
    """Whether a secret is one that people copy from examples instead of making their own."""
    words = (
        "change-me",
        "changeme",
        "change_me",
        "replace-me",
        "your-secret",
        "example",
        "password",
        "secret",
        "xxxx",
        "todo",
    )
    text = value.strip().lower()
    return text in {"", "test", "token", "1234", "12345678"} or any(text.startswith(word) for word in words)


def _own_secret(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if value and (len(value) < 16 or looks_like_an_example(value)):
        remedy = "Set a secret of your own, for instance from `openssl rand -hex 32`."
        raise invalid("is an example or shorter than 16 characters", remedy)
    return secret


def _given(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not value.strip() or looks_like_an_example(value):
        raise invalid("is empty or an example", "Copy it from the vendor's console, best through ${NAME}.")
    return secret


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.netloc):
        raise invalid(f"{value!r} is not a web address", "Write it with http:// or https:// before it.")
    return value.rstrip("/")


_OWN = AfterValidator(_own_secret)
Secret = Annotated[SecretStr, _OWN]
"""A secret that we or the company chose: 16 characters or more; may be empty."""

Credential = Annotated[SecretStr, AfterValidator(_given)]
"""A secret that the vendor gave: as it is, never empty."""


def is_secret(setting: FieldInfo) -> bool:
    """Whether a setting is never shown."""
    return setting.annotation is SecretStr


def is_own_secret(setting: FieldInfo) -> bool:
    """Whether a setting is a `Secret`, which we may make up."""
    return _OWN in setting.metadata


WebAddress = Annotated[str, AfterValidator(_web_address)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Section(BaseModel):
    """A frozen group of settings that refuses names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ChannelSettings(Section):
    """What every vendor's channel has. The channel is on when its name stands in channels.yml."""

    asks: ClassVar[tuple[str, ...]] = ()
    """What `frontdoor channel add` asks for, in this order, be it required or not; then for all else that is required.
    """

    enabled: bool = True
    """Whether the channel is on; false keeps its settings here without using them."""

    kind: str = ""
    """Which vendor it is, where the name is your own: two shops with a bot each are `telegram_a: {kind: telegram, …}`
    and `telegram_b: …`. Empty: the name says it."""
