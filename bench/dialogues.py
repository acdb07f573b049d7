"""Public dialogues as what customers say, one utterance after the other. Files are JSON, one object a line.

DialogueError    a file is not as expected; the message names file, line and field
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

UTTERANCES = 5  # of a conversation made from single utterances
CUSTOMER = frozenset({"user", "usr", "customer"})


class DialogueError(Exception):
    """The file cannot be played."""


@dataclass(frozen=True)
class Dialogue:
    """What one customer says, in order."""

    source: str
    language: str
    utterances: tuple[str, ...]


def whole(path: Path, language: str) -> list[Dialogue]:
    """Dialogues with `turns` of `speaker` and `text` (CrossWOZ): the customer's side. Raises DialogueError."""
    found = []
    for line, row in _rows(path):
        turns = row.get("turns")
        if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
            raise DialogueError(f"{path}:{line}: turns must be a list of objects with speaker and text")
        said = [str(turn.get("text", "")).strip() for turn in turns if turn.get("speaker") in CUSTOMER]
        if utterances := tuple(filter(None, said)):
            found.append(Dialogue(path.stem, language, utterances))
    return found


def assembled(path: Path, language: str, seed: int = 5) -> list[Dialogue]:
    """Utterances with `text` (Bitext, Rasa's demo bots) in `language`, each once, five to a conversation.

    Raises DialogueError.
    """
    texts: dict[str, None] = {}
    for line, row in _rows(path):
        text = row.get("text")
        if not isinstance(text, str):
            raise DialogueError(f"{path}:{line}: text must be a string")
        if text.strip() and row.get("lang", language) == language:
            texts[text.strip()] = None
    order = random.Random(seed).sample(list(texts), len(texts))  # noqa: S311 - repeatable on purpose
    return [
        Dialogue(path.stem, language, tuple(order[at : at + UTTERANCES])) for at in range(0, len(order), UTTERANCES)
    ]


def within(dialogues: Sequence[Dialogue], limit: int) -> list[Dialogue]:
    """The sources in turn, until `limit` utterances are reached; the last dialogue is cut."""
    sources: dict[str, list[Dialogue]] = defaultdict(list)
    for dialogue in dialogues:
        sources[dialogue.source].append(dialogue)
    chosen = []
    for dialogue in (each for round_ in zip_longest(*sources.values()) for each in round_ if each is not None):
        if limit <= 0:
            break
        chosen.append(Dialogue(dialogue.source, dialogue.language, dialogue.utterances[:limit]))
        limit -= len(dialogue.utterances)
    return chosen


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except ValueError:
            raise DialogueError(f"{path}:{line}: is not JSON") from None
        if not isinstance(row, dict):
            raise DialogueError(f"{path}:{line}: must be an object")
        yield line, row
