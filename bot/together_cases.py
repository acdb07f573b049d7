"""Questions to fit `knowledge.together` on: what retrieval and a head say of what that head has not seen.

In four rounds a head is trained that has not seen a quarter of the articles, a third of the phrasings of the others,
and a quarter of `data/nlu`; what it has not seen is asked. Questions of that quarter are asked of a base that has the
articles (as if they had been published after training) and of one that has not (near negatives). So are questions of
articles that the head thinks out of scope (`later.jsonl`), and of other companies' bases of which a dozen articles each
were added. Far negatives are those of `data/nlu`, and questions from elsewhere.
"""

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rasa.shared.importers.utils import training_data_from_paths
from rasa.shared.nlu.constants import INTENT, TEXT

from bot.head import Head, spoken
from bot.intents import beliefs_of
from bot.outcome import KB_QUESTION, OFF_TOPIC, OUT_OF_SCOPE
from knowledge.cases import CaseSet, Query
from knowledge.confidence import Model
from knowledge.documents import Document
from knowledge.index import Index
from knowledge.language import detect
from knowledge.search import meant, search
from knowledge.vectors import CachedEmbedder

LATER = Path(__file__).with_name("later.jsonl")
ROUNDS = 4
ADDED = 12  # articles of each other base in a round
MOST = 400  # questions of a file


@dataclass(frozen=True)
class Case:
    """One question asked: what retrieval and head said of it, and whether the first article answers it."""

    kind: str
    round: int
    text: str
    intent: str
    certainty: float
    confidence: float
    answerable: float
    beliefs: Mapping[str, float]
    right: bool


class Round:
    """A head, and how it and retrieval answer."""

    def __init__(self, number: int, head: Head, model: Model, embedder: CachedEmbedder) -> None:
        self._number, self._head, self._model, self._embedder = number, head, model, embedder

    def ask(self, kind: str, docs: Sequence[Document], queries: Sequence[Query]) -> list[Case]:
        """Ask a base of these documents. Questions that literally are an article's are left out."""
        if not queries:
            return []
        index = Index(docs, self._embedder)
        every = np.arange(len(index.articles))
        layers = self._embedder.layers_of([query.text for query in queries])
        found = []
        for query, own, probabilities in zip(queries, layers, self._head.probabilities(layers), strict=True):
            if index.exact(query.text) is not None:
                continue
            asked, language = meant(index, query.text, query.language)
            vector = own[0] if asked == query.text else self._embedder.question(asked)
            hits = search(index, self._model, asked, vector, language, every, 1)
            likely = dict(zip(self._head.intents, map(float, probabilities), strict=True))
            intent = max(likely, key=lambda name: likely[name])
            found.append(
                Case(
                    kind, self._number, query.text, intent, likely[intent], hits[0].confidence, hits[0].answerable,
                    beliefs_of(likely), index.articles[hits[0].article] in query.relevant,
                )
            )  # fmt: skip
        return found


def ask_all(
    docs: Sequence[Document], told: Sequence[tuple[str, str]], later: Sequence[CaseSet], bases: Sequence[CaseSet],
    elsewhere: Sequence[Query], model: Model, embedder: CachedEmbedder,
) -> list[Case]:  # fmt: skip
    """All rounds. `told` are texts of data/nlu with their intents."""
    names = sorted({doc.article for doc in docs}, key=_number)
    cases: list[Case] = []
    for number in range(ROUNDS):
        new = frozenset(names[number::ROUNDS])
        kept, asked = _phrasings(docs, number)
        texts = [(question, KB_QUESTION) for doc in kept if doc.article not in new for question in doc.questions]
        texts += [(text, intent) for text, intent in told if intent == KB_QUESTION or _number(text) % ROUNDS != number]
        intents = [intent for _, intent in texts]
        words = [text for text, _ in texts]
        head = Head.fit(words, embedder.layers_of(words), intents, embedder.layers_of(spoken(intents)))
        turn = Round(number, head, model, embedder)

        unseen = defaultdict(list)
        for text, intent in told:
            if intent != KB_QUESTION and _number(text) % ROUNDS == number:
                kind = {OUT_OF_SCOPE: "out of scope", OFF_TOPIC: "far"}.get(intent, "dialogue")
                unseen[kind].append(Query(text, detect(text).language, frozenset()))
        unseen["far"] += [query for query in elsewhere if _number(query.text) % ROUNDS == number]
        own = later[number]
        unseen["out of scope"] += [replace(query, relevant=frozenset()) for query in own.queries]
        for kind, queries in unseen.items():
            cases += turn.ask(kind, kept, queries)

        cases += turn.ask("known", kept, [query for query in asked if not query.relevant & new])
        cases += turn.ask("new", kept, [query for query in asked if query.relevant & new])
        removed = [doc for doc in docs if doc.article in new]
        near = [Query(text, doc.language, frozenset()) for doc in removed for text in doc.questions]
        cases += turn.ask("near", [doc for doc in docs if doc.article not in new], near)
        cases += turn.ask("new out of scope", [*kept, *own.docs], own.queries)
        extra, of_these, of_others = _added(bases, number)
        cases += turn.ask("new elsewhere", [*kept, *extra], of_these)
        cases += turn.ask("near elsewhere", [*kept, *extra], of_others)
    return cases


