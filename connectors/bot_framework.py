"""The packet as Microsoft's Bot Framework hands conversations over: the event `handoff.initiate` with a transcript.

https://learn.microsoft.com/azure/bot-service/bot-service-design-pattern-handoff-human; activities and transcripts are
described at https://github.com/microsoft/Agents (specs). What Bot Framework has no place for travels in an attachment
of our own, so that what we wrote comes back whole; what others wrote is read as far as it goes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.desk import Handoff, Line, Reason
from connectors.fields import clean_text
from connectors.languages import ENGLISH, reduce_language
from connectors.message import JSON, Attachment, Author, Button, Content
from connectors.portable import Link, NotAPacket, from_document, to_document
from connectors.portable_model import milliseconds, moment

INITIATE, STATUS = "handoff.initiate", "handoff.status"
TRANSCRIPT = "Transcript"
OURS = "application/vnd.front-door.handoff+json"
"""The media type of the attachment that is the whole packet."""
STATES = ("accepted", "failed", "completed")
MOST = 20_000  # activities
LOCALES = {"en": "en-US", "zh": "zh-CN"}
CHANNELS = {"web": "webchat", "messenger": "facebook"}
"""Channels that have another name there."""
ROLES: Mapping[str, Author] = {
    "user": Author.CUSTOMER, "bot": Author.BOT, "skill": Author.BOT, "0": Author.BOT, "1": Author.CUSTOMER
}  # fmt: skip
"""`from.role`; transcripts of Copilot Studio have numbers."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """What became of a handoff. `state` is one of `STATES`."""

    conversation_id: str
    state: str
    message: str = ""


def to_event(handoff: Handoff, *, link: Link | None = None, url: str = "") -> JSON:
    """The event that a bot sends to have humans take over. `link` makes addresses of files."""
    customer = _account(handoff, Author.CUSTOMER, "")
    conversation = {"id": handoff.conversation_id}
    document = to_document(handoff, link=link, url=url)
    activities = [_activity(handoff, line, link) for line in handoff.transcript]
    routing = {
        "reason": str(handoff.reason), "reference": handoff.reference, "summary": handoff.summary,
        "urgency": handoff.urgency, "Skill": handoff.queue or handoff.triage.get("category") or "",
    }  # fmt: skip
    return {
        "type": "event",
        "name": INITIATE,
        "id": handoff.id,
        "timestamp": moment(handoff.created_at),
        "channelId": CHANNELS.get(handoff.channel, handoff.channel),
        "locale": LOCALES.get(handoff.language, handoff.language),
        "conversation": conversation,
        "from": customer,
        "relatesTo": {"conversation": conversation, "user": customer, "bot": _account(handoff, Author.BOT, "")},
        "value": {name: value for name, value in routing.items() if value},
        "attachments": [
            {"contentType": "application/json", "name": TRANSCRIPT, "content": {"activities": activities}},
            {"contentType": OURS, "name": f"handoff-{handoff.reference}.json", "content": document},
        ],
    }


def from_event(data: object) -> Handoff:
    """The packet in such an event, or of a bare transcript. Raises `NotAPacket`."""
    event = data if isinstance(data, dict) else {}
    if event.get("type") == "event" and event.get("name") != INITIATE:
        raise NotAPacket((("name", f'must be "{INITIATE}"'),))
    files = [each for each in _list(event.get("attachments")) if isinstance(each, dict)]
    ours = next((each for each in files if each.get("contentType") == OURS), None)
    if ours is not None:
        return from_document(ours.get("content"))
    activities = _activities(data, files)
    customer_id = str(_object(_object(event.get("relatesTo")).get("user")).get("id") or "")
    lines = tuple(_lines(activities, customer_id))
    if not lines:
        raise NotAPacket(((TRANSCRIPT, "must have messages"),))
    return _packet(event, activities, lines)


def to_status(status: Status) -> JSON:
    """The event that tells a bot what became of its handoff."""
    value = {"state": status.state, **({"message": status.message} if status.message else {})}
    return {"type": "event", "name": STATUS, "conversation": {"id": status.conversation_id}, "value": value}


def from_status(data: object) -> Status:
    """What became of a handoff. Raises `NotAPacket`."""
    event = _object(data)
    value = _object(event.get("value"))
    if event.get("type") != "event" or event.get("name") != STATUS:
        raise NotAPacket((("name", f'must be "{STATUS}"'),))
    if value.get("state") not in STATES:
        raise NotAPacket((("value.state", f"must be one of {', '.join(STATES)}"),))
    conversation_id = str(_object(event.get("conversation")).get("id") or "")
    return Status(conversation_id=conversation_id, state=value["state"], message=_text(value.get("message")))


def is_status(data: object) -> bool:
    """Whether this is told of a handoff, not the handoff itself."""
    return _object(data).get("name") == STATUS


def _packet(event: JSON, activities: list[JSON], lines: tuple[Line, ...]) -> Handoff:
    """What can be known of a handoff that somebody else's bot has begun."""
    first = next((each for each in activities if each.get("conversation")), event)
    conversation_id = str(_object((event or first).get("conversation")).get("id") or "")
    name = str(event.get("id") or "") or f"{conversation_id}:{lines[-1].message_id}"
    routing = _object(event.get("value"))
    locale = str(event.get("locale") or next((each["locale"] for each in activities if each.get("locale")), ""))
    said = [each for each in lines if each.author is Author.CUSTOMER]
    attachments = tuple(file for each in lines for file in each.content.attachments)
    return Handoff(
        id=f"bf{_short(name)[:24]}",
        conversation_id=conversation_id,
        channel=str(event.get("channelId") or first.get("channelId") or "bot_framework"),
        reference=f"BF-{_short(name)[:8].upper()}",
        reason=Reason.REQUESTED,
        reason_detail="",
        language=reduce_language(locale) or ENGLISH,
        customer={"id": _id_of(activities), "name": said[0].author_name if said else "", "verified": False},
        question=next((each.content.text for each in reversed(said) if each.content.text), ""),
        summary=_text(routing.get("va_AgentMessage") or routing.get("summary")),
        transcript=lines,
        slots={key: value for key, value in routing.items() if isinstance(value, str | int | float | bool)},
        attachments=attachments,
        created_at=_at(event.get("timestamp")) or lines[-1].at,
        queue=_text(routing.get("Skill") or routing.get("skill")),
    )


