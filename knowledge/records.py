"""Records: an article as one JSON object, as the database, exports and the console have it, under the same checks as
files.

`{"category", "tags", "audience", "valid_from", "valid_until", "updated", "related", "texts": {"en": {"title",
"questions", "body"}, "zh": …}}`; dates are texts such as "2026-11-01". Problems name fields by their path, such as
`texts.en.title`.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from knowledge.articles import OF_ARTICLE, Article, Library, Reading, assemble, common_of, drafted, text_of
from knowledge.fields import FILE_BYTES, LANGUAGES, Check, Problem, is_id

MEMBERS = ("category", *OF_ARTICLE, "texts")
OF_TEXT = ("title", "questions", "body")

_CATEGORY = re.compile(r"\w(?:[\w .&+-]{0,58}\w)?")  # the name of a folder on any system
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

Record = Mapping[str, Any]


def to_record(article: Article) -> dict[str, Any]:
    """The record of an article."""
    return {
        "category": article.category,
        "tags": list(article.tags),
        "audience": article.audience.value,
        "valid_from": _day(article.valid_from),
        "valid_until": _day(article.valid_until),
        "updated": _day(article.updated),
        "related": list(article.related),
        "texts": {
            language: {"title": text.title, "questions": list(text.questions), "body": text.body}
            for language in LANGUAGES
            if (text := article.texts.get(language))
        },
    }


def article_from(article_id: str, record: object) -> tuple[Article | None, tuple[Problem, ...]]:
    """The article of a record, None when it has errors, and its problems."""
    found = readings(article_id, record)
    library = assemble(found)
    return library.articles.get(article_id), problems_of(library, article_id)


def readings(article_id: str, record: object) -> list[Reading]:
    """What `knowledge.articles.assemble` takes: a reading of each language, or of none when anything is wrong: an
    article is published whole."""
    check = Check(article_id)
    if not is_id(article_id):
        check.error("id", "must be lower-case words and dashes, at most 80 characters")
    if not isinstance(record, Mapping):
        check.error("record", "must be a JSON object")
        return [Reading(None, tuple(check.problems))]
    check.only(record, MEMBERS)
    given = {name: _undated(value) if name in _DATES else value for name, value in record.items()}
    category = check.line(given, "category")
    if category and not _CATEGORY.fullmatch(category):
        check.error("category", "must be at most 60 letters, digits, blanks, dashes and dots")
    common = common_of(check, given)
    texts = [
        text_of(part, text, text.get("body"), language)
        for language, text, part in _texts(check, given)
        if _fits(part, text)
    ]
    made = [drafted(check, article_id, category, text, common) for text in texts]
    # Each reading would tell all problems; the first one does.
    problems = tuple(check.problems)
    if check.failed or not made:
        return [Reading(None, problems)]
    return [Reading(reading.draft, problems if reading is made[0] else ()) for reading in made]


def problems_of(library: Library, article_id: str) -> tuple[Problem, ...]:
    """The problems of one record within a library."""
    return tuple(problem for problem in library.problems if problem.file == article_id)


_DATES = ("valid_from", "valid_until", "updated")


def _day(date: datetime.date | None) -> str | None:
    return None if date is None else date.isoformat()


def _undated(value: object) -> object:
    """A date as YAML would have read it; anything else as it is, to be refused."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        with suppress(ValueError):  # there is no such day
            return datetime.date.fromisoformat(value)
    return value


def _texts(check: Check, given: Record) -> Iterable[tuple[str, Record, Check]]:
    texts = given.get("texts")
    if not isinstance(texts, Mapping) or not texts:
        check.error("texts", f"is missing: write the article in {' or '.join(LANGUAGES)}")
        return
    inside = check.inside("texts")
    for language, text in texts.items():
        if language not in LANGUAGES:
            inside.error(str(language)[:40], f"must be a language of {', '.join(LANGUAGES)}")
        elif not isinstance(text, Mapping):
            inside.error(language, "must be an object with title, questions and body")
        else:
            part = inside.inside(language)
            part.only(text, OF_TEXT)
            yield language, text, part


def _fits(check: Check, text: Record) -> bool:
    size = sum(len(str(value).encode("utf-8", "surrogatepass")) for value in text.values())
    if size > FILE_BYTES:
        check.error("body", f"is larger than {FILE_BYTES} bytes: split the article")
    return size <= FILE_BYTES
