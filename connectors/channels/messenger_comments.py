"""What is said to a page or an Instagram account in public: comments, posts of visitors, mentions.

Each is answered once in public and otherwise in private, as a "private reply", of which there is one for each comment,
within seven days: https://developers.facebook.com/documentation/business-messaging/messenger-platform/discovery/private-replies
"""

import re

from connectors.fields import Fields
from connectors.message import Content, Event, Ignored, Inbound, Opening, Profile
from connectors.meta_graph import required, some_text

THING = re.compile(r"[0-9A-Za-z_]{3,120}")
PERSON = re.compile(r"[0-9]{3,40}")
TEXT = 100_000
POST = "post:"
"""Stands before the id of a post in `Inbound.comment`, as the two are replied to differently."""
OPENING = Opening(seconds=7 * 24 * 3600, messages=2)  # the public answer, and one private reply


def comment_of(channel: str, own_id: str, change: Fields) -> Event:
    """What one change says to us; `Ignored` for likes, edits, our own comments and the like."""
    field, value = change.text("field", longest=60), required(change, "value")
    if field == "comments":
        return _of_instagram(channel, own_id, value)
    if field not in {"feed", "mention"}:
        return Ignored(channel=channel, why="unsupported")
    item = value.text("item", longest=40, default="")
    if item not in {"comment", "post", "status"}:
        return Ignored(channel=channel, why="feed")
    if value.text("verb", longest=40, default="add") != "add":
        return Ignored(channel=channel, why="changed")
    if field == "mention" and _identity(value, "post_id").startswith(f"{own_id}_"):
        return Ignored(channel=channel, why="own_post")  # the feed has it too
    author = value.object("from")
    thing = _identity(value, "comment_id") if item == "comment" else f"{POST}{_identity(value, 'post_id')}"
    person = str((author.data.get("id") if author else None) or value.data.get("sender_id") or "")
    name = some_text(author, "name", 160) or some_text(value, "sender_name", 160)
    return _said(channel, own_id, thing, person, name, value, value.text("message", longest=TEXT, default=""))


def _of_instagram(channel: str, own_id: str, value: Fields) -> Event:
    """https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram#comments"""
    author = value.object("from")
    person = str((author.data.get("id") if author else None) or "")
    if author is not None and str(author.data.get("self_ig_scoped_id") or "") == person:
        return Ignored(channel=channel, why="own")
    text = value.text("text", longest=TEXT, default="")
    name = some_text(author, "username", 160)
    return _said(channel, own_id, _identity(value, "id"), person, name, value, text)


def _said(channel: str, own_id: str, thing: str, person: str, name: str, value: Fields, text: str) -> Event:
    if person == own_id:
        return Ignored(channel=channel, why="own")
    if not text:
        return Ignored(channel=channel, why="empty")
    return Inbound(
        channel=channel,
        # Whose id Meta does not tell is known by what they said.
        address=person if PERSON.fullmatch(person) else f"comment:{thing}",
        external_id=f"comment:{thing}",
        content=Content(text=text),
        comment=thing,
        opening=OPENING,
        profile=Profile(name=name),
        raw=value.data,
    )


def _identity(value: Fields, name: str) -> str:
    """An id, which older versions write as a number."""
    found = value.data.get(name)
    text = str(found) if type(found) is int else found
    if not isinstance(text, str) or not THING.fullmatch(text):
        raise value.wrong(name, "must be an id")
    return text
