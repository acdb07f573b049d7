"""The JSON shapes of docs/protocol/web.md: how stored things look on a customer's screen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from connectors.message import JSON, Attachment, Author
from frontdoor.states import Owner, State, owner
from frontdoor.status_links import StatusLinks
from storage.conversations import Conversation
from storage.handoffs import HandoffRow
from storage.messages import Message

Link = Callable[[Attachment], str]
"""Makes a signed link to an attachment."""


Banners = Callable[[str], list[JSON]]
"""What stands for everybody now, in a language."""


class Links(Protocol):
    """Makes signed links: short-lived ones, and others that are `kept` in a chat elsewhere."""

    def __call__(self, attachment: Attachment, *, kept: bool = False) -> str: ...


def message_frame(message: Message, link: Link, status: StatusLinks) -> JSON:
    """A message object. Button payloads stay here; tokens go out."""
    content = status.shown(message.content, message.language)
    frame: JSON = {
        "id": message.id,
        "seq": message.seq,
        "at": message.at,
        "author": str(message.author),
        "name": message.author_name,
        "text": content.text,
        "language": message.language,
        "helpful": message.helpful,
    }
    if message.author is Author.CUSTOMER:
        frame["client_id"] = message.client_id
    if content.buttons:
        frame["buttons"] = [{"title": button.title, "token": button.token} for button in content.buttons]
    if content.article:
        frame["article"] = {
            "id": content.article.id,
            "title": content.article.title,
            "language": content.article.language,
        }
    if content.attachments:
        frame["attachments"] = [
            {"id": each.id, "name": each.name, "media_type": each.media_type, "size": each.size, "url": link(each)}
            for each in content.attachments
        ]
    if content.custom:
        frame["custom"] = content.custom
    return frame


def conversation_frame(conversation: Conversation, handoff: HandoffRow | None, banners: Banners) -> JSON:
    """The state of a conversation as its customer may see it."""
    owned_by = owner(conversation.state)
    queued = conversation.state == State.QUEUED
    return {
        "id": conversation.id,
        "owner": str(owned_by),
        "state": conversation.state,
        "position": conversation.position if queued else None,
        "wait_seconds": conversation.wait_seconds if queued else None,
        "agent": {"name": conversation.agent_name} if owned_by is Owner.AGENT else None,
        "ticket": (handoff.number or handoff.reference) if handoff and conversation.state != State.BOT else "",
        "language": conversation.language,
        "email": mask_email(conversation.email),
        "opens_at": conversation.opens_at if queued else None,
        "banners": banners(conversation.language),
    }


def mask_email(address: str) -> str:
    """`lina@example.com` → `l…@example.com`."""
    name, at, domain = address.partition("@")
    return f"{name[0]}…@{domain}" if at and name else ""


def signed(attachments: tuple[Attachment, ...], link: Link) -> tuple[Attachment, ...]:
    """The attachments with links that work now."""
    return tuple(replace(each, url=link(each)) for each in attachments)
