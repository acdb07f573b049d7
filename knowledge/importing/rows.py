"""Rows with named cells as pieces: of sheets, tables in documents, JSON records, and front matter."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from knowledge.importing.columns import AUDIENCE, DATE, date_of, field_of, first_text, is_header, language_of
from knowledge.importing.links import Links
from knowledge.importing.pieces import PIECES, TITLE_CHARACTERS, Piece, Reading
from knowledge.language import detect

_LISTS = re.compile(r"\s*(?:[;；|｜]|\n)\s*")
_WORDS = re.compile(r"\s*[,，、;；|｜\n]\s*")
_POINT = re.compile(r"^\s*(?:[-*•]|\d+[.、)])\s*")
_SHARED = ("id", "category", "group", "tags", "audience", "valid_from", "valid_until", "updated", "related")
_TEXTS = ("title", "question", "answer", "questions")

Given = dict[tuple[str, str], list[Any]]
"""Filled cells by (field, language or empty)."""


@dataclass(frozen=True)
class Row:
    """Cells by the name of their column, and where the row stood. Numbered names (`相似问1`) are one field."""

    cells: Mapping[str, Any]
    place: str


def rows_of_table(rows: Sequence[Sequence[str]]) -> list[Row] | None:
    """A table inside a document, if it is one of questions and answers."""
    if len(rows) < 2 or not is_header(rows[0]):
        return None
    named = {field.name for cell in rows[0] if (field := field_of(cell))}
    if not named & {"question", "title"}:
        return None
    return [Row(dict(zip(rows[0], row, strict=False)), f"row {number}") for number, row in enumerate(rows[1:], start=2)]


def piece_fields(row: Row) -> Piece:
    """Everything a row says about its article, without its texts' languages: for front matter."""
    return _common(_by_field(row), row.place)


def table_pieces(rows: Iterable[Row], links: Links, reading: Reading, *, place: str = "") -> None:
    """Rows as pieces. A row without question and answer of its own gives its phrasings to the row above."""
    last: object = None
    for row in rows:
        where = f"{place} {row.place}".strip()
        if len(reading.pieces) >= PIECES:
            reading.skip(where, f"more than {PIECES} articles in one file", "split the file")
            return
        given = _by_field(row)
        identity = _identity(given)
        phrased = any(name == "questions" for name, _ in given)
        if phrased and last is not None and (identity == last or not identity):
            _continue(given, reading)
        elif identity or phrased:
            before = len(reading.pieces)
            _row_pieces(given, where, links, reading)
            last = identity if len(reading.pieces) > before else None
        elif any(str(cell).strip() for cell in row.cells.values() if cell is not None):
            reading.skip(where, "has neither question nor answer", "fill both cells, or remove the row")


def _by_field(row: Row) -> Given:
    found: Given = {}
    for column, value in row.cells.items():
        field = field_of(column)
        if field is None or value is None or (isinstance(value, str) and not value.strip()):
            continue
        found.setdefault((field.name, field.language), []).append(value)
    return _with_languages(found)


def _with_languages(given: Given) -> Given:
    """Where columns of one language are marked, the unmarked ones are the other's; phrasings tell it themselves."""
    marked = {language for name, language in given if language and name == "answer"}
    if not marked:
        return given
    rest = [language for language in ("en", "zh") if language not in marked]
    found: Given = {}
    for (name, language), values in given.items():
        if language or name not in _TEXTS:
            found.setdefault((name, language), []).extend(values)
        elif name == "questions" or not rest:
            for text in (part for value in values for whole in _flat(value) for part in _several(whole)):
                found.setdefault((name, detect(text).language), []).append(text)
        else:
            found.setdefault((name, rest[0]), []).extend(values)
    return found


def _row_pieces(given: Given, place: str, links: Links, reading: Reading) -> None:
    common = _common(given, place)
    if common.language == "-":
        shown = first_text(given["language", ""][0])
        reading.skip(place, f"language {shown[:20]!r} is not served", "use en or zh")
        return
    base = Links(first_text(given["url", ""][0])) if ("url", "") in given else links
    languages = sorted({language for name, language in given if language and name in _TEXTS}) or [""]
    for language in languages:
        title, questions = _asked(given, language)
        answer = next(iter(_texts(given, "answer", language)), "")
        where = f"{place} {language}".strip()
        if not answer:
            if title:
                reading.skip(where, f"“{title[:60]}” has no answer", "write the answer in its cell")
            continue
        piece = _piece(common, title, questions, answer, base)
        if piece.body:
            pair = place if len(languages) > 1 else ""
            reading.pieces.append(replace(piece, language=language or common.language, pair=pair))
        else:
            reading.skip(where, "the answer is empty without its pictures and markup", "write the answer as text")


