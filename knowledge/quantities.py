"""Amounts in a text (durations, prices, shares, sizes, dates) in one form for English and Chinese, so that they can be
compared: `30 days` and `30 天`, `24 months` and `两年`, `¥99` and `99 元` are the same."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {word: number for number, word in enumerate(_COUNTED, start=1)}
_UNITS = {
    "hours": (
        (1 / 60, r"min(?:ute)?s?|分钟"),
        (1, r"hours?|hrs?|h|个?小时|个?钟头"),
        (24, r"(?:working |business |calendar )?days?|个?(?:工作日|自然日|天)|日(?!期|常|用)"),
        (168, r"weeks?|个?(?:星期|礼拜)|周(?!末|边|年|一|二|三|四|五|六|日)"),
    ),
    "months": ((1, r"months?|个月"), (12, r"years?|年(?!\d|\s*\d{1,2}\s*月|度|末|底|初)")),
    "money": ((1, r"元|yuan|rmb|cny|块(?!钱?)"),),
    "percent": ((1, r"%|percent|per cent"),),
    "inches": ((1, r"inch(?:es)?|英寸|寸"),),
    "points": ((1, r"points?|积分"),),
}  # fmt: skip
_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_NAMED = "|".join(_WORDS)
_CHINESE = "[零〇一二两三四五六七八九十百]{1,4}"
_RANGE = r"\s*(?:-|–|—|~|～|至|到|to|and)\s*"
_ONE = rf"{_NUMBER}|{_NAMED}"


def _pattern(form: str) -> re.Pattern[str]:
    """A number, or two with a dash between, before a unit."""
    return re.compile(rf"(?<![\w.])(?:({_ONE}){_RANGE})?({_ONE}|{_CHINESE})\s*-?\s*(?:{form})(?![a-z])", re.IGNORECASE)


_PATTERNS = {unit: [(factor, _pattern(form)) for factor, form in forms] for unit, forms in _UNITS.items()}
_SIGNED = re.compile(rf"[¥￥$€]\s*({_NUMBER})(?:{_RANGE}[¥￥$€]?\s*({_NUMBER}))?")
_DAYS = (
    re.compile(r"(?:\d{4}\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]"),
    re.compile(r"\d{4}-(\d{2})-(\d{2})"),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = "|".join(_MONTHS)
_ENGLISH_DAY = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?\s+({_NAMES})[a-z]*|({_NAMES})[a-z]*\s+(\d{{1,2}})\b)", re.IGNORECASE
)
_CLOCK = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?!\d)")


@dataclass(frozen=True, order=True)
class Quantity:
    """An amount: `unit` is what it is counted in, `value` in that unit."""

    unit: str
    value: float

    def __str__(self) -> str:
        if self.unit == "day of the year":
            return f"{int(self.value) // 100}-{int(self.value) % 100:02}"
        if self.unit == "time of day":
            return f"{int(self.value) // 60}:{int(self.value) % 60:02}"
        if self.unit == "hours" and self.value >= 24 and self.value % 24 == 0:
            return f"{self.value / 24:g} days"
        if self.unit == "months" and self.value % 12 == 0:
            return f"{self.value / 12:g} years"
        return f"{self.value:g} {self.unit}"


def quantities(text: str) -> Counter[Quantity]:
    """All amounts of a text, with how often each is named."""
    text = unicodedata.normalize("NFKC", re.sub(r"[*_`]|https?://\S+", "", text))
    found: Counter[Quantity] = Counter()
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            found[Quantity("day of the year", int(match[1]) * 100 + int(match[2]))] += 1
        text = pattern.sub(" ", text)
    for match in _ENGLISH_DAY.finditer(text):
        day, month = match[1] or match[4], (match[2] or match[3]).lower()[:3]
        found[Quantity("day of the year", (_MONTHS.index(month) + 1) * 100 + int(day))] += 1
    for match in _CLOCK.finditer(text):
        found[Quantity("time of day", int(match[1]) * 60 + int(match[2]))] += 1
    for match in _SIGNED.finditer(text):
        for number in match.groups():
            if number:
                found[Quantity("money", _value(number))] += 1
    text = _SIGNED.sub(" ", text)
    for unit, patterns in _PATTERNS.items():
        for factor, pattern in patterns:
            for match in pattern.finditer(text):
                for number in match.groups():
                    if number:
                        found[Quantity(unit, round(_value(number) * factor, 3))] += 1
    return found


@dataclass(frozen=True)
class Amount:
    """Where a text names one amount with a digit: all of it, and of it the number. No ends of ranges."""

    start: int
    end: int
    number: tuple[int, int]
    unit: str


def amounts(text: str) -> list[Amount]:
    """The single amounts of a text without Markdown, in order; none lies within another."""
    found = [
        Amount(match.start(), match.end(), match.span(1), "money")
        for match in _SIGNED.finditer(text)
        if match[2] is None
    ]
    found += [
        Amount(match.start(), match.end(), match.span(2), unit)
        for unit, patterns in _PATTERNS.items()
        for _, pattern in patterns
        for match in pattern.finditer(text)
        if match[1] is None and match[2][0].isascii() and match[2][0].isdigit()
    ]
    found.sort(key=lambda each: (each.start, -each.end))
    return [each for n, each in enumerate(found) if all(each.start >= before.end for before in found[:n])]


def without_quantities(text: str) -> str:
    """A text with a mark in place of each amount and number, to see whether two texts differ in these alone."""
    text = unicodedata.normalize("NFKC", re.sub(r"[*_`]", "", text))
    for pattern in (
        *_DAYS,
        _ENGLISH_DAY,
        _CLOCK,
        _SIGNED,
        *(p for patterns in _PATTERNS.values() for _, p in patterns),
    ):
        text = pattern.sub(" # ", text)
    return re.sub(_NUMBER, "#", text)


def _value(number: str) -> float:
    if number.lower() in _WORDS:
        return _WORDS[number.lower()]
    if number[0] in "零〇一二两三四五六七八九十百":
        return _chinese(number)
    return float(number.replace(",", ""))


def _chinese(number: str) -> float:
    """Up to 999: 十五, 三十, 一百二十."""
    total = digit = 0
    for character in number:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit
