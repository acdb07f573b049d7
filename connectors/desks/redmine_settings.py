"""Settings of a Redmine."""

from typing import Annotated, Literal

from pydantic import Field

from connectors.desk_settings import HelpdeskSettings
from connectors.settings import Credential, WebAddress


class RedmineSettings(HelpdeskSettings):
    """A Redmine of yours, version 5."""

    asks = ("url", "key", "queue", "formatting")

    url: WebAddress
    """Where its pages are, with the path if there is one, such as https://example.com/redmine."""

    key: Credential
    """API access key of the user that stands for the bot (My account, API access key)."""

    queue: Annotated[str, Field(min_length=1)]
    """Project of the tickets, by identifier or number."""

    formatting: Literal["common_mark", "markdown", "textile", "plain"]
    """How Redmine reads texts (Administration, Settings, General, Text formatting); `plain` is its "none". By this what
    customers wrote is kept from counting as markup."""

    tracker: str = ""
    """Tracker of the tickets, by name or number. Empty: the project's first."""

    watchers: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """Numbers of users (or groups) who watch each ticket."""

    users: Literal["match", "create", "single"] = "single"
    """Not used: a ticket of Redmine has no requester."""

    open_status: str = "In Progress"
    """Status of a ticket that is worked on again, by name or number."""

    resolved_status: str = "Resolved"
    """Status that we give a ticket whose customer has gone."""

    resolved_statuses: tuple[str, ...] = ("Resolved",)
    """Statuses in which nobody works on a ticket any more, besides those that Redmine itself calls closed."""

    returned_status: str = ""
    """Status of yours that gives the customer back to the bot."""

    poll_s: Annotated[float, Field(ge=0.2, le=3600)] = 2
    """Seconds between two looks for what has changed."""
