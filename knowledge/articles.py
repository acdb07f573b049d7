"""Articles: a folder of Markdown files, read and checked so that every problem names its file, field and remedy."""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from knowledge.text import key

LANGUAGES = ("en", "zh")
FIELDS = ("id", "title", "questions", "tags", "audience", "updated", "related")
BODY_CHARACTERS = 1_200
FILE_BYTES = 64_000

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*\r?\n(.*)\Z", re.DOTALL)
_NOT_CHAT = (
    (re.compile(r"<[a-zA-Z/!][^>]*>"), "HTML", "use Markdown"),
    (re.compile(r"^#{1,6}\s", re.MULTILINE), "a heading", "use a bold line"),
    (re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE), "a table", "use a list"),
)


class Audience(str, Enum):
    """Who may see an article."""

    PUBLIC = "public"
    CUSTOMERS = "customers"
    AGENTS = "agents"


EVERYONE = frozenset({Audience.PUBLIC})
VERIFIED = frozenset({Audience.PUBLIC, Audience.CUSTOMERS})
STAFF = frozenset(Audience)


@dataclass(frozen=True)
class Text:
    """One language of an article. `questions` are further phrasings; `body` is Markdown."""

    language: str
    title: str
    questions: tuple[str, ...]
    body: str
    path: str


@dataclass(frozen=True)
class Article:
    """One answer in the languages it exists in."""

    id: str
    category: str
    texts: Mapping[str, Text]
    tags: tuple[str, ...]
    audience: Audience
    updated: datetime.date
    related: tuple[str, ...]

    def text(self, language: str) -> Text:
        """The text in `language`, else in the language there is."""
        return self.texts.get(language) or next(iter(self.texts.values()))


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong in the folder. A file with an `error` is not served; a warning is only reported."""

    file: str
    field: str
    message: str
    error: bool = True

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.message}"


@dataclass(frozen=True)
class Library:
    """All valid articles of a folder by id, and everything that was wrong with the rest."""

    articles: Mapping[str, Article]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Draft:
    """One file as read: the article it belongs to, its fields, and whether it can be served."""

    file: str
    id: str
    category: str
    text: Text
    tags: tuple[str, ...]
    audience: Audience
    updated: datetime.date
    related: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What came out of one file: a draft if it can be served, and its problems."""

    draft: Draft | None
    problems: tuple[Problem, ...]


def article_files(folder: Path) -> list[Path]:
    """Every article file below `folder`; other Markdown, such as README.md, is no article."""
    return sorted(path for path in folder.glob("*/*.md") if path.name.lower() != "readme.md")


def load(folder: Path) -> Library:
    """Read and check a whole folder. Raises FileNotFoundError if there is none."""
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder of articles at {folder}: set FRONTDOOR_KB to one")
    return assemble(read(path, folder) for path in article_files(folder))


def read(path: Path, folder: Path) -> Reading:
    """Read and check one file on its own."""
    file = path.relative_to(folder).as_posix()
    if path.stat().st_size > FILE_BYTES:
        return _refused(file, "file", f"is larger than {FILE_BYTES} bytes: split the article")
    try:
        found = _FRONT.match(path.read_text(encoding="utf-8"))
        head = yaml.safe_load(found.group(1)) if found else None
    except UnicodeDecodeError:
        return _refused(file, "file", "is not UTF-8: save it as UTF-8")
    except yaml.YAMLError as error:
        return _refused(file, "front matter", f"is not YAML ({' '.join(str(error).split())[:160]})")
    if found is None or not isinstance(head, dict):
        return _refused(
            file, "front matter", "is missing: begin the file with --- and the fields, then --- and the body"
        )
    return _check(file, path, head, found.group(2).strip().replace("\r\n", "\n"))


def assemble(readings: Iterable[Reading]) -> Library:
    """Put the languages of every article together and check what only shows across files."""
    readings = list(readings)
    problems = [problem for reading in readings for problem in reading.problems]
    drafts: dict[str, list[Draft]] = {}
    for reading in readings:
        if reading.draft is not None:
            drafts.setdefault(reading.draft.id, []).append(reading.draft)
    articles: dict[str, Article] = {}
    for article_id, parts in drafts.items():
        first = parts[0]
        problems.extend(_disagreements(parts))
        texts = {part.text.language: part.text for part in reversed(parts)}
        articles[article_id] = Article(
            id=article_id, category=first.category, texts=texts, tags=first.tags, audience=_strictest(parts),
            updated=max(part.updated for part in parts), related=first.related,
        )  # fmt: skip
        if missing := [language for language in LANGUAGES if language not in texts]:
            note = f"no {' or '.join(missing)} text: the bot will say so and answer in the other language"
            problems.append(Problem(first.file, "language", note, error=False))
    problems.extend(_dangling(drafts))
    problems.extend(_ambiguous(articles))
    return Library(articles, tuple(sorted(problems)))


