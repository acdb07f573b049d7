"""What Zendesk says: comments, which ticket one is about, and whether it was Zendesk that called."""

import base64
import hashlib
import hmac
import re
import time

from connectors.channel import Request
from connectors.desk_answers import milliseconds
from connectors.errors import Forged, Malformed
from connectors.fields import Fields, parse_json
from connectors.helpdesk_model import Remark, RemoteFile
from connectors.html_text import to_text
from connectors.http import same_secret
from connectors.message import JSON

OURS, AFTER = "front-door:", "front-door-after:"
"""`external_id` of a ticket: of which handoff it is, or which closed ticket it goes on with."""
EVENT, TICKET_EVENT = "zen:event-type:", "zen:event-type:ticket."
WINDOW_S = 300
"""How old a webhook's signature may be."""
_ROOT = re.compile(AFTER + r"(\d{1,18})")


def verify(request: Request, secret: str) -> None:
    """Raise `Forged` unless the signature is of this timestamp and body, and new.

    https://developer.zendesk.com/documentation/webhooks/verifying/. Before a webhook is saved its test is signed with a
    secret that everybody can read there; that proves nothing, and is refused.
    """
    stamp = request.headers.get("x-zendesk-webhook-signature-timestamp", "")
    given = request.headers.get("x-zendesk-webhook-signature", "")
    proof = hmac.new(secret.encode(), stamp.encode("utf-8", "replace") + request.body, hashlib.sha256).digest()
    if not secret or not same_secret(given, base64.b64encode(proof).decode()):
        raise Forged("the signature is wrong", code="bad_signature")
    if abs(time.time() * 1000 - milliseconds(stamp)) > WINDOW_S * 1000:
        raise Forged("the signature is too old", code="signature_expired")


def ticket_of(body: bytes) -> str:
    """The ticket that a call is about: the body of our trigger, or an event that the webhook has subscribed to; empty
    for events of other things, and for a test of the webhook, which fills in no placeholders. Raises `Malformed`.
    """
    said = Fields(parse_json(body))
    kind = str(said.data.get("type") or "")
    if kind.startswith(EVENT) and not kind.startswith(TICKET_EVENT):
        return ""
    detail = (said.object("detail") or said) if kind.startswith(EVENT) else said
    ticket = detail.data.get("id" if kind.startswith(EVENT) else "ticket_id")
    if str(ticket).startswith("{{"):
        return ""
    if isinstance(ticket, bool) or not re.fullmatch(r"[0-9]{1,18}", str(ticket)):
        raise Malformed("must be a ticket's number", code="bad_frame", field="ticket_id")
    return root(ticket, detail.data.get("external_id"))


def remark(comment: JSON, ticket: JSON, people: dict[int, JSON], me: int) -> Remark:
    """A comment; one that is all blackened is gone. What the requester writes by e-mail is public, yet no reply."""
    author = comment.get("author_id")
    person = people.get(author, {}) if isinstance(author, int) else {}
    customer = person["role"] == "end-user" if person.get("role") else author == ticket.get("requester_id")
    text = to_text(str(comment.get("html_body") or ""), reply=False) or str(comment.get("plain_body") or "").strip()
    files = [each for each in comment.get("attachments") or () if each.get("malware_scan_result") != "malware_found"]
    return Remark(
        id=str(comment.get("id")),
        at=milliseconds(str(comment.get("created_at") or "")),
        text=text,
        public=bool(comment.get("public")) and not customer,
        ours=author == me,
        author_id=str(author),
        author_name="" if author == me else str(person.get("name") or ""),
        files=tuple(
            RemoteFile(
                ref=str(each.get("content_url")), name=str(each.get("file_name") or "file"),
                media_type=str(each.get("content_type") or ""), size=int(each.get("size") or 0),
            )
            for each in files
        ),
        deleted=bool(text) and not text.replace("▇", "").strip(),
    )  # fmt: skip


def root(ticket: object, external_id: object) -> str:
    """The ticket as we know it: that of which this one may be a follow-up."""
    found = _ROOT.fullmatch(str(external_id or ""))
    return found[1] if found else str(ticket)


def is_ours(external_id: object) -> bool:
    """Whether a ticket is one that we have made."""
    return str(external_id or "").startswith((OURS, AFTER))
