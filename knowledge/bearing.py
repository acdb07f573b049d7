"""The bearing of a query: its vector without what nearly all questions of its language have in common.

Vectors of e5 crowd in a narrow cone, those of one language in one part of it. So a text that lies towards the middle of
a language's questions is close to every one of them, whatever they ask: such hubs crowd out the right article, most of
all across languages. Subtracting the mean question takes from each text what it has in common with any question. (The
same idea as centring and CSLS: Lample et al. 2018, arXiv 1710.04087; Mu and Viswanath 2018, arXiv 1702.01417.)
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from knowledge.embedding import Vectors

SHARE = 0.8  # of the mean question that is taken away; all of it does worse on bases about one subject


@dataclass(frozen=True)
class Bearing:
    """The mean question by language, of one embedder. Of another one's vectors it knows nothing, and lets them be."""

    embedder: str = ""
    means: Mapping[str, Vectors] = field(default_factory=dict, compare=False)

    def of(self, vector: Vectors, language: str) -> Vectors:
        """The bearing of a query's vector, not of length one. Of an unknown language the mean of all is taken away."""
        if not self.means or len(vector) != len(next(iter(self.means.values()))):
            return vector
        mean = self.means.get(language)
        if mean is None:
            mean = np.mean(list(self.means.values()), axis=0)
        return np.asarray(vector - SHARE * mean, dtype=np.float32)

    @classmethod
    def fit(cls, embedder: str, asked: Mapping[str, Sequence[Vectors]]) -> "Bearing":
        """From questions' vectors by language, one array for each source; every source weighs the same, so that none
        makes its subject look usual."""
        return cls(
            embedder,
            {
                language: np.mean([source.mean(axis=0) for source in sources], axis=0).astype(np.float32)
                for language, sources in asked.items()
                if sources
            },
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Bearing":
        """Read what `to_json` gave."""
        means = {
            str(language): np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float32)
            for language, text in data["means"].items()
        }
        return cls(str(data["embedder"]), means)

    def to_json(self) -> dict[str, Any]:
        """As JSON; the means in 16 bits."""
        means = {
            language: base64.b64encode(mean.astype("<f2").tobytes()).decode() for language, mean in self.means.items()
        }
        return {"embedder": self.embedder, "means": means}