def _refused(file: str, name: str, message: str) -> Reading:
    return Reading(None, (Problem(file, name, message),))


@dataclass
class _Check:
    """Collects the problems of one file, so that its author sees all of them at once."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def error(self, name: str, message: str) -> None:
        self.problems.append(Problem(self.file, name, message))

    def warn(self, name: str, message: str) -> None:
        self.problems.append(Problem(self.file, name, message, error=False))

    def line(self, head: Mapping[str, Any], name: str) -> str:
        value = head.get(name)
        if not isinstance(value, str) or not value.strip():
            self.error(name, "is missing: write one line of text" if value is None else "must be one line of text")
            return ""
        return " ".join(value.split())

    def lines(self, head: Mapping[str, Any], name: str) -> tuple[str, ...]:
        value = head.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.error(name, "must be a list of texts; put quotes around an item with a colon or a lone number")
            return ()
        return tuple(" ".join(item.split()) for item in value)


def _check(file: str, path: Path, head: Mapping[str, Any], body: str) -> Reading:
    check = _Check(file)
    for unknown in sorted(str(name) for name in head if name not in FIELDS):
        check.error(unknown, f"is no field of an article: known are {', '.join(FIELDS)}")
    name, _, language = path.stem.rpartition(".")
    if language not in LANGUAGES:
        check.error("file", f"must be named <id>.<language>.md with a language of {', '.join(LANGUAGES)}")
    article_id = check.line(head, "id")
    if article_id and not _ID.fullmatch(article_id):
        check.error("id", "must be lower-case words and dashes")
    elif article_id and name and article_id != name:
        check.error("id", f"must equal the file name: {name}")
    title = check.line(head, "title")
    questions = check.lines(head, "questions")
    if not 3 <= len(questions) <= 8:
        check.warn("questions", f"has {len(questions)} phrasings: 3 to 8 answer best")
    audience = _audience(check, head)
    updated = _date(check, head)
    _body(check, body)
    problems = tuple(check.problems)
    if any(problem.error for problem in problems):
        return Reading(None, problems)
    text = Text(language, title, questions, body, file)
    draft = Draft(
        file,
        article_id,
        path.parent.name,
        text,
        check.lines(head, "tags"),
        audience,
        updated,
        check.lines(head, "related"),
    )
    return Reading(draft, problems)


def _audience(check: _Check, head: Mapping[str, Any]) -> Audience:
    try:
        return Audience(head.get("audience", "public"))
    except ValueError:
        check.error("audience", f"must be one of {', '.join(item.value for item in Audience)}")
        return Audience.AGENTS


def _date(check: _Check, head: Mapping[str, Any]) -> datetime.date:
    value = head.get("updated")
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    check.error("updated", "must be a date such as 2026-11-01")
    return datetime.date.min


def _body(check: _Check, body: str) -> None:
    if not body:
        check.error("body", "is empty: write the answer below the front matter")
    if len(body) > BODY_CHARACTERS:
        check.warn("body", f"has {len(body)} characters: about 900 fit a chat, split the article")
    for pattern, what, remedy in _NOT_CHAT:
        if pattern.search(body):
            check.error("body", f"has {what}, which a chat cannot show: {remedy}")


def _strictest(parts: list[Draft]) -> Audience:
    order = list(Audience)
    return max((part.audience for part in parts), key=order.index)


def _disagreements(parts: list[Draft]) -> Iterable[Problem]:
    first = parts[0]
    for other in parts[1:]:
        if other.text.language == first.text.language:
            yield Problem(other.file, "id", f"is also the id of {first.file}: rename one")
        for name in ("category", "audience", "tags", "related"):
            if getattr(other, name) != getattr(first, name):
                yield Problem(other.file, name, f"differs from {first.file}: make them the same", error=False)


def _dangling(drafts: Mapping[str, list[Draft]]) -> Iterable[Problem]:
    for part in (part for parts in drafts.values() for part in parts):
        for target in part.related:
            if target not in drafts:
                yield Problem(
                    part.file, "related", f"names {target}, which is no article: correct or remove it", error=False
                )


def _ambiguous(articles: Mapping[str, Article]) -> Iterable[Problem]:
    owners: dict[str, str] = {}
    for article in articles.values():
        for text in article.texts.values():
            for question in (text.title, *text.questions):
                owner = owners.setdefault(key(question), article.id)
                if owner != article.id:
                    yield Problem(
                        text.path, "questions", f"{question!r} is also a question of {owner}: keep one", error=False
                    )
