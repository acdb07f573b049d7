"""Questions with known answers, to fit and judge search by: read from files, or made from the articles themselves."""

import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.articles import load
from knowledge.index import Document, documents
from knowledge.text import passages

PER_INTENT = (6, 4)  # phrasings indexed and asked
SMALL = 12  # articles of a small base


@dataclass(frozen=True)
class Query:
    """A question, and the articles that answer it; none if nothing does."""

    text: str
    language: str
    relevant: frozenset[str]


@dataclass(frozen=True)
class CaseSet:
    """One knowledge base with questions. Sets of one `family` share content and are left out together."""

    family: str
    name: str
    docs: tuple[Document, ...]
    queries: tuple[Query, ...]


def read_cases(path: Path, chance: random.Random) -> list[CaseSet]:
    """The case sets of a folder or file (see knowledge.fit). Raises FileNotFoundError if it is none."""
    if path.is_file():
        return [_intents(path, chance)]
    if (path / "faq.jsonl").exists():
        return _faq(path)
    docs = tuple(
        Document(
            row["id"],
            row.get("lang", "zh"),
            tuple(row.get("questions", ())),
            _passages(row.get("answer") or row["text"]),
        )
        for row in _rows(path / "kb.jsonl")
    )
    asked = tuple(
        Query(row["query"], row["lang"], frozenset(row["relevant_ids"])) for row in _rows(path / "queries.jsonl")
    )
    return [CaseSet(path.name, path.name, docs, asked)]


def read_queries(path: Path) -> list[Query]:
    """Questions without an answer: rows of text and lang; of rows with a label or intent only those called oos."""
    return [
        Query(row["text"], row.get("lang", "en"), frozenset())
        for row in _rows(path)
        if row.get("label", row.get("intent", "oos")) == "oos"
    ]


def article_cases(folder: Path, folds: int = 3) -> list[CaseSet]:
    """A folder of articles, asked with phrasings it has not been told."""
    docs = documents(load(folder).articles.values())
    sets = []
    for fold in range(folds):
        kept, asked = [], []
        for doc in docs:
            held = [q for place, q in enumerate(doc.questions) if place and (place + len(doc.article)) % folds == fold]
            questions = tuple(question for question in doc.questions if question not in held)
            kept.append(Document(doc.article, doc.language, questions, doc.passages))
            asked += [Query(question, doc.language, frozenset({doc.article})) for question in held]
        sets.append(CaseSet("articles", f"articles/{fold}", tuple(kept), tuple(asked)))
    return sets


def small(whole: CaseSet, chance: random.Random) -> CaseSet:
    """A few articles of a set, and their questions: small bases must get sensible confidences too."""
    every = sorted({doc.article for doc in whole.docs})
    names = frozenset(chance.sample(every, min(SMALL, len(every))))
    docs = tuple(doc for doc in whole.docs if doc.article in names)
    return CaseSet(whole.family, f"{whole.name}/small", docs, tuple(q for q in whole.queries if q.relevant & names))


def _intents(path: Path, chance: random.Random) -> CaseSet:
    examples: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _rows(path):
        examples[row["intent"], row.get("lang", "en")].append(row["text"])
    docs, asked = [], []
    for (intent, language), texts in sorted(examples.items()):
        chance.shuffle(texts)
        docs.append(Document(intent, language, tuple(texts[: PER_INTENT[0]]), ()))
        asked += [Query(text, language, frozenset({intent})) for text in texts[PER_INTENT[0] : sum(PER_INTENT)]]
    return CaseSet(path.stem, path.stem, tuple(docs), tuple(asked))


def _faq(path: Path) -> list[CaseSet]:
    rows = _rows(path / "faq.jsonl")
    return [
        CaseSet(
            path.name,
            f"{path.name}/{asked}-{told}",
            tuple(Document(row["id"], told, (), _passages(row[f"a_{told}"])) for row in rows),
            tuple(Query(row[f"q_{asked}"], asked, frozenset({row["id"]})) for row in rows),
        )
        for asked in ("en", "zh")
        for told in ("en", "zh")
    ]


def _passages(text: str) -> tuple[str, ...]:
    return tuple(passages(text)) or (text,)


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
