"""What bench.people counts as a call for humans, and as a false one."""

import json
from pathlib import Path

import pytest

from bench import people
from bench.people import HANDOFF, NEITHER, QUESTIONS, Row, Seen


def seen(text: str, intents: str, decision: str, intent: str = "", *, offensive: bool = False, tags: str = "") -> Seen:
    return Seen(Row(text, frozenset(intents.split()), offensive, tags), intent or decision, decision)


def figures(*those: Seen) -> dict[str, object]:
    return people.handoffs(those, frozenset(HANDOFF), frozenset(NEITHER), QUESTIONS)


def test_calls_others_and_what_is_counted_neither_way() -> None:
    found = figures(
        seen("a person please", "human_handoff", "handoff", "ask_human"),
        seen("can I talk to someone", "handoff refund", "answer"),
        seen("I want to complain", "complaint", "handoff", "complaint"),
        seen("what is the weather", "oos", "off_topic"),
        seen("call someone", "make_call", "handoff", "ask_human"),
    )
    assert (found["handoff_recall"], found["calls"]) == (0.5, 2)
    assert (found["false_handoffs"], found["others"]) == (0.5, 2)
    assert found["false_by_intent"] == {"ask_human": 0.5}
    assert found["handed_over_by_kind"]["complaint"] == {"rows": 1, "share": 1.0}  # type: ignore[index]


@pytest.mark.parametrize("text", ["what hours can I call customer service", "do you have a free phone number"])
def test_asking_how_to_reach_humans_is_a_question(text: str) -> None:
    assert figures(seen(text, "contact_customer_service", "handoff"))["false_handoffs"] == 1.0
    assert figures(seen(text, "contact_customer_service", "answer"))["calls"] == 0


def test_abuse_and_any_other_outcome() -> None:
    rows = [
        seen("you idiot", "", "abuse", offensive=True),
        seen("those people are …", "", "rephrase", offensive=True),
        seen("thanks", "General+thank", "dialogue", "thank"),
    ]
    assert people.abuse(rows) == {"abuse_recall": 0.5, "abuse_precision": 1.0, "false_abuse": 0.0, "offensive": 2}
    assert people.expected(rows, "thank", frozenset({"General+thank"})) == {"recall": 1.0, "precision": 1.0, "rows": 1}


def test_rows_of_every_shape_are_read_and_halves_share_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    shapes = [{"intent": "a"}, {"intents": ["a", "b"]}, {"acts": ["a"]}, {"label": "a"}, {"offensive": 1}]
    rows = [{"text": f"text {number}"} | shape for number, shape in enumerate(shapes * 8)]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    everything = people.read(path, "all")
    assert [sorted(row.intents) for row in everything[:4]] == [["a"], ["a", "b"], ["a"], ["a"]]
    assert everything[4].offensive
    halves = [people.read(path, part) for part in ("read", "kept")]
    assert all(halves)
    assert {row.text for row in halves[0]} | {row.text for row in halves[1]} == {row.text for row in everything}
    assert not {row.text for row in halves[0]} & {row.text for row in halves[1]}


def test_a_row_without_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a", "intent": "b"}\n{"intent": "b"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        people.read(path, "all")
