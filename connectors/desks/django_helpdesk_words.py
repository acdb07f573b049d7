"""What people wrote, in a form that django-helpdesk shows as it was.

It renders comments as Django templates when they come, and as Markdown when they are read; it also looks for numbers
of tickets in them. What would count is broken up by a mark that nobody sees, or gets a backslash, which is not shown.
"""

import re

UNSEEN = "\u2060"
"""A word joiner: no width, no letter, no space."""
_COUNTS = re.compile(r"\{(?=[{%#])|%(?=\})|X-HELPDESK(?=-COMMENT)|#(?=\d)|&(?=#?\w+;)")
"""A mark of a template (by the third, django-helpdesk itself stands in for some), a ticket's number, an entity."""
_INLINE = re.compile(r"[\\`*_\[\]>]")
_BLOCK = re.compile(r"^(?=[^\w\n])|^(?=\d)", re.MULTILINE)
"""Where a line might begin a list, a heading, a quote or a block of code."""


def shown(text: str) -> str:
    """Markdown, and a template, that is read as `text`."""
    return _COUNTS.sub(rf"\g<0>{UNSEEN}", _BLOCK.sub(UNSEEN, _INLINE.sub(r"\\\g<0>", text)))


def file_name(name: str, media_type: str, allowed: tuple[str, ...]) -> str:
    """A name that the site takes: as it is, as that of a text, or without an ending, which is always taken."""
    base, dot, ending = name.rpartition(".")
    if not dot or f".{ending.lower()}" in allowed:
        return name
    if ending.lower() == "jpeg" and ".jpg" in allowed:
        return f"{base}.jpg"
    if ".txt" in allowed and (media_type.startswith("text/") or media_type == "application/json"):
        return f"{name}.txt"
    return name.replace(".", "_")
