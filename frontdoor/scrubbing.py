"""Scrubbing: what people wrote, without what tells who they are."""

import re
from collections.abc import Iterable

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
