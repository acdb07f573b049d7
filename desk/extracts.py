"""The sentences of a conversation that say most, taken as they were said: no words are made up.

A sentence counts for the words it shares with the others (what is talked about comes up again), and for being the
first that asks something, for asking, for naming an order or an amount, for anger, and for being the last word.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from desk.details import details
from knowledge.mood import NEGATIVE
from knowledge.text import tokens

MOST = 400
"""Sentences that are looked at, the latest ones."""

LONGEST = 220  # characters that are shown of one
ALIKE = 0.6  # share of words in common from which on two sentences say the same

_SENTENCES = re.compile(r"(?<=[。！？!?])\s*|(?<=\.)\s+|\n+")
# What is said to people rather than about the matter.
_TALK = re.compile(
    r"(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|thanks?(?: you| a lot)?|thank you.{0,12}|ok(?:ay)?|yes|no|"
    r"bye|goodbye|are you (?:there|a bot|human).{0,12}|(?:a )?(?:human|agent|person)(?: please)?|"
    r"(?:i (?:want|need)|can i|let me|please)?.{0,20}(?:talk|speak|chat|connect|transfer).{0,12}"
    r"(?:human|person|someone|agent|representative).{0,16}|"
    r"你好|您好|在吗|在么|喂|谢谢.{0,4}|好的?.{0,2}|嗯+|是的?|不是?|再见|人工.{0,4}|(?:我要|请|帮我|给我)?转?(?:接)?人工(?:客服)?|找(?:人工)?客服)"
    r"[\s.!?。！？，,~～]*)+",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something a customer said: `entry_id` names the message."""

    entry_id: str
    text: str


def sentences(said: Sequence[Said]) -> list[Said]:
    """The sentences that are about the matter, in order."""
    found = [
        Said(entry_id=each.entry_id, text=sentence.strip())
        for each in said
        for sentence in _SENTENCES.split(each.text)
        if sentence.strip() and not _TALK.fullmatch(sentence.strip()) and len(tokens(sentence)) > 1
    ]
    return found[-MOST:]


def extract(said: Sequence[Said], count: int) -> list[Said]:
    """At most `count` sentences that say most and do not repeat each other, in order."""
    found = sentences(said)
    words = [frozenset(tokens(each.text)) for each in found]
    ranked = sorted(range(len(found)), key=lambda place: -_weight(place, found, words))
    chosen: list[int] = []
    for place in ranked:
        if len(chosen) < count and not any(_alike(words[place], words[other]) for other in chosen):
            chosen.append(place)
    return [Said(entry_id=found[place].entry_id, text=_cut(found[place].text)) for place in sorted(chosen)]


def _weight(place: int, found: Sequence[Said], words: Sequence[frozenset[str]]) -> float:
    text, mine = found[place].text, words[place]
    often = Counter(word for each in words for word in each)
    shared = sum(often[word] - 1 for word in mine) / (len(mine) ** 0.5 * max(1, len(words) - 1)) if mine else 0.0
    weight = shared + 0.5 * (place == 0) + 0.15 * (place == len(found) - 1)
    weight += (
        0.25 * text.endswith(("?", "？", "吗", "呢")) + 0.25 * bool(details(text)) + 0.15 * bool(NEGATIVE.search(text))
    )
    return weight + 0.02 * min(len(mine), 15)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= ALIKE * max(1, min(len(one), len(other)))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
