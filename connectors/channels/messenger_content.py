"""What is attached to messages of Messenger and Instagram, as text and files.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages
"""

from connectors.fields import Fields
from connectors.message import Media
from connectors.meta_graph import map_link, objects, some_text

ATTACHMENTS = 50
URL = 4000
SHORT = 300
FILES = {
    "image": ("image.jpg", "image/jpeg"),
    "sticker": ("sticker.png", "image/png"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("voice.mp4", "audio/mp4"),
    "file": ("file", ""),
}
"""Name and media type that a file goes by; the core looks at the bytes."""
THUMBS = frozenset({369239263222822, 369239343222814, 369239383222810})
"""The stickers of Messenger's own button, small to large."""


def attached(message: Fields) -> tuple[tuple[Media, ...], list[str]]:
    """The files of a message, and what its other attachments say: places, links, shared posts."""
    media: list[Media] = []
    lines: list[str] = []
    for attachment in objects(message, "attachments", ATTACHMENTS):
        kind, payload = attachment.text("type", longest=40), attachment.object("payload")
        url = some_text(payload, "url", URL) or some_text(attachment, "url", URL)
        sticker = payload.data.get("sticker_id") if payload is not None else None
        if type(sticker) is int and sticker in THUMBS:
            lines.append("👍")
        elif kind in FILES and url.startswith(("https://", "http://")):
            name, media_type = FILES[kind]
            media.append(Media(ref=url, name=some_text(payload, "title", 200) or name, media_type=media_type))
        elif kind == "location":
            lines.append(_place(attachment, payload))
        else:  # a link, a reel, a post, a story: whatever has an address
            title = some_text(attachment, "title", SHORT) or some_text(payload, "title", SHORT)
            lines += [line for line in (title, url) if line]
    # While Meta changes from one to the other, a sticker comes as an image and as a sticker.
    return tuple({each.ref: each for each in media}.values()), list(dict.fromkeys(lines))


def _place(attachment: Fields, payload: Fields | None) -> str:
    where = payload.object("coordinates") if payload is not None else None
    if where is None:
        raise attachment.wrong("payload", "must have coordinates")
    return map_link(where, "lat", "long")
