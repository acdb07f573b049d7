"""All views of a base on a query's vector together, and the scale of each."""

from collections.abc import Mapping

import numpy as np

from knowledge.embedding import Vectors
from knowledge.views import Centres, ClosestText, Compared, Floats

SIMILARITIES = ("question", "passage", "whole", "centre")
KINDS = SIMILARITIES[:3]  # of texts, in the order of what queries are most like

WRITTEN_PER_ARTICLE = 4  # vectors it takes for the centre of an article to mean something
LEAST_SPREAD = 0.005
LONE_SPREAD = 0.02  # what cosines of e5 spread; for a base too small to measure
_PROBES = 200


class Similarities:
    """The closest texts of each kind and the centres, of some articles."""

    def __init__(self, closest: Mapping[str, ClosestText], articles: int) -> None:
        """`closest` in the order of `KINDS`, without those of which there is no text."""
        self.closest = closest
        self.articles = articles
        written = sum(len(view.matrix) for view in closest.values())
        enough = "question" in closest and written >= WRITTEN_PER_ARTICLE * articles
        self.centres = Centres(list(closest.values()), articles) if enough else None
        self.scales = self._measure_scales()

    def compare(self, vector: Vectors, language: str, *, every_level: bool = False) -> dict[str, Compared]:
        """A query against the closest text of each kind there is."""
        return {name: view.compare(vector, language, every_level=every_level) for name, view in self.closest.items()}

    def centre(self, vector: Vectors, language: str) -> Floats | None:
        """A query against the centres, if there are any."""
        return self.centres.similarity(vector, language) if self.centres else None

    def _measure_scales(self) -> dict[str, float]:
        """How far apart the similarities of one query to all articles usually lie, by view. Measured with texts of
        the base itself as queries, so that it needs no queries and holds for small bases too."""
        spreads: dict[str, list[float]] = {name: [] for name in SIMILARITIES}
        probes = self.closest.get("question") or self.closest.get("whole")
        rows = range(0, len(probes.matrix), max(1, len(probes.matrix) // _PROBES)) if probes else range(0)
        for vector, language in ((probes.matrix[row], str(probes.languages[row])) for row in rows if probes):
            closest = {name: found.scores for name, found in self.compare(vector, language).items()}
            for name, scores in complete(closest, self.centre(vector, language), self.articles).items():
                others = np.delete(scores, int(scores.argmax()))  # its own article
                if len(others) > 1:
                    spreads[name].append(float(others.std()))
        return {
            name: max(float(np.mean(found)) if found else LONE_SPREAD, LEAST_SPREAD) for name, found in spreads.items()
        }


def complete(closest: Mapping[str, Floats], centre: Floats | None, articles: int) -> dict[str, Floats]:
    """All similarities, with stand-ins for those the base does not have."""
    found = dict(closest)
    if centre is not None:
        found["centre"] = centre
    body = next((found[name] for name in ("whole", "centre", "question") if name in found), None)
    if body is None:
        body = np.zeros(articles, dtype=np.float32)
    return {name: found.get(name, body) for name in SIMILARITIES}
