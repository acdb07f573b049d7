"""Reads what clients send, strictly: a wrong field is an error that names it and says what it must be."""

import json
import math
import re
import unicodedata
from typing import Any, NoReturn

from connectors.errors import Malformed, TooLarge
from connectors.message import JSON

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Marks that turn the direction of what follows, or that nobody sees: in a name they only serve to deceive.
_DECEPTIVE = re.compile(r"[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb]")

_NOT_IN_EMAIL = r"\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>\"',;:"
_EMAIL = re.compile(rf"[^@{_NOT_IN_EMAIL}]{{1,64}}@[^@{_NOT_IN_EMAIL}]{{1,180}}\.[^@.{_NOT_IN_EMAIL}]{{2,60}}")


def parse_json(data: str | bytes) -> object:
    """JSON as the standard has it: UTF-8, finite numbers, no name twice. Raises `Malformed` (`bad_frame`)."""
    try:
        return _DECODER.decode(data if isinstance(data, str) else data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Malformed("is not valid JSON", code="bad_frame") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


def _once(members: list[tuple[str, Any]]) -> JSON:
    """Programs disagree on which of two members of one name counts, so there may be only one."""
    made = dict(members)
    if len(made) != len(members):
        raise ValueError("a name stands twice")
    return made


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_once)


def clean_text(text: str) -> str:
    """Text that every database and vendor takes: line ends are `\\n`, no control characters, no lone surrogates."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean_line(text: str) -> str:
    """A name: clean, composed (NFC), on one line, without marks that are invisible or turn the direction of reading."""
    return " ".join(unicodedata.normalize("NFC", _DECEPTIVE.sub("", clean_text(text))).split())


def is_email(address: str) -> bool:
    """Whether it looks like one e-mail address, without a display name."""
    return bool(_EMAIL.fullmatch(address))


class Fields:
    """The members of one JSON object. Each reader raises `Malformed` (`bad_frame`) unless the member is as asked."""

    def __init__(self, value: object, *, within: str = "") -> None:
        self._within = f"{within}." if within else ""
        if not isinstance(value, dict):
            raise Malformed("must be a JSON object", code="bad_frame", field=within)
        self._data: JSON = value

    @property
    def data(self) -> JSON:
        """The object as it came: nothing in it is checked."""
        return self._data

    def __contains__(self, name: str) -> bool:
        return self._data.get(name) is not None

    def only(self, *known: str) -> None:
        """Refuse members that are not `known`."""
        for name in self._data:
            if name not in known:
                shown = clean_text(str(name))[:40]
                raise self.wrong(shown, f"is not a field here; known are {', '.join(known)}")

    def text(self, name: str, *, longest: int, default: str | None = None, code: str = "bad_frame") -> str:
        """Text of at most `longest` characters, cleaned and trimmed. Too much of it is an error with `code`: `TooLarge`
        where that is `too_long`, as for what a customer wrote, else `Malformed`.
        """
        value = self._data.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(name, "must be text")
        cleaned = clean_text(value).strip()
        if len(cleaned) > longest:
            error = TooLarge if code == "too_long" else Malformed
            raise error(f"has {len(cleaned)} characters, at most {longest} are allowed", code=code, field=name)
        return cleaned

    def line(self, name: str, *, longest: int) -> str:
        """One line of at most `longest` characters, as `clean_line` leaves it; empty when it is missing."""
        return clean_line(self.text(name, longest=longest, default=""))

    def matching(self, name: str, pattern: re.Pattern[str], expected: str) -> str:
        """Text that matches `pattern` as a whole."""
        value = self._data.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.wrong(name, f"must be {expected}")
        return value

    def whole(self, name: str, lowest: int, highest: int, default: int | None = None) -> int:
        """A whole number from `lowest` to `highest`."""
        value = self._data.get(name, default)
        if type(value) is not int or not lowest <= value <= highest:
            raise self.wrong(name, f"must be a whole number from {lowest} to {highest}")
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._data.get(name)
        if not isinstance(value, bool):
            raise self.wrong(name, "must be true or false")
        return value

    def items(self, name: str, most: int) -> list[Any]:
        """A list of at most `most` items; empty when it is missing."""
        value = self._data.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            raise self.wrong(name, f"must be a list of at most {most} items")
        return value

    def object(self, name: str) -> "Fields | None":
        """An object within this one, or None when it is missing."""
        value = self._data.get(name)
        return None if value is None else Fields(value, within=self._within + name)

    def wrong(self, name: str, expectation: str) -> Malformed:
        """The error for a member that is not as it must be."""
        return Malformed(expectation, code="bad_frame", field=self._within + name)
