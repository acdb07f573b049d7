"""What WeChat pushes, as events.

https://developers.weixin.qq.com/doc/service/guide/product/message/Receiving_standard_messages.html
https://developers.weixin.qq.com/doc/service/guide/product/message/Receiving_event_pushes.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connectors.channels.wechat_settings import ACTIONS, MenuItem
from connectors.message import Content, Event, Ignored, Inbound, Media, Opening, Profile, Reachable
from connectors.xml_fields import XmlFields

OPEN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MSG_ID = re.compile(r"[0-9]{1,20}")
_MEDIA_ID = re.compile(r"[\x21-\x7e]{1,400}")
SCENE = Opening(seconds=60, messages=3)
"""After a click, a follow or a scan: three messages within a minute
(https://developers.weixin.qq.com/doc/service/guide/product/kf/intro.html)."""

LONGEST_TEXT = 100_000  # of a field; what a customer may write is the core's business
FORMATS = {"amr": "audio/amr", "speex": "audio/speex", "mp3": "audio/mpeg"}

IGNORED = {
    "view": "menu",
    "view_miniprogram": "menu",
    "scancode_push": "menu",
    "scancode_waitmsg": "menu",
    "pic_sysphoto": "menu",  # the pictures themselves come as messages
    "pic_photo_or_album": "menu",
    "pic_weixin": "menu",
    "location_select": "menu",  # as does the place
    "location": "position",
    "templatesendjobfinish": "status",
    "masssendjobfinish": "status",
    "publishjobfinish": "status",
    "subscribe_msg_popup_event": "status",
    "subscribe_msg_change_event": "status",
    "subscribe_msg_sent_event": "status",
    "kf_create_session": "status",
    "kf_close_session": "status",
    "kf_switch_session": "status",
}
"""Events that are nothing for us, by their name in lower case."""


class WechatParser:
    """Makes events of pushes; `clicks` are the entries of the menu by their keys."""

    def __init__(self, channel: str, clicks: Mapping[str, MenuItem], language: str) -> None:
        self._channel, self._clicks, self._language = channel, clicks, language
        self._messages: dict[str, Callable[[XmlFields], tuple[str, tuple[Media, ...]]]] = {
            "text": _text,
            "image": _image,
            "voice": _voice,
            "video": _video,
            "shortvideo": _video,
            "location": _location,
            "link": _link,
        }

    def events(self, push: XmlFields) -> Sequence[Event]:
        """One push. Raises `Malformed`."""
        kind = push.text("MsgType", longest=64).lower()
        address = push.matching("FromUserName", OPEN_ID, "an OpenID")
        push.matching("ToUserName", OPEN_ID, "the account's id")
        if kind == "event":
            return self._event(push, address)
        read = self._messages.get(kind)
        if read is None:
            return [Ignored(channel=self._channel, why="unsupported")]
        text, media = read(push)
        touched = "bizmsgmenuid" in push  # a choice of a menu message: it comes as its words
        return [
            Inbound(
                channel=self._channel,
                address=address,
                external_id=push.matching("MsgId", _MSG_ID, "a number"),
                content=Content(text=text),
                media=media,
                opening=SCENE if touched else None,
                raw=push.data,
            )
        ]

    def _event(self, push: XmlFields, address: str) -> Sequence[Event]:
        name = push.text("Event", longest=100).lower()
        at = push.whole("CreateTime")
        if name == "unsubscribe":
            return [Reachable(channel=self._channel, address=address, reachable=False)]
        if name in {"subscribe", "scan"}:
            back: list[Event] = [Reachable(channel=self._channel, address=address, reachable=True)]
            scene = push.text("EventKey", longest=400, default="").removeprefix("qrscene_")
            begun = self._done(push, address, f"{at}.{name}", MenuItem(name=name, action="start"))
            return [*back, replace(begun, data={"code": scene} if scene else {})]
        if name != "click":
            return [Ignored(channel=self._channel, why=IGNORED.get(name, "unsupported"))]
        item = self._clicks.get(push.text("EventKey", longest=400, default=""))
        if item is None:
            return [Ignored(channel=self._channel, why="menu")]
        return [self._done(push, address, f"{at}.{name}.{item.clicked[:64]}", item)]

    def _done(self, push: XmlFields, address: str, external_id: str, item: MenuItem) -> Inbound:
        """What somebody did without writing."""
        action, data = ACTIONS.get(item.action, (None, {}))
        return Inbound(
            channel=self._channel,
            address=address,
            external_id=external_id,
            content=Content(text=item.text),
            action=action,
            data=data,
            profile=Profile(language=self._language),
            opening=SCENE,
            raw=push.data,
        )


def _text(push: XmlFields) -> tuple[str, tuple[Media, ...]]:
    return push.text("Content", longest=LONGEST_TEXT), ()


def _image(push: XmlFields) -> tuple[str, tuple[Media, ...]]:
    link = push.text("PicUrl", longest=2000, default="")
    return "", (Media(ref=_media_id(push), name="image.jpg", media_type="image/jpeg", data={"link": link}),)


def _voice(push: XmlFields) -> tuple[str, tuple[Media, ...]]:
    """What WeChat has understood, where that is switched on; else the recording."""
    media_id = _media_id(push)
    heard = push.text("Recognition", longest=LONGEST_TEXT, default="")
    if heard:
        return heard, ()
    kind = push.text("Format", longest=20, default="amr").lower()
    return "", (Media(ref=media_id, name=f"voice.{_extension(kind)}", media_type=FORMATS.get(kind, "")),)


def _video(push: XmlFields) -> tuple[str, tuple[Media, ...]]:
    return "", (Media(ref=_media_id(push), name="video.mp4", media_type="video/mp4"),)


def _location(push: XmlFields) -> tuple[str, tuple[Media, ...]]:
    latitude, longitude = push.number("Location_X"), push.number("Location_Y")
    label = push.text("Label", longest=1000, default="")
    place = f"{latitude:.6f}, {longitude:.6f}"  # as Chinese maps count (GCJ-02): other maps are some 500 m off
    return "📍 " + ", ".join(each for each in (label, place) if each), ()


def _link(push: XmlFields) -> tuple[str, tuple[Media, ...]]:
    title, url = push.text("Title", longest=1000, default=""), push.text("Url", longest=4000)
    description = push.text("Description", longest=4000, default="")
    return "\n".join(each for each in (title, description, url) if each), ()


def _media_id(push: XmlFields) -> str:
    return push.matching("MediaId", _MEDIA_ID, "a media id")


def _extension(kind: str) -> str:
    return kind if re.fullmatch(r"[a-z0-9]{1,8}", kind) else "bin"
