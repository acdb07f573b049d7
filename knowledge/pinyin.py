"""Chinese typed in Latin letters, with or without tones: "tuihuo zenme ban" is 退货怎么办.

A text is read as pinyin if nothing else is in it and it cannot well be English. Of the characters that each syllable
may be, those are taken that the base itself writes beside one another (Viterbi's algorithm on pairs of characters), so
that a word of the base wins over any other of the same sound. pinyin.txt has the characters of GB 2312 by syllable
(readings of pypinyin, MIT).
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from knowledge.syllables import TABLE, cut, toneless
from knowledge.text import normal

LEAST_SYLLABLES = 3
SEEN = 0.6  # of its pairs of characters must be ones that the base writes: "eliminate" could be syllables, too
ENGLISH = 0.34  # of the words may be ones that the base has in English texts
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_WORD = re.compile(r"[a-z]+")
_PLAIN = re.compile(r"[a-z0-9 ,.!?']+")
_UNSEEN = 0.01  # of a pair that the base never writes


class Pinyin:
    """Reads pinyin with the words of a base. Immutable, thread-safe."""

    def __init__(self, texts: Iterable[str]) -> None:
        singles: Counter[str] = Counter()
        self._pairs: Counter[str] = Counter()
        self._english: set[str] = set()
        for text in map(normal, texts):
            self._english.update(_WORD.findall(text))
            for run in _HAN.findall(text):
                singles.update(run)
                self._pairs.update(run[at : at + 2] for at in range(len(run) - 1))
        self._singles, self._written = singles, max(singles.total(), 1)
        self._characters: dict[str, str] = defaultdict(str)
        for line in TABLE.read_text(encoding="utf-8").splitlines():
            syllable, characters = line.split()
            known = "".join(character for character in characters if character in singles)
            if known:
                self._characters[syllable] = known

    def read(self, query: str) -> str | None:
        """The query in characters; None if it is no pinyin, or about nothing that the base writes."""
        form = toneless(normal(query))
        words = _WORD.findall(form)
        if not words or not _PLAIN.fullmatch(form):
            return None
        if sum(word in self._english for word in words) > ENGLISH * len(words):
            return None
        syllables: list[str] = []
        for word in words:
            parts = cut(word)
            if parts is None:
                return None
            syllables += parts
        if len(syllables) < LEAST_SYLLABLES or not all(syllable in self._characters for syllable in syllables):
            return None
        text = self._likeliest(syllables)
        seen = sum(text[at : at + 2] in self._pairs for at in range(len(text) - 1))
        return text if seen >= SEEN * (len(text) - 1) else None

    def _likeliest(self, syllables: list[str]) -> str:
        ways = {
            character: (math.log(self._singles[character]), character) for character in self._characters[syllables[0]]
        }
        for syllable in syllables[1:]:
            longer = {}
            for character in self._characters[syllable]:
                longer[character] = max(
                    (score + self._step(text[-1], character), text + character) for score, text in ways.values()
                )
            ways = longer
        return max(ways.values())[1]

    def _step(self, before: str, character: str) -> float:
        """How likely a character follows another, as a logarithm."""
        seen = self._pairs[before + character]
        guess = _UNSEEN * self._singles[character] / self._written
        return math.log(seen / self._singles[before] + guess)
