"""The panel of a large base: some of its articles, compared with every query in full.

What a similarity is worth shows against what articles that do not answer have (knowledge.confidence), in each language
and kind of text. A small base measures that on all its articles; of a large one a thousand tell it to a twentieth of
what such values spread.
"""

import numpy as np

from knowledge.embedding import Vectors
from knowledge.segment import Flags, Numbers, Segment
from knowledge.similarities import KINDS, Similarities, complete
from knowledge.views import ClosestText, Compared, Floats, usual

SIZE = 1_024
_ARTICLES_AT_ONCE = 1_024


class Panel:
    """Articles of one segment, evenly from all of it."""

    def __init__(self, segment: Segment) -> None:
        self.numbers = np.arange(0, len(segment), max(1, len(segment) // SIZE))
        rows, owners = segment.rows_of(self.numbers)
        kinds, tongues = segment.kinds[rows], segment.tongues[rows]
        names = np.array(segment.languages)
        closest = {}
        for place, kind in enumerate(KINDS):
            here = np.flatnonzero(kinds == place)
            here = here[np.lexsort((owners[here], names[tongues[here]]))]
            if len(here):
                closest[kind] = ClosestText(
                    segment.floats(rows[here]), owners[here], names[tongues[here]], len(self.numbers)
                )
        self._similarities = Similarities(closest, len(self.numbers))
        self.scales = self._similarities.scales
        centres = self._similarities.centres
        self.narrowing = np.linalg.inv(centres.spread).astype(np.float32) if centres else None
        self._closest, self._centres = closest, centres

    @property
    def centred(self) -> bool:
        """Whether articles have centres: the base has written enough of each."""
        return self._centres is not None

    def compare(
        self, vector: Vectors, language: str, seen: Flags, towards: Vectors
    ) -> tuple[dict[str, Compared], dict[str, float]]:
        """A query against each kind of text (by `towards`), and what is usual of each similarity among those articles
        of the panel that are `seen`, all if none is."""
        closest = self._similarities.compare(towards, language, every_level=True)
        similar = complete(
            {kind: found.scores for kind, found in closest.items()},
            self._similarities.centre(vector, language),
            len(self.numbers),
        )
        among = seen if seen.any() else np.ones_like(seen)
        return closest, {name: usual(scores[among]) for name, scores in similar.items()}

    def direction(self, vector: Vectors, language: str) -> Vectors | None:
        """What centres are multiplied with to be compared with a query; None in a base that has none."""
        if self._centres is None or self.narrowing is None:
            return None
        return np.asarray(self.narrowing @ self._centres.centred(vector, language))

    def means(self, languages: tuple[str, ...]) -> Vectors:
        """What the vectors of each kind and language have in common, shape (kinds, languages, dimensions)."""
        if self._centres is None:
            raise ValueError("a base without centres has no means")
        found = dict(zip(self._closest, self._centres.means, strict=True))
        anywhere = np.mean([mean for each in found.values() for mean in each.values()], axis=0)
        return np.array(
            [[found.get(kind, {}).get(language, anywhere) for language in languages] for kind in KINDS],
            dtype=np.float32,
        )

    def biases(self, segment: Segment) -> Floats:
        """What the discriminant of each article of a segment begins with, shape (articles,)."""
        found = np.zeros(len(segment), dtype=np.float32)
        if self.narrowing is None:
            return found
        means = self.means(segment.languages)
        for at in range(0, len(segment), _ARTICLES_AT_ONCE):
            articles = np.arange(at, min(at + _ARTICLES_AT_ONCE, len(segment)))
            rows, places = segment.rows_of(articles)
            centred = segment.floats(rows) - means[segment.kinds[rows], segment.tongues[rows]]
            centres = averages(centred, places, len(articles))
            found[articles] = -0.5 * np.einsum("ad,ad->a", centres @ self.narrowing, centres)
        return found


def averages(values: Floats, places: Numbers, count: int) -> Floats:
    """The mean of the values (or rows) of each place, which come in ascending order; 0 where there are none."""
    found = np.zeros((count, *values.shape[1:]), dtype=np.float32)
    if len(places):
        filled, starts, sizes = np.unique(places, return_index=True, return_counts=True)
        sums = np.add.reduceat(values, starts, axis=0)
        found[filled] = sums / sizes.reshape(-1, *[1] * (values.ndim - 1))
    return found
