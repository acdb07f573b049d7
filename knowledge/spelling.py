"""Misspelt words: a query's unknown words become the known word that they nearly are.

Only words help here that a base knows, so its own words are the dictionary. Two words are near if deleting a letter or
two from each makes them the same (symmetric deletion: W. Garbe, SymSpell); of several, the more frequent one. Words
that differ by an ending only, as "created" and "create", are both right; and what a base writes once may be a mistake.
"""

import re
from collections import Counter
from collections.abc import Iterable

from knowledge.text import normal

SHORTEST = 5  # letters of a word that is corrected; shorter ones have too many neighbours
OTHER_LETTER_FROM = 7  # letters from which one may be another one: "paris" is not "parts"
TWICE_FROM = 9  # letters from which two mistakes are forgiven
OFTEN = 2  # times a word must be written to be the one that was meant
MOST_WORDS = 20_000  # the most frequent ones
_ENDINGS = frozenset({"", "s", "es", "d", "ed", "ted", "e", "er", "ers", "r", "or", "ors", "ing", "ting", "ies", "ied"})
_ENDINGS |= {"ion", "ions", "tion", "ation", "ations", "ly", "y", "able", "ive", "ate", "ates", "ated", "ful"}
_WORD = re.compile(r"(?<![a-z0-9._-])[a-z]{3,24}(?![a-z0-9._-])")


class Spelling:
    """The words of a base. Immutable, thread-safe."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts = Counter(word for text in texts for word in _WORD.findall(normal(text)))
        self._known = frozenset(counts)
        self._near: dict[str, list[str]] = {}
        for word, count in counts.most_common(MOST_WORDS):  # so that the more frequent one comes first
            if len(word) >= SHORTEST - 1 and count >= OFTEN:
                for rest in _deletions(word):
                    self._near.setdefault(rest, []).append(word)

    def corrected(self, query: str) -> str:
        """The query in its normal form, with unknown words replaced where a known one is near; as it was, if all are
        known."""
        form = normal(query)
        better = _WORD.sub(lambda found: self._word(found[0]), form)
        return query if better == form else better

    def _word(self, word: str) -> str:
        if len(word) < SHORTEST or word in self._known or word.rstrip("s") in self._known or f"{word}s" in self._known:
            return word
        found: dict[str, int] = {}
        for rest in _deletions(word):
            for known in self._near.get(rest, ()):
                if known[0] == word[0] and known not in found:  # hardly anyone mistakes the first letter
                    found[known] = _distance(word, known)
        best = min(found.items(), key=lambda each: each[1], default=(word, 0))
        return best[0] if best[1] <= _allowed(word) and not _same_but_for_ending(word, best[0]) else word


def _same_but_for_ending(one: str, other: str) -> bool:
    common = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1), min(len(one), len(other))
    )
    return common >= SHORTEST - 1 and {one[common:], other[common:]} <= _ENDINGS


def _allowed(word: str) -> int:
    return 2 if len(word) >= TWICE_FROM else 1


def _deletions(word: str) -> set[str]:
    """The word, and what remains of it without as many letters as it may have wrong."""
    found = {word}
    for _ in range(_allowed(word)):
        found |= {each[:at] + each[at + 1 :] for each in found for at in range(len(each))}
    return found


def _distance(one: str, other: str) -> int:
    """Edits between two words; neighbouring letters that changed places count as one (optimal string alignment)."""
    other_letter = 1 if len(one) >= OTHER_LETTER_FROM else 2
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        last, row = row, [at]
        for place, wanted in enumerate(other, 1):
            cost = min(last[place] + 1, row[-1] + 1, last[place - 1] + other_letter * (letter != wanted))
            if at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == wanted:
                cost = min(cost, before[place - 2] + 1)
            row.append(cost)
        before = last
    return row[-1]