def _phrasings(docs: Sequence[Document], number: int) -> tuple[list[Document], list[Query]]:
    """The documents without a third of their phrasings, and these as questions."""
    kept, asked = [], []
    for doc in docs:
        held = [text for at, text in enumerate(doc.questions) if at and (at + len(doc.article) + number) % 3 == 0]
        kept.append(replace(doc, questions=tuple(text for text in doc.questions if text not in held)))
        asked += [Query(text, doc.language, frozenset({doc.article})) for text in held]
    return kept, asked


def _added(bases: Sequence[CaseSet], number: int) -> tuple[list[Document], list[Query], list[Query]]:
    """A dozen articles of each base, questions that they answer, and questions of articles that no round adds."""
    docs: list[Document] = []
    of_these: list[Query] = []
    of_others: list[Query] = []
    chance = random.Random(number)  # noqa: S311
    for base in bases:
        names = sorted({doc.article for doc in base.docs}, key=_number)
        mine, ever = frozenset(names[number * ADDED :][:ADDED]), frozenset(names[: ROUNDS * ADDED])
        docs += [replace(doc, article=_named(base, doc.article)) for doc in base.docs if doc.article in mine]
        own = [query for query in base.queries if query.relevant & mine]
        other = [
            query for query in base.queries if not query.relevant & ever and _number(query.text) % ROUNDS == number
        ]
        of_these += [
            replace(query, relevant=frozenset(_named(base, name) for name in query.relevant))
            for query in chance.sample(own, min(60, len(own)))
        ]
        of_others += [replace(query, relevant=frozenset()) for query in chance.sample(other, min(40, len(other)))]
    return docs, of_these, of_others


def _named(base: CaseSet, article: str) -> str:
    return f"{base.family}/{article}"


def whole(sets: Sequence[CaseSet]) -> CaseSet:
    """All of a family in one."""
    docs = {(doc.article, doc.language): doc for one in sets for doc in one.docs}
    queries = {(query.text, query.language): query for one in sets for query in one.queries}
    return CaseSet(sets[0].family, sets[0].family, tuple(docs.values()), tuple(queries.values()))


def read_later(path: Path) -> list[CaseSet]:
    """Articles of what the head takes for out of scope, some for each round."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    names = sorted({row["id"] for row in rows}, key=_number)
    sets = []
    for number in range(ROUNDS):
        own = [row for row in rows if row["id"] in names[number::ROUNDS]]
        docs = [Document(row["id"], row["lang"], tuple(row["questions"]), (row["body"],)) for row in own]
        asked = [Query(text, row["lang"], frozenset({row["id"]})) for row in own for text in row["asked"]]
        sets.append(CaseSet("later", f"later/{number}", tuple(docs), tuple(asked)))
    return sets


def read_examples(folder: Path) -> list[tuple[str, str]]:
    """Texts of data/nlu with their intents."""
    data = training_data_from_paths(map(str, sorted(folder.rglob("*.yml"))), language="en")
    return [(example.get(TEXT), example.get(INTENT)) for example in data.intent_examples]


def read_some(path: Path) -> list[Query]:
    """Some questions of a file that no base answers: rows of text or query."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts: Iterable[str] = {row.get("text", row.get("query", "")): None for row in rows}
    chosen = sorted(texts, key=_number)[:MOST]
    return [Query(text, detect(text).language, frozenset()) for text in chosen]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
