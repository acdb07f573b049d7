"""Scrubbing: what people wrote, without what tells who they are."""

import re
from collections.abc import Iterable, Sequence

import phonenumbers

_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)
# Orders, cards, identity papers, bank accounts: five digits or more, perhaps in groups, perhaps with letters. What is
# a date or an amount of money is none.
_NUMBER = re.compile(
    r"(?P<kept>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}(?!\d)|[¥￥$€£]\s?\d[\d,.]*|\d[\d,.]*\s?(?:元|块|yuan|rmb)\b)"
    r"|(?<![A-Za-z0-9])[A-Za-z]{0,4}[-_#]?\d(?:[ -]?[\dXx]){4,}(?:[-_]?[A-Za-z0-9]+)*"
    r"|\b(?=(?:[A-Za-z]*\d){6})[A-Za-z0-9]{10,}\b|\b\d{1,3}(?:\.\d{1,3}){3,}\b",  # IBANs, IP addresses
    re.IGNORECASE,
)
_COUNTRIES = ("CN", "US", "GB")  # whose numbers are written without the country's code

MARKS = {
    "en": {"email": "[e-mail]", "link": "[link]", "phone": "[phone]", "number": "[number]", "name": "[name]"},
    "zh": {"email": "［邮箱］", "link": "［链接］", "phone": "［电话］", "number": "［号码］", "name": "［姓名］"},
}
_ANY_MARK = re.compile("|".join(re.escape(mark) for marks in MARKS.values() for mark in marks.values()))
_PLACE = re.compile(r"⟦(\d{1,3})⟧")
_SPACE = re.compile(r"[ \t]+(?=[ \t?!,.，。？！])")


def scrubbed(text: str, language: str, names: Iterable[str] = ()) -> str:
    """Text with marks in the place of addresses, links, phone numbers, other long numbers and these people's names."""
    marks = MARKS["zh" if language == "zh" else "en"]
    text = _EMAIL.sub(marks["email"], text)
    text = _LINK.sub(marks["link"], text)
    text = _without_phones(text, marks["phone"])
    text = _NUMBER.sub(lambda found: found["kept"] or marks["number"], text)
    for name in sorted({name.strip() for name in names}, key=len, reverse=True):
        if len(name) > 1:
            text = _named(name).sub(marks["name"], text)
    return text


def hidden(text: str) -> tuple[str, tuple[str, ...]]:
    """Text with ⟦1⟧, ⟦2⟧ … in the place of addresses, links, phone numbers and other long numbers, and what stood there
    in this order.
    """
    found: list[str] = []

    def hide(match: re.Match[str]) -> str:
        if match.lastgroup == "kept":
            return match[0]
        found.append(match[0])
        return f"⟦{len(found)}⟧"

    text = _PLACE.sub("", text)  # what only looks like one of ours
    for pattern in (_EMAIL, _LINK):
        text = pattern.sub(hide, text)
    for country in _COUNTRIES:
        for each in reversed(list(phonenumbers.PhoneNumberMatcher(text, country))):
            found.append(text[each.start : each.end])
            text = f"{text[: each.start]}⟦{len(found)}⟧{text[each.end :]}"
    return _NUMBER.sub(hide, text), tuple(found)


def shown_again(text: str, found: Sequence[str]) -> str:
    """The inverse of `hidden`, for a text that was made of the hidden one. Raises ValueError for a mark too many."""
    marks = {int(number) for number in _PLACE.findall(text)}
    if not marks <= set(range(1, len(found) + 1)):
        raise ValueError("a mark that stands for nothing")
    return _PLACE.sub(lambda match: found[int(match[1]) - 1], text)


def without_marks(text: str) -> str:
    """A scrubbed text as one would say it of nobody in particular."""
    return _SPACE.sub("", _ANY_MARK.sub("", text)).strip()


def _without_phones(text: str, mark: str) -> str:
    for country in _COUNTRIES:
        found = list(phonenumbers.PhoneNumberMatcher(text, country))
        for each in reversed(found):
            text = text[: each.start] + mark + text[each.end :]
    return text


def _named(name: str) -> re.Pattern[str]:
    edge = r"\b" if name.isascii() else ""
    return re.compile(f"{edge}{re.escape(name)}{edge}", re.IGNORECASE)
