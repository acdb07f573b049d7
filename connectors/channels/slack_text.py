"""Slack's way of writing text, both ways. https://docs.slack.dev/messaging/formatting-message-text/"""

import re

from connectors.message import JSON, Content
from connectors.splitting import split

SECTION = 3000  # characters of a section, as sent: https://docs.slack.dev/reference/block-kit/blocks/section-block/
_WORST = 5  # how much longer escaping can make a character: & becomes &amp;
_MARKUP = re.compile(r"<([^<>]*)>")
_SIGNS = {"@": "@", "#": "#", "!": "@"}
CHOOSE = {"en": "Please choose:", "zh": "请选择："}  # where there are choices and no words


def readable(text: str, ourselves: frozenset[str] = frozenset()) -> str:
    """What a person reads: links, people and signs as they are shown; mentions of `ourselves` left out."""

    def shown(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target[:1] == "@" and target[1:] in ourselves:
            return ""
        if target[:1] in _SIGNS:
            return _named(target, label)
        address = target.removeprefix("mailto:").removeprefix("tel:")
        return address if not label or label in {target, address} or address.endswith(f"//{label}") else (
            f"{label} ({address})"
        )  # fmt: skip

    plain = _MARKUP.sub(shown, text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def mentions(text: str, people: frozenset[str]) -> bool:
    """Whether one of these people is spoken to."""
    found = (match[1].partition("|")[0] for match in _MARKUP.finditer(text))
    return any(target[:1] == "@" and target[1:] in people for target in found)


def escaped(text: str) -> str:
    """Text that Slack shows as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def message_body(content: Content, language: str) -> JSON:
    """`text`, and with choices `blocks` too."""
    if not content.buttons:
        return {"text": escaped(content.text)}
    text = content.text or CHOOSE["zh" if language == "zh" else "en"]
    buttons = [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": button.title},
            "value": button.token,
            "action_id": f"choice-{number}",
        }
        for number, button in enumerate(content.buttons)
    ]
    sections = [{"type": "section", "text": {"type": "mrkdwn", "text": piece}} for piece in _sections(text)]
    return {"text": escaped(text), "blocks": [*sections, {"type": "actions", "elements": buttons}]}


def _sections(text: str) -> list[str]:
    most = SECTION if len(escaped(text)) <= SECTION else SECTION // _WORST
    return [escaped(piece) for piece in split(text, most)]


def _named(target: str, label: str) -> str:
    """A person, a channel, a group; or what is written as a command: <!here>, <!date^…|tomorrow>."""
    if target[0] == "!" and "^" in target:
        return label or target.partition("^")[0][1:]
    name = label.lstrip("@#") or target[1:].partition("^")[0]
    return f"{_SIGNS[target[0]]}{name}"
