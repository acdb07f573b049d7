"""Chinese numbers as digits: "三十天" and "30天" ask the same."""

import re

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_POWERS = {"十": 10, "百": 100, "千": 1_000}
_MYRIAD = "万"
# Only before a unit: 一 in 一般 or 统一 is no number.
_NUMBER = re.compile(
    r"[零〇一二两三四五六七八九十百千万]+(?=(?:个(?:月|小时|工作日|星期|人)|天|日|周|年|小时|分钟|元|块|折|米|公里|公斤|千克|升|瓦|寸|匹|台|件|次|倍))"
)


def numerals(text: str) -> str:
    """The text with Chinese numbers before a unit in digits."""
    return _NUMBER.sub(lambda found: _value(found[0]), text)


def _value(number: str) -> str:
    if not any(character in _POWERS or character == _MYRIAD for character in number):
        return "".join(str(_DIGITS[character]) for character in number)  # read out: 二〇二六年
    total, section, digit = 0, 0, 0
    for place, character in enumerate(number):
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character == _MYRIAD:
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        else:
            section += (digit or (1 if place == 0 or character == "十" else 0)) * _POWERS[character]
            digit = 0
    return str(total + section + digit)
