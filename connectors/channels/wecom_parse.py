"""What WeCom tells of customer service: its callback, and the messages and events that are then fetched.

https://developer.work.weixin.qq.com/document/path/94670
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from connectors.channels.wecom_content import CONTENTS, FILES
from connectors.errors import Malformed
from connectors.fields import Fields
from connectors.message import (
    JSON,
    Action,
    Content,
    Event,
    Ignored,
    Inbound,
    Media,
    Opening,
    Outcome,
    Pull,
    Reachable,
    Report,
)
from connectors.xml_fields import XmlFields

CUSTOMER, SYSTEM, AGENT = 3, 4, 5
"""`origin`: who has sent it."""
WINDOW_S = 48 * 3600
MESSAGES = 5
HISTORY_S = 3 * 24 * 3600
"""WeCom keeps messages for three days; a time that is earlier is none."""
CODE_S = 20
"""A welcome code is good for so long (/document/path/95122)."""
WELCOME = Opening(seconds=CODE_S, messages=1)
LATE_S = 60
"""A message that is fetched later than this after it was written leaves less time for the answer."""
REFUSED_BY_CUSTOMER = 10
FAILURES: Mapping[int, str] = {
    0: "WeCom does not say why",
    1: "the customer service account is deleted",
    2: "the application is switched off",
    4: "the customer wrote more than 48 hours ago",
    5: "the session is closed",
    6: "five messages have been sent since the customer wrote",
    7: "no Channels account is connected",
    8: "the company is not verified",
    9: "the company is not verified, and no Channels account is connected",
    REFUSED_BY_CUSTOMER: "the customer does not want messages",
    11: "nobody of the company has signed in to WeCom",
    12: "WeCom does not allow this kind of message",
    13: "WeCom holds it back for safety",
}
"""`fail_type` of `msg_send_fail`."""

_ID = re.compile(r"[^\s/\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,70}")  # two of them, and more, are names of at most 160
_MESSAGE_ID = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}")
_MENU_ID = re.compile(r"([0-9A-Z]{26})_(\d{1,3})")


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """One message or event. `address` is empty where it is about nobody; `code` lets us welcome the customer until
    `code_until` (seconds since 1970); `entered` says from where they came.
    """

    events: tuple[Event, ...]
    address: str = ""
    at: int = 0  # seconds since 1970; 0: not said
    code: str = field(default="", repr=False)
    code_until: int = 0
    entered: JSON | None = None


def address_of(account: str, customer: str) -> str:
    """The opaque address of a customer at one of the company's accounts (`open_kfid`)."""
    return f"{account}/{customer}"


def of_address(address: str) -> tuple[str, str]:
    """Account and customer of an address."""
    account, _, customer = address.partition("/")
    return account, customer


def menu_id(token: str) -> str:
    """A button's token as WeCom wants an id: letters, digits and `_`."""
    return token.replace(".", "_")


def callback(data: bytes, channel: str, corp_id: str, accounts: tuple[str, ...], now: int) -> Event:
    """A decrypted callback that came at `now` (seconds since 1970). Raises `Malformed`."""
    xml = XmlFields.parse(data)
    if xml.text("ToUserName", longest=100, default=corp_id) != corp_id:
        raise Malformed("is for another company", code="bad_xml", field="ToUserName")
    if (xml.text("MsgType", longest=40), xml.text("Event", longest=60, default="")) != ("event", "kf_msg_or_event"):
        return Ignored(channel=channel, why="unsupported")
    account = xml.matching("OpenKfId", _ID, "the id of an account")
    if accounts and account not in accounts:
        return Ignored(channel=channel, why="other_account")
    token = xml.text("Token", longest=200, default="")
    return Pull(channel=channel, key=account, data={"token": token, "at": now})


def fetched(item: object, channel: str, now: int) -> Fetched:
    """One of the `msg_list`. Raises `Malformed`."""
    fields = Fields(item)
    kind = fields.text("msgtype", longest=40)
    if kind == "event":
        return _event(fields, channel, now)
    address = address_of(
        fields.matching("open_kfid", _ID, "the id of an account"),
        fields.matching("external_userid", _ID, "the id of a customer"),
    )
    at = _time(fields)
    origin = fields.whole("origin", 0, 1000)
    if origin != CUSTOMER:  # a colleague answers within WeCom
        return Fetched(events=(Ignored(channel=channel, why="agent" if origin == AGENT else "origin"),), at=at)
    body = fields.object(kind)
    if body is None or (kind not in CONTENTS and kind not in FILES):
        return Fetched(events=(Ignored(channel=channel, why="unsupported"),), at=at)
    said = _said(kind, body)
    if said is None:
        return Fetched(events=(Ignored(channel=channel, why="empty"),), at=at)
    content, media, button = said
    inbound = Inbound(
        channel=channel,
        address=address,
        external_id=fields.matching("msgid", _MESSAGE_ID, "an id"),
        content=content,
        media=media,
        button=button,
        opening=_opening(at, now),
        raw=fields.data,
    )
    return Fetched(events=(inbound,), address=address, at=at)


