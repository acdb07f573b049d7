"""What a customer sends by WeCom besides words: files, and cards that become words an agent and the bot can read.

https://developer.work.weixin.qq.com/document/path/94670
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.errors import Malformed
from connectors.fields import Fields, parse_json
from connectors.message import Content

TEXT = 100_000  # of what a customer can write; the core knows how much of it we take
LINE = 2000
FORWARDED = 100  # messages of a forwarded chat


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file: what we call it and take it for until it is here."""

    name: str
    media_type: str


FILES: Mapping[str, Kind] = {
    "image": Kind(name="image", media_type="image/"),
    "voice": Kind(name="voice.amr", media_type="audio/amr"),  # we ask for AMR (`voice_format` 0)
    "video": Kind(name="video.mp4", media_type="video/mp4"),
    "file": Kind(name="", media_type=""),
}


def _text(body: Fields) -> Content:
    return Content(text=body.text("content", longest=TEXT, default=""))


def _location(body: Fields) -> Content:
    latitude, longitude = _coordinate(body, "latitude", 90), _coordinate(body, "longitude", 180)
    name, address = body.line("name", longest=LINE), body.line("address", longest=LINE)
    place = {"latitude": latitude, "longitude": longitude, "name": name, "address": address}
    return Content(text="📍 " + _lines(name, address, f"{latitude}, {longitude}"), custom={"location": place})


def _link(body: Fields) -> Content:
    title, about = body.line("title", longest=LINE), body.line("desc", longest=LINE)
    return Content(text=_lines(title, about, body.line("url", longest=4096)))


def _card(body: Fields) -> Content:
    return _marked("👤", body.line("userid", longest=LINE))


def _miniprogram(body: Fields) -> Content:
    name = body.line("title", longest=LINE) or body.line("appid", longest=LINE)
    return _marked("🔗", _lines(name, body.line("pagepath", longest=4096)))


def _menu(body: Fields) -> Content:
    choices = []
    for item in body.items("list", 100):
        choice = Fields(item)
        inner = choice.object(choice.text("type", longest=20, default="text"))
        choices.append(inner.line("content", longest=LINE) if inner is not None else "")
    return Content(
        text=_lines(
            body.text("head_content", longest=TEXT, default=""),
            *choices,
            body.text("tail_content", longest=TEXT, default=""),
        )
    )


def _product(body: Fields) -> Content:
    cents = body.line("sales_price", longest=20)
    price = f"¥{int(cents) / 100:.2f}" if cents.isascii() and cents.isdigit() else cents
    title, number = body.line("title", longest=LINE), body.line("product_id", longest=LINE)
    return _marked("🛍", _lines(title, price, body.line("shop_nickname", longest=LINE), number))


def _order(body: Fields) -> Content:
    words = ("product_titles", "price_wording", "state", "shop_nickname", "order_id")
    return _marked("🧾", _lines(*(body.line(word, longest=LINE) for word in words)))


def _channels(body: Fields) -> Content:
    return _marked("🎬", _lines(body.line("title", longest=LINE), body.line("nickname", longest=LINE)))


def _merged(body: Fields) -> Content:
    """A chat that the customer forwards: who said what; what is not text is only named."""
    lines = [body.line("title", longest=LINE)]
    for item in body.items("item", 1000)[:FORWARDED]:
        message = Fields(item)
        named = message.data.get("msgtype")  # a number has been seen here, too
        kind = message.line("msgtype", longest=40) if isinstance(named, str) else "…"
        words = _forwarded(kind, message.text("msg_content", longest=TEXT, default=""))
        lines.append(f"{message.line('sender_name', longest=100)}: {words or f'[{kind}]'}")
    return Content(text=_lines(*lines))


def _forwarded(kind: str, content: str) -> str:
    """The words of one forwarded message, whose content is JSON within a string."""
    if kind not in CONTENTS or kind == "merged_msg":
        return ""
    try:
        inner: Any = parse_json(content)
        return CONTENTS[kind](Fields(inner.get(kind, inner) if isinstance(inner, dict) else inner)).text
    except Malformed:
        return ""


CONTENTS: Mapping[str, Callable[[Fields], Content]] = {
    "text": _text,
    "location": _location,
    "link": _link,
    "business_card": _card,
    "miniprogram": _miniprogram,
    "msgmenu": _menu,
    "channels_shop_product": _product,
    "channels_shop_order": _order,
    "channels": _channels,
    "merged_msg": _merged,
}
"""Kinds of messages that become words. Each reader raises `Malformed`."""


def _marked(mark: str, text: str) -> Content:
    return Content(text=f"{mark} {text}" if text else "")


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _coordinate(body: Fields, name: str, most: float) -> float:
    value = body.data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise body.wrong(name, f"must be a number from {-most} to {most}")
    return float(value)
