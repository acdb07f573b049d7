"""Identity papers: by their sums where they have one, else where it says what they are.

Resident identity cards of mainland China: GB 11643-1999, sum by ISO 7064 MOD 11-2; old ones have 15 digits and no sum.
"""

import datetime

from presidio_analyzer import PatternRecognizer
from stdnum.cn import ric
from stdnum.exceptions import ValidationError
from stdnum.us import ssn

from frontdoor.privacy.recognisers.shapes import BEGINS, ENDS, NOT_LABELLED_OTHERWISE, labelled, pattern

ENTITY = "id_cards"
# The first two digits: provinces, Taiwan (71, 83), Hong Kong and Macau (81, 82).
_PROVINCES = frozenset(
    map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83))
)  # fmt: skip
_ID_WORDS = (
    "身份证",
    "身份證",
    "证件",
    "證件",
    "身分证",
    "身分證",
    "id card",
    "identity card",
    "identity number",
    "id number",
    "id no",
)
_PASSPORT_WORDS = ("护照", "護照", "passport")
_PERMIT_WORDS = ("通行证", "通行證", "回乡证", "回鄉證", "台胞证", "台胞證", "居住证", "居住證", "居留证")


def resident(number: str) -> bool:
    """Whether 18 characters are the number of a resident identity card: province, date of birth, sum.

    `stdnum.cn.ric.validate` also wants the county to have existed in the year of birth; those who got their number
    later, under a new county, have one that it refuses, and theirs must not leave either.
    """
    number = ric.compact(number)
    if len(number) != 18 or not number[:17].isdigit() or number[:2] not in _PROVINCES:
        return False
    try:
        born = ric.get_birth_date(number)
    except ValidationError:
        return False
    return born.year >= 1880 and ric.calc_check_digit(number) == number[-1]


def old_resident(number: str) -> bool:
    """Whether 15 digits can be an identity card of before 1999."""
    if len(number) != 15 or not number.isdigit() or number[:2] not in _PROVINCES:
        return False
    try:
        datetime.date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
    except ValueError:
        return False
    return True


def hong_kong(number: str) -> bool:
    """Whether it is the number of a Hong Kong identity card, such as A123456(3): its sum is a multiple of 11."""
    text = number.upper().replace("(", "").replace(")", "").replace(" ", "")
    letters, digits, check = text[:-7], text[-7:-1], text[-1]
    values = [36] * (2 - len(letters)) + [ord(each) - 55 for each in letters] + [int(each) for each in digits]
    values.append(10 if check == "A" else int(check))
    return sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


_TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # A is 10, B 11, …


def taiwan(number: str) -> bool:
    """Whether it is a Taiwan identity number, such as A123456789: its sum is a multiple of 10."""
    letter = 10 + _TAIWAN.index(number[0].upper())
    values = [letter // 10, letter % 10, *map(int, number[1:])]
    return (
        sum(value * weight for value, weight in zip(values, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0
    )


class ResidentCards(PatternRecognizer):
    """身份证 with 18 characters, in one piece or in groups, that pass their sum."""

    def __init__(self) -> None:
        one = rf"{BEGINS}[1-9]\d{{5}}[ -]?(?:18|19|20)\d\d[ -]?\d\d[ -]?\d\d[ -]?\d{{3}}[\dXx]{ENDS}"
        fours = rf"{BEGINS}[1-9]\d{{3}}(?:[ -]\d{{4}}){{3}}[ -]\d[\dXx]{ENDS}"
        super().__init__(ENTITY, patterns=[pattern("18", one), pattern("18 in fours", fours)])

    def validate_result(self, pattern_text: str) -> bool:
        """By `resident`."""
        return resident(pattern_text.replace("-", "").replace(" ", ""))


class OldResidentCards(PatternRecognizer):
    """身份证 with 15 digits, where it says that they are one."""

    def __init__(self) -> None:
        super().__init__(ENTITY, patterns=[pattern("15", rf"{labelled(*_ID_WORDS)}{BEGINS}\d{{15}}{ENDS}")])

    def validate_result(self, pattern_text: str) -> bool:
        """By `old_resident`."""
        return old_resident(pattern_text)


class HongKongCards(PatternRecognizer):
    """香港身份證, with its check digit in brackets."""

    def __init__(self) -> None:
        text = rf"{BEGINS}[A-Za-z]{{1,2}}\d{{6}} ?\([0-9Aa]\)"
        super().__init__(ENTITY, patterns=[pattern("HK", text)])

    def validate_result(self, pattern_text: str) -> bool:
        """By `hong_kong`."""
        return hong_kong(pattern_text)


class TaiwanCards(PatternRecognizer):
    """台灣身分證."""

    def __init__(self) -> None:
        super().__init__(
            ENTITY, patterns=[pattern("TW", rf"{NOT_LABELLED_OTHERWISE}{BEGINS}[A-Za-z][1289]\d{{8}}{ENDS}")]
        )

    def validate_result(self, pattern_text: str) -> bool:
        """By `taiwan`."""
        return taiwan(pattern_text)


class SocialSecurity(PatternRecognizer):
    """US social security numbers as they are written, 536-90-4399."""

    def __init__(self) -> None:
        super().__init__(
            ENTITY, patterns=[pattern("SSN", rf"{NOT_LABELLED_OTHERWISE}{BEGINS}(?<!-)\d{{3}}-\d\d-\d{{4}}(?!-){ENDS}")]
        )

    def validate_result(self, pattern_text: str) -> bool:
        """By the ranges that are given out."""
        return bool(ssn.is_valid(pattern_text))


class LabelledPapers(PatternRecognizer):
    """Papers without a sum, and numbers with a wrong one, where it says what they are."""

    def __init__(self) -> None:
        card = rf"{labelled(*_ID_WORDS)}{BEGINS}(?:\d{{17}}[\dXx]|[A-Za-z]{{1,2}}\d{{6}}\(?[0-9Aa]\)?){ENDS}"
        passport = rf"{labelled(*_PASSPORT_WORDS, within=12)}{BEGINS}(?=[A-Za-z]*\d{{5}})[A-Za-z]{{0,2}}\d{{6,9}}{ENDS}"
        permit = rf"{labelled(*_PERMIT_WORDS)}{BEGINS}[A-Za-z]{{0,3}}\d{{7,15}}{ENDS}"
        macau = rf"(?:澳门|澳門|macau?o?)[^\d\n]{{0,12}}?\K{BEGINS}[1578]\d{{6}} ?\(\d\)"
        patterns = [
            pattern("card", card),
            pattern("passport", passport),
            pattern("permit", permit),
            pattern("MO", macau),
        ]
        super().__init__(ENTITY, patterns=patterns)
