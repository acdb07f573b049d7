"""Settings of a Request Tracker."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from connectors.desk_settings import HelpdeskSettings
from connectors.settings import Credential, Secret, WebAddress


class RequestTrackerSettings(HelpdeskSettings):
    """A Request Tracker of yours, version 5."""

    asks = ("url", "token", "queue", "webhook_secret")

    url: WebAddress
    """Where its pages are, with the path if there is one, such as https://rt.example.com or https://example.com/rt."""

    token: Credential
    """Authentication token of the user that stands for the bot (Logged in as, Settings, Auth Tokens). Give that user
    one only: each request tries them all, and each try is slow on purpose."""

    webhook_secret: Secret = SecretStr("")
    """What the Scrip signs its calls with. Empty: Request Tracker does not call, it is only asked."""

    queue: str = "General"
    """Queue of the tickets."""

    users: Literal["match", "create", "single"] = "single"
    """Requestor of a ticket. `single`: the `requester`, or nobody while that is empty; `match`: the customer where
    Request Tracker knows the e-mail address; `create`: the customer, who gets a user there. Request Tracker mails
    requestors each answer, so they get it twice."""

    open_status: str = "open"
    """Status of a ticket that is worked on again."""

    resolved_status: str = "resolved"
    """Status that we give a ticket whose customer has gone."""

    closed_statuses: tuple[str, ...] = ("resolved", "rejected", "deleted")
    """Statuses in which nobody works on a ticket any more."""

    returned_status: str = ""
    """Status of a lifecycle of yours that gives the customer back to the bot."""

    poll_s: Annotated[float, Field(ge=0.2, le=3600)] = 2
    """Seconds between two looks for what has changed."""
