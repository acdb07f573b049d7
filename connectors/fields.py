"""Reads what clients send, strictly: a wrong field is an error that names it and says what it must be."""

import json
import re
from typing import Any, NoReturn

from connectors.errors import Malformed, TooLarge
from connectors.message import JSON

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def parse_json(data: str | bytes) -> object:
    """JSON as the standard has it (no NaN, no lone surrogates in bytes). Raises `Malformed` (`bad_frame`)."""
    try:
        return json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Malformed("is not valid JSON", code="bad_frame") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def clean_text(text: str) -> str:
    """Text that every database and vendor takes: line ends are `\\n`, no control characters, no lone surrogates."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


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
        """Text of at most `longest` characters, cleaned and trimmed; too much of it is `TooLarge` with `code`."""
        value = self._data.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(name, "must be text")
        cleaned = clean_text(value).strip()
        if len(cleaned) > longest:
            raise TooLarge(f"has {len(cleaned)} characters, at most {longest} are allowed", code=code, field=name)
        return cleaned

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