def _said(kind: str, body: Fields) -> tuple[Content, tuple[Media, ...], str] | None:
    if kind in FILES:
        file = FILES[kind]
        ref = body.matching("media_id", re.compile(r"\S{1,512}"), "an id of a file")
        return Content(), (Media(ref=ref, name=file.name, media_type=file.media_type),), ""
    if kind == "text" and (match := _MENU_ID.fullmatch(body.text("menu_id", longest=128, default=""))):
        return Content(), (), f"{match[1]}.{match[2]}"
    content = CONTENTS[kind](body)
    return (content, (), "") if content.text else None


def _opening(at: int, now: int) -> Opening | None:
    """How long we may still answer what was written at `at`, where it is not the usual time."""
    age = now - at
    if not at or not LATE_S < age < HISTORY_S:
        return None
    return Opening(seconds=max(0, WINDOW_S - age), messages=MESSAGES)


def _time(fields: Fields) -> int:
    return fields.whole("send_time", 0, 1 << 40, default=0)


# events


def _event(fields: Fields, channel: str, now: int) -> Fetched:
    event = fields.object("event")
    if event is None:
        raise fields.wrong("event", "must be an object")
    kind = event.text("event_type", longest=60)
    if kind == "enter_session":
        return _entered(fields, event, channel, now)
    if kind == "msg_send_fail":
        return _failed(fields, event, channel)
    return Fetched(events=(Ignored(channel=channel, why=_WHY.get(kind, _unsupported)(event)),), at=_time(fields))


def _entered(fields: Fields, event: Fields, channel: str, now: int) -> Fetched:
    """The customer has opened the chat. They may be welcomed when they have not been for 48 hours."""
    address = _address(event)
    at = _time(fields)
    until = min(at, now) + CODE_S if 0 < now - HISTORY_S < at else now + CODE_S
    code = event.text("welcome_code", longest=200, default="")
    scene: JSON = {"scene": event.text("scene", longest=100, default="")}
    scene["scene_param"] = unquote(event.text("scene_param", longest=500, default=""))
    video = event.object("wechat_channels")
    if video is not None:
        scene["wechat_channels"] = video.line("nickname", longest=100) or video.line("shop_nickname", longest=100)
    entered = {name: value for name, value in scene.items() if value}
    if not code or until <= now:
        ignored = Ignored(channel=channel, why="entered")
        return Fetched(events=(ignored,), address=address, at=at, entered=entered)
    start = Inbound(
        channel=channel,
        address=address,
        external_id=fields.matching("msgid", _MESSAGE_ID, "an id") if "msgid" in fields else f"code.{_short(code)}",
        action=Action.START,
        data=entered | ({"code": scene["scene_param"]} if scene["scene_param"] else {}),
        opening=WELCOME,
        raw=_without_code(fields.data),
    )
    return Fetched(events=(start,), address=address, at=at, code=code, code_until=until, entered=entered)


def _failed(fields: Fields, event: Fields, channel: str) -> Fetched:
    """A message that WeCom had taken was not delivered."""
    kind = event.whole("fail_type", 0, 1000, default=0)
    vendor_id = event.matching("fail_msgid", _MESSAGE_ID, "an id")
    reason = FAILURES.get(kind, f"WeCom does not deliver it ({kind})")
    report = Report(channel=channel, vendor_id=vendor_id, outcome=Outcome.FAILED, reason=reason)
    events: tuple[Event, ...] = (report,)
    if kind == REFUSED_BY_CUSTOMER:
        events += (Reachable(channel=channel, address=_address(event), reachable=False),)
    return Fetched(events=events, at=_time(fields))


def _address(event: Fields) -> str:
    return address_of(
        event.matching("open_kfid", _ID, "the id of an account"),
        event.matching("external_userid", _ID, "the id of a customer"),
    )


def _session(event: Fields) -> str:
    """Somebody takes, passes on or ends a session within WeCom."""
    changes = {1: "session_taken", 2: "session_passed_on", 3: "session_ended", 4: "session_taken"}
    return changes.get(event.whole("change_type", 0, 1000, default=0), "session_changed")


def _servicer(event: Fields) -> str:
    return "servicer_present" if event.whole("status", 0, 1000, default=0) == 1 else "servicer_away"


def _unsupported(_: Fields) -> str:
    return "unsupported"


_WHY: Mapping[str, Callable[[Fields], str]] = {
    "session_status_change": _session,
    "servicer_status_change": _servicer,
    "user_recall_msg": lambda _: "recalled",
    "servicer_recall_msg": lambda _: "agent",
    "reject_customer_msg_switch_change": lambda _: "agent",
}
"""Events that change nothing here, and the word they are counted by."""


def _short(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()[:32]


def _without_code(data: JSON) -> JSON:
    event = data.get("event")
    kept = {name: value for name, value in event.items() if name != "welcome_code"} if isinstance(event, dict) else {}
    return data | {"event": kept}
