"""What differs between two states of the articles: by article, by field, by word."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from knowledge.records import Record

_WORDS = re.compile(r"[\u3400-\u9fff]|\w+|\s+|[^\w\s]")
PASSED_OVER = ("updated",)
"""Fields that say nothing of the answer."""


@dataclass(frozen=True)
class FieldChange:
    """A field, such as `texts.en.body`, with what it was and what it is; empty where it is not."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """An article that is only in the second state (`added`), only in the first (`removed`), or `changed`."""

    article: str
    kind: str
    title: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class Words:
    """A stretch of a text: the same in both, only `before`, or only `after`."""

    kind: str
    text: str


def compare(before: Mapping[str, Record], after: Mapping[str, Record]) -> list[Difference]:
    """All differences, by id."""
    found = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        title = next(iter((new or old or {"texts": {"": {"title": ""}}})["texts"].values()))["title"]
        if old is None or new is None:
            found.append(Difference(name, "removed" if new is None else "added", title))
        elif fields := tuple(_fields(old, new)):
            found.append(Difference(name, "changed", title, fields))
    return found


def words(before: str, after: str) -> list[Words]:
    """Two texts as stretches of words, Chinese by characters."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found: list[Words] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Words("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(Words("before", "".join(old[a:b])))
        if c < d:
            found.append(Words("after", "".join(new[c:d])))
    return found


def _fields(old: Record, new: Record) -> Iterator[FieldChange]:
    before, after = dict(_flat(old)), dict(_flat(new))
    for name in dict.fromkeys([*before, *after]):
        if before.get(name, "") != after.get(name, ""):
            yield FieldChange(name, before.get(name, ""), after.get(name, ""))


def _flat(record: Record) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if name in PASSED_OVER:
            continue
        if name == "texts":
            for language, text in sorted(value.items()):
                for part, content in text.items():
                    yield f"texts.{language}.{part}", _shown(content)
        else:
            yield name, _shown(value)


def _shown(value: Any) -> str:
    return "\n".join(value) if isinstance(value, list) else "" if value is None else str(value)
