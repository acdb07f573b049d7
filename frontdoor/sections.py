"""The groups of settings: what may stand in frontdoor.yml, channels.yml and desks.yml.

docs/configuration.md is written from the docstrings below each field.
"""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from connectors.settings import Secret, Section, WebAddress, invalid
from connectors.smtp import MailServer
from desk.hours import Span

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[int, Field(ge=1)]
LOOPBACK = {"127.0.0.1", "localhost"}


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
        raise invalid(f"{value!r} is not an origin", "Write scheme, host and port only, such as https://shop.example.")
    return value


Origin = Annotated[str, AfterValidator(_origin)]


class Rasa(Section):
    """The bot's engine."""

    url: WebAddress = "http://127.0.0.1:5005"
    """Where Rasa listens. Keep it on loopback: only a token guards its webhooks."""

    managed: bool = True
    """Whether `frontdoor up` trains, starts and stops Rasa and the action server; false when something else does."""

    timeout_s: Annotated[float, Field(gt=0, le=120)] = 10
    """Seconds the service waits for one turn of the bot before it counts as unavailable."""

    @property
    def port(self) -> int:
        """The port of `url`."""
        return urlsplit(self.url).port or 80

    @model_validator(mode="after")
    def _managed_is_local(self) -> Self:
        host = urlsplit(self.url).hostname
        if self.managed and host not in LOOPBACK:
            what = f"url names the host {host}, but managed: true starts Rasa on this machine"
            raise invalid(what, "Use http://127.0.0.1:5005, or set rasa.managed to false.")
        return self


class Actions(Section):
    """Rasa's action server, started by `frontdoor up` on loopback."""

    port: Port = 5055
    """Port of the action server on 127.0.0.1."""


class Brand(Section):
    """The company's name as customers read it."""

    en: Annotated[str, Field(min_length=1, max_length=60)] = "Hearthline"
    """The name in English."""

    zh: Annotated[str, Field(min_length=1, max_length=60)] = "暖居家电"
    """The name in Simplified Chinese."""


class Knowledge(Section):
    """The knowledge base."""

    path: Path = Path("data/kb")
    """Folder of articles (data/kb/README.md has their format). An edited article answers within seconds."""


class Phrasing(Section):
    """Optional: a language model words the bot's answers from the articles, and code checks every sentence
    (docs/phrasing.md). The question and the articles' passages are sent to the endpoint, nothing else."""

    url: WebAddress = ""
    """An OpenAI-compatible endpoint, such as https://api.example.com/v1 or http://127.0.0.1:11434/v1. Empty: off, the
    articles are shown as they are."""

    model: str = ""
    """The model's name there."""

    api_key: SecretStr = SecretStr("")
    """Sent as a bearer token; empty where none is needed."""

    timeout_s: Annotated[float, Field(gt=0, le=60)] = 6
    """Seconds for the whole wording. Then the article itself is shown."""

    tokens: Annotated[int, Field(ge=50, le=4000)] = 400
    """Tokens the model may write at most."""

    @model_validator(mode="after")
    def _model_is_named(self) -> Self:
        if bool(self.url) != bool(self.model):
            raise invalid("phrasing needs url and model together", "Set both, or neither to leave it off.")
        return self


class Assistant(Section):
    """Optional: a language model translates for agents and words their summaries (docs/desk/summary.md). What customers
    wrote in the ticket is sent to the endpoint, without names, addresses and numbers of theirs that we know."""

    url: WebAddress = ""
    """An OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1. Empty: off."""

    model: str = ""
    """The model's name there."""

    api_key: SecretStr = SecretStr("")
    """Sent as a bearer token; empty where none is needed."""

    timeout_s: Annotated[float, Field(gt=0, le=120)] = 20
    """Seconds for one text."""

    tokens: Annotated[int, Field(ge=50, le=8000)] = 1500
    """Tokens the model may write at most."""

    @model_validator(mode="after")
    def _model_is_named(self) -> Self:
        if bool(self.url) != bool(self.model):
            raise invalid("assistant needs url and model together", "Set both, or neither to leave it off.")
        return self


class Limits(Section):
    """What one customer may send; more is refused with an error that says so."""

    text: Annotated[int, Field(ge=1, le=16_000)] = 4000
    """Characters in one message. The bot reads at most 16,000."""

    file_bytes: Annotated[int, Field(ge=0, le=1 << 30)] = 10 * 1024 * 1024
    """Bytes of one attachment; 0 refuses all attachments."""

    file_types: tuple[str, ...] = (
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "application/pdf",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/amr",
        "audio/x-wav",
        "video/mp4",
        "text/plain",
    )
    """Media types of attachments, found from the bytes and not believed from the name."""

    frames_per_10s: Annotated[int, Field(ge=1)] = 30
    """Frames that one web connection may send in ten seconds."""

    sessions_per_ip_per_min: Annotated[int, Field(ge=1)] = 30
    """New web sessions that one address may open in a minute. Raise it when many customers share an address."""

    requests_per_ip_per_min: Annotated[int, Field(ge=1)] = 6000
    """Requests that one address may make in a minute, over all channels and the console."""

    connections_per_ip: Annotated[int, Field(ge=1)] = 500
    """Connections that one address may hold open; trusted proxies may hold any number."""

    request_s: Annotated[float, Field(gt=0, le=300)] = 20
    """Seconds in which a request must have arrived, attachments aside."""

    body_bytes: Annotated[int, Field(ge=1024)] = 256 * 1024
    """Bytes of one request body, attachments aside."""

    files_per_hour: Annotated[int, Field(ge=1)] = 30
    """Attachments that one conversation may send in an hour."""

    file_bytes_per_day: Annotated[int, Field(ge=1)] = 100 * 1024 * 1024
    """Bytes of all attachments that one conversation may send in a day."""

    all_file_bytes: Annotated[int, Field(ge=1)] = 20 * 1024 * 1024 * 1024
    """Bytes of all attachments together; at this size customers' attachments are refused until you raise it."""


