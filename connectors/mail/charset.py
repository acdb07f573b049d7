"""Which characters the bytes of a mail are. What the mail says of itself is often missing and sometimes wrong.

Chinese programs write GB2312 and mean GB18030, of which it is a part; old ones write no character set at all.
"""

import re

_MEANT = {
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030",
    "gb18030": "gb18030", "euc-cn": "gb18030", "big5": "cp950", "big5-hkscs": "big5hkscs", "big5hkscs": "big5hkscs",
    "x-x-big5": "cp950", "iso-8859-1": "cp1252", "latin1": "cp1252", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "hz-gb-2312": "hz", "ks_c_5601-1987": "cp949", "shift_jis": "cp932", "ascii": "us-ascii",
}  # fmt: skip
"""Declared name → the codec that reads what is really sent under it."""
_TRUSTED = re.compile(
    r"us-ascii|utf-?(7|8|16|32)([-_]?[lb]e)?|gb18030|cp950|big5hkscs|hz|euc[-_](jp|kr)|iso-?2022-(jp|kr)[-_\d]*"
    r"|cp9(32|49)|iso-?8859-\d{1,2}|(cp|windows-?)(125\d|874)|koi8-[ru]|tis-620|johab"
)
"""Codecs that are only tables. Python has others (punycode, unicode_escape) that are no character sets of mail."""
_WEAK = {"", "us-ascii", "cp1252", "unknown-8bit", "x-unknown", "8bit", "binary", "default"}
"""Names that programs write when they do not know."""
_SAMPLE = 4_096


def decode(data: bytes, declared: str = "") -> str:
    """The text, by the declared character set where that can be, else by what it looks like. Never fails."""
    name = declared.strip().strip("\"'").lower()
    codec = _MEANT.get(name, name)
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace")
    told = _strictly(data, codec) if _TRUSTED.fullmatch(codec) else None
    if data.isascii() and told is not None:
        return told
    if told is None or codec in _WEAK or codec in {"gb18030", "cp950"}:
        return _likely(data, told, codec)
    return told


def _likely(data: bytes, told: str | None, codec: str) -> str:
    """What reads most like text. UTF-8 hardly ever fits by chance."""
    if (text := _strictly(data, "utf-8")) is not None and (codec in _WEAK or told is None or _hanzi(text)):
        return text
    if told is not None and codec not in _WEAK:
        return told
    candidates = [
        (score, text)
        for each in ("gb18030", "cp950", "cp932", "cp949")
        if (text := _strictly(data, each)) is not None and (score := _usual(text, each)) > 0.5
    ]
    if candidates:
        return max(candidates, key=lambda candidate: candidate[0])[1]
    if told is not None:
        return told
    if _TRUSTED.fullmatch(codec) and codec not in _WEAK:
        damaged = data.decode(codec, "replace")
        if damaged.count("\ufffd") <= 1 + len(damaged) // 10:
            return damaged
    return data.decode("cp1252", "replace")


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _hanzi(text: str) -> bool:
    return any("\u3000" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef" for char in text)


def _usual(text: str, codec: str) -> float:
    """How many of the characters beyond ASCII are such as people write in this character set, from 0 to 1."""
    beyond = [char for char in text[:_SAMPLE] if char > "\x7f"]
    return sum(_is_usual(char, codec) for char in beyond) / len(beyond) if beyond else 0.0


def _is_usual(char: str, codec: str) -> bool:
    """GB 2312 and Big5 put the frequent characters in front; Japanese has kana, Korean syllables."""
    if "\u3000" <= char <= "\u3011" or "\uff01" <= char <= "\uff5e" or char in "“”‘’…—·":
        return True
    if codec == "cp932":
        return "\u3041" <= char <= "\u30fe"
    if codec == "cp949":
        return "\uac00" <= char <= "\ud7a3" and char.encode("euc-kr", "ignore") != b""
    first = char.encode("gb2312" if codec == "gb18030" else "big5", "ignore")[:1]
    low, high = (0xB0, 0xD7) if codec == "gb18030" else (0xA4, 0xC6)
    return bool(first) and low <= first[0] <= high
