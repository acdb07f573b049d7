"""Places in a text at which something stands that must not leave."""

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.privacy_settings import KINDS


@dataclass(frozen=True, kw_only=True, order=True)
class Found:
    """A place. `value` is what is masked there: the text itself, or what it is a part of."""

    start: int
    end: int
    kind: str
    value: str


def settled(found: Iterable[Found]) -> list[Found]:
    """Of places that overlap the longest, in the order of the text; of the same, the kind that is named first."""
    rank = {kind: number for number, kind in enumerate(KINDS)}
    chosen: list[Found] = []
    for each in sorted(found, key=lambda one: (one.start - one.end, rank.get(one.kind, -1), one.start)):
        if all(each.end <= other.start or other.end <= each.start for other in chosen):
            chosen.append(each)
    return sorted(chosen)
