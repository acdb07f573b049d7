"""What Slack delivers, as events.

https://docs.slack.dev/apis/events-api/ and https://docs.slack.dev/interactivity/handling-user-interaction/
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from connectors.channels.slack_text import mentions, readable
from connectors.errors import Malformed
from connectors.fields import Fields, clean_line, parse_json
from connectors.message import JSON, Action, Content, Event, Ignored, Inbound, Media, Pull

TEXT = 100_000
CHANNEL = re.compile(r"[A-Z][A-Z0-9]{1,40}")
PERSON = re.compile(r"[A-Za-z][A-Za-z0-9]{1,40}")
STAMP = re.compile(r"[0-9]{1,20}\.[0-9]{1,10}")
FILE = re.compile(r"[A-Z][A-Z0-9]{1,40}")
SAID = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Subtypes that are a person's message."""
GONE = frozenset({"tombstone", "hidden_by_limit"})  # files that are not to be had


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack/"""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def address_of(channel: str, thread: str) -> str:
    """A direct chat is one conversation; in a channel each thread is one.

    The workspace is not in it: through Slack Connect the same thread's events name now ours, now the customer's, while
    the ids of channels are those of the workspace that the token belongs to.
    """
    return channel if is_direct(channel) else f"{channel}:{thread}"


def is_direct(channel: str) -> bool:
    """Whether it is a chat of one person with us."""
    return channel.startswith("D")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One call of the Events API: `event`, whom we are called there, and which workspace is ours."""

    name: str
    event: Fields
    ourselves: frozenset[str]
    team: str
    serve_colleagues: bool

    def ignored(self, why: str) -> list[Event]:
        """Nothing for us."""
        return [Ignored(channel=self.name, why=why)]


def payload_of(body: bytes, content_type: str) -> Fields:
    """The JSON of a call, also where it comes as a form (interactivity). Raises `Malformed`."""
    if not content_type.startswith("application/x-www-form-urlencoded"):
        return Fields(parse_json(body))
    try:
        values = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=10)
        (payload,) = values["payload"]
    except (ValueError, KeyError):
        raise Malformed("has no payload", code="bad_frame") from None
    return Fields(parse_json(payload))


def events_of(name: str, payload: Fields, *, serve_colleagues: bool) -> Sequence[Event]:
    """The events of one call. Raises `Malformed`."""
    kind = payload.text("type", longest=60)
    if kind == "block_actions":
        return _pressed(name, payload)
    if kind != "event_callback":
        return [Ignored(channel=name, why="unsupported")]
    event = payload.object("event")
    if event is None:
        raise payload.wrong("event", "must be an object")
    ourselves, team = _installed(payload)
    delivery = Delivery(
        name=name, event=event, ourselves=ourselves, team=team, serve_colleagues=serve_colleagues
    )  # fmt: skip
    what = event.text("type", longest=60)
    if what in {"message", "app_mention"}:
        return _message(delivery, mentioned=what == "app_mention")
    if what == "app_home_opened":
        return _opened(delivery)
    return delivery.ignored("uninstalled" if what in {"app_uninstalled", "tokens_revoked"} else "unsupported")


def _installed(payload: Fields) -> tuple[frozenset[str], str]:
    """Our own ids, and the workspace that has installed us."""
    ourselves, team = set[str](), payload.text("team_id", longest=60, default="")
    for item in payload.items("authorizations", 100):
        authorization = Fields(item, within="authorizations")
        if isinstance(user := authorization.data.get("user_id"), str) and authorization.data.get("is_bot") is True:
            ourselves.add(user)
            team = authorization.text("team_id", longest=60, default="") or team
    return frozenset(ourselves), team


