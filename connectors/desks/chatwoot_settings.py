"""The settings of a Chatwoot."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, SecretStr, model_validator

from connectors.desk_settings import HelpdeskSettings
from connectors.settings import Credential, Secret, WebAddress, invalid

Priority = Literal["low", "medium", "high", "urgent"]


class ChatwootSettings(HelpdeskSettings):
    """A Chatwoot of yours."""

    asks = ("url", "account", "inbox", "token", "webhook_secret", "url_secret")

    url: WebAddress
    """Where your Chatwoot is, such as https://app.chatwoot.com; the same as its FRONTEND_URL."""

    account: Annotated[int, Field(ge=1)]
    """Number of the account: in …/app/accounts/3/dashboard it is 3."""

    inbox: Annotated[int, Field(ge=1)]
    """Number of an inbox of the kind "API": in …/settings/inboxes/7 it is 7."""

    token: Credential
    """Access token of a user that stands for the bot (Profile settings). An administrator's lets conversations be
    deleted."""

    webhook_secret: Secret = SecretStr("")
    """The secret that Chatwoot shows beside the webhook, where your version signs its calls."""

    url_secret: Secret = SecretStr("")
    """For versions that do not sign: a secret of your own at the end of the webhook's address, as ?secret=…. With
    neither of the two, Chatwoot does not call, it is only asked."""

    priorities: dict[Literal["low", "normal", "high", "urgent"], Priority] = Field(default_factory=dict)  # type: ignore[assignment]
    """By urgency: the priority there (low, medium, high or urgent), where it is not the usual one."""

    @model_validator(mode="after")
    def _known_priorities(self) -> Self:
        known = ("", *get_args(Priority))
        for tier, placement in self.placements.items():
            if placement.priority not in known:
                what = f"placements.{tier}.priority {placement.priority!r} is none of Chatwoot's"
                raise invalid(what, "Write low, medium, high or urgent, or leave it away.")
        return self
