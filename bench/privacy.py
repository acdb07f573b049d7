"""How well it is recognised what must not leave to a helpdesk: `python3 bench/privacy.py --json`.

tests/fixtures/privacy.jsonl has sentences with the places of what is private in them, `spans` of kind, start and end;
privacy_later.jsonl has others, written when the patterns were done; docs/desks/privacy.md says what the first look at
those found, before what they showed was added.
`recall`: share of those places that are masked whole, as what they are; `covered`: that are masked whole, as whatever.
`precision`: share of what is masked that is private. A name that nobody introduces counts as missed.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # type: ignore[import-not-found]

    run_again("bench.privacy", ".venv")

import argparse
import json
import resource
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from connectors.message import JSON
from connectors.privacy_settings import KINDS, Privacy
from frontdoor.privacy.engine import detector
from frontdoor.privacy.found import Found, settled

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "tests" / "fixtures"
LABELLED, LATER = FIXTURES / "privacy.jsonl", FIXTURES / "privacy_later.jsonl"
EVERYTHING = Privacy.model_validate(dict.fromkeys(KINDS, "mask"))
LONG = 2_000  # messages of a transcript


@dataclass
class Figures:
    """Of each kind: places there are, those that were masked, and what was masked."""

    places: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    rightly: Counter[str] = field(default_factory=Counter)
    wrong: list[JSON] = field(default_factory=list)

    def of(self, *kinds: str) -> JSON:
        """The shares of kinds together, 0..1."""

        def share(one: Counter[str], all_: Counter[str]) -> float | None:
            whole = sum(all_[kind] for kind in kinds)
            return round(sum(one[kind] for kind in kinds) / whole, 4) if whole else None

        return {
            "places": sum(self.places[kind] for kind in kinds),
            "recall": share(self.right, self.places),
            "covered": share(self.covered, self.places),
            "precision": share(self.rightly, self.masked),
        }


def measure(path: Path = LABELLED) -> Figures:
    """Look at every sentence of a file."""
    figures, found_by = Figures(), detector(EVERYTHING)
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        found = settled(found_by.find(row["text"]))
        for kind, start, end in row["spans"]:
            figures.places[kind] += 1
            around = [each for each in found if each.start <= start and end <= each.end]
            figures.covered[kind] += bool(around)
            figures.right[kind] += any(each.kind == kind for each in around)
            if not any(each.kind == kind for each in around):
                figures.wrong.append({"text": row["text"], "missed": [kind, row["text"][start:end]]})
        for each in found:
            figures.masked[each.kind] += 1
            if any(_touches(each, *span) for span in row["spans"]):
                figures.rightly[each.kind] += 1
            else:
                figures.wrong.append({"text": row["text"], "too_much": [each.kind, each.value]})
    return figures


def _touches(found: Found, kind: str, start: int, end: int) -> bool:
    return found.kind == kind and found.start < end and start < found.end


def seconds_of_a_long_transcript(path: Path = LABELLED) -> float:
    """How long it takes to look at 2,000 messages."""
    rows = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [(f"{rows[number % len(rows)]} ({number})", "") for number in range(LONG)]
    began = time.perf_counter()
    detector(EVERYTHING).look(texts, ())
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="also what was missed and what was masked for nothing")
    args = parser.parse_args()
    began = time.perf_counter()
    detector(EVERYTHING)
    loading = time.perf_counter() - began
    figures, later = measure(), measure(LATER)
    told: JSON = {
        "sentences": len(LABELLED.read_text(encoding="utf-8").splitlines()),
        "all": figures.of(*KINDS),
        **{kind: figures.of(kind) for kind in KINDS},
        "later": later.of(*KINDS),
        "later_but_names": later.of(*(kind for kind in KINDS if kind != "names")),
        "transcript_of_2000_s": round(seconds_of_a_long_transcript(), 2),
        "loading_s": round(loading, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    told |= {"wrong": figures.wrong + later.wrong} if args.wrong else {}
    if args.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for kind in ("all", *KINDS, "later", "later_but_names"):
        print(f"{kind:16}", *(f"{name} {value}" for name, value in told[kind].items()))
    print(f"{LONG} messages: {told['transcript_of_2000_s']} s; loading {told['loading_s']} s")
    for row in told.get("wrong", ()):
        print("  ", json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
