"""How a message leaves by a vendor: the parts it is sent in, each one request, by the channel's declared limits.

Choices that a vendor cannot show are numbered in the text, and the core understands the number that comes back
(`chosen`). Files that a vendor cannot take become links.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import regex

from connectors.channel import Limits
from connectors.message import Attachment, Author, Button, Content, Outbound
from connectors.plain_text import plain
from connectors.splitting import split

SOURCE = {"en": "From: {title}", "zh": "来源：{title}"}
CHOOSE = {"en": "Reply with a number.", "zh": "请回复数字选择。"}
FILE = {"en": "File: {name} {url}", "zh": "文件：{name} {url}"}
_NUMBER = regex.compile(r"[#＃(（\[【]?\s*(\d{1,2})\s*[)）\]】.．、。号]?")
_CHINESE = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}


def parts(message: Outbound, limits: Limits) -> tuple[Outbound, ...]:
    """The message in the parts it is sent in; the same for the same message, so that a crash can resume.

    Buttons come with the last text; each file that is sent is a part of its own, behind the text.
    """
    content = message.content
    language = "zh" if message.language == "zh" else "en"
    sent = [each for each in content.attachments if _fits(each, limits)]
    linked = [each for each in content.attachments if each not in sent]
    native = _native(content.buttons, limits)
    written = content if message.author is not Author.BOT else replace(content, text=plain(content.text))
    text = _text(written, () if native else content.buttons, linked, language)
    pieces = split(text, limits.text_length, limits.text_unit) if text else []
    if native and pieces:
        pieces[-1:] = split(pieces[-1], limits.button_text, limits.text_unit)
    contents = [Content(text=piece, custom=content.custom) for piece in pieces]
    if native:
        contents = contents or [Content(custom=content.custom)]
        contents[-1] = replace(contents[-1], buttons=content.buttons)
    contents += [Content(attachments=(each,), custom=content.custom) for each in sent]
    return tuple(
        replace(message, content=each, part=number, parts=len(contents)) for number, each in enumerate(contents)
    )


def chosen(text: str, buttons: Sequence[Button]) -> Button | None:
    """The choice that a customer means who writes its number ("2", "２.", "二") or its title."""
    said = unicodedata.normalize("NFKC", text).strip()
    match = _NUMBER.fullmatch(said)
    number = int(match[1]) if match else _CHINESE.get(said, 0)
    titles = [_folded(button.title) for button in buttons]
    if _folded(said) in titles:  # a title that is a number ("5" of a rating) is meant as one
        return buttons[titles.index(_folded(said))]
    return buttons[number - 1] if 1 <= number <= len(buttons) else None


def numbered(buttons: Sequence[Button], limits: Limits) -> bool:
    """Whether choices leave with numbers in the text, because the vendor cannot show them as they are."""
    return bool(buttons) and not _native(buttons, limits)


def is_title(text: str, button: Button) -> bool:
    """Whether the customer has typed a choice word for word."""
    return _folded(text) == _folded(button.title)


def _native(buttons: Sequence[Button], limits: Limits) -> bool:
    return 0 < len(buttons) <= limits.buttons and all(len(each.title) <= limits.button_title for each in buttons)


def _fits(attachment: Attachment, limits: Limits) -> bool:
    return (
        limits.attachments
        and all(attachment.size <= most for most in _sizes(attachment.media_type, limits))
        and (not limits.attachment_types or attachment.media_type.startswith(limits.attachment_types))
    )


def _sizes(media_type: str, limits: Limits) -> list[int]:
    """The limits that a file of this type has to keep, in bytes."""
    own = [most for beginning, most in limits.attachment_sizes if media_type.startswith(beginning)]
    return [*own, limits.attachment_bytes] if limits.attachment_bytes else own


def _text(content: Content, numbered: Sequence[Button], linked: Sequence[Attachment], language: str) -> str:
    blocks = [content.text] if content.text else []
    if content.article is not None and content.text:
        source = SOURCE["zh" if content.article.language == "zh" else "en"]
        blocks.append(source.format(title=content.article.title))
    if numbered:
        lines = [f"{number}. {button.title}" for number, button in enumerate(numbered, 1)]
        if [button.title for button in numbered] == [str(number) for number in range(1, len(numbered) + 1)]:
            lines = []  # 1, 2, 3, 4, 5: the question says it
        blocks.append("\n".join([*lines, CHOOSE[language]]))
    blocks += [FILE[language].format(name=each.name, url=each.url) for each in linked]
    return "\n\n".join(blocks)


def _folded(title: str) -> str:
    return unicodedata.normalize("NFKC", title).strip().casefold()
