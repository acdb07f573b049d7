"""The shapes of request bodies. Unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from connectors.fields import clean_line
from desk.passwords import MAXIMUM
from desk.triage_moves import TAG


def _one_line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


Trimmed = StringConstraints(strip_whitespace=True)
Id = Annotated[str, Field(max_length=64)]
Name = Annotated[str, BeforeValidator(_one_line), Field(min_length=1, max_length=60)]
ClientId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Password = Annotated[str, Field(min_length=1, max_length=MAXIMUM)]
Email = Annotated[str, Trimmed, Field(max_length=254, pattern=r"^([^@\s]+@[^@\s]+)?$")]
Role = Literal["agent", "senior", "supervisor", "editor", "admin"]
Language = Literal["en", "zh"]
Languages = Annotated[tuple[Language, ...], Field(max_length=2)]
TierIds = Annotated[tuple[Id, ...], Field(max_length=50)]
Skills = Annotated[tuple[Annotated[str, Trimmed, Field(min_length=1, max_length=40)], ...], Field(max_length=20)]
Capacity = Annotated[int, Field(ge=1, le=50)]
Note = Annotated[str, Trimmed, Field(max_length=2000)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=TAG.pattern)]
Used = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(max_length=10)]


class Body(BaseModel):
    """Frozen, strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Body):
    """`{}`."""


class LogIn(Body):
    """A login name is looked up in lower case."""

    login: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True), Field(min_length=1, max_length=40)]
    password: Password


class ChangePassword(Body):
    """The current password and the new one."""

    current: Password
    new: Annotated[str, Field(max_length=1000)]


class UseReset(Body):
    """A one-time token and the new password."""

    token: Annotated[str, Field(min_length=1, max_length=100)]
    new: Annotated[str, Field(max_length=1000)]


class ChangeMe(Body):
    """What people change about themselves."""

    language: Language


class Presence(Body):
    """Whether one takes tickets."""

    presence: Literal["online", "away"]


class AddUser(Body):
    """A new person."""

    login: Annotated[str, Field(pattern=r"^[a-z0-9._-]{2,40}$")]
    name: Name
    email: Email = ""
    role: Role
    tiers: TierIds
    grade: Id = ""
    languages: Languages = ("zh", "en")
    skills: Skills = ()
    capacity: Capacity = 4
    language: Language = "en"
    password: Annotated[str, Field(max_length=1000)] = ""


class ChangeUser(Body):
    """What is given is changed."""

    name: Name = ""
    email: Email = ""
    role: Role = "agent"
    tiers: TierIds = ()
    grade: Id = ""
    languages: Languages = ()
    skills: Skills = ()
    capacity: Capacity = 4
    language: Language = "en"
    disabled: bool = False


class Accepting(Body):
    """The switch for new handoffs."""

    accepting: Annotated[bool, Field(strict=True)]


class ThenBody(Body):
    """What is done with a reply; `until` in ms, None: until the customer writes. `wrap_up` comes with `resolve`."""

    category: Id = ""
    tags: Annotated[tuple[Tag, ...], Field(max_length=10)] = ()
    snooze: bool = False
    until: Annotated[int, Field(ge=0, le=1 << 53)] | None = None
    resolve: bool = False
    wrap_up: Id = ""


class Reply(Body):
    """Words for the customer, the canned replies and articles they were made of, and what is done with them."""

    client_id: ClientId
    text: Annotated[str, Trimmed, Field(max_length=4000)] = ""
    attachments: Annotated[tuple[Id, ...], Field(max_length=10)] = ()
    macros: Used = ()
    articles: Used = ()
    then: ThenBody = ThenBody()


class AddNote(Body):
    """Words for colleagues."""

    client_id: ClientId
    text: Annotated[str, Trimmed, Field(min_length=1, max_length=4000)]


class HandBack(Body):
    """What the bot shall know."""

    briefing: Note = ""


class Resolve(Body):
    """A closing note, and what it turned out to be: a code of tiers.yml."""

    note: Note = ""
    wrap_up: Id = ""


class Transfer(Body):
    """Where the ticket goes."""

    tier: Id = ""
    agent_id: Id = ""
    note: Note = ""


class ListQuery(Body):
    """The query of a list."""

    view: Literal["queue", "mine", "team", "tier", "breaching", "snoozed", "mentioned", "all", "resolved"] = "queue"
    tier: Id = ""
    language: Literal["", "en", "zh"] = ""
    q: Annotated[str, Trimmed, Field(max_length=200)] = ""
    channel: Id = ""
    category: Id = ""
    tag: Id = ""
    agent: Id = ""
    urgency: Literal["", "low", "normal", "high", "urgent"] = ""
    priority: Annotated[int, Field(ge=-1000, le=1000)] | None = None
    sort: Literal["", "turn", "due", "updated", "newest", "oldest", "closed", "awake"] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[str, Field(max_length=500)] = ""


class TimelineQuery(Body):
    """The query of a timeline."""

    after: Annotated[int, Field(ge=0)] = 0


class Resend(Body):
    """To which identity a message is sent that did not get through; `confirmed`: it may arrive twice."""

    identity: Id
    confirmed: Annotated[bool, Field(strict=True)] = False


class LinkTo(Body):
    """The number of a ticket of the same customer."""

    number: Annotated[str, Trimmed, Field(min_length=1, max_length=40)]


class Invite(Body):
    """An offer to go on on another channel."""

    client_id: ClientId


class AskConsent(Body):
    """Whether the customer agrees to be written to."""

    granted: Annotated[bool, Field(strict=True)]


class HistoryQuery(Body):
    """The query of the history over all channels; `before` in ms."""

    before: Annotated[int, Field(ge=0, le=1 << 60)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class SuggestionQuery(Body):
    """The query of suggestions."""

    q: Annotated[str, Field(max_length=400)] = ""