class Timers(Section):
    """When silence means something."""

    abandoned_after_s: Seconds = 900
    """A customer who waits in the queue and has been gone for this long counts as having left."""

    idle_after_s: Seconds = 600
    """A customer who has not answered the agent for this long counts as idle; the agent's place is free for others."""


class Retention(Section):
    """What is deleted by itself."""

    conversation_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    """Days after which a finished conversation is deleted with its tickets, files and what the bot knows of it, counted
    from the last thing anybody did. 0 keeps it for ever."""


class Mail(Section):
    """Outgoing mail, for replies to customers who left an address."""

    smtp_url: MailServer
    """Mail server: smtp://, smtps:// (TLS from the start) or smtp+starttls://, then user:password@host:port."""

    sender: Annotated[str, Field(alias="from", pattern=r"^[^@\s]+@[^@\s]+$")]
    """Address that the mail comes from."""


def _spans(spans: tuple[str, ...]) -> tuple[str, ...]:
    for span in spans:
        try:
            Span.parse(span)
        except ValueError as error:
            raise invalid(str(error), "Write times of a day such as 09:00-12:00.") from None
    return spans


class Bookable(Section):
    """One kind of appointment."""

    spans: Annotated[tuple[str, ...], AfterValidator(_spans)] = ("09:00-12:00", "13:00-18:00")
    """Times of a day that are offered, in the desk's time zone, on days when the desk is open. None: not offered."""

    minutes: Annotated[int, Field(ge=0, le=720)] = 0
    """Length of one appointment; 0 makes each span one appointment."""

    capacity: Annotated[int, Field(ge=1)] = 2
    """Appointments that can take place at the same time."""

    notice_hours: Annotated[int, Field(ge=0, le=720)] = 2
    """Hours between the request and the earliest appointment."""

    days: Annotated[int, Field(ge=1, le=90)] = 14
    """Days ahead that are offered."""


class Appointments(Section):
    """Call-backs and visits that customers may book on every channel."""

    callback: Bookable = Bookable(minutes=60)
    """A person calls the customer."""

    visit: Bookable = Bookable(spans=("09:00-12:00", "13:00-17:00", "18:00-20:00"), notice_hours=18)
    """A technician comes; the customer is asked for the address."""


class Logs(Section):
    """What the service writes to standard error; never message text, never secrets."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level that is written."""

    format: Literal["console", "json"] = "console"
    """`console` for people, `json` for machines: one object a line."""


class WebChannel(Section):
    """The chat widget on web pages."""

    enabled: bool = True
    """Whether the widget and its API are served."""

    allowed_origins: tuple[Origin, ...] = ()
    """Origins of pages that embed the widget, such as https://shop.example. The service's own pages always may."""

    identity_secret: Secret = SecretStr("")
    """Shared with your web shop, which signs the user id of a customer who is logged in there
    (docs/protocol/web.md). Empty: every visitor is anonymous."""

    session_days: Annotated[int, Field(ge=1, le=365)] = 30
    """Days after which a visitor who did not return starts a new conversation."""


class RestChannel(Section):
    """Rasa's REST protocol at /webhooks/rest/webhook. Senders are unverified."""

    enabled: bool = True
    """Whether the endpoint is served."""

    token: Secret = SecretStr("")
    """Clients send it as a bearer token. Empty: whoever reaches the port may call, as with Rasa itself."""

    allowed_origins: tuple[Origin, ...] = ()
    """Origins of pages that may call. Programs send no origin and always may."""

    callback_url: WebAddress = ""
    """Where later human replies are posted. Empty: clients poll for them."""

    callback_secret: Secret = SecretStr("")
    """Signs what is posted to `callback_url` (docs/channels/rest.md)."""

    @model_validator(mode="after")
    def _callback_is_signed(self) -> Self:
        if self.callback_url and not self.callback_secret.get_secret_value():
            raise invalid("callback_url needs callback_secret", "Set one, for instance from `openssl rand -hex 32`.")
        return self


class SocketioChannel(Section):
    """Rasa's socket.io protocol at /socket.io. Senders are unverified."""

    enabled: bool = True
    """Whether the endpoint is served."""

    allowed_origins: tuple[Origin, ...] = ()
    """Origins of pages that may connect. The service's own pages always may."""


class BuiltInDesk(Section):
    """The desk that comes with the service; its tiers are in tiers.yml."""

    enabled: bool = True
    """Whether the console at /desk/ is served and takes handoffs."""

    addresses: Literal["masked", "full"] = "masked"
    """How agents see customers' addresses on their channels: enough to tell one from another, or all of it."""
