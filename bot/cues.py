"""A second look beside the learned head: phrases that say by themselves that a message belongs to humans.

A head that learns from examples stops at nine of ten of such messages, and guesses them where nobody said so. Words
do better at both: some are enough by themselves, and without any of them a guess is not believed.
"""

import re
from functools import lru_cache

from bot.cue_words import CUES
from knowledge.text import normal

READ_CHARACTERS = 600  # of a message; patterns stay quick, and a call for people comes early or again

REPAIRED = (
    *("agent", "agents", "assistance", "assistant", "complaint", "customer", "electric", "employee", "human", "lawyer"),
    *("manager", "operator", "people", "person", "representative", "service", "somebody", "someone", "supervisor"),
    *("support", "transfer", "connect", "contact", "contacting", "chatting", "speaking", "talking"),
)  # words that are recognised with one slip of a finger
NO_SLIPS = frozenset({"contract", "manage", "managed", "manages", "prison", "taking", "layer", "layers", "hunan"})

_BETWEEN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_QUOTES = str.maketrans({"’": "'", "`": "'", "‘": "'", "“": '"', "”": '"'})
_LATIN = re.compile(r"[a-z]{4,15}")
_WORD_MASK = re.compile(r"(?<=\w)[*_](?=\w)")


@lru_cache(maxsize=256)
def plain(text: str) -> str:
    """The form that patterns see."""
    words = _WORD_MASK.sub("", _BETWEEN_CHINESE.sub("", normal(text).translate(_QUOTES)))[:READ_CHARACTERS]
    return _LATIN.sub(lambda found: _repaired(found.group()), words)


def _repaired(word: str) -> str:
    """The word of `REPAIRED` that `word` was meant to be: a letter missing, added, wrong or swapped with the next."""
    if word in NO_SLIPS or word.removesuffix("s") in REPAIRED:
        return word
    return next((_MEANT[form] for form in (word, *_shorter(word)) if form in _MEANT), word)


def _shorter(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


_MEANT = {form: word for word in REPAIRED for form in (*_shorter(word), word)}


def heard(text: str) -> str:
    """The intent that `text` says in so many words, one of `CUES`, or ""."""
    words = plain(text)
    return next((intent for intent, cue in CUES.items() if cue.says.search(cue.not_so.sub(" ", words))), "")


def hinted(text: str, intent: str) -> bool:
    """Whether a word of `text` is about `intent`; true for intents that have no cue."""
    cue = CUES.get(intent)
    return cue is None or bool(cue.hints.search(cue.not_so.sub(" ", plain(text))))
