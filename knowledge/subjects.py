"""What a conversation is about when many articles say the same of different things: branches, products, hotels.

"Do you have parking?" has an answer for each branch. Articles name what they are about (tag `about:<name>`), and the
names are looked for in the last turns, as people write and speech recognition hears them: a name counts by how much of
it is there, letter by letter, its rare words most, and the latest mention first.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from knowledge.articles import Article
from knowledge.text import normal

TAG = "about:"
TURNS = 12  # looked at, of both sides
MOST = 12  # names that come back
FADING = 0.012  # how much less alike a name counts for each turn that has gone by
HALF = 0.5  # likeness of names that have nothing to do with each other
ALIKE_WORDS = 0.6  # the same of two words

# Weights of a conditional logistic regression on spoken dialogues, as in bench/followups.py.
COVERED, BEST, LONG = 2.57, 2.05, 2.35
MEANT = 4.0  # log-odds from which a name is taken to be meant; a name that only resembles what was said has about 2
NEAR = 1.0  # log-odds below the likeliest name within which others may be meant as well

_WORDS = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")
_BRANCH = re.compile(r"\s+[-–—]\s+")


@dataclass(frozen=True)
class Mention:
    """A name, and in log-odds how much speaks for its being meant."""

    name: str
    strength: float


def subjects_of(tags: Iterable[str]) -> tuple[str, ...]:
    """What an article's tags say it is about."""
    return tuple(tag.removeprefix(TAG).strip() for tag in tags if tag.startswith(TAG))


class Subjects:
    """All names there are."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {name: _words(name) for name in dict.fromkeys(names) if _words(name)}
        count = Counter(word for words in self._names.values() for word in set(words))
        self._rarity = {word: math.log(1 + len(self._names) / found) for word, found in count.items()}

    def __bool__(self) -> bool:
        return bool(self._names)

    def mentioned(self, turns: Sequence[str]) -> list[Mention]:
        """The names that most likely are meant in a conversation, oldest turn first; the likeliest first."""
        said = [_words(turn) for turn in turns[-TURNS:]]
        heard = set().union(*said)
        if not heard:
            return []
        likeness = {word: max(alike(word, other) for other in heard) for word in self._rarity}
        lines = [(" ".join(words), "".join(words), FADING * ago) for ago, words in enumerate(reversed(said))]
        found = [Mention(name, self._strength(name, words, likeness, lines)) for name, words in self._names.items()]
        return sorted(found, key=lambda each: -each.strength)[:MOST]

    def _strength(
        self, name: str, words: list[str], likeness: dict[str, float], lines: list[tuple[str, str, float]]
    ) -> float:
        whole = sum(self._rarity[word] for word in words)
        covered = sum(self._rarity[word] * likeness[word] for word in words) / whole
        head = " ".join(_words(_BRANCH.split(name)[0])) or " ".join(words)
        best = max(_part(head, line, joined) - faded for line, joined, faded in lines)
        alike = max(0.0, best - HALF) / (1 - HALF)
        return COVERED * covered + BEST * alike + LONG * alike * math.log(1 + len(head)) / 3


class About:
    """Which articles are about what."""

    def __init__(self, articles: Iterable[Article]) -> None:
        owners: dict[str, set[str]] = {}
        for article in articles:
            for name in subjects_of(article.tags):
                owners.setdefault(name, set()).add(article.id)
        self._owners = owners
        self._subjects = Subjects(owners)

    def __bool__(self) -> bool:
        return bool(self._subjects)

    def elsewhere(self, turns: Sequence[str]) -> frozenset[str]:
        """Ids of the articles about anything but what a conversation is about; none while it is about nothing."""
        found = self._subjects.mentioned(turns)
        if not found or found[0].strength < MEANT:
            return frozenset()
        meant = {each.name for each in found if each.strength >= max(MEANT, found[0].strength - NEAR)}
        kept = frozenset().union(*(self._owners[name] for name in meant))
        return frozenset().union(*self._owners.values()) - kept


ABOUT_NOTHING = About(())


def _words(text: str) -> list[str]:
    return _WORDS.findall(normal(text).replace("'s", "s").replace("’s", "s").replace("&", " and "))


def alike(word: str, other: str) -> float:
    """0 for words as alike as any, 1 for the same."""
    if abs(len(word) - len(other)) > 3:
        return 0.0
    return max(0.0, fuzz.ratio(word, other) / 100 - ALIKE_WORDS) / (1 - ALIKE_WORDS)


def _part(head: str, line: str, joined: str) -> float:
    """How alike the most similar part of a turn is, 0..1; also where speech recognition cut words otherwise."""
    if len(head) > len(line) + 2:
        return 0.0
    apart = fuzz.partial_ratio(head, line) / 100
    close = head.replace(" ", "")
    return max(apart, 0.97 * fuzz.partial_ratio(close, joined) / 100) if len(head) > 5 else apart
