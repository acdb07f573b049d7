"""What an agent types into the search: words, "phrases", and operators such as `from:customer before:2026-11-01`."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from desk.errors import bad_field
from storage.search import Wanted
from storage.words import SPACED, Term, phrase

AUTHORS = {"customer": "customer", "agent": "agent", "bot": "bot", "客户": "customer", "客服": "agent", "机器人": "bot"}
OPERATORS = ("from", "channel", "tag", "before", "after")
MOST_TERMS = 20
LONGEST_NUMBER = 15  # digits, as E.164 has it

_QUOTES = str.maketrans("“”„＂：", '"""":')
_PART = re.compile(rf'(?:({"|".join(OPERATORS)}):)?(?:"([^"]*)"?|([^\s"]+))')
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?")
_GROUPS = re.compile(r"(?<!\S)\+?\d[\d ().-]{5,}\d(?!\S)")


def parse(q: str, zone: ZoneInfo) -> Wanted:
    """What is wanted; days are those of `zone`. Raises `bad_field` for an operator's value that is none."""
    terms: list[Term] = []
    named: dict[str, list[str]] = {name: [] for name in OPERATORS}
    rest = q.translate(_QUOTES)
    for number in _GROUPS.finditer(rest):  # a phone number in groups is one word
        written, digits = number.group(), re.sub(r"\D", "", number.group())
        if SPACED.search(written) and len(digits) <= LONGEST_NUMBER and not _DATE.fullmatch(written):
            terms += phrase(written)
            rest = rest.replace(written, " ")
    for operator, quoted, plain in _PART.findall(rest):
        if operator:
            named[operator].append(quoted or plain)
        else:
            terms += phrase(quoted) if quoted else _words(plain)
    if len(terms) > MOST_TERMS:
        raise bad_field("q", "too_long", max_length=MOST_TERMS)
    return Wanted(
        terms=tuple(dict.fromkeys(terms)),
        authors=tuple(_author(each) for each in named["from"]),
        channels=tuple(each.lower() for each in named["channel"]),
        tags=tuple(named["tag"]),
        after=max((_day(each, zone) for each in named["after"]), default=None),
        before=min((_day(each, zone) for each in named["before"]), default=None),
    )


def _words(plain: str) -> list[Term]:
    """A word as typed may go on, unless it is short: then far too much would be found."""
    return phrase(plain, prefix=len(plain) >= 3 and plain[-1].isascii())


def _author(name: str) -> str:
    found = AUTHORS.get(name.lower())
    if found is None:
        raise bad_field("q", "unknown_author")
    return found


def _day(text: str, zone: ZoneInfo) -> int:
    days = {"today": 0, "今天": 0, "yesterday": 1, "昨天": 1}
    try:
        if text in days:
            day = datetime.now(zone).date() - timedelta(days=days[text])
        else:
            day = date(*map(int, text.split("-")))
        return int(datetime.combine(day, time(), zone).timestamp() * 1000)
    except (TypeError, ValueError, OverflowError) as error:
        raise bad_field("q", "bad_day") from error
