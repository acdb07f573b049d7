"""What stands in desks.yml for a Zendesk."""

from typing import Literal, Self

from pydantic import SecretStr, field_validator, model_validator

from connectors.desk_settings import HelpdeskSettings
from connectors.fields import is_email
from connectors.settings import Credential, Secret, WebAddress, invalid

PRIORITIES = ("low", "normal", "high", "urgent")


class ZendeskSettings(HelpdeskSettings):
    """A Zendesk of yours."""

    asks = ("url", "email", "token", "webhook_secret", "queue", "requester")

    url: WebAddress
    """Where your Zendesk is, such as https://example.zendesk.com: its own address, not one that leads there."""

    email: str
    """E-mail address of the agent that stands for the bot. As an administrator it can also look for missed changes."""

    token: Credential
    """API token (Admin Center, Apps and integrations, Zendesk API)."""

    webhook_secret: Secret = SecretStr("")
    """Signing secret of the webhook. Empty: Zendesk does not call, it is only asked."""

    brand: str = ""
    """Brand of the tickets, by name or number. Empty: the account's default."""

    type: Literal["", "question", "incident", "problem", "task"] = ""
    """Type of the tickets."""

    return_tag: str = "back_to_bot"
    """Tag by which agents give the conversation back to the bot. Empty: they cannot."""

    @field_validator("email", "requester")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and not is_email(value):
            raise invalid(f"{value!r} is not an e-mail address", "Write one like bot@example.com.")
        return value

    @model_validator(mode="after")
    def _known_priorities(self) -> Self:
        named = {*self.priorities.values(), *(each.priority for each in self.placements.values())}
        if unknown := sorted(named - {"", *PRIORITIES}):
            raise invalid(f"Zendesk has no priority {', '.join(unknown)}", f"It has {', '.join(PRIORITIES)}.")
        return self
