"""Articles: a folder of Markdown files, read and checked so that every problem names its file, field and remedy."""

import datetime
import re
from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge import front_matter
from knowledge.fields import BODY_CHARACTERS, FILE_BYTES, LANGUAGES, Audience, Check, Problem
from knowledge.text import key

__all__ = ["BODY_CHARACTERS", "FILE_BYTES", "LANGUAGES", "Article", "Audience", "Library", "Problem", "Text", "load"]

OF_ARTICLE = ("tags", "audience", "valid_from", "valid_until", "updated", "related")
FIELDS = ("id", "title", "questions", *OF_ARTICLE)

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*\r?\n(.*)\Z", re.DOTALL)

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
    valid_from: datetime.date | None = None  # the first day on which it answers
    valid_until: datetime.date | None = None  # the last one

    def valid_on(self, day: datetime.date) -> bool:
        """Whether it answers on a day."""
        return (self.valid_from or day) <= day <= (self.valid_until or day)

    def text(self, language: str) -> Text:
        """The text in `language`, else in the language there is."""
        return self.texts.get(language) or next(iter(self.texts.values()))


@dataclass(frozen=True)
class Library:
    """All valid articles of a folder by id, and everything that was wrong with the rest."""

    articles: Mapping[str, Article]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Beside:
    """Articles that are there besides those that are assembled. `questions` (`knowledge.text.key`) say whose they
    are."""

    articles: Mapping[str, Article]
    questions: MutableMapping[str, str]

    @classmethod
    def of(cls, articles: Mapping[str, Article]) -> "Beside":
        """Of these articles."""
        whose: dict[str, str] = {}
        for article in articles.values():
            for text in article.texts.values():
                for question in (text.title, *text.questions):
                    whose.setdefault(key(question), article.id)
        return cls(articles, whose)


@dataclass(frozen=True)
class Draft:
    """One language of an article as read, with the fields of the whole."""

    file: str
    id: str
    category: str
    text: Text
    tags: tuple[str, ...]
    audience: Audience
    updated: datetime.date
    related: tuple[str, ...]
    valid_from: datetime.date | None = None
    valid_until: datetime.date | None = None


@dataclass(frozen=True)
class Reading:
    """What came out of one file, or one language of a record: a draft if it can be served, and its problems."""

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
        head = front_matter.read_yaml(found.group(1)) if found else None
    except UnicodeDecodeError:
        return _refused(file, "file", "is not UTF-8: save it as UTF-8")
    except front_matter.ERRORS as error:
        return _refused(file, "front matter", f"is not YAML ({' '.join(str(error).split())[:160]})")
    if found is None or not isinstance(head, dict):
        return _refused(
            file, "front matter", "is missing: begin the file with --- and the fields, then --- and the body"
        )
    return _check(file, path, head, found.group(2))


def assemble(readings: Iterable[Reading], beside: "Beside | None" = None) -> Library:
    """Put the languages of every article together and check what only shows across files, and `beside` them."""
    beside = beside or Beside({}, {})
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
            updated=max(part.updated for part in parts), related=first.related, valid_from=first.valid_from,
            valid_until=first.valid_until,
        )  # fmt: skip
        if missing := [language for language in LANGUAGES if language not in texts]:
            note = f"no {' or '.join(missing)} text: the bot will say so and answer in the other language"
            problems.append(Problem(first.file, "language", note, error=False))
    problems.extend(_dangling(drafts, beside.articles))
    problems.extend(_ambiguous(articles, ChainMap({}, beside.questions)))
    return Library(articles, tuple(sorted(problems)))


def _refused(file: str, name: str, message: str) -> Reading:
    return Reading(None, (Problem(file, name, message),))


def _check(file: str, path: Path, head: Mapping[str, Any], body: str) -> Reading:
    check = Check(file)
    check.only(head, FIELDS)
    name, _, language = path.stem.rpartition(".")
    if language not in LANGUAGES:
        check.error("file", f"must be named <id>.<language>.md with a language of {', '.join(LANGUAGES)}")
    article_id = check.identifier(head)
    if article_id and name and article_id != name:
        check.error("id", f"must equal the file name: {name}")
    text = text_of(check, head, body, language)
    return drafted(check, article_id, path.parent.name, text, common_of(check, head))


def text_of(check: Check, given: Mapping[str, Any], body: object, language: str) -> Text:
    """What is one language's own."""
    return Text(language, check.line(given, "title"), check.questions(given), check.body(body), check.file)


def common_of(check: Check, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of `OF_ARTICLE`."""
    first, last = check.optional_date(given, "valid_from"), check.optional_date(given, "valid_until")
    if first and last and last < first:
        check.error("valid_until", f"is before valid_from ({first}): the article would never be shown")
    return {
        "tags": check.lines(given, "tags"),
        "audience": check.audience(given),
        "valid_from": first,
        "valid_until": last,
        "updated": check.date(given, "updated"),
        "related": check.lines(given, "related"),
    }


def drafted(check: Check, article_id: str, category: str, text: Text, common: Mapping[str, Any]) -> Reading:
    """The reading of one language, once all its fields are checked."""
    problems = tuple(check.problems)
    if check.failed:
        return Reading(None, problems)
    return Reading(Draft(check.file, article_id, category, text, **common), problems)


def _strictest(parts: list[Draft]) -> Audience:
    order = list(Audience)
    return max((part.audience for part in parts), key=order.index)


def _disagreements(parts: list[Draft]) -> Iterable[Problem]:
    first = parts[0]
    for other in parts[1:]:
        if other.text.language == first.text.language:
            yield Problem(other.file, "id", f"is also the id of {first.file}: rename one")
        for name in ("category", "audience", "tags", "related", "valid_from", "valid_until"):
            if getattr(other, name) != getattr(first, name):
                yield Problem(other.file, name, f"differs from {first.file}: make them the same", error=False)


def _dangling(drafts: Mapping[str, list[Draft]], beside: Mapping[str, Article]) -> Iterable[Problem]:
    for part in (part for parts in drafts.values() for part in parts):
        for target in part.related:
            if target not in drafts and target not in beside:
                yield Problem(
                    part.file, "related", f"names {target}, which is no article: correct or remove it", error=False
                )


def _ambiguous(articles: Mapping[str, Article], owners: MutableMapping[str, str]) -> Iterable[Problem]:
    for article in articles.values():
        for text in article.texts.values():
            for question in (text.title, *text.questions):
                owner = owners.setdefault(key(question), article.id)
                if owner != article.id:
                    yield Problem(
                        text.path, "questions", f"{question!r} is also a question of {owner}: keep one", error=False
                    )
