"""What the trained bot takes for a call for humans, for abuse, for small talk: `python3 bench/people.py --in FILE…`.

Rows have a text and `intent`, `intents`, `acts` or `label`; or `offensive` 0 or 1 (measured with `--abuse`). Each text
goes through the whole pipeline of `--model`, as the first message of a conversation. A row is a call for humans if one
of its intents is in `--handoff`; of those in `--neither` nothing is counted but what became of them, since a complaint
is both: its own intent, and handed over. Rows that only ask when or how humans can be reached (`--questions`, a
pattern) are questions, whatever their intent says. `--expect greet=General+greet` measures any outcome of the bot
against any intents.

`--part kept` measures the half of the rows (by the hash of the text) that nobody looked at while patterns and examples
were written, `read` the other.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # type: ignore[import-not-found]

    run_again("bench.people", ".venv-rasa")

import argparse
import asyncio
import hashlib
import json
import os
import re
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HANDOFF = ("handoff", "human_handoff", "contact_human_agent", "contact_customer_service", "ask_human")
NEITHER = ("complaint",)
QUESTIONS = r"\b(?:at )?wh?at (?:ho?urs?|ti?i?me)|hours?\b|what itme|(?:phone|telephone|free|number|e-?mail|mail)\b"
VECTORS = Path(".cache/bench-vectors.db")
AT_A_TIME = 1_000


@dataclass(frozen=True)
class Row:
    """One text with what its file says of it."""

    text: str
    intents: frozenset[str]
    offensive: bool
    tags: str


@dataclass(frozen=True)
class Seen:
    """What the bot made of a row: the outcome's intent and decision."""

    row: Row
    intent: str
    decision: str

    @property
    def handed_over(self) -> bool:
        """Whether humans get it."""
        return self.decision == "handoff"


def read(path: Path, part: str) -> list[Row]:
    """Rows of a file, all or those of one half. Raises ValueError naming the line that is none."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        fields = json.loads(line)
        text = fields.get("text") or fields.get("query")
        if not isinstance(text, str):
            raise ValueError(f"{path}: line {number}: text is missing")
        named = fields.get("intents") or fields.get("acts") or fields.get("intent") or fields.get("label") or []
        intents = frozenset([named] if isinstance(named, str) else map(str, named))
        if part == "all" or (part == "read") == is_read(text):
            rows.append(Row(text, intents, bool(fields.get("offensive")), str(fields.get("tags") or "")))
    return rows


def is_read(text: str) -> bool:
    """Whether a text is in the half that may be looked at."""
    return hashlib.blake2b(text.strip().encode(), digest_size=8).digest()[0] % 2 == 0


def handoffs(seen: Sequence[Seen], wanted: frozenset[str], neither: frozenset[str], questions: str) -> dict[str, Any]:
    """Recall of calls for humans, the share of other rows that are handed over, and by which intents."""
    asks = re.compile(questions, re.IGNORECASE) if questions else None
    calls, others = [], []
    kinds: dict[str, list[bool]] = defaultdict(list)
    for one in seen:
        called = one.row.intents & wanted
        about = bool(called and asks and asks.search(one.row.text))
        for kind in (called or one.row.intents & neither) if not about else ("asks how to reach humans",):
            kinds[kind].append(one.handed_over)
        if called and not about:
            calls.append(one)
        elif not one.row.intents & neither:
            others.append(one)
    wrong = Counter(one.intent for one in others if one.handed_over)
    return {
        "handoff_recall": share(one.handed_over for one in calls),
        "false_handoffs": share(one.handed_over for one in others),
        "calls": len(calls),
        "others": len(others),
        "false_by_intent": {intent: round(count / len(others), 5) for intent, count in wrong.most_common()},
        "handed_over_by_kind": {kind: {"rows": len(each), "share": share(each)} for kind, each in kinds.items()},
    }


def abuse(seen: Sequence[Seen]) -> dict[str, Any]:
    """How offensive rows and those called abuse agree. The bot means insults at itself; opinions on groups of people
    are none."""
    found = [one for one in seen if one.decision == "abuse"]
    return {
        "abuse_recall": share(one.decision == "abuse" for one in seen if one.row.offensive),
        "abuse_precision": share(one.row.offensive for one in found),
        "false_abuse": share(one.decision == "abuse" for one in seen if not one.row.offensive),
        "offensive": sum(one.row.offensive for one in seen),
    }


def expected(seen: Sequence[Seen], outcome: str, intents: frozenset[str]) -> dict[str, Any]:
    """Recall and precision of one of the bot's outcomes."""
    return {
        "recall": share(one.intent == outcome for one in seen if one.row.intents & intents),
        "precision": share(bool(one.row.intents & intents) for one in seen if one.intent == outcome),
        "rows": sum(bool(one.row.intents & intents) for one in seen),
    }