def _asked(given: Given, language: str) -> tuple[str, tuple[str, ...]]:
    """Title and further phrasings; what a thing is about goes before the title, where a column says it."""
    phrasings = [part for text in _texts(given, "questions", language) for part in _several(text)]
    found = [*_texts(given, "title", language), *_texts(given, "question", language), *phrasings]
    title, *others = [" ".join(text.split()) for text in found] or [""]
    about = " ".join(first_text(given.get(("context", ""), [""])[0]).split())
    if about and title and about.casefold() not in title.casefold():
        others, title = [*others], f"{about}: {title}"
    return title[:TITLE_CHARACTERS], tuple(dict.fromkeys(text for text in others if text and text != title))


def _piece(common: Piece, title: str, questions: tuple[str, ...], answer: str, links: Links) -> Piece:
    from knowledge.importing.markdown import chat_body

    return replace(common, title=title, body=chat_body(answer, links), questions=questions)


def _common(given: Given, place: str) -> Piece:
    def one(name: str) -> str:
        return " ".join(first_text(next((v[0] for (field, _), v in given.items() if field == name), "")).split())

    def date(name: str) -> str:
        return date_of(given.get((name, ""), [""])[0])

    audience, about, tags = one("audience"), one("context"), _list(given, "tags")
    return Piece(
        title=one("title") or one("question"),
        body="",
        place=place,
        language=language_of(one("language")),
        questions=tuple(part for v in given.get(("questions", ""), []) for text in _flat(v) for part in _several(text)),
        id=one("id"),
        category=one("category"),
        tags=(*(tags or ()), about.lower()) if about else tags,
        audience=AUDIENCE.get(audience.casefold().replace(" ", "_"), audience),
        valid_from=date("valid_from"),
        valid_until=date("valid_until"),
        updated=date("updated") if DATE.search(one("updated")) else "",
        related=_list(given, "related"),
    )


def _continue(given: Given, reading: Reading) -> None:
    """Phrasings for the piece above, in its own language where it has one in each."""
    for (name, language), values in given.items():
        if name != "questions":
            continue
        more = [part for value in values for text in _flat(value) for part in _several(text)]
        last = reading.pieces[-1].pair
        at = max(
            (at for at, piece in enumerate(reading.pieces[-2:], start=max(len(reading.pieces) - 2, 0))
             if piece.pair == last and (not language or piece.language in ("", language))),
            default=len(reading.pieces) - 1,
        )  # fmt: skip
        piece = reading.pieces[at]
        reading.pieces[at] = replace(piece, questions=tuple(dict.fromkeys((*piece.questions, *more))))


def _identity(given: Given) -> tuple[object, ...]:
    """Question and answer of a row, to be compared with those of the row above; empty without any."""
    return tuple(
        (name, language, *(text.strip() for value in values for text in _flat(value)))
        for (name, language), values in sorted(given.items(), key=lambda item: item[0])
        if name in {"title", "question", "answer"}
    )


def _texts(given: Given, name: str, language: str) -> list[str]:
    return [text for value in given.get((name, language), []) for text in _flat(value) if text.strip()]


def _flat(value: Any) -> list[str]:
    return [first_text(item) for item in value] if isinstance(value, (list, tuple)) else [first_text(value)]


def _several(text: str) -> list[str]:
    """Phrasings of one cell: by lines if there is an end of a line, else by marks between them."""
    parts = text.split("\n") if "\n" in text else _LISTS.split(text)
    return [" ".join(_POINT.sub("", part).split()) for part in parts if part.strip()]


def _list(given: Given, name: str) -> tuple[str, ...] | None:
    """A list of words; None where the source has no such field."""
    values = [value for (field, _), found in given.items() if field == name for value in found]
    if not values:
        return None
    words: list[str] = []
    for value in values:
        text = first_text(value)
        words += _flat(value) if isinstance(value, list) else text.split("\n") if "\n" in text else _WORDS.split(text)
    return tuple(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))
