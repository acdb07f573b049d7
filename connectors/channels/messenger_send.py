"""How a message of ours looks to Messenger and Instagram.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages
"""

from dataclasses import replace

from connectors.channel import Limits, Unit
from connectors.channels.messenger_comments import POST
from connectors.message import JSON, Attachment, Author, Button, Opening, Outbound

MEGABYTE = 1 << 20
DAY_S = 24 * 3600

LIMITS = Limits(
    text_length=2000,  # …/docs/messenger-platform/reference/send-api: "characters"; an emoji may be counted as two
    text_unit=Unit.UTF16,
    buttons=13,  # quick replies: …/messenger-platform/send-messages/quick-replies
    button_title=20,
    attachments=True,
    attachment_bytes=25 * MEGABYTE,  # …/messenger-platform/send-messages/saving-assets
    attachment_sizes=(("image/", 8 * MEGABYTE),),
    typing=True,
    delivery_bytes=3 * MEGABYTE,  # Meta batches up to 1,000 updates: …/graph-api/webhooks/getting-started
    total_per_second=300,  # …/messenger-platform/overview/#rate-limiting
    opening=Opening(seconds=DAY_S),  # …/messenger-platform/policy
)
INSTAGRAM_LIMITS = replace(
    LIMITS,
    text_length=1000,  # …/instagram-messaging/features/send-message
    text_unit=Unit.BYTES,
    attachment_types=(
        *("image/png", "image/jpeg", "audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav"),
        *("video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"),
    ),
    total_per_second=100,
)
HUMAN_AGENT = Opening(seconds=7 * DAY_S)
"""With the permission `human_agent`, people may answer for seven days."""

TEMPLATE_BUTTONS = 3  # …/messenger-platform/send-messages/template/button: these stay visible under the text
TEMPLATE_TEXT = 640
CHOOSE = {"en": "Please choose:", "zh": "请选择："}


def limits_of(instagram: bool, human_agent: bool) -> Limits:
    """What holds for one channel, by its settings."""
    limits = INSTAGRAM_LIMITS if instagram else LIMITS
    return replace(limits, opening=HUMAN_AGENT) if human_agent else limits


def message_body(message: Outbound, recipient: JSON, attachment_id: str = "") -> JSON:
    """The request for one part; `attachment_id` is where its file was put, if it has one."""
    content = message.content
    if content.attachments:
        payload = {"attachment_id": attachment_id}
        shown: JSON = {"attachment": {"type": kind_of(content.attachments[0]), "payload": payload}}
    else:
        text = content.text or CHOOSE["zh" if message.language == "zh" else "en"]
        shown = _choices(text, content.buttons) if content.buttons else {"text": text}
    return {"recipient": recipient, "messaging_type": "RESPONSE", "message": shown}


def tagged(body: JSON, author: Author) -> JSON:
    """What people write may come later than the bot's answers, where Meta has permitted it."""
    return body | {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if author is Author.AGENT else body


def private_reply(comment: str) -> JSON:
    """Whom a private reply to a comment (or a post) is for."""
    if comment.startswith(POST):
        return {"post_id": comment.removeprefix(POST)}
    return {"comment_id": comment}


def kind_of(attachment: Attachment) -> str:
    """Under which kind a file is shown."""
    kind = attachment.media_type.partition("/")[0]
    return kind if kind in {"image", "audio", "video"} else "file"


def _choices(text: str, buttons: tuple[Button, ...]) -> JSON:
    if len(buttons) <= TEMPLATE_BUTTONS and len(text) <= TEMPLATE_TEXT:
        postbacks = [{"type": "postback", "title": each.title, "payload": each.token} for each in buttons]
        payload = {"template_type": "button", "text": text, "buttons": postbacks}
        return {"attachment": {"type": "template", "payload": payload}}
    replies = [{"content_type": "text", "title": each.title, "payload": each.token} for each in buttons]
    return {"text": text, "quick_replies": replies}