def _activities(data: object, files: list[JSON]) -> list[JSON]:
    """The transcript, in whichever of its forms. Raises `NotAPacket`."""
    found = next((each for each in files if each.get("name") == TRANSCRIPT), None)
    if found is not None and "content" not in found and found.get("contentUrl"):
        raise NotAPacket(((TRANSCRIPT, "is behind contentUrl: fetch it, and put it in `content`"),))
    content = found.get("content") if found is not None else data
    if isinstance(content, dict):
        content = content.get("activities") or content.get("transcript")
    activities = [each for each in _list(content) if isinstance(each, dict)]
    if not activities or len(activities) > MOST:
        what = f"must be an attachment of that name, or a list of 1 to {MOST} activities"
        raise NotAPacket(((TRANSCRIPT, what),))
    return activities


def _lines(activities: Iterable[JSON], customer_id: str) -> Iterator[Line]:
    """The messages among activities: typing, traces and events are none."""
    at = 0
    for number, activity in enumerate(activities):
        content = _content(activity)
        if activity.get("type", "message") != "message" or content == Content():
            continue
        account = _object(activity.get("from"))
        mine = bool(customer_id) and str(account.get("id")) == customer_id
        author = Author.CUSTOMER if mine else ROLES.get(str(account.get("role")), Author.BOT)
        at = _at(activity.get("timestamp")) or at
        yield Line(
            message_id=str(activity.get("id") or f"activity-{number}"), author=author,
            author_name=_text(account.get("name")) if author is Author.CUSTOMER else "", at=at, content=content,
        )  # fmt: skip


def _content(activity: JSON) -> Content:
    texts, titles, files = [_text(activity.get("text"))], list(_titles(activity.get("suggestedActions"))), []
    for each in _list(activity.get("attachments")):
        attachment = _object(each)
        card = attachment.get("content")
        if isinstance(card, dict):
            texts += _card_texts(card)
            titles += _titles({"actions": card.get("buttons") or card.get("actions")})
        elif url := attachment.get("contentUrl"):
            kind = str(attachment.get("contentType") or "application/octet-stream")
            name = _text(attachment.get("name")) or "file"
            files.append(Attachment(id=_short(str(url))[:26], name=name, media_type=kind, size=0, url=str(url)))
    return Content(
        text="\n".join(each for each in texts if each), buttons=tuple(Button(title=each) for each in titles),
        attachments=tuple(files),
    )  # fmt: skip


def _card_texts(card: JSON) -> list[str]:
    """What a card says: a hero card's members, an adaptive card's blocks of text."""
    blocks = [_text(_object(each).get("text")) for each in _list(card.get("body"))]
    return [*(_text(card.get(name)) for name in ("title", "subtitle", "text")), *blocks]


def _titles(actions: object) -> Iterator[str]:
    for each in _list(_object(actions).get("actions")):
        if title := _text(_object(each).get("title")):
            yield title


def _activity(handoff: Handoff, line: Line, link: Link | None) -> JSON:
    """A message. What people of the company and the service itself said is said to the customer, as the bot does."""
    content, customer = line.content, line.author is Author.CUSTOMER
    files = [
        {"contentType": each.media_type, "name": each.name, "contentUrl": link(each) if link else each.url}
        for each in content.attachments
    ]
    choices = [{"type": "imBack", "title": each.title, "value": each.title} for each in content.buttons]
    return {
        "type": "message",
        "id": line.message_id,
        "timestamp": moment(line.at),
        "channelId": CHANNELS.get(handoff.channel, handoff.channel),
        "conversation": {"id": handoff.conversation_id},
        "from": _account(handoff, line.author, line.author_name),
        "recipient": _account(handoff, Author.BOT if customer else Author.CUSTOMER, ""),
        "locale": LOCALES.get(handoff.language, handoff.language),
        "text": content.text,
        "textFormat": "plain",
        **({"attachments": files} if files else {}),
        **({"suggestedActions": {"actions": choices}} if choices else {}),
    }


def _account(handoff: Handoff, author: Author, name: str) -> JSON:
    if author is Author.CUSTOMER:
        customer = handoff.customer
        return {"id": str(customer.get("id") or "customer"), "name": str(customer.get("name") or name), "role": "user"}
    return {"id": str(author), "name": name or str(author), "role": "bot"}


def _id_of(activities: Iterable[JSON]) -> str:
    accounts = [_object(each.get("from")) for each in activities]
    customers = (each for each in accounts if ROLES.get(str(each.get("role"))) is Author.CUSTOMER)
    return next((str(each.get("id") or "") for each in customers), "")


def _at(timestamp: object) -> int:
    """Milliseconds since 1970; 0 where none are told. Seconds as numbers come from Copilot Studio."""
    if isinstance(timestamp, int | float) and not isinstance(timestamp, bool) and 0 < timestamp < 32_503_680_000:
        return int(timestamp * 1000)
    try:
        return milliseconds(str(timestamp))
    except ValueError:
        return 0


def _short(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


def _text(value: Any) -> str:
    return clean_text(value).strip() if isinstance(value, str) else ""


def _object(value: Any) -> JSON:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
