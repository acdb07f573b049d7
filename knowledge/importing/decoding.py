"""Bytes as text: UTF-8 with or without a mark, UTF-16 with one, and the encodings of Chinese and Western offices."""

import re

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([a-zA-Z0-9_-]{2,20})", re.IGNORECASE)
_OFFICES = ["gb18030", "big5", "cp1252", "shift_jis", "euc_kr"]


def decode(data: bytes, *, declared: str = "") -> str:
    """The text. What is neither marked nor UTF-8 is read as `declared`, else as what it most probably is."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _newlines(data.decode(encoding, "replace"))
    try:
        return _newlines(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _newlines(_guessed(data, declared))


def decode_html(data: bytes) -> str:
    """The text of a page, which may declare its encoding."""
    found = _DECLARED.search(data[:4_096])
    return decode(data, declared=found[1].decode("ascii") if found else "")


def _guessed(data: bytes, declared: str) -> str:
    from charset_normalizer import from_bytes

    if declared:
        try:
            return data.decode("gb18030" if declared.lower() in {"gb2312", "gbk"} else declared, "replace")
        except LookupError:
            pass
    best = from_bytes(data[:200_000], cp_isolation=_OFFICES).best()
    return data.decode(best.encoding if best else "gb18030", "replace")


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
