"""JSONL and JSON: our own export, question-answer records of any common naming, and lists inside an export."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.fields import LANGUAGES
from knowledge.importing.decoding import decode
from knowledge.importing.links import Links
from knowledge.importing.pieces import PIECES, Piece, Reading, Unreadable
from knowledge.importing.rows import Row, piece_fields, table_pieces

_LISTS = ("articles", "faqs", "faq", "items", "results", "records", "data", "questions", "documents", "entries", "list")


def read_jsonl(data: bytes, name: str) -> Reading:
    """One object a line."""
    reading = Reading()
    for place, record in _lines(decode(data), reading):
        _record(record, place, reading)
    return reading


def read_json(data: bytes, name: str) -> Reading:
    """One document: a list of objects, or an object that has one. Several documents, a line each, are taken, too."""
    text = decode(data)
    reading = Reading()
    try:
        whole = json.loads(text)
    except RecursionError as error:
        raise Unreadable("is nested too deeply", "export it as a list of records") from error
    except ValueError as error:
        if text.count("\n") and text.lstrip().startswith("{"):
            return read_jsonl(data, name)
        raise Unreadable(f"is no JSON ({error})", "export it again") from error
    for number, record in enumerate(_records(whole), start=1):
        if _is_full(reading, f"record {number}"):
            break
        if isinstance(record, dict):
            _record(record, f"record {number}", reading)
    if not reading.pieces and not reading.skipped:
        raise Unreadable("holds no list of articles", f"give a list, or an object with {', '.join(_LISTS[:4])} …")
    return reading


def _records(whole: Any) -> list[Any]:
    for _ in range(4):
        if isinstance(whole, list):
            return whole
        if not isinstance(whole, dict):
            return []
        if "texts" in whole or "answer" in whole:
            return [whole]
        inner = next((whole[name] for name in _LISTS if isinstance(whole.get(name), (list, dict))), None)
        if inner is None:
            by_id = [{"id": key, **value} for key, value in whole.items() if isinstance(value, dict)]
            return by_id or [whole]
        whole = inner
    return []


def _is_full(reading: Reading, place: str) -> bool:
    """Whether a file holds more than is taken of one; says so once."""
    if len(reading.pieces) < PIECES:
        return False
    reading.skip(place, f"more than {PIECES} articles in one file", "split the file")
    return True


def _lines(text: str, reading: Reading) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        if _is_full(reading, place):
            return
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            reading.skip(place, "is no JSON", "write one whole object on each line")
            continue
        if isinstance(record, dict):
            yield place, record
        else:
            reading.skip(place, "is no object", 'write {"question": …, "answer": …}')


def _record(record: dict[str, Any], place: str, reading: Reading) -> None:
    texts = record.get("texts")
    if isinstance(texts, dict):
        _own(record, texts, place, reading)
        return
    record = dict(record)
    phrasings = record.get("questions")
    if isinstance(phrasings, list) and not any(record.get(name) for name in ("title", "question", "q", "subject")):
        record["questions"] = [text for text in phrasings if isinstance(text, str)]
    cells = {key: value for key, value in record.items() if not isinstance(value, dict)}
    table_pieces([Row(cells, place)], Links(), reading)


def _own(record: Mapping[str, Any], texts: Mapping[str, Any], place: str, reading: Reading) -> None:
    """A record as the console and the export write it."""
    from knowledge.importing.markdown import chat_body

    common = piece_fields(Row({key: value for key, value in record.items() if key != "texts"}, place))
    for language, text in texts.items():
        if language not in LANGUAGES or not isinstance(text, dict):
            reading.skip(
                f"{place} {str(language)[:10]}", "is no language that is served", f"use {' or '.join(LANGUAGES)}"
            )
            continue
        title, body, questions = (text.get(name) for name in ("title", "body", "questions"))
        if not isinstance(title, str) or not isinstance(body, str) or not title.strip() or not body.strip():
            reading.skip(f"{place} {language}", "has no title or no body", "fill both")
            continue
        asked = (
            tuple(" ".join(q.split()) for q in questions if isinstance(q, str) and q.strip())
            if isinstance(questions, list)
            else ()
        )
        reading.pieces.append(
            Piece(
                title=" ".join(title.split()), body=chat_body(body, Links()), place=place, language=language,
                questions=asked, id=common.id, category=common.category, tags=common.tags, audience=common.audience,
                valid_from=common.valid_from, valid_until=common.valid_until, updated=common.updated,
                related=common.related, pair=place,
            )
        )  # fmt: skip


def first_words(body: str) -> str:
    """A title for an answer that came without one: its first sentences."""
    plain = re.sub(r"[*`#>|-]+", " ", body)
    title = ""
    for sentence in re.split(r"(?<=[。！？!?])|(?<=\.)\s|\n", plain.strip()):
        title = f"{title} {sentence.strip()}".strip()
        if len(title) >= 24:  # "Yes." tells nothing
            break
    return " ".join(title.split())[:80].strip()
