"""What stands in desks.yml for a Freshdesk."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.desk_settings import HelpdeskSettings
from connectors.fields import is_email
from connectors.settings import Credential, Secret, WebAddress, invalid

PRIORITIES: Mapping[str, int] = {"low": 1, "normal": 2, "medium": 2, "high": 3, "urgent": 4}


class FreshdeskSettings(HelpdeskSettings):
    """A Freshdesk of yours."""

    asks = ("url", "key", "webhook_secret", "queue", "requester")

    url: WebAddress
    """Where your Freshdesk is, such as https://example.freshdesk.com: its own address, not one that leads there."""

    key: Credential
    """API key of the agent that stands for the bot (Profile settings)."""

    webhook_secret: Secret = SecretStr("")
    """What the automation rule's webhook sends in the header X-Front-Door-Secret. Empty: Freshdesk does not call, it is
    only asked."""

    type: str = ""
    """Type of the tickets, as Freshdesk names it."""

    resolved_status: Annotated[int, Field(ge=2)] = 4
    """Number of the status that means "solved", where you have one of your own."""

    open_status: Annotated[int, Field(ge=2)] = 2
    """Number of the status of a ticket that is worked on again."""

    return_tag: str = "back_to_bot"
    """Tag by which agents give the conversation back to the bot. Empty: they cannot."""

    delete_contacts: bool = False
    """Whether a customer who is forgotten is deleted there for good, with **all** their tickets, ours or not. Else our
    tickets go to Freshdesk's trash."""

    @field_validator("requester")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and not is_email(value):
            raise invalid(f"{value!r} is not an e-mail address", "Write one like chat@example.com.")
        return value

    @model_validator(mode="after")
    def _known_priorities(self) -> Self:
        named = {*self.priorities.values(), *(each.priority for each in self.placements.values())}
        if unknown := sorted(each for each in named if each and each.lower() not in PRIORITIES):
            raise invalid(f"Freshdesk has no priority {', '.join(unknown)}", "It has low, medium, high, urgent.")
        return self
