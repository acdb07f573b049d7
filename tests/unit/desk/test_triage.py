"""Triage: what is judged of a handoff and why, how well, and what is learned from corrections."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.triage import labelled, measure
from connectors.desk import Handoff, Line, Reason, Tried
from connectors.message import Author, Content
from desk.tiers import load_tiers
from desk.triage import SHIPPED, Triage, Verdict, values_of, words_in
from desk.triage_cues import CUES, DIMENSIONS
from desk.triage_fit import Figures, fit
from storage.triage import Correction, History

ROOT = Path(__file__).parents[3]
TIERS = load_tiers(ROOT / "tiers.yml")
FLOORS = {"category": 0.85, "complexity": 0.9, "urgency": 0.85, "value": 0.95, "risk": 0.95}


def handoff(question: str = "", **values: Any) -> Handoff:
    given: dict[str, Any] = {"customer": {}, "transcript": (), "language": "en", "reason": Reason.NO_ANSWER}
    return Handoff(
        id="h", conversation_id="c", channel="web", reference="FD-1", reason_detail="", summary="", question=question,
        **given | values,
    )  # fmt: skip


def judged(found: Handoff, history: History | None = None) -> dict[str, str]:
    verdicts, _ = Triage(TIERS).judge(found, history or History())
    return {name: verdict.value for name, verdict in verdicts.items()}


@pytest.mark.parametrize("name", ["triage_dev.txt", "triage.txt"])
def test_natural_sentences_are_judged_well(name: str) -> None:
    path = ROOT / "tests" / "fixtures" / name
    assert len(list(labelled(path))) >= 120
    figures = measure(path, Triage(TIERS)).to_json()
    assert {each: figures[each]["accuracy"] >= floor for each, floor in FLOORS.items()} == dict.fromkeys(FLOORS, True)


def test_every_value_comes_with_its_reasons_the_strongest_first() -> None:
    found, _ = Triage(TIERS).judge(handoff("There is smoke coming out of the dryer you delivered"), History())
    risk = found["risk"].to_json()
    assert risk["value"] == "high"
    assert risk["because"][0] == {"cue": "danger", "en": CUES["danger"].en, "zh": CUES["danger"].zh, "weight": 6.0}
    weights = [each["weight"] for each in risk["because"]]
    assert weights == sorted(weights, reverse=True)


def test_nothing_known_is_an_ordinary_matter() -> None:
    found, seen = Triage(TIERS).judge(handoff("Hello"), History())
    assert dict(seen) == {}
    ordinary = {"category": "other", "complexity": "simple", "urgency": "normal", "value": "normal", "risk": "low"}
    assert found == {name: Verdict(value=value) for name, value in ordinary.items()}


def test_only_a_verified_customer_of_a_valued_segment_is_of_high_value() -> None:
    said = handoff("Where is it?", customer={"segment": "VIP", "verified": True})
    assert judged(said)["value"] == "high"
    assert judged(replace(said, customer={"segment": "VIP", "verified": False}))["value"] == "normal"
    assert judged(replace(said, customer={"segment": "regular", "verified": True}))["value"] == "normal"


def test_earlier_tickets_make_a_matter_complex() -> None:
    asked = handoff("Where is my parcel?")
    assert judged(asked)["complexity"] == "simple"
    assert judged(asked, History(tickets=3, reopened=1))["complexity"] == "complex"


def test_what_the_bot_recognised_and_showed_counts() -> None:
    asked = handoff("It's about what I wrote", intents=("sensitive_self_harm",))
    assert judged(asked)["risk"] == "high"
    shown = Tried(
        article_id="refund-times", title="When do I get my refund?", language="en", confidence=0.5, shown=True
    )
    assert judged(handoff("That does not help me", tried=(shown,)))["category"] == "returns"
    assert judged(handoff("That does not help me", tried=(replace(shown, shown=False),)))["category"] == "other"


def test_what_was_said_before_the_question_counts_half() -> None:
    def line(text: str, author: Author) -> Line:
        return Line(message_id=text, author=author, author_name="", at=0, content=Content(text=text))

    said = (line("my parcel is lost", Author.CUSTOMER), line("Refunds take a week", Author.BOT))
    found, seen = Triage(TIERS).judge(handoff("please help", transcript=said), History())
    assert found["category"].value == "delivery"
    assert seen["delivery_words"] == 0.5
    assert "returns_words" not in seen


@pytest.mark.parametrize("urgency", ["high", "urgent"])
def test_urgency_is_never_less_than_the_core_says(urgency: str) -> None:
    assert judged(handoff("no rush at all, whenever you have time", urgency=urgency))["urgency"] == urgency


def test_traditional_characters_and_blanks_are_read(
) -> None:  # fmt: skip
    assert "returns_words" in words_in("我要 退 貨")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_judged(text: str) -> None:
    assert set(judged(handoff(text))) == set(DIMENSIONS)


def corrections(share_wrong: float, count: int, seed: int = 3) -> list[Correction]:
    """People say that what speaks of an order is about an account, mostly."""
    dice = random.Random(seed)
    said = []
    for _ in range(count):
        seen = {"order_words": 1.0} | ({"pressing": 1.0} if dice.random() < 0.5 else {})
        value = "account" if dice.random() < share_wrong else "order"
        said.append(Correction(dimension="category", judged="order", value=value, seen=seen))
    return said


def test_corrections_change_the_weights() -> None:
    found = fit(corrections(0.9, 80), values_of(TIERS))
    figures = found.figures["category"]
    assert figures.answers == 80
    assert figures.before < 0.3 < 0.8 < (figures.after or 0)
    assert found.better
    assert found.model.choose("category", tuple(TIERS.categories), {"order_words": 1.0}).value == "account"
    assert found.model.choose("category", tuple(TIERS.categories), {"delivery_words": 1.0}).value == "delivery"
    assert found.model.weights["risk.high"] == SHIPPED.weights["risk.high"]


def test_what_does_no_better_is_not_taken() -> None:
    found = fit(corrections(0.1, 60), values_of(TIERS))
    assert not found.better
    assert found.model == SHIPPED


def test_a_few_corrections_are_too_few() -> None:
    found = fit(corrections(1.0, 5), values_of(TIERS))
    assert found.figures["category"] == Figures(answers=5, corrected=5, before=0.0, after=None)
    assert found.model == SHIPPED


def test_answers_that_are_no_category_any_more_are_left_out() -> None:
    gone = Correction(dimension="category", judged="order", value="gone", seen={"order_words": 1.0})
    assert fit([gone] * 20, values_of(TIERS)).figures == {}


def test_fitted_weights_are_taken_up_while_the_service_runs(tmp_path: Path) -> None:
    path = tmp_path / "triage.json"
    triage = Triage(TIERS, path)
    asked = handoff("a question on my order")
    assert triage.judge(asked, History())[0]["category"].value == "order"
    path.write_text(json.dumps(fit(corrections(0.9, 80), values_of(TIERS)).model.to_json()), encoding="utf-8")
    assert triage.judge(asked, History())[0]["category"].value == "account"
    path.unlink()
    assert triage.judge(asked, History())[0]["category"].value == "order"


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 99}', '{"format": 1}'])
def test_weights_that_cannot_be_used_are_left_aside(tmp_path: Path, content: str) -> None:
    path = tmp_path / "triage.json"
    path.write_text(content, encoding="utf-8")
    assert Triage(TIERS, path).model() is SHIPPED


def test_every_weight_is_for_a_value_there_is() -> None:
    known = {f"{name}.{value}" for name, values in values_of(TIERS).items() for value in values}
    assert {value for cue in CUES.values() for value in cue.weights} <= known
    assert set(SHIPPED.bias) <= known
