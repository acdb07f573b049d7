"""The settings of a ServiceNow."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from connectors.desk_settings import HelpdeskSettings
from connectors.settings import Secret, Text, WebAddress, invalid


class ServiceNowSettings(HelpdeskSettings):
    """An instance of yours."""

    asks = ("url", "username", "password", "table", "queue", "webhook_secret", "requester")

    url: WebAddress
    """Your instance, such as https://example.service-now.com."""

    username: Text
    """User ID of the account that stands for the bot; with OAuth, that of the application's user."""

    password: SecretStr = SecretStr("")
    """Its password. Empty where OAuth is used."""

    client_id: str = ""
    """Client id of an OAuth application with the grant "client credentials"."""

    client_secret: SecretStr = SecretStr("")
    """Its secret."""

    webhook_secret: Secret = SecretStr("")
    """A secret of your own, which the business rule sends in the header X-Front-Door-Secret. Empty: ServiceNow does
    not call, it is only asked."""

    table: Literal["incident", "sn_customerservice_case"] = "incident"
    """What a ticket is: an incident, or a case of Customer Service Management."""

    users: Literal["match", "create", "single"] = "match"
    """Who the requester is there: `match` finds the customer's account by e-mail and else takes the `requester`;
    `create` makes a user (or contact) where there is none; `single` always takes the `requester`."""

    open_state: str = ""
    """Number of the state of a ticket that is worked on again. Empty: 2 for incidents, 10 for cases."""

    resolved_state: str = "6"
    """Number of the state that means "solved"."""

    closed_states: tuple[str, ...] = ()
    """Numbers of other states that mean that nobody works on it. Empty: 7 and 8 for incidents, 3 and 7 for cases."""

    returned_state: str = ""
    """Number of a state of yours that means "the bot goes on"."""

    close_code: str = "Solution provided"
    """Resolution code of a ticket that we resolve, as your instance has it."""

    reply_files_s: Annotated[int, Field(ge=0, le=3600)] = 600
    """Attachments belong to the ticket there, not to a comment: what a comment's author has attached in so many seconds
    before it goes to the customer with it. 0: no files go to customers."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if bool(self.password.get_secret_value()) == bool(self.client_id and self.client_secret.get_secret_value()):
            raise invalid("has both ways to sign in, or none", "Set password, or client_id and client_secret.")
        return self
