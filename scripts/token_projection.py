"""Writes knowledge/projection.npz: the means and the principal directions of e5's tokens in the demo's articles.

    .venv/bin/python scripts/token_projection.py

What caches of vectors keep was made with it: after a change, the number in `knowledge.vectors.TOKENS` goes up.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from knowledge.articles import load  # noqa: E402
from knowledge.documents import documents  # noqa: E402
from knowledge.e5 import E5  # noqa: E402
from knowledge.late import PROJECTION, SHARE, language_of, unit  # noqa: E402
from knowledge.text import normal  # noqa: E402

DIMENSIONS = 192
MOST = 30_000  # tokens of each role and language


def main() -> None:
    """Embed the articles' texts, and write the arrays."""
    model = E5()
    found = defaultdict(list)
    for doc in documents(load(ROOT / "data" / "kb").articles.values()):
        questions, passages, _ = doc.texts
        for role, texts in (("query", questions), ("passage", passages)):
            for text in texts:
                written = f"{role}: {normal(text)}"
                found[f"{role} {language_of(text)}"].append(unit(model.states(written)[1]))
    chance = np.random.default_rng(0)
    spread, means = np.zeros((0, 0)), {}
    for name, states in sorted(found.items()):
        rows = np.concatenate(states)
        means[name] = rows.mean(axis=0)
        rows = chance.permutation(rows)[:MOST] - SHARE * means[name]
        spread = rows.T @ rows / len(rows) + (spread if spread.size else 0)
    directions = np.linalg.eigh(spread)[1][:, ::-1][:, :DIMENSIONS]
    arrays = {name: each.astype(np.float16) for name, each in {**means, "directions": directions}.items()}
    np.savez_compressed(PROJECTION, **arrays)


if __name__ == "__main__":
    main()