def tagged(seen: Sequence[Seen], wanted: frozenset[str], questions: str) -> dict[str, Any]:
    """Recall of calls and false handoffs by each letter of `tags`, and how much of it is taken for abuse."""
    letters = sorted(set("".join(one.row.tags for one in seen)))
    result = {}
    for letter in letters:
        some = [one for one in seen if letter in one.row.tags]
        found = handoffs(some, wanted, frozenset(NEITHER), questions)
        result[letter] = {name: found[name] for name in ("handoff_recall", "false_handoffs")} | {
            "abuse": share(one.decision == "abuse" for one in some),
            "rows": len(some),
        }
    return result


def share(those: Any) -> float | None:
    """How many of them are true, 0..1; None of nothing."""
    each = [bool(one) for one in those]
    return round(sum(each) / len(each), 4) if each else None


async def parse(model: Path, rows: Sequence[Row]) -> list[Seen]:
    """What the model's whole pipeline makes of each row."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    from bot import library
    from bot.processor import processor_of

    processor = processor_of(Agent.load(str(model)))
    seen = []
    for some in _parts(rows):
        library.embedder().prefetch([row.text for row in some])
        for row in some:
            # a text that begins with "/" would be read as a button
            found = await processor.parse_message(UserMessage(row.text.lstrip("/ ") or "?"))
            seen.append(Seen(row, found["intent"]["name"] or "", found["decision"]["name"]))
        print(f"{len(seen)} of {len(rows)}", file=sys.stderr)
    return seen


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for at in range(0, len(rows), AT_A_TIME):
        yield rows[at : at + AT_A_TIME]


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("models/frontdoor.tar.gz"))
    parser.add_argument("--in", dest="files", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument(
        "--handoff", nargs="+", default=list(HANDOFF), metavar="INTENT", help="intents that call humans"
    )
    parser.add_argument("--neither", nargs="*", default=list(NEITHER), metavar="INTENT", help="counted neither way")
    parser.add_argument("--questions", default=QUESTIONS, metavar="PATTERN", help="rows that only ask; empty for none")
    parser.add_argument("--abuse", action="store_true", help="measure abuse on rows with `offensive`")
    parser.add_argument("--expect", nargs="+", default=[], metavar="OUTCOME=INTENT[,INTENT]")
    parser.add_argument("--part", choices=["all", "read", "kept"], default="all")
    parser.add_argument("--errors", action="store_true", help="print what went wrong, of the half that may be read")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--vectors", type=Path, default=VECTORS, help="file that keeps vectors between runs")
    return parser.parse_args(words)


def measure(seen: Sequence[Seen], asked: argparse.Namespace) -> dict[str, Any]:
    """All figures of one file, or of several together."""
    wanted = frozenset(asked.handoff)
    result = handoffs(seen, wanted, frozenset(asked.neither), asked.questions)
    result["outcomes"] = {
        name: round(count / len(seen), 4) for name, count in Counter(one.decision for one in seen).most_common()
    }
    if asked.abuse:
        result |= abuse(seen)
    for pair in asked.expect:
        outcome, _, intents = pair.partition("=")
        result[outcome] = expected(seen, outcome, frozenset(intents.split(",")))
    if any(one.row.tags for one in seen):
        result["tags"] = tagged(seen, wanted, asked.questions)
    return result


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    asked = _arguments(words)
    warnings.simplefilter("ignore")  # Rasa's imports are full of deprecations
    os.environ["FRONTDOOR_VECTORS"] = str(asked.vectors)
    files = {str(path): read(path, asked.part) for path in asked.files}
    seen = asyncio.run(parse(asked.model, [row for rows in files.values() for row in rows]))
    rest = iter(seen)
    by_file = {name: [next(rest) for _ in rows] for name, rows in files.items()}
    result = measure(seen, asked) | {"files": {Path(name).name: measure(some, asked) for name, some in by_file.items()}}
    if asked.errors:
        for one in seen:
            called = bool(one.row.intents & frozenset(asked.handoff))
            if is_read(one.row.text) and called != one.handed_over:
                print(one.intent, sorted(one.row.intents), one.row.text, sep="\t")
    if asked.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        print(json.dumps(result, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
