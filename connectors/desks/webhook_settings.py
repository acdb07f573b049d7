"""Settings of the webhook desk."""

from pydantic import SecretStr, field_validator

from connectors.desk_settings import HelpdeskSettings
from connectors.settings import Secret, WebAddress, invalid


class WebhookDeskSettings(HelpdeskSettings):
    """A desk of your own: signed JSON both ways."""

    asks = ("url", "secret")

    url: WebAddress
    """Where we post handoffs, and what follows."""

    secret: Secret
    """Signs both ways: HMAC-SHA256 over the time and the body."""

    previous_secret: Secret = SecretStr("")
    """The secret until now, while both sides change to a new one: accepted, and we sign with both."""

    file_hosts: tuple[str, ...] = ()
    """Hosts (and all below them) from which files of replies are fetched, besides that of `url`. Empty: any public
    https address."""

    poll: bool = False
    """Whether your side answers `events`, so that we look every `poll_s` for what a lost call missed."""

    @field_validator("url")
    @classmethod
    def _somewhere(cls, value: str) -> str:
        if not value:
            raise invalid("is empty", "Write where handoffs shall be posted, https://…")
        return value

    @field_validator("secret")
    @classmethod
    def _present(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value():
            raise invalid("is empty", "Set a secret of your own, for instance from `openssl rand -hex 32`.")
        return value
