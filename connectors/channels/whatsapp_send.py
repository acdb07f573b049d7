"""How a message of ours looks to the Cloud API.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from connectors.channel import Limits
from connectors.message import JSON, Attachment, Button, Opening, Outbound

MEGABYTE = 1 << 20
OFFICE = "application/vnd.openxmlformats-officedocument"
SIZES: dict[str, int] = {
    "image/jpeg": 5 * MEGABYTE,
    "image/png": 5 * MEGABYTE,
    "audio/aac": 16 * MEGABYTE,
    "audio/amr": 16 * MEGABYTE,
    "audio/mpeg": 16 * MEGABYTE,
    "audio/mp4": 16 * MEGABYTE,
    "video/mp4": 16 * MEGABYTE,
    "video/3gpp": 16 * MEGABYTE,
    "text/plain": 100 * MEGABYTE,
    "application/pdf": 100 * MEGABYTE,
    "application/msword": 100 * MEGABYTE,
    "application/vnd.ms-excel": 100 * MEGABYTE,
    "application/vnd.ms-powerpoint": 100 * MEGABYTE,
    f"{OFFICE}.wordprocessingml.document": 100 * MEGABYTE,
    f"{OFFICE}.spreadsheetml.sheet": 100 * MEGABYTE,
    f"{OFFICE}.presentationml.presentation": 100 * MEGABYTE,
}
"""https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media#supported-media-types
without OGG, which is taken only with the Opus codec, and WebP, which is taken only as a sticker."""

LIMITS = Limits(
    text_length=4096,  # …/whatsapp/messages/text-messages, and of a list's body
    buttons=10,  # rows of a list: …/whatsapp/messages/interactive-list-messages
    button_title=24,
    attachments=True,
    attachment_bytes=100 * MEGABYTE,
    attachment_types=tuple(SIZES),
    attachment_sizes=tuple(SIZES.items()),
    typing=True,
    delivery_bytes=3 * MEGABYTE,  # …/whatsapp/webhooks/overview: "up to 3 MB"
    total_per_second=80,  # …/whatsapp/throughput
    opening=Opening(seconds=24 * 3600),  # …/whatsapp/messages/send-messages#customer-service-windows
)

REPLY_BUTTONS = 3  # …/whatsapp/messages/interactive-reply-buttons-messages: these stay visible under the text
REPLY_TITLE = 20
REPLY_TEXT = 1024
CHOOSE = {"en": "Please choose:", "zh": "请选择："}
OPEN_LIST = {"en": "Choose", "zh": "请选择"}  # 20 characters
LIST_TITLE = {"en": "Options", "zh": "选项"}  # 24 characters


def recipient(address: str) -> JSON:
    """Whom a message is for: a number, or a business-scoped user id."""
    return {"recipient": address} if "." in address else {"to": address}


def message_body(message: Outbound, media_id: str = "") -> JSON:
    """The request for one part; `media_id` is where its file was put, if it has one."""
    head: JSON = {"messaging_product": "whatsapp", "recipient_type": "individual", **recipient(message.address)}
    content, language = message.content, "zh" if message.language == "zh" else "en"
    if content.attachments:
        kind, shown = file_body(content.attachments[0], media_id)
    elif content.buttons:
        kind, shown = "interactive", _choices(content.text or CHOOSE[language], content.buttons, language)
    else:
        kind, shown = "text", {"body": content.text, "preview_url": False}
    return {**head, "type": kind, kind: shown}


def template_body(address: str, name: str, language: str) -> JSON:
    """The request for a template without variables, the only thing that may be said when the window is closed."""
    template = {"name": name, "language": {"code": language}}
    head = {"messaging_product": "whatsapp", "recipient_type": "individual", **recipient(address)}
    return {**head, "type": "template", "template": template}


def read_body(message_id: str) -> JSON:
    """The request that marks a customer's message, and all before it, as read, and shows that somebody is typing.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators/
    """
    return {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": message_id,
        "typing_indicator": {"type": "text"},
    }


def file_body(attachment: Attachment, media_id: str) -> tuple[str, JSON]:
    """The kind of message that shows a file, and the file in it."""
    kind = attachment.media_type.partition("/")[0]
    if kind in {"image", "audio", "video"}:
        return kind, {"id": media_id}
    return "document", {"id": media_id, "filename": attachment.name}


def _choices(text: str, buttons: tuple[Button, ...], language: str) -> JSON:
    titles = [button.title for button in buttons]
    fits = len(buttons) <= REPLY_BUTTONS and len(text) <= REPLY_TEXT and len(set(titles)) == len(titles)
    if fits and all(len(title) <= REPLY_TITLE for title in titles):
        replies = [{"type": "reply", "reply": {"id": each.token, "title": each.title}} for each in buttons]
        return {"type": "button", "body": {"text": text}, "action": {"buttons": replies}}
    rows = [{"id": each.token, "title": each.title} for each in buttons]
    sections = [{"title": LIST_TITLE[language], "rows": rows}]
    return {"type": "list", "body": {"text": text}, "action": {"button": OPEN_LIST[language], "sections": sections}}
