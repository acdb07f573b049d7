"""Chatwoot's messages: as they are sent, as they are read, and the calls that tell of them.

https://developers.chatwoot.com/api-reference/messages/create-new-message. The calls are those of an account's webhook
(Settings, Integrations, Webhooks) or of the inbox's own.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterable
from urllib.parse import unquote, urlsplit

import aiohttp

from connectors.channel import Request
from connectors.desk import DeskEvent, DeskEventKind, Look, News
from connectors.errors import Forged
from connectors.fields import Fields, parse_json
from connectors.helpdesk_model import Post, Remark, RemoteFile, Upload
from connectors.http import same_secret
from connectors.message import JSON, Author, Ignored
from connectors.plain_text import plain

INCOMING, OUTGOING = 0, 1
WINDOW_S = 300
"""How old a signed call may be."""
WATCHED = frozenset({"status", "assignee_id", "assignee_agent_bot_id"})
"""Attributes of a conversation that are news; every message changes others."""
_TIME = re.compile(r"[0-9]{1,12}")


def words(post: Post) -> str:
    """What a message says; the customer's words are theirs and need no heading."""
    return post.text if post.author is Author.CUSTOMER else f"{post.heading}\n{post.text}".strip()


def form(message: JSON, files: Iterable[Upload]) -> aiohttp.FormData:
    """A message with files; their names leave as browsers send them."""
    made = aiohttp.FormData(quote_fields=False)
    for name, value in message.items():
        made.add_field(name, str(value).lower() if isinstance(value, bool) else value)
    for file in files:
        made.add_field("attachments[]", file.data, filename=file.name, content_type=file.media_type)
    return made


def remark(message: JSON, me: int) -> Remark:
    """A message as it stands. What the customer says there is ours, too: nobody else writes into an API channel."""
    sender, kind = message.get("sender") or {}, message.get("message_type")
    attributes = message.get("content_attributes") or {}
    ours = kind == INCOMING or (sender.get("type") == "user" and sender.get("id") == me)
    content = str(message.get("content") or "")
    return Remark(
        id=str(message.get("id")), at=int(message.get("created_at") or 0) * 1000,
        text=content if ours else plain(content), public=kind == OUTGOING and not message.get("private"), ours=ours,
        author_id=str(sender.get("id") or ""), author_name="" if ours else name_of(sender),
        files=tuple(_file(each) for each in message.get("attachments") or () if each.get("data_url")),
        deleted=bool(attributes.get("deleted")),
    )  # fmt: skip


def name_of(user: JSON) -> str:
    """How colleagues and customers read somebody's name."""
    return str(user.get("available_name") or user.get("name") or "").strip()


def prove(request: Request, secret: str, url_secret: str) -> None:
    """Raise `Forged` unless the call is signed with `secret`, or has `url_secret` in its address."""
    signature = request.headers.get("x-chatwoot-signature", "")
    if not secret or not signature:
        if not url_secret or not same_secret(request.query.get("secret", ""), url_secret):
            raise Forged("the call is not signed, and has no secret of ours", code="bad_signature")
        return
    at = request.headers.get("x-chatwoot-timestamp", "")
    signed = f"{at}.".encode("utf-8", "replace") + request.body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    if not same_secret(signature, f"sha256={expected}"):
        raise Forged("the signature is wrong", code="bad_signature")
    if not _TIME.fullmatch(at) or abs(time.time() - int(at)) > WINDOW_S:
        raise Forged(f"the call was signed more than {WINDOW_S} s ago", code="signature_expired")


def told(request: Request, desk: str, shown: Callable[[str], str]) -> News:
    """What a call is about: a conversation to be read, an agent who types (`shown` is how customers read the name), or
    nothing that anybody must know. Raises `Malformed`.
    """
    data = Fields(parse_json(request.body))
    event = data.text("event", longest=100)
    if event.startswith("message_"):
        public = data.data.get("message_type") == "outgoing" and not data.data.get("private")
        return Look(ticket_id=_conversation(data)) if public else Ignored(channel=desk, why="no_reply")
    if event in {"conversation_typing_on", "conversation_typing_off"}:
        user = data.data.get("user")
        if data.data.get("is_private") or not isinstance(user, dict) or user.get("type") != "user":
            return Ignored(channel=desk, why="no_reply")
        ticket_id = _conversation(data)
        return DeskEvent(
            id=f"{ticket_id}:{event}", desk=desk, ticket_id=ticket_id, kind=DeskEventKind.TYPING,
            agent_id=str(user.get("id") or ""), agent_name=shown(name_of(user)), on=event.endswith("_on"),
        )  # fmt: skip
    if event == "conversation_updated" and not WATCHED & _changed(data):
        return Ignored(channel=desk, why="other_change")
    if event in {"conversation_status_changed", "conversation_updated"}:
        return Look(ticket_id=_id_in(data))
    return Ignored(channel=desk, why="other_event")


def _changed(data: Fields) -> set[str]:
    """The attributes that have changed; `WATCHED` where the call does not say."""
    changed = data.data.get("changed_attributes")
    if not isinstance(changed, list) or not changed:
        return set(WATCHED)
    return {str(name) for each in changed if isinstance(each, dict) for name in each}


def _conversation(data: Fields) -> str:
    return _id_in(data.object("conversation") or Fields({}, within="conversation"))


def _id_in(conversation: Fields) -> str:
    return str(conversation.whole("id", 1, 1 << 62))


def _file(data: JSON) -> RemoteFile:
    url = str(data["data_url"])
    name = unquote(urlsplit(url).path.rpartition("/")[2]) or "file"
    return RemoteFile(ref=url, name=name, size=int(data.get("file_size") or 0))
