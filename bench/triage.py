"""How well triage judges, by dimension: `python bench/triage.py tests/fixtures/triage.txt intents.jsonl --json`.

A .txt file has a handoff a line, as tests/fixtures/triage.txt; a .jsonl file has questions with an intent of the Bitext
set of customer support, of which only the category is judged.
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.desk import Handoff, Reason
from connectors.message import JSON
from desk.tiers import load_tiers
from desk.triage import Triage
from desk.triage_cues import DIMENSIONS
from knowledge.language import detect
from knowledge.mood import mood
from storage.triage import History

ROOT = Path(__file__).resolve().parents[1]
NAMES = DIMENSIONS
BITEXT = {
    "cancel_order": "order", "change_order": "order", "track_order": "order", "place_order": "order",
    "check_cancellation_fee": "order", "change_shipping_address": "delivery", "set_up_shipping_address": "delivery",
    "delivery_options": "delivery", "delivery_period": "delivery", "check_invoice": "payment", "get_invoice": "payment",
    "payment_issue": "payment", "check_payment_methods": "payment", "check_refund_policy": "returns",
    "get_refund": "returns", "track_refund": "returns", "complaint": "complaint", "create_account": "account",
    "delete_account": "account", "edit_account": "account", "recover_password": "account",
    "registration_problems": "account", "switch_account": "account", "newsletter_subscription": "account",
    "contact_customer_service": "other", "contact_human_agent": "other", "review": "other",
}  # fmt: skip


@dataclass
class Figures:
    """Right of all, and what was taken for what."""

    right: Counter[str] = field(default_factory=Counter)
    all: Counter[str] = field(default_factory=Counter)
    confused: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    wrong: list[JSON] = field(default_factory=list)

    def to_json(self) -> JSON:
        """Accuracy by dimension, 0..1, with what was confused most."""
        return {
            name: {
                "accuracy": round(self.right[name] / self.all[name], 4),
                "questions": self.all[name],
                "confused": [[pair, count] for pair, count in self.confused[name].most_common(8)],
            }
            for name in NAMES
            if self.all[name]
        }


def labelled(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Texts with what they should be judged."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if path.suffix == ".jsonl":
            row = json.loads(line)
            if row["intent"] in BITEXT:
                yield row["text"], {"category": BITEXT[row["intent"]]}
        elif line and not line.startswith("#"):
            *labels, text = (part.strip() for part in line.split("|", len(NAMES)))
            yield text, dict(zip(NAMES, labels, strict=True))


def handoff_of(text: str) -> Handoff:
    """A handoff of which nothing is known but what was asked."""
    return Handoff(
        id="h", conversation_id="c", channel="web", reference="FD-1", reason=Reason.NO_ANSWER, reason_detail="",
        language=detect(text) or "en", customer={}, question=text, summary="", transcript=(), sentiment=mood([text]),
    )  # fmt: skip


def measure(path: Path, triage: Triage) -> Figures:
    """Judge every line of a file."""
    figures = Figures()
    for text, labels in labelled(path):
        found, _ = triage.judge(handoff_of(text), History())
        for name, expected in labels.items():
            said = found[name].value
            figures.all[name] += 1
            figures.right[name] += said == expected
            if said != expected:
                figures.confused[name][f"{expected} → {said}"] += 1
                figures.wrong.append({"text": text, "dimension": name, "expected": expected, "said": said})
    return figures


def main() -> None:
    """Print the figures of every file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="also what was judged wrongly")
    args = parser.parse_args()
    triage, told = Triage(load_tiers(ROOT / "tiers.yml")), {}
    for path in args.files:
        began = time.perf_counter()
        figures = measure(path, triage)
        shown = figures.to_json() | {"ms": round(1000 * (time.perf_counter() - began) / figures.all["category"], 3)}
        told[path.name] = shown | ({"wrong": figures.wrong} if args.wrong else {})
    if args.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for name, shown in told.items():
        print(name, *(f"{each} {shown[each]['accuracy']:.1%}" for each in NAMES if each in shown), f"{shown['ms']} ms")
        for row in shown.get("wrong", ()):
            print("  ", row["dimension"], row["expected"], "→", row["said"], "|", row["text"])


if __name__ == "__main__":
    main()
