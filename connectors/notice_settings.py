"""What stands in desks.yml below `notices`: group chats that are told when customers wait for people."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, model_validator

from connectors.desk import Reason
from connectors.notice import NoticeKind
from connectors.settings import Section, invalid

HERE = {"127.0.0.1", "localhost", "::1"}


def _webhook(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in HERE)):
        raise invalid("is not the address of a webhook", "Copy it from the group chat's settings: https://….")
    return url


class When(Section):
    """Which handoffs are told; every member that is given must fit, as in `routes`."""

    tier: tuple[str, ...] = ()
    """Tiers of tiers.yml."""

    channel: tuple[str, ...] = ()
    """Channels by their names in channels.yml."""

    language: tuple[Literal["en", "zh"], ...] = ()
    """The customer's language."""

    reason: tuple[Reason, ...] = ()
    """Why the bot handed over, such as requested, complaint, no_answer, sensitive."""

    urgency: tuple[Literal["low", "normal", "high", "urgent"], ...] = ()
    """low, normal, high, urgent."""

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Whether a handoff is like this, by these names."""
        wanted = {
            "tier": self.tier, "channel": self.channel, "language": self.language, "reason": self.reason,
            "urgency": self.urgency,
        }  # fmt: skip
        return all(not values or facts.get(name) in values for name, values in wanted.items())


class NoticeSettings(Section):
    """One group chat."""

    kind: Literal["slack", "teams", "feishu", "wecom"]
    """slack: an incoming webhook; teams: a Workflows webhook; feishu: a custom bot (自定义机器人) of Feishu or Lark;
    wecom: a group robot (群机器人) of WeCom."""

    url: Annotated[SecretStr, AfterValidator(_webhook)]
    """The webhook's address. Whoever knows it can write there, so best through ${NAME}."""

    secret: SecretStr = SecretStr("")
    """Feishu: the secret of 签名校验, where it is switched on."""

    enabled: bool = True
    """Whether it is told anything; false keeps its settings here without using them."""

    language: Literal["en", "zh"] = "en"
    """The language of the notice."""

    question: Literal["masked", "none"] = "masked"
    """What of the customer's question is shown: the beginning, without names, numbers and addresses; or nothing."""

    events: tuple[Literal["opened", "offline", "refused"], ...] = ("opened", "offline", "refused")
    """What is told: a desk has the ticket (opened), cannot be reached (offline), will never take it (refused)."""

    when: When = When()
    """Which handoffs are told. Empty: all of them."""

    @property
    def id(self) -> str:
        """What tells it from others, also when their order changes."""
        return f"{self.kind}-{hashlib.sha256(self.url.get_secret_value().encode()).hexdigest()[:10]}"

    @model_validator(mode="after")
    def _a_secret_is_of_use(self) -> Self:
        if self.secret.get_secret_value() and self.kind != "feishu":
            raise invalid(f"{self.kind} knows no secret", "Leave `secret` out: the address itself is the secret.")
        return self

    def wants(self, kind: NoticeKind, facts: Mapping[str, str]) -> bool:
        """Whether something is told here. `facts` has tier, channel, language, reason and urgency of the handoff."""
        return self.enabled and kind in self.events and self.when.fits(facts)
