"""What is in WhatsApp's messages that are not text, as text and files.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/image (and its
neighbours: audio, contacts, document, location, order, sticker, video)
"""

import re

from connectors.fields import Fields
from connectors.message import JSON, Media
from connectors.meta_graph import map_link, objects, required, some_text

TEXT = 100_000  # of what a customer can write; the core knows how much of it we take
MEDIA_ID = re.compile(r"[0-9A-Za-z_.-]{1,100}")
SHORT = 200
NAMES = {
    "image": "image.jpg",
    "video": "video.mp4",
    "audio": "voice.ogg",
    "document": "file",
    "sticker": "sticker.webp",
}
"""What a file without a name goes by; the core looks at the bytes."""


def file_of(kind: str, fields: Fields) -> tuple[tuple[Media, ...], str]:
    """The file, and what is written under it."""
    media = Media(
        ref=fields.matching("id", MEDIA_ID, "an id"),
        name=some_text(fields, "filename", SHORT) or NAMES[kind],
        media_type=some_text(fields, "mime_type", SHORT).partition(";")[0],
        data={"sha256": some_text(fields, "sha256", 100)},
    )
    return (media,), fields.text("caption", longest=TEXT, default="")


def location_text(fields: Fields) -> str:
    """A place: its name and address where it has them, and a link to a map."""
    lines = [some_text(fields, "name", SHORT), some_text(fields, "address", 2 * SHORT)]
    lines.append(map_link(fields, "latitude", "longitude"))
    return "\n".join(line for line in lines if line)


def card(fields: Fields) -> JSON:
    """The name, numbers and mail addresses of a card."""
    name, organisation = fields.object("name"), fields.object("org")
    return {
        "name": some_text(name, "formatted_name", SHORT) or some_text(name, "first_name", SHORT),
        "company": some_text(organisation, "company", SHORT),
        "phones": [some_text(each, "phone", 40) or some_text(each, "wa_id", 40) for each in objects(fields, "phones")],
        "emails": [some_text(each, "email", SHORT) for each in objects(fields, "emails")],
    }


def card_text(found: JSON) -> str:
    """A card as one would write it down."""
    head = ", ".join(part for part in (found["name"], found["company"]) if part)
    return "\n".join(line for line in (head, *found["phones"], *found["emails"]) if line)


def order_text(fields: Fields) -> str:
    """A cart of the catalogue: what is said with it, and a line for each product."""
    lines = [fields.text("text", longest=TEXT, default="")]
    for item in objects(fields, "product_items"):
        count, price = item.data.get("quantity"), item.data.get("item_price")
        number = f"{count} × " if type(count) is int else ""
        amount = f" ({price} {some_text(item, 'currency', 3)})" if type(price) in {int, float} else ""
        lines.append(f"{number}{some_text(item, 'product_retailer_id', 100)}{amount}")
    return "\n".join(line for line in lines if line)


def chosen_of(fields: Fields) -> Fields | None:
    """The choice in an interactive reply, of a button or of a list; None for replies to what we never send."""
    kind = fields.text("type", longest=40, default="")
    return required(fields, kind) if kind in {"button_reply", "list_reply"} else None
