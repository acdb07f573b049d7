"""The packet as a document for programs of others: JSON of a published form with a version (docs/handoff/README.md).

Not the stored form (`Handoff.to_json`), which is ours to change at any time. Times are RFC 3339. What is
behind a button stays here: only our own pages have a use for it.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import NoReturn

from pydantic import ValidationError

from connectors.desk import Handoff, Line, Reason, Tried
from connectors.errors import Malformed
from connectors.languages import ENGLISH, reduce_language
from connectors.message import JSON, Article, Attachment, Button, Content
from connectors.portable_model import SCHEMA, VERSION, AttachmentPart, HandoffDocument, LinePart, milliseconds, moment

Link = Callable[[Attachment], str]
"""Where a file can be fetched from outside."""


class NotAPacket(Malformed):
    """A document that is not as the schema says. `problems` are all that was found: where, and what it must be."""

    def __init__(self, problems: tuple[tuple[str, str], ...]) -> None:
        where, what = problems[0]
        super().__init__(f"{what}; docs/handoff/README.md describes it", code="bad_frame", field=where)
        self.problems = problems


def to_document(handoff: Handoff, *, link: Link | None = None, url: str = "") -> JSON:
    """The document of a packet. `link` makes addresses of files, `url` leads to the handoff here."""
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "id": handoff.id,
        "reference": handoff.reference,
        "created_at": moment(handoff.created_at),
        "reason": str(handoff.reason),
        "reason_detail": handoff.reason_detail,
        "language": handoff.language,
        "conversation_id": handoff.conversation_id,
        "channel": handoff.channel,
        "question": handoff.question,
        "summary": handoff.summary,
        "customer": handoff.customer,
        "tried": [asdict(each) for each in handoff.tried],
        "failed": list(handoff.failed),
        "intents": list(handoff.intents),
        "slots": handoff.slots,
        "sentiment": handoff.sentiment,
        "urgency": handoff.urgency,
        "triage": handoff.triage,
        "queue": handoff.queue,
        "previous_ticket": handoff.previous_ticket,
        "attachments": [_attachment(each, link) for each in handoff.attachments],
        "transcript": [line_document(each, link=link) for each in handoff.transcript],
        **({"url": url} if url else {}),
    }


def line_document(line: Line, *, link: Link | None = None) -> JSON:
    """One message, as it stands in a document's transcript; what is empty is left out."""
    content = line.content
    more = {
        "author_name": line.author_name,
        "text": content.text,
        "buttons": [{"title": each.title} for each in content.buttons],
        "article": asdict(content.article) if content.article else None,
        "attachments": [_attachment(each, link) for each in content.attachments],
        "custom": content.custom,
    }
    said = {"id": line.message_id, "at": moment(line.at), "author": str(line.author)}
    return said | {name: value for name, value in more.items() if value}


def from_document(data: object) -> Handoff:
    """The packet in a document. Raises `NotAPacket`."""
    if isinstance(data, dict) and "version" in data and data["version"] != VERSION:
        shown = str(data["version"])[:20]
        raise NotAPacket((("version", f'must be "{VERSION}", which is what is read here, not "{shown}"'),))
    try:
        read = HandoffDocument.model_validate(data)
    except ValidationError as error:
        _refuse(error)
    return Handoff(
        id=read.id,
        conversation_id=read.conversation_id,
        channel=read.channel,
        reference=read.reference,
        reason=Reason(read.reason) if read.reason in set(Reason) else Reason.REQUESTED,
        reason_detail=read.reason_detail,
        language=reduce_language(read.language) or ENGLISH,
        customer=read.customer.model_dump(exclude_unset=True),
        question=read.question,
        summary=read.summary,
        transcript=tuple(_line(each) for each in read.transcript),
        tried=tuple(Tried(**dict(each)) for each in read.tried),
        failed=tuple(read.failed),
        intents=tuple(read.intents),
        slots=read.slots,
        sentiment=read.sentiment,
        urgency=read.urgency,
        attachments=tuple(Attachment(**dict(each)) for each in read.attachments),
        previous_ticket=read.previous_ticket,
        created_at=milliseconds(read.created_at),
        queue=read.queue,
        triage=read.triage,
    )


def _line(part: LinePart) -> Line:
    content = Content(
        text=part.text,
        buttons=tuple(Button(title=each.title) for each in part.buttons),
        article=Article(**dict(part.article)) if part.article else None,
        attachments=tuple(Attachment(**dict(each)) for each in part.attachments),
        custom=part.custom,
    )
    return Line(
        message_id=part.id, author=part.author, author_name=part.author_name, at=milliseconds(part.at), content=content
    )  # fmt: skip


def _attachment(attachment: Attachment, link: Link | None) -> JSON:
    url = link(attachment) if link is not None else attachment.url
    known = AttachmentPart(**asdict(attachment) | {"url": url})
    return known.model_dump(exclude_defaults=True)


def _refuse(error: ValidationError) -> NoReturn:
    """Where, and what it must be; never what stood there, which may be a customer's."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    places = ((".".join(str(each) for each in one["loc"]) or "the document", one["msg"]) for one in found)
    raise NotAPacket(tuple((where, what.removeprefix("Value error, ")) for where, what in places)) from None
