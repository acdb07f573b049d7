"""How a message of ours looks to LINE. https://developers.line.biz/en/reference/messaging-api/#message-objects"""

import uuid

import regex

from connectors.channel import Limits, Unit
from connectors.message import JSON, Content, Outbound

TEMPLATE_BUTTONS = 4
TEMPLATE_TEXT = 160  # characters as a reader counts them
ALT_TEXT = 400  # UTF-16 code units; what notifications and old clients show instead of a template

LIMITS = Limits(
    text_length=5000,  # https://developers.line.biz/en/reference/messaging-api/#text-message
    text_unit=Unit.UTF16,  # https://developers.line.biz/en/docs/messaging-api/text-character-count/
    buttons=13,  # https://developers.line.biz/en/reference/messaging-api/#quick-reply
    button_title=20,  # https://developers.line.biz/en/reference/messaging-api/#action-objects
    # https://developers.line.biz/en/reference/messaging-api/#image-message takes JPEG and PNG by link: 10 MB, and 1 MB
    # of the preview. We have one link for both. Everything else has no message type that needs no preparation.
    attachments=True,
    attachment_bytes=1 << 20,
    attachment_types=("image/jpeg", "image/png"),
    typing=True,
    total_per_second=2000,  # https://developers.line.biz/en/reference/messaging-api/#rate-limits
)

CHOOSE = {"en": "Please choose:", "zh": "请选择："}  # where there are choices and no words
_CHARACTER = regex.compile(r"\X")
_NAMESPACE = uuid.UUID("f8a9b9f2-2f6b-5b0c-9d5c-3f5d9a3c7f10")


def retry_key(message: Outbound) -> str:
    """The UUID under which LINE accepts this part once, however often it is sent."""
    return str(uuid.uuid5(_NAMESPACE, message.key))


def message_object(message: Outbound, image_url: str) -> JSON:
    """The one message object of this part; `image_url` is where its file lies, if it has one."""
    content = message.content
    if content.attachments:
        return {"type": "image", "originalContentUrl": image_url, "previewImageUrl": image_url}
    text = content.text or CHOOSE["zh" if message.language == "zh" else "en"]
    if not content.buttons:
        return {"type": "text", "text": text}
    actions = [_action(button.title, button.token) for button in content.buttons]
    if _fits_template(content):
        template = {"type": "buttons", "text": text, "actions": actions}
        return {"type": "template", "altText": _shortened(text), "template": template}
    items = [{"type": "action", "action": action} for action in actions]
    return {"type": "text", "text": text, "quickReply": {"items": items}}


def _fits_template(content: Content) -> bool:
    """Whether the choices can stay in the chat, as a template's do; quick replies are gone with the next message."""
    return len(content.buttons) <= TEMPLATE_BUTTONS and len(_CHARACTER.findall(content.text)) <= TEMPLATE_TEXT


def _action(title: str, token: str) -> JSON:
    return {"type": "postback", "label": title, "data": token, "displayText": title}


def _shortened(text: str) -> str:
    return text if len(text) <= ALT_TEXT // 2 else text[: ALT_TEXT // 2 - 1] + "…"
