"""Questions with known answers, to fit and judge search by: read from files, or made from the articles themselves."""

import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.articles import load
from knowledge.documents import Document, documents
from knowledge.language import detect
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
    docs, asked = read_documents(path / "kb.jsonl"), read_questions(path / "queries.jsonl")
    return [CaseSet(path.name, path.name, docs, asked)]


def read_documents(path: Path) -> tuple[Document, ...]:
    """What rows of a knowledge base say: id, answer or text, perhaps title, question, questions, entity, lang, of which
    several may be of one id. Raises ValueError for a row that is none."""
    return tuple(_document(row, f"{path}, row {number}") for number, row in enumerate(_rows(path), 1))


def read_questions(path: Path) -> tuple[Query, ...]:
    """Questions of a file: rows of query (or text), perhaps lang and relevant_ids. Raises ValueError for a row that is
    none."""
    return tuple(_question(row, f"{path}, row {number}") for number, row in enumerate(_rows(path), 1))


def read_labelled(path: Path, label: str) -> tuple[Query, ...]:
    """The questions of a file that its rows call `label` (in or oos); all of them, if its rows have no label."""
    rows = list(enumerate(_rows(path), 1))
    return tuple(_question(row, f"{path}, row {number}") for number, row in rows if _label(row) in (label, ""))


def read_faq(path: Path, asked: str, told: str) -> tuple[tuple[Document, ...], tuple[Query, ...]]:
    """Rows of id, q_en, a_en, q_zh, a_zh: the questions in one language, the answers in one. Raises ValueError for a
    row that is none."""
    rows = _rows(path)
    for number, row in enumerate(rows, 1):
        if missing := {"id", f"q_{asked}", f"a_{told}"} - row.keys():
            raise ValueError(f"{path}, row {number}: has no {', '.join(sorted(missing))}")
    return (
        tuple(Document(str(row["id"]), told, (), _passages(row[f"a_{told}"])) for row in rows),
        tuple(Query(row[f"q_{asked}"], asked, frozenset({str(row["id"])})) for row in rows),
    )


def read_queries(path: Path) -> list[Query]:
    """Questions without an answer: rows of text and lang; of rows with a label or intent only those called oos."""
    return [Query(query.text, query.language, frozenset()) for query in read_labelled(path, "oos")]


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
    return [*sets, mixed(sets[0])]


def body_cases(folder: Path) -> list[CaseSet]:
    """A folder of articles as bases of other kinds: bodies without any title or phrasing, told in either language, and
    articles that are only in the language that is not asked in."""
    docs = documents(load(folder).articles.values())
    sets = []
    for asked in ("en", "zh"):
        queries = tuple(
            Query(question, asked, frozenset({doc.article}))
            for doc in docs
            if doc.language == asked
            for question in doc.questions[:2]
        )
        for told in ("en", "zh"):
            bodies = tuple(Document(doc.article, told, (), doc.passages) for doc in docs if doc.language == told)
            sets.append(CaseSet("articles", f"bodies/{asked}-{told}", bodies, queries))
        other = tuple(doc for doc in docs if doc.language != asked)
        sets.append(CaseSet("articles", f"foreign/{asked}", other, queries))
    return [one for one in sets if one.docs and one.queries]


def mixed(whole: CaseSet) -> CaseSet:
    """A set with each article in one language only, by turns: there, articles in the query's language and in another
    must be compared."""
    names = sorted({doc.article for doc in whole.docs})
    languages = sorted({doc.language for doc in whole.docs})
    kept = {name: languages[place % len(languages)] for place, name in enumerate(names)}
    docs = tuple(doc for doc in whole.docs if doc.language == kept[doc.article])
    return CaseSet(whole.family, f"{whole.name}/mixed", docs, whole.queries)


def small(whole: CaseSet, chance: random.Random) -> CaseSet:
    """A few articles of a set, and their questions: small bases must get sensible confidences too."""
    every = sorted({doc.article for doc in whole.docs})
    names = frozenset(chance.sample(every, min(SMALL, len(every))))
    docs = tuple(doc for doc in whole.docs if doc.article in names)
    return CaseSet(whole.family, f"{whole.name}/small", docs, tuple(q for q in whole.queries if q.relevant & names))


def _intents(path: Path, chance: random.Random) -> CaseSet:
    examples: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _rows(path):
        if row["intent"] != "oos":
            examples[row["intent"], row.get("lang", "en")].append(row["text"])
    docs, asked = [], []
    for (intent, language), texts in sorted(examples.items()):
        chance.shuffle(texts)
        docs.append(Document(intent, language, tuple(texts[: PER_INTENT[0]]), ()))
        asked += [Query(text, language, frozenset({intent})) for text in texts[PER_INTENT[0] : sum(PER_INTENT)]]
    return CaseSet(path.stem, path.stem, tuple(docs), tuple(asked))


def _faq(path: Path) -> list[CaseSet]:
    sets = [
        CaseSet(path.name, f"{path.name}/{asked}-{told}", *read_faq(path / "faq.jsonl", asked, told))
        for asked in ("en", "zh")
        for told in ("en", "zh")
    ]
    both = CaseSet(path.name, path.name, sets[0].docs + sets[3].docs, sets[0].queries + sets[3].queries)
    return [*sets, mixed(both)]


def _document(row: dict[str, Any], place: str) -> Document:
    body = next((row[name] for name in ("answer", "text", "body") if row.get(name)), "")
    one = [row[name] for name in ("title", "question") if row.get(name)]
    questions = tuple(dict.fromkeys([*one, *row.get("questions", ())]))
    if "id" not in row or not (body or questions):
        raise ValueError(f"{place}: an article needs an id, and an answer, text or question")
    if (entity := row.get("entity")) and questions:  # whom or what it is about: the same question may be of many
        questions = tuple(text if entity.casefold() in text.casefold() else f"{entity}: {text}" for text in questions)
    language = row.get("lang") or detect(body or questions[0]).language
    return Document(str(row["id"]), language, questions, _passages(body) if body else ())


def _label(row: dict[str, Any]) -> str:
    """What a row says of itself: in, oos, or nothing."""
    if "label" in row:
        return str(row["label"])
    return ("oos" if row["intent"] == "oos" else "in") if "intent" in row else ""


def _question(row: dict[str, Any], place: str) -> Query:
    text = row.get("query", row.get("text"))
    if text is None:  # an empty one is a question, too: people send them
        raise ValueError(f"{place}: a question needs a query or text")
    relevant = frozenset(map(str, row.get("relevant_ids", ())))
    return Query(text, row.get("lang") or detect(text).language, relevant)


def _passages(text: str) -> tuple[str, ...]:
    return tuple(passages(text)) or (text,)


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]
