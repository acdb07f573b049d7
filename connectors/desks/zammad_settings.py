"""What is set of a Zammad."""

from pydantic import SecretStr

from connectors.desk_settings import HelpdeskSettings
from connectors.settings import Credential, Secret, WebAddress


class ZammadSettings(HelpdeskSettings):
    """A Zammad of yours."""

    asks = ("url", "token", "webhook_secret", "queue", "requester")

    url: WebAddress
    """Where your Zammad is, such as https://support.example.zammad.com."""

    token: Credential
    """Access token of an agent that stands for the bot (profile, Token Access), with ticket.agent; with admin, too, if
    deleted customers' tickets shall be deleted there."""

    webhook_secret: Secret = SecretStr("")
    """The "HMAC SHA1 Signature Token" of the webhook. Empty: Zammad does not call, it is only asked."""

    queue: str = "Users"
    """Group of the tickets, with the groups above it: Sales::Europe."""

    requester: str = "front-door@example.com"
    """E-mail address of the customer account that stands for those who gave none; Zammad makes it at the first use."""

    resolved_state: str = "closed"
    """State that a ticket gets when its customer is gone. Every state of the types closed and merged counts as
    "solved"."""

    open_state: str = "open"
    """State of a ticket that is worked on again."""
