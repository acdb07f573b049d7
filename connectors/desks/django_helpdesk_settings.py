"""Settings of a django-helpdesk."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from connectors.desk_settings import HelpdeskSettings
from connectors.settings import Credential, Secret, WebAddress

Status = Annotated[int, Field(ge=0, le=1000)]


class DjangoHelpdeskSettings(HelpdeskSettings):
    """A django-helpdesk of yours, version 2."""

    asks = ("url", "token", "queue", "webhook_secret")

    url: WebAddress
    """Where its pages are, with the path under which the site has it, such as https://example.com/helpdesk."""

    token: Credential
    """Token of the staff account that stands for the bot (`manage.py drf_create_token`); with `user`, that account's
    password."""

    user: str = ""
    """Name of the account, where the site takes no tokens but HTTP basic authentication."""

    webhook_secret: Secret = SecretStr("")
    """What the site's webhook addresses end in (`?secret=…`). Empty: the site does not call, it is only asked."""

    queue: Annotated[str, Field(pattern=r"^[0-9]{1,18}$")] = "1"
    """Number of the queue of the tickets: it stands in the address of the queue's page in the site's administration."""

    agents: dict[str, str] = Field(default_factory=dict)
    """Names of the people who answer, by the numbers of their accounts: the site tells only numbers."""

    users: Literal["match", "create", "single"] = "single"
    """Submitter of a ticket. `single` and `match`: the `requester`, or nobody while that is empty; `create`: the
    customer's e-mail address. The site mails submitters each answer, so they get it twice."""

    open_status: Status = 2
    """Status of a ticket that is worked on again: 2 is "Reopened"."""

    resolved_status: Status = 3
    """Status that we give a ticket whose customer has gone: 3 is "Resolved"."""

    closed_statuses: tuple[Status, ...] = (3, 4, 5)
    """Statuses in which nobody works on a ticket any more: resolved, closed, duplicate."""

    returned_status: Status = 0
    """Status of yours (HELPDESK_TICKET_STATUS_CHOICES) that gives the customer back to the bot; 0: none does."""

    file_types: tuple[str, ...] = (".txt", ".asc", ".pdf", ".doc", ".docx", ".odt", ".jpg", ".png", ".eml")
    """What names of files may end in there (HELPDESK_VALID_EXTENSIONS)."""

    poll_s: Annotated[float, Field(ge=0.2, le=3600)] = 2
    """Seconds between two looks for what has changed."""
