"""Rows of texts with intents, and which of them are learnt, which set the threshold, and which are asked."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.text import key

OUT_OF_SCOPE = "oos"
VALIDATION, TEST = frozenset({"val", "oos_val"}), frozenset({"test", "oos_test"})
ASKED = 0.2  # of the rows, where the same file is learnt and asked, and does not say which


@dataclass(frozen=True)
class Row:
    """A text and its intents: one, or several at once; none if it is out of scope."""

    text: str
    intents: tuple[str, ...]
    split: str


@dataclass(frozen=True)
class Task:
    """`validation` is empty if there is none. `dropped` is how many rows were not learnt
    because they are asked."""

    train: Sequence[Row]
    validation: Sequence[Row]
    test: Sequence[Row]
    dropped: int


def read(path: Path) -> list[Row]:
    """Rows of JSON lines: `text`, and `intent` or `intents`, perhaps `split`. Raises OSError, ValueError."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            intents = fields["intents"] if "intents" in fields else [fields["intent"]]
            text = fields["text"]
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                f"{path.name}, line {number}: must be an object with text, and intent or intents"
            ) from None
        if not isinstance(text, str) or not all(isinstance(intent, str) for intent in intents):
            raise ValueError(f"{path.name}, line {number}: text and intents must be strings")
        found = tuple(intent for intent in intents if intent != OUT_OF_SCOPE)
        rows.append(Row(text, found, str(fields.get("split") or "")))
    return rows


def task(
    train: Sequence[Row], test: Sequence[Row] | None, validation: Sequence[Row] | None, *, shots: int, seed: int
) -> Task:
    """Divide rows. Asked are those of `test` whose split is test or oos_test, else all; without `test`, the file's own:
    those marked test, else those marked val, else a fifth. Raises ValueError if nothing is left to learn or to ask."""
    chance = np.random.default_rng(seed)
    marked = [row for row in train if row.split in VALIDATION]
    learnt = [row for row in train if row.split not in VALIDATION | TEST]
    if test is not None:
        asked = [row for row in test if row.split in TEST] or list(test)
    else:
        asked = [row for row in train if row.split in TEST]
        if not asked:
            asked, marked = marked, []
        if not asked:
            learnt, asked = divide(learnt, ASKED, chance)
    checked = list(validation) if validation is not None else marked
    taken = {key(row.text) or row.text for row in asked}
    kept = [row for row in learnt if (key(row.text) or row.text) not in taken]
    checked = [row for row in checked if (key(row.text) or row.text) not in taken]
    some = few(kept, shots, chance) if shots else kept
    if not some or not asked:
        raise ValueError("there are no rows to learn, or none to ask")
    return Task(some, checked, asked, len(learnt) - len(kept))


def divide(rows: Sequence[Row], share: float, chance: np.random.Generator) -> tuple[list[Row], list[Row]]:
    """Most of the rows, and a share of those of each intent."""
    kept: list[Row] = []
    back: list[Row] = []
    for group in _by_intent(rows).values():
        order = chance.permutation(len(group))
        count = round(len(group) * share)
        back += [group[at] for at in order[:count]]
        kept += [group[at] for at in order[count:]]
    return kept, back


def few(rows: Sequence[Row], shots: int, chance: np.random.Generator) -> list[Row]:
    """So many examples of each intent, and of what is out of scope."""
    return [
        group[at]
        for group in _by_intent(rows).values()
        for at in chance.permutation(len(group))[:shots]
    ]  # fmt: skip


def _by_intent(rows: Iterable[Row]) -> dict[tuple[str, ...], list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.intents[:1]].append(row)
    return groups
