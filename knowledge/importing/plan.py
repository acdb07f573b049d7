"""Pieces become articles, and these are compared with what there is: new, changed, unchanged, or left out and why."""

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from knowledge.fields import LANGUAGES, Audience
from knowledge.importing.blocks import asks
from knowledge.importing.jsonlines import first_words
from knowledge.importing.known import Known
from knowledge.importing.naming import SOURCE, category_of, free_id, slug, source_tag
from knowledge.importing.pieces import Piece, Skipped
from knowledge.importing.splitting import Part, split
from knowledge.language import detect
from knowledge.records import Record, article_from
from knowledge.text import key

DEFAULT_CATEGORY = "imported"


class State(Enum):
    """What an import does to an article."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Planned:
    """One article of an import. `notes` are warnings about it."""

    id: str
    record: Record
    state: State
    source: str
    place: str
    notes: tuple[str, ...] = ()


@dataclass
class Plan:
    """All of an import."""

    articles: list[Planned] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True)
class Options:
    """What the person who imports has decided. `language` empty: by the text."""

    category: str = ""
    language: str = ""
    today: datetime.date = field(default_factory=datetime.date.today)


def plan(pieces: Sequence[Piece], existing: Mapping[str, Record], options: Options) -> Plan:
    """What an import of `pieces` would do to the `existing` articles."""
    found = Plan()
    known = Known(existing)
    taken = {**dict.fromkeys(existing, True)}
    asked: dict[tuple[str, str], tuple[str, str]] = {}
    for group in _grouped(pieces, options):
        fresh = _first_of_its_question(group, asked, found)
        if not fresh:
            continue
        articles = _parts(fresh)
        whole = ""
        for number, texts in enumerate(articles):
            whole = _place(texts, f"{whole}-{number + 1}" if whole else "", known, taken, options, found) or whole
    _relate(found)
    return found


def _grouped(pieces: Sequence[Piece], options: Options) -> list[dict[str, Piece]]:
    """Pieces by language, together where they are one article."""
    groups: dict[object, dict[str, Piece]] = {}
    for number, piece in enumerate(pieces):
        title = piece.title or first_words(piece.body)
        language = piece.language if piece.language in LANGUAGES else options.language
        language = language or detect(f"{title}\n{piece.body[:400]}").language
        piece = replace(piece, title=title, language=language, id=_usable(piece.id))
        identity: object = (piece.source, piece.pair) if piece.pair else number
        if piece.pair.startswith("//"):  # pairs across files
            identity = piece.pair
        elif piece.id and not piece.pair:
            identity = ("id", piece.id)
        group = groups.setdefault(identity, {})
        if language in group:
            groups[identity, number] = {language: piece}
        else:
            group[language] = piece
    return [{language: group[language] for language in LANGUAGES if language in group} for group in groups.values()]


def _usable(given: str) -> str:
    """A source's id as ours; a bare number names a row, not an article."""
    return "" if given.isdigit() else slug(given)


def _first_of_its_question(
    group: dict[str, Piece], asked: dict[tuple[str, str], tuple[str, str]], found: Plan
) -> dict[str, Piece]:
    """Without texts whose question came before in the same import."""
    kept = {}
    for language, piece in group.items():
        identity = (language, key(piece.title) or piece.title)
        before = asked.setdefault(identity, (piece.body, f"{piece.source} {piece.place}".strip()))
        if before == (piece.body, f"{piece.source} {piece.place}".strip()):
            kept[language] = piece
        elif before[0] == piece.body:
            found.skipped.append(_left_out(piece, f"the same question and answer as {before[1]}", "nothing to do"))
        else:
            reason = f"“{piece.title[:60]}” is answered differently at {before[1]}"
            found.skipped.append(
                _left_out(piece, reason, "decide which answer is right, and remove or rename the other")
            )
    return kept


def _left_out(piece: Piece, reason: str, remedy: str) -> Skipped:
    return Skipped(piece.source, piece.place, reason, remedy)


def _parts(group: dict[str, Piece]) -> list[dict[str, Piece]]:
    """A group as one article, or as several when a text is too long; the languages stay together where they can."""
    cut = {language: split(piece.body) for language, piece in group.items()}
    count = max(len(parts) for parts in cut.values())
    if count == 1:
        return [group]
    cut = {
        language: parts if len(parts) == count else split(group[language].body, parts=count)
        for language, parts in cut.items()
    }
    articles: list[dict[str, Piece]] = []
    for number in range(max(len(parts) for parts in cut.values())):
        texts = {}
        for language, parts in cut.items():
            if number < len(parts):
                texts[language] = _part(group[language], parts[number], number, len(parts))
        articles.append(texts)
    return articles


def _part(piece: Piece, part: Part, number: int, count: int) -> Piece:
    chinese = piece.language == "zh"
    if count == 1:
        return replace(piece, body=part.body)
    title = piece.title
    if part.heading and key(part.heading) != key(title):
        title = f"{title}{'：' if chinese else ': '}{part.heading}"
    elif number:
        title = f"{title}（{number + 1}/{count}）" if chinese else f"{title} ({number + 1}/{count})"
    place = f"{piece.place} part {number + 1}" if number else piece.place
    return replace(piece, title=title, body=part.body, place=place, questions=piece.questions if not number else ())


