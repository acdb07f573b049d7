"""The members of a packet's document (docs/handoff/handoff-1.schema.json is written from these classes).

Members may be added within version 1, so nobody refuses what they do not know; what is here stays as it is.
"""

import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema

from connectors.desk import Reason
from connectors.message import JSON, Author

VERSION = "1"
SCHEMA = "urn:front-door:handoff:1"
"""What a document's `$schema` says: the `$id` of its schema."""
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MILLISECOND = datetime.timedelta(milliseconds=1)


def moment(at: int) -> str:
    """Milliseconds since 1970 as RFC 3339, in UTC."""
    return (EPOCH + at * MILLISECOND).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(text: str) -> int:
    """The inverse of `moment`, from any time zone. Raises ValueError."""
    found = datetime.datetime.fromisoformat(text)
    whole = found.tzinfo is not None and len(text) >= len("2026-11-27T14:03Z")
    if not whole or not 1970 <= found.year < 3000:  # so that every zone can show it
        raise ValueError("must be a moment such as 2026-11-27T14:03:05.250Z")
    return (found - EPOCH) // MILLISECOND


def _moment(text: str) -> str:
    milliseconds(text)
    return text


Moment = Annotated[str, AfterValidator(_moment), Field(json_schema_extra={"format": "date-time"})]
Word = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class Part(BaseModel):
    """An object in the document."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, use_attribute_docstrings=True)


class AttachmentPart(Part):
    """A file that somebody sent."""

    id: str
    """Of the file; the same wherever it is named."""
    name: str
    """The file's name, as it was given."""
    media_type: str
    """What it is, judged by its bytes: image/jpeg."""
    size: Annotated[int, Field(ge=0)]
    """Bytes."""
    url: str = ""
    """Where it can be fetched for a week, without logging in. Missing where files go along by themselves."""


class ArticlePart(Part):
    """The knowledge article that an answer was taken from."""

    id: str
    """Of the article."""
    title: str
    """As customers read it."""
    language: str
    """Of the article."""
    confidence: float | None = None
    """How sure the bot was, 0 to 1."""


class ButtonPart(Part):
    """A choice that was offered."""

    title: str
    """As the customer read it."""


class LinePart(Part):
    """One message of the conversation."""

    id: str
    """Of the message: a line with an id that is known already is the same line."""
    at: Moment
    """When it was said."""
    author: Annotated[Author, Field(strict=False)]
    """Who speaks. `system` is the service itself: "you are number 2"."""
    author_name: str = ""
    """The name that the customer reads, if any."""
    text: str = ""
    """What was said. Plain text."""
    buttons: list[ButtonPart] = []
    """Choices offered with it."""
    article: ArticlePart | None = None
    """The article it was taken from."""
    attachments: list[AttachmentPart] = []
    """Files that go with it."""
    custom: dict[str, Any] = {}
    """What else goes with it, such as what a system message is about."""


class TriedPart(Part):
    """An article that the bot showed or considered."""

    article_id: str
    """Of the article."""
    title: str
    """As customers read it."""
    language: str = ""
    """Of the article."""
    confidence: Annotated[float, Field(ge=0, le=1)] = 0
    """How sure the bot was."""
    shown: bool
    """Whether the customer saw it."""
    helpful: bool | None = None
    """What the customer said of it; null: nothing."""


class CustomerPart(Part):
    """Who the customer is, as far as it is known. Everything but `user_id` is what they said of themselves."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, use_attribute_docstrings=True)

    id: str | None = None
    """Ours."""
    name: str | None = None
    """As they call themselves."""
    email: str | None = None
    """E-mail address."""
    phone: str | None = None
    """E.164: +8613800138000."""
    user_id: str | None = None
    """Their account at the company. Only where the company's own site has proven it."""
    verified: bool | None = None
    """Whether `user_id` is proven."""
    segment: str | None = None
    """Of customers, such as "vip"; vouched for by the company's own site."""


class HandoffDocument(Part):
    """Everything that a human needs who takes over from a bot, so that nobody asks again."""

    schema_: Annotated[str, Field(alias="$schema")] = SCHEMA
    """Names this schema."""
    version: Literal["1"]
    """Of this form. Within "1" members and words of `reason` may be added; nothing is removed or changes its sense."""
    id: Annotated[str, Field(min_length=1, max_length=200)]
    """Of the handoff: the idempotency key. A second document with the same id opens no second ticket."""
    reference: Annotated[str, Field(min_length=1, max_length=100)]
    """The number that the customer was told."""
    created_at: Moment
    """When the bot handed over."""
    reason: Annotated[Word, Field(examples=[str(each) for each in Reason])]
    """Why the bot handed over, in one word. Words may be added: treat one that you do not know as `requested`."""
    language: Annotated[str, Field(pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*$")]
    """The language that the customer is spoken to in: "en" or "zh"."""
    conversation_id: str = ""
    """Of the conversation; the same in a later handoff of the same conversation."""
    channel: str = ""
    """Where the customer writes: web, wechat, email, …"""
    reason_detail: str = ""
    """The reason in a sentence, in `language`."""
    question: str = ""
    """What was asked, in the customer's own words."""
    summary: str = ""
    """The conversation in a few sentences, in `language`."""
    customer: CustomerPart = CustomerPart()
    """Who the customer is."""
    transcript: list[LinePart] = []
    """What was said, in order."""
    tried: list[TriedPart] = []
    """Articles that the bot showed or considered, the best first."""
    failed: list[str] = []
    """Questions that the bot could not answer."""
    intents: list[str] = []
    """What the bot took the latest messages for."""
    slots: dict[str, Any] = {}
    """What the bot has asked for already: order_number, phone, …"""
    sentiment: Literal["negative", "neutral", "positive"] = "neutral"
    """The customer's mood."""
    urgency: Literal["low", "normal", "high", "urgent"] = "normal"
    """How much it presses."""
    attachments: list[AttachmentPart] = []
    """All files of the conversation."""
    previous_ticket: str = ""
    """Number of an earlier ticket of the same conversation."""
    queue: str = ""
    """The queue, group or team that it is meant for, as the receiving side names it."""
    triage: dict[str, Any] = {}
    """What the company's own rules make of it: tier, category, complexity, value, risk, and why."""
    url: str = ""
    """Where people of the company can read it in Front Door."""


class _Untitled(GenerateJsonSchema):
    """Without a title for each member, which only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema() -> JSON:
    """The published JSON Schema (2020-12)."""
    made = HandoffDocument.model_json_schema(schema_generator=_Untitled, by_alias=True)
    head = {"$schema": GenerateJsonSchema.schema_dialect, "$id": SCHEMA, "title": "Front Door handoff, version 1"}
    return head | {name: value for name, value in made.items() if name not in head}
