"""What QQ delivers, as events.

https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/event.html
"""

import base64
import binascii
import hashlib
import html
import json
import re
from dataclasses import dataclass

from connectors.fields import Fields
from connectors.message import Action, Content, Event, Ignored, Inbound, Media, Opening, Reachable

TEXT = 100_000
OPENID = re.compile(r"[0-9A-Za-z_-]{1,60}")  # two of them, and more, are names of at most 160 in what we remember
DISPATCH = 0

# https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/send.html; of direct chats the page has
# said 5 and says 4 by now.
DIRECT = Opening(seconds=60 * 60, messages=4)
GROUP = Opening(seconds=5 * 60, messages=5)
EVENT = Opening(seconds=5 * 60, messages=1)  # the page names none for events

_FACE = re.compile(r'<faceType=\d+,faceId="[^"]*",ext="([^"]*)">')
_MENTION = re.compile(r"<@!?[0-9A-Za-z_-]*>")


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """What an answer refers to: a message or an event of the customer's. `by` is the field that names it."""

    address: str
    by: str
    id: str
    seconds: int


def address_of(openid: str, group: str = "") -> str:
    """A direct chat is one conversation; in a group everybody who speaks to us has one."""
    return f"{group}:{openid}" if group else openid


def event_of(channel: str, payload: Fields) -> tuple[Event, Anchor | None]:
    """The event of one call, and what an answer to it refers to. Raises `Malformed`."""
    if payload.whole("op", 0, 1_000) != DISPATCH:
        return Ignored(channel=channel, why="unsupported"), None
    kind, data = payload.text("t", longest=60), payload.object("d")
    if data is None:
        raise payload.wrong("d", "must be an object")
    match kind:
        case "C2C_MESSAGE_CREATE":
            return _message(channel, data, _author(data, "user_openid"), "", DIRECT)
        case "GROUP_AT_MESSAGE_CREATE":
            group = data.matching("group_openid", OPENID, "an openid")
            return _message(channel, data, _author(data, "member_openid"), group, GROUP)
        case "FRIEND_ADD":
            return _added(channel, payload, data.matching("openid", OPENID, "an openid"))
        case "FRIEND_DEL" | "C2C_MSG_REJECT" | "C2C_MSG_RECEIVE":
            openid = data.matching("openid", OPENID, "an openid")
            if kind == "C2C_MSG_REJECT":  # only what we would say unasked; they write, and are answered, as ever
                return Ignored(channel=channel, why="status"), None
            return Reachable(channel=channel, address=openid, reachable=kind == "C2C_MSG_RECEIVE"), None
        case _:
            return Ignored(channel=channel, why="group" if kind.startswith("GROUP_") else "unsupported"), None


def _author(data: Fields, name: str) -> str:
    author = data.object("author")
    if author is None:
        raise data.wrong("author", "must be an object")
    return author.matching(name, OPENID, "an openid")


def _added(channel: str, payload: Fields, openid: str) -> tuple[Event, Anchor]:
    event_id = payload.text("id", longest=1000)
    greeted = Inbound(
        channel=channel,
        address=openid,
        external_id=_short(event_id),
        action=Action.START,
        opening=EVENT,
        raw=payload.data,
    )
    return greeted, Anchor(address=openid, by="event_id", id=event_id, seconds=EVENT.seconds)


def _message(channel: str, data: Fields, openid: str, group: str, opening: Opening) -> tuple[Event, Anchor | None]:
    message_id, address = data.text("id", longest=1000), address_of(openid, group)
    media, heard = _attachments(data)
    text = readable(data.text("content", longest=TEXT, default="")) or heard
    if not message_id or not (text or media):
        return Ignored(channel=channel, why="unsupported"), None
    said = Inbound(
        channel=channel,
        address=address,
        external_id=_short(message_id),
        content=Content(text=text),
        media=tuple(media),
        opening=opening,
        raw=data.data,
    )
    return said, Anchor(address=address, by="msg_id", id=message_id, seconds=opening.seconds)


def readable(content: str) -> str:
    """The words of a message: QQ's faces by their names, without our own name in front."""
    named = _FACE.sub(lambda match: _face(match[1]), content)
    return html.unescape(_MENTION.sub("", named)).strip()


def _face(ext: str) -> str:
    """The name of a face: base64 of {"text": "[笑哭]"}."""
    try:
        found = json.loads(base64.b64decode(ext, validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return ""
    text = found.get("text") if isinstance(found, dict) else None
    return Fields({"text": text[:40]}).line("text", longest=40) if isinstance(text, str) else ""


def _attachments(data: Fields) -> tuple[list[Media], str]:
    """The files of a message, and what QQ has understood of those that are spoken."""
    media, heard = [], []
    for item in data.items("attachments", 100):
        file = Fields(item, within="attachments")
        kind = file.text("content_type", longest=200, default="")
        url = file.text("url", longest=4000, default="")
        name, media_type = file.line("filename", longest=1000)[:200], kind if "/" in kind else ""
        if kind == "voice":  # in SILK, which hardly anybody can play, and as WAV where QQ adds it
            heard.append(file.text("asr_refer_text", longest=TEXT, default=""))
            if wav := file.text("voice_wav_url", longest=4000, default=""):
                url, name, media_type = wav, "voice.wav", "audio/x-wav"
        if url:
            absolute = url if "://" in url else f"https://{url.lstrip('/')}"
            media.append(Media(ref=absolute, name=name, media_type=media_type))
    return media, "\n".join(text for text in heard if text)


def _short(vendor_id: str) -> str:
    """An id that our store has room for."""
    return vendor_id if len(vendor_id) <= 150 else hashlib.sha256(vendor_id.encode()).hexdigest()
