"""The fields of an article: what each may be, whether it comes from a file or a record."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from knowledge.personal import PLACES, for_everybody, unknown_places

LANGUAGES = ("en", "zh")
BODY_CHARACTERS = 1_200
FILE_BYTES = 64_000
ID_CHARACTERS = 80

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Control characters, and marks that nobody sees or that turn the direction of what follows: in an answer they only
# deceive, or come from a word processor.
_INVISIBLE = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
# Each looks at a line, or a little more, for each place it starts from: a body of many lines is read in a moment.
_NOT_CHAT = (
    (re.compile(r"<[a-zA-Z/!][^>]{0,400}>"), "HTML", "use Markdown"),
    (re.compile(r"^#{1,6}\s", re.MULTILINE), "a heading", "use a bold line"),
    (re.compile(r"^[^\S\n]{0,40}\|.*\|[^\S\n]*$", re.MULTILINE), "a table", "use a list"),
)


class Audience(str, Enum):
    """Who may see an article."""

    PUBLIC = "public"
    CUSTOMERS = "customers"
    AGENTS = "agents"


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong with an article. One with an `error` is not served; a warning is only reported. `file` names the
    file, or the article where there is none."""

    file: str
    field: str
    message: str
    error: bool = True

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.message}"


@dataclass
class Check:
    """Reads fields, and collects the problems of one source, so that its author sees all of them at once. `within` is
    put before the names of fields."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    within: str = ""

    def inside(self, name: str) -> "Check":
        """The same list of problems, for the fields of a part."""
        return Check(self.file, self.problems, f"{self.within}{name}.")

    @property
    def failed(self) -> bool:
        """Whether there is an error so far."""
        return any(problem.error for problem in self.problems)

    def error(self, name: str, message: str) -> None:
        """Something that keeps the article from being served."""
        self.problems.append(Problem(self.file, self.within + name, message))

    def warn(self, name: str, message: str) -> None:
        """Something that is only told."""
        self.problems.append(Problem(self.file, self.within + name, message, error=False))

    def only(self, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
        """Refuse fields that are not `known`."""
        for unknown in sorted(str(name) for name in given if name not in known):
            shown = _UNSTORABLE.sub("", _INVISIBLE.sub("", unknown))[:40]
            self.error(shown, f"is no field of an article: known are {', '.join(known)}")

    def line(self, given: Mapping[str, Any], name: str) -> str:
        """One line of text that must be there."""
        value = given.get(name)
        line = _one_line(value)
        if not line:
            self.error(name, "is missing: write one line of text" if value is None else "must be one line of text")
        return self._storable(name, line)

    def lines(self, given: Mapping[str, Any], name: str) -> tuple[str, ...]:
        """A list of lines; none when it is missing."""
        value = given.get(name)
        if value is None:
            return ()
        lines = [_one_line(item) for item in value] if isinstance(value, list) else [""]
        if not all(lines):
            self.error(name, "must be a list of texts; put quotes around an item with a colon or a lone number")
            return ()
        return tuple(self._storable(name, line) for line in lines)

    def identifier(self, given: Mapping[str, Any]) -> str:
        """An id."""
        found = self.line(given, "id")
        if found and not is_id(found):
            self.error("id", f"must be lower-case words and dashes, at most {ID_CHARACTERS} characters")
            return ""
        return found

    def questions(self, given: Mapping[str, Any]) -> tuple[str, ...]:
        """The further phrasings."""
        found = self.lines(given, "questions")
        if not 3 <= len(found) <= 8:
            self.warn("questions", f"has {len(found)} phrasings: 3 to 8 answer best")
        return found

    def audience(self, given: Mapping[str, Any]) -> Audience:
        """Who may see it; everyone unless it says otherwise."""
        try:
            return Audience(given.get("audience", "public"))
        except ValueError:
            self.error("audience", f"must be one of {', '.join(item.value for item in Audience)}")
            return Audience.AGENTS

    def date(self, given: Mapping[str, Any], name: str) -> datetime.date:
        """A date that must be there."""
        found = self.optional_date(given, name)
        if found is None and given.get(name) is None:
            self.error(name, "must be a date such as 2026-11-01")
        return found or datetime.date.min

    def optional_date(self, given: Mapping[str, Any], name: str) -> datetime.date | None:
        """A date, or none."""
        value = given.get(name)
        if value is None or (isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)):
            return value
        self.error(name, "must be a date such as 2026-11-01")
        return None

    def body(self, text: object) -> str:
        """The answer in Markdown, with plain line ends."""
        if not isinstance(text, str):
            self.error("body", "is missing: write the answer" if text is None else "must be text")
            return ""
        body = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
        if not body:
            self.error("body", "is empty: write the answer")
        if len(body) > BODY_CHARACTERS:
            self.warn("body", f"has {len(body)} characters: about 900 fit a chat, split the article")
        for place in unknown_places(body):
            known = ", ".join(f"{{{{customer.{name}}}}}" for name in PLACES)
            self.error("body", f"has {place}, which nothing fills: write one of {known}")
        if body and not for_everybody(body):
            self.error("body", "is only for those whose card is known: write a paragraph for everybody, too")
        for pattern, what, remedy in _NOT_CHAT:
            if pattern.search(body):
                self.error("body", f"has {what}, which a chat cannot show: {remedy}")
        return self._storable("body", body)

    def _storable(self, name: str, text: str) -> str:
        if _UNSTORABLE.search(text):
            self.error(name, "has characters that cannot be stored: remove them")
        return text


def _one_line(value: object) -> str:
    """A text on one line, without what nobody sees; empty for anything else."""
    return " ".join(_INVISIBLE.sub("", " ".join(value.split())).split()) if isinstance(value, str) else ""


def is_id(text: str) -> bool:
    """Whether this can be the id of an article."""
    return len(text) <= ID_CHARACTERS and _ID.fullmatch(text) is not None