def _place(
    texts: dict[str, Piece], as_part: str, known: Known, taken: dict[str, bool], options: Options, found: Plan
) -> str:
    """Plan one article; `as_part` is the id wanted for a later part of a long text. Returns the id of a first part."""
    first = next(iter(texts.values()))
    article_id = None if as_part and first.id else known.same(texts)
    if article_id is None and known.is_part(as_part, first):
        article_id = as_part
    if article_id is None:
        if other := _answered(texts, known):
            found.skipped.append(other)
            return ""
        article_id = free_id(as_part or first.id, first.title, taken)
    taken[article_id] = True
    before = known.records.get(article_id)
    record = _record(texts, before, options)
    article, problems = article_from(article_id, record)
    errors = [problem for problem in problems if problem.error]
    if article is None:
        why = "; ".join(f"{problem.field} {problem.message}" for problem in errors)
        found.skipped.append(
            _left_out(first, f"“{first.title[:60]}”: {why}", "mend it in the source, and import again")
        )
        return ""
    notes = [f"has no {language} text" for language in LANGUAGES if language not in article.texts]
    if before is not None and _same_but_date(before, record):
        state = State.UNCHANGED
    else:
        state = State.NEW if before is None else State.CHANGED
    found.articles.append(Planned(article_id, record, state, first.source, first.place, tuple(notes)))
    return "" if as_part else article_id


def _answered(texts: Mapping[str, Piece], known: Known) -> Skipped | None:
    """Why it is left out, when an article of another origin has its question."""
    for piece in texts.values():
        if other := known.answering(piece.title):
            same = any(text["body"] == piece.body for text in known.records[other]["texts"].values())
            reason = f"“{piece.title[:60]}” is already answered by {other}" + ("" if same else ", differently")
            remedy = f"give the row or file the id {other} to replace it, or ask it otherwise"
            return _left_out(piece, reason, "nothing to do" if same else remedy)
    return None


def _record(texts: Mapping[str, Piece], before: Record | None, options: Options) -> dict[str, Any]:
    """The record: what the source says, over what there was."""
    first = next(iter(texts.values()))
    before = before or {}
    category = options.category or category_of(first.category) or before.get("category") or DEFAULT_CATEGORY
    tags = _tags(first, before)
    return {
        "category": category,
        "tags": tags,
        "audience": first.audience or before.get("audience") or Audience.PUBLIC.value,
        "valid_from": first.valid_from or before.get("valid_from"),
        "valid_until": first.valid_until or before.get("valid_until"),
        "updated": first.updated or options.today.isoformat(),
        "related": list(first.related) if first.related is not None else list(before.get("related", [])),
        "texts": {**before.get("texts", {}), **{lang: _text(piece, before, lang) for lang, piece in texts.items()}},
    }


def _tags(first: Piece, before: Record) -> list[str]:
    """The source's tags, else those there were; and where the article came from, unless it has an id of its own."""
    old = list(before.get("tags", []))
    if first.tags is not None:
        tags = [tag if tag in old or tag.startswith(SOURCE) else tag.lower() for tag in first.tags]
    elif not before and first.group and not asks(first.group):
        tags = [first.group.lower()[:60]]
    else:
        tags = old
    if first.source and not first.id:
        tags = [tag for tag in tags if not tag.startswith(SOURCE)]
        tags.append(source_tag(first.source, first.place))
    return tags


def _text(piece: Piece, before: Record, language: str) -> dict[str, Any]:
    old = before.get("texts", {}).get(language, {})
    questions = list(piece.questions) or list(old.get("questions", []))
    return {"title": piece.title, "questions": questions, "body": piece.body}


def _same_but_date(before: Record, record: Mapping[str, Any]) -> bool:
    """Whether nothing but the day of the import and the place in the source differs."""

    def content(each: Mapping[str, Any]) -> dict[str, Any]:
        tags = [re.sub(r"#.*", "", tag) if tag.startswith(SOURCE) else tag for tag in each["tags"]]
        return {**{name: value for name, value in each.items() if name != "updated"}, "tags": tags}

    return content(before) == content(record)


def _relate(found: Plan) -> None:
    """Parts of one long text name each other."""
    chains: dict[tuple[str, str], list[int]] = {}
    for at, planned in enumerate(found.articles):
        place = re.sub(r" part \d+$", "", planned.place)
        chains.setdefault((planned.source, place), []).append(at)
    for at_all in chains.values():
        if len(at_all) < 2 or not any(" part " in found.articles[at].place for at in at_all):
            continue
        ids = [found.articles[at].id for at in at_all]
        for at in at_all:
            planned = found.articles[at]
            others = [each for each in ids if each != planned.id and each not in planned.record["related"]]
            related = [*planned.record["related"], *others][:5]
            if related != planned.record["related"]:
                state = planned.state
                record = {**planned.record, "related": related}
                found.articles[at] = replace(planned, record=record, state=state)
