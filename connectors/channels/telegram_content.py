"""What a message of Telegram's says, and the files it brings: https://core.telegram.org/bots/api#message."""

import math
import re
from typing import Any

import phonenumbers

from connectors.errors import Malformed
from connectors.fields import Fields, clean_line
from connectors.message import JSON, Content, Media

FILE_ID = 512
NAME = 200
TEXT = 100_000
ENTITIES = 1000
LINKS = 20
_WEB_ADDRESS = re.compile(r"https?://[!-~]{1,2000}", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[\d ()-]{5,30}")
_KINDS = (  # of file, with the name and the type of those that bring none; a GIF also comes as a document
    ("animation", "animation.mp4", "video/mp4"),
    ("document", "", ""),
    ("video", "video.mp4", "video/mp4"),
    ("video_note", "video.mp4", "video/mp4"),
    ("voice", "voice.ogg", "audio/ogg"),
    ("audio", "audio.mp3", "audio/mpeg"),
)


def content_of(message: Fields, sender: Fields) -> tuple[Content, str]:
    """The text of a message, and the phone number (E.164) that is proven to be its sender's, if it brings one.

    Raises `Malformed`.
    """
    text = message.text("text", longest=TEXT, default="") or message.text("caption", longest=TEXT, default="")
    text, phone = "\n".join([text, *_hidden_links(message, text)]) if text else "", ""
    if (sticker := message.object("sticker")) is not None:
        text = sticker.line("emoji", longest=40)  # what the picture stands for
    elif (location := message.object("location")) is not None:
        text = _place(location, message.object("venue"))
    elif (contact := message.object("contact")) is not None:
        text, phone = _card(contact, sender)
    album = message.line("media_group_id", longest=100)
    return Content(text=text, custom={"album": album} if album else {}), phone


def _hidden_links(message: Fields, text: str) -> list[str]:
    """The addresses behind words of the text: https://core.telegram.org/bots/api#messageentity, `text_link`."""
    entities = [*message.items("entities", ENTITIES), *message.items("caption_entities", ENTITIES)]
    found = [each.get("url") for each in entities if isinstance(each, dict) and each.get("type") == "text_link"]
    links = [url for url in found if isinstance(url, str) and _WEB_ADDRESS.fullmatch(url) and url not in text]
    return list(dict.fromkeys(links))[:LINKS]


def media_of(message: Fields) -> tuple[Media, ...]:
    """The file of a message: there is one at most. Raises `Malformed`."""
    if sizes := message.items("photo", most=100):
        largest = max((Fields(each, within="photo") for each in sizes), key=_area)
        return (_media(largest, "photo.jpg", "image/jpeg"),)
    for kind, name, media_type in _KINDS:
        if (found := message.object(kind)) is not None:
            return (_media(found, name, media_type),)
    return ()


def _media(file: Fields, name: str, media_type: str) -> Media:
    size = file.data.get("file_size")
    data: JSON = {"size": size} if isinstance(size, int) else {}
    return Media(
        ref=file.text("file_id", longest=FILE_ID),
        name=file.line("file_name", longest=1000)[-NAME:] or name,
        media_type=file.line("mime_type", longest=200) or media_type,
        data=data,
    )


def _area(size: Fields) -> int:
    sides: list[Any] = [size.data.get("width"), size.data.get("height")]
    return math.prod(side if isinstance(side, int) else 0 for side in sides)


def _place(location: Fields, venue: Fields | None) -> str:
    """`📍 Name, street, latitude, longitude`, and a map."""
    latitude, longitude = _degrees(location, "latitude", 90), _degrees(location, "longitude", 180)
    named = [venue.line(name, longest=300) for name in ("title", "address")] if venue is not None else []
    words = ", ".join([*(name for name in named if name), latitude, longitude])
    return f"📍 {words}\nhttps://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"


def _degrees(location: Fields, name: str, most: int) -> str:
    value = location.data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise Malformed(f"must be a number from -{most} to {most}", code="bad_frame", field=f"location.{name}")
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _card(contact: Fields, sender: Fields) -> tuple[str, str]:
    """What a contact card says, and its number where it is the sender's own.

    Telegram itself, never the sender's program, fills in whose number it is (tdlib/td#2575): a card with the sender's
    id proves that the number is theirs.
    """
    number = contact.line("phone_number", longest=100)
    name = clean_line(" ".join(contact.line(part, longest=NAME) for part in ("first_name", "last_name")))
    phone = _e164(number)
    owner, own = contact.data.get("user_id"), sender.data.get("id")
    proven = isinstance(owner, int) and owner == own
    return f"{name} {phone or number}".strip(), phone if proven else ""


def _e164(number: str) -> str:
    """Telegram writes numbers with the country in front, mostly without a plus."""
    if not _NUMBER.fullmatch(number):
        return ""
    try:
        parsed = phonenumbers.parse("+" + re.sub(r"\D", "", number))
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
