"""The settings of a Jira Service Management."""

from typing import Annotated

from pydantic import Field, SecretStr

from connectors.desk_settings import HelpdeskSettings
from connectors.settings import Credential, Secret, Text, WebAddress


class JiraSettings(HelpdeskSettings):
    """A service project of yours in Jira Cloud."""

    asks = ("url", "email", "token", "service_desk", "queue", "webhook_secret", "requester")

    url: WebAddress
    """Your site, such as https://example.atlassian.net; for a token with scopes
    https://api.atlassian.com/ex/jira/<cloud id>."""

    email: Text
    """E-mail address of the account that stands for the bot: an agent of the service project."""

    token: Credential
    """API token of that account (id.atlassian.com, Security, API tokens)."""

    service_desk: Text
    """Key of the service project, such as SUP."""

    queue: Annotated[str, Field(min_length=1)]
    """Request type of the tickets, by name or number: in Jira it is what leads to queues and workflow."""

    webhook_secret: Secret = SecretStr("")
    """Secret of the webhook (System, WebHooks). Empty: Jira does not call, it is only asked."""

    resolve_transition: str = ""
    """Name of the step that resolves a request. Empty: the first that leads to a status of the category "done"."""

    reopen_transition: str = ""
    """Name of the step that opens it again. Empty: the first that leads to another category."""

    returned_state: str = ""
    """A status of yours that means "the bot goes on"."""
