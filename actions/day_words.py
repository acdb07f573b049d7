"""Which of some times a customer means who writes "tomorrow morning", "周五下午", "30 November" or "14:00"."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from actions.booking import Slot

Fits = Callable[[Slot], bool]

_WEEKDAYS = (
    ("monday", "mon", "周一", "星期一", "礼拜一"),
    ("tuesday", "tue", "周二", "星期二", "礼拜二"),
    ("wednesday", "wed", "周三", "星期三", "礼拜三"),
    ("thursday", "thu", "周四", "星期四", "礼拜四"),
    ("friday", "fri", "周五", "星期五", "礼拜五"),
    ("saturday", "sat", "周六", "星期六", "礼拜六"),
    ("sunday", "sun", "周日", "星期日", "礼拜日", "周天", "星期天"),
)
_DAYS = (
    (2, ("the day after tomorrow", "day after tomorrow", "后天")),
    (1, ("tomorrow", "明天", "明早", "明晚")),
    (0, ("today", "tonight", "今天", "今晚")),
)
_PARTS = (
    (range(12), ("morning", "上午", "早上", "明早", "before noon")),
    (range(12, 18), ("afternoon", "下午", "中午")),
    (range(18, 24), ("evening", "tonight", "晚上", "今晚", "明晚", "傍晚")),
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_TH = r"(?:st|nd|rd|th)?"
_EN_DATE = re.compile(rf"\b(\d{{1,2}}){_TH}\s+(?:of\s+)?([a-z]{{3}})[a-z]*|\b([a-z]{{3}})[a-z]*\s+(\d{{1,2}}){_TH}\b")
_ZH_DATE = re.compile(r"(?:(\d{1,2})\s*月\s*)?(\d{1,2})\s*[日号]")
_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d{2}))\b|(\d{1,2})\s*点|\b(\d{1,2})\s*(am|pm)\b")


def meant(text: str, slots: Sequence[Slot], today: date) -> tuple[Slot, ...]:
    """The times that fit what was written; none when it says nothing about time."""
    said = unicodedata.normalize("NFKC", text).lower()
    wanted = [each for each in (_day(said, today), _part(said), _clock(said)) if each is not None]
    if not wanted:
        return ()
    return tuple(slot for slot in slots if all(fits(slot) for fits in wanted))


def _day(said: str, today: date) -> Fits | None:
    for offset, words in _DAYS:
        if any(word in said for word in words):
            day = today + timedelta(days=offset)
            return lambda slot: slot.moment.date() == day
    for number, words in enumerate(_WEEKDAYS):
        if any(re.search(rf"\b{word}\b" if word.isascii() else word, said) for word in words):
            return lambda slot: slot.moment.weekday() == number
    return _date(said)


def _date(said: str) -> Fits | None:
    for found in _EN_DATE.finditer(said):
        day, month = int(found[1] or found[4]), (found[2] or found[3])
        if month in _MONTHS:
            return lambda slot: (slot.moment.day, slot.moment.month) == (day, _MONTHS.index(month) + 1)
    if found := _ZH_DATE.search(said):
        day, month = int(found[2]), int(found[1] or 0)
        return lambda slot: slot.moment.day == day and month in {0, slot.moment.month}
    return None


def _part(said: str) -> Fits | None:
    for hours, words in _PARTS:
        if any(word in said for word in words):
            return lambda slot: slot.moment.hour in hours
    return None


def _clock(said: str) -> Fits | None:
    found = _CLOCK.search(said)
    if found is None:
        return None
    hour = int(found[1] or found[3] or found[4])
    late = found[5] == "pm" or any(word in said for word in ("下午", "晚上", "今晚", "明晚", "afternoon", "evening"))
    hour = hour + 12 if late and hour < 12 else hour
    return lambda slot: slot.moment.hour == hour