def _message(delivery: Delivery, *, mentioned: bool) -> Sequence[Event]:
    """A message, which may be the new words of an earlier one."""
    event = delivery.event
    channel = event.matching("channel", CHANNEL, "a channel's id")
    subtype = event.text("subtype", longest=60, default="")
    said, edited = event, subtype == "message_changed"
    if edited:
        message, previous = event.object("message"), event.object("previous_message")
        if message is None:
            raise event.wrong("message", "must be an object")
        if previous is not None and previous.data.get("text") == message.data.get("text"):
            return delivery.ignored("unchanged")  # Slack has added the picture of a link
        said, subtype = message, message.text("subtype", longest=60, default="")
    user = said.matching("user", PERSON, "a person's id") if "user" in said else ""
    if subtype == "bot_message" or "bot_id" in said or user in delivery.ourselves:
        return delivery.ignored("echo")
    if subtype not in SAID or not user:
        return delivery.ignored("deleted" if subtype == "message_deleted" else "system")
    text = said.text("text", longest=TEXT, default="")
    mentioned = mentioned or mentions(text, delivery.ourselves)
    stamp = said.matching("ts", STAMP, "a time")
    thread = said.matching("thread_ts", STAMP, "a time") if "thread_ts" in said else ""
    if not is_direct(channel) and not mentioned and not thread:
        return delivery.ignored("uninvited")
    if not is_direct(channel) and not delivery.serve_colleagues and _is_colleague(said, delivery.team):
        return delivery.ignored("colleague")
    content, media = Content(text=readable(text, delivery.ourselves)), tuple(_files(said))
    nothing = not content.text and not media
    if nothing and (edited or not mentioned):
        return delivery.ignored("unsupported")
    return [
        Inbound(
            channel=delivery.name,
            address=address_of(channel, thread or stamp),
            external_id=event.matching("ts", STAMP, "a time") if edited else stamp,
            content=content,
            media=() if edited else media,
            action=Action.START if nothing else None,
            edits=stamp if edited else "",
            uninvited=not is_direct(channel) and not mentioned,
            raw=event.data | {"user": user},
        )
    ]


def _is_colleague(said: Fields, team: str) -> bool:
    """Whether somebody of our own workspace says it; Slack names the workspace of who writes."""
    theirs = said.data.get("user_team") or said.data.get("source_team") or said.data.get("team")
    return bool(team) and theirs == team


def _files(said: Fields) -> list[Media]:
    found = []
    for item in said.items("files", 100):
        file = Fields(item, within="files")
        if file.text("mode", longest=40, default="") in GONE:
            continue
        # Through Slack Connect a file may come without its address: https://docs.slack.dev/reference/methods/files.info
        known = file.data.get("file_access") != "check_file_info"
        url = file.text("url_private_download", longest=2000, default="") or file.text(
            "url_private", longest=2000, default=""
        )
        found.append(
            Media(
                ref=file.matching("id", FILE, "a file's id"),
                name=file.line("name", longest=1000)[:200],
                media_type=file.line("mimetype", longest=200),
                data={"url": url if known else ""},
            )
        )
    return found


def _opened(delivery: Delivery) -> Sequence[Event]:
    """The chat with us was opened. Slack says so each time; only the first greets."""
    event = delivery.event
    if event.data.get("tab") != "messages":
        return delivery.ignored("unsupported")
    channel, user = event.matching("channel", CHANNEL, "a channel's id"), event.matching("user", PERSON, "an id")
    return [Pull(channel=delivery.name, key=f"open:{channel}", data={"address": channel, "user": user, "greet": True})]


def _pressed(name: str, payload: Fields) -> Sequence[Event]:
    user, channel, message = payload.object("user"), payload.object("channel"), payload.object("message")
    actions = [Fields(item, within="actions") for item in payload.items("actions", 100)]
    if user is None or not actions:
        raise payload.wrong("actions", "must be there, and who did them")
    action = actions[0]
    if channel is None or action.data.get("type") != "button" or "value" not in action:
        return [Ignored(channel=name, why="unsupported")]
    where = channel.matching("id", CHANNEL, "a channel's id")
    thread = message.data.get("thread_ts") if message is not None else None
    if not is_direct(where) and not (isinstance(thread, str) and STAMP.fullmatch(thread)):
        return [Ignored(channel=name, why="unsupported")]
    raw: JSON = {"user": user.matching("id", PERSON, "a person's id"), "action": action.data}
    return [
        Inbound(
            channel=name,
            address=address_of(where, str(thread)),
            external_id=action.matching("action_ts", STAMP, "a time"),
            button=clean_line(action.text("value", longest=2000)) or "-",
            raw=raw,
        )
    ]
