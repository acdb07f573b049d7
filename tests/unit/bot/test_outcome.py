"""The decision, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outcome import KB_QUESTION, Situation, Thresholds, decide, decide_button

THRESHOLDS = Thresholds(answer=0.5, clarify=0.25)


def outcome(
    intent: str = KB_QUESTION, certainty: float = 0.9, *candidates: float, **more: object
) -> tuple[str, str, int]:
    found = decide(Situation(intent=intent, certainty=certainty, candidates=candidates, **more), THRESHOLDS)  # type: ignore[arg-type]
    return found.intent, found.decision, found.failures


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ((0.9, 0.1), ("kb_answer", "answer", 0)),
        ((0.6, 0.5), ("kb_answer", "answer_alternatives", 0)),
        ((0.3, 0.2), ("kb_clarify", "clarify", 1)),
        ((0.1,), ("kb_none", "rephrase", 1)),
        ((), ("kb_none", "rephrase", 1)),
    ],
)
def test_confidence_decides_about_a_question(candidates: tuple[float, ...], expected: tuple[str, str, int]) -> None:
    assert outcome(KB_QUESTION, 0.9, *candidates) == expected


def test_the_ladder_of_failures() -> None:
    assert outcome(KB_QUESTION, 0.9, 0.1, failures=1) == ("kb_give_up", "handoff", 0)
    assert outcome(KB_QUESTION, 0.9, 0.3, failures=1) == ("kb_clarify", "clarify", 2)
    assert outcome(KB_QUESTION, 0.9, 0.3, failures=2) == ("kb_give_up", "handoff", 0)
    assert outcome(KB_QUESTION, 0.9, 0.9, failures=2) == ("kb_answer", "answer", 0)
    assert outcome("thank", 0.9, failures=1) == ("thank", "dialogue", 1), "thanks are no progress"


@pytest.mark.parametrize("intent", ["out_of_scope", "off_topic"])
def test_the_confidence_has_the_last_word_on_what_the_head_takes_for_out_of_scope(intent: str) -> None:
    """The head's doubts are in the confidence already; twice would be too often."""
    assert outcome(intent, 0.95, 0.55)[0] == "kb_answer"
    assert outcome("out_of_scope", 0.9, 0.3)[0] == "kb_clarify"
    assert outcome("out_of_scope", 0.9, 0.2)[0] == "kb_none"


@pytest.mark.parametrize("intent", ["ask_human", "complaint", "sensitive_safety", "sensitive_legal"])
def test_a_call_for_people_goes_before_an_answer(intent: str) -> None:
    assert outcome(intent, 0.6, 0.99)[0:2] == (intent, "handoff")
    assert outcome(intent, 1.0, 0.99, exact=True)[0] == intent
    assert outcome(intent, 0.9, form=True)[0] == intent


@pytest.mark.parametrize("cue", ["ask_human", "complaint", "sensitive_safety", "sensitive_self_harm"])
def test_what_is_said_in_so_many_words_goes_before_everything(cue: str) -> None:
    assert outcome(KB_QUESTION, 0.99, 0.99, cue=cue, exact=True) == (cue, "handoff", 0)
    assert outcome("greet", 0.99, cue=cue, form=True) == (cue, "handoff", 0)


def test_an_urgent_guess_needs_a_word_that_supports_it_or_to_be_very_sure() -> None:
    assert outcome("ask_human", 0.9, 0.9, hinted=True)[0] == "ask_human"
    assert outcome("ask_human", 0.9, 0.9, hinted=False)[0] == "kb_answer"
    assert outcome("sensitive_privacy", 0.9, 0.1, hinted=False)[0] == "kb_none"
    assert outcome("sensitive_privacy", 0.98, 0.1, hinted=False)[0] == "sensitive_privacy"
    assert outcome("ask_human", 0.4, 0.1, hinted=True)[0] == "kb_none"


def test_anger_at_nothing_in_particular_is_asked_about_once_then_handed_over() -> None:
    assert outcome("complaint", 0.9, 0.1, hinted=False, failures=1) == ("upset", "upset", 1)
    assert outcome("complaint", 0.9, 0.1, hinted=False, times={"upset": 1}) == ("complaint", "handoff", 0)
    assert outcome("complaint", 0.9, 0.9, hinted=False)[0] == "kb_answer", "there is something to say about it"


def test_abuse_is_answered_once_then_a_person_is_offered_then_hardly_at_all() -> None:
    for before, expected in ((0, "abuse"), (1, "abuse_again"), (2, "abuse_limit"), (9, "abuse_limit")):
        assert outcome("abuse", 0.9, 0.3, times={"abuse": before}, failures=1) == (expected, "abuse", 1)


def test_far_from_the_shop_no_person_is_offered_at_once() -> None:
    assert outcome("off_topic", 0.9, 0.4) == ("off_topic", "off_topic", 0)
    assert outcome("off_topic", 0.9, 0.4, times={"off_topic": 1})[0] == "off_topic"
    assert outcome("off_topic", 0.9, 0.4, times={"off_topic": 2}) == ("kb_clarify", "clarify", 1)
    assert outcome("off_topic", 0.9, 0.2, times={"off_topic": 2}) == ("kb_none", "rephrase", 1)
    assert outcome("off_topic", 0.6, 0.9)[0] == "kb_answer"
    assert outcome("off_topic", 0.3, 0.1)[0] == "kb_none"


def test_small_talk_has_a_name_of_its_own() -> None:
    assert outcome("smalltalk", 0.9, 0.3)[1] == "smalltalk"


def test_dialogue_needs_to_be_surer_than_the_articles() -> None:
    assert outcome("order_status", 0.6, 0.9)[0] == "kb_answer"
    assert outcome("order_status", 0.9, 0.6)[0] == "order_status"
    assert outcome("greet", 0.3, 0.1)[0] == "kb_none"
    assert outcome("smalltalk", 0.52, 0.55)[0] == "smalltalk"


def test_while_waiting_only_answers_and_order_status() -> None:
    assert outcome(KB_QUESTION, 0.9, 0.9, waiting=True)[0] == "kb_answer"
    assert outcome("order_status", 0.9, waiting=True)[0] == "order_status"
    for intent in ("greet", "thank", "complaint", "ask_human", "smalltalk"):
        assert outcome(intent, 0.99, 0.2, waiting=True)[:2] == ("pass_", "pass")
    assert outcome(KB_QUESTION, 0.9, 0.3, waiting=True, failures=1) == ("pass_", "pass", 1)


@pytest.mark.parametrize("intent", ["sensitive_safety", "sensitive_self_harm"])
def test_danger_is_heard_while_waiting(intent: str) -> None:
    assert outcome(KB_QUESTION, 0.9, 0.9, cue=intent, waiting=True)[0] == intent
    assert outcome(intent, 0.9, hinted=True, waiting=True)[0] == intent
    assert outcome("affirm", 0.9, cue=intent, waiting=True, form=True)[0] == intent
    assert outcome(intent, 0.4, 0.1, waiting=True)[0] == "pass_"


def test_what_else_is_for_humans_is_left_to_them_while_waiting() -> None:
    for cue in ("ask_human", "complaint", "sensitive_legal", "sensitive_privacy"):
        assert outcome(KB_QUESTION, 0.9, 0.9, cue=cue, waiting=True)[:2] == ("pass_", "pass")


def test_a_form_gets_what_it_asked_for() -> None:
    assert outcome(KB_QUESTION, 0.3, 0.3, form=True)[0] == "inform"
    assert outcome("affirm", 0.9, form=True)[0] == "affirm"
    assert outcome("cancel", 0.8, form=True)[0] == "cancel"
    assert outcome(KB_QUESTION, 0.9, 0.95, form=True)[0] == "kb_answer"
    assert outcome("off_topic", 0.9, form=True)[0] == "inform", "names and addresses look like it"
    assert outcome("off_topic", 0.97, form=True, times={"off_topic": 5})[:2] == ("off_topic", "off_topic")


def test_buttons() -> None:
    assert decide_button("ask_article", 2).failures == 0
    assert decide_button("none_of_these", 1).intent == "none_of_these"
    assert decide_button("none_of_these", 1).failures == 2
    assert decide_button("none_of_these", 2).intent == "kb_give_up"
    assert decide_button("not_helpful", 0).intent == "not_helpful"
    assert decide_button("not_helpful", 1).intent == "not_helpful_again"
    assert decide_button("ask_human", 1).intent == "ask_human"


@given(
    intent=st.sampled_from(
        [
            KB_QUESTION,
            "out_of_scope",
            "off_topic",
            "greet",
            "ask_human",
            "complaint",
            "abuse",
            "cancel",
            "inform",
            "not_helpful",
            "order_status",
            "",
        ]
    ),
    certainty=st.floats(0, 1),
    candidates=st.lists(st.floats(0, 1), max_size=5).map(lambda found: tuple(sorted(found, reverse=True))),
    exact=st.booleans(),
    waiting=st.booleans(),
    form=st.booleans(),
    failures=st.integers(0, 3),
    cue=st.sampled_from(["", "ask_human", "sensitive_safety"]),
    hinted=st.booleans(),
    times=st.dictionaries(st.sampled_from(["abuse", "off_topic", "upset"]), st.integers(0, 4)),
)
def test_any_situation_has_an_outcome_and_failures_never_pile_up(**facts: object) -> None:
    found = decide(Situation(**facts), THRESHOLDS)  # type: ignore[arg-type]
    assert found.intent not in ("", KB_QUESTION, "out_of_scope")
    assert 0 <= found.failures <= max(int(facts["failures"]), 2)  # type: ignore[call-overload]
    assert found.decision in {
        "answer", "answer_alternatives", "clarify", "rephrase", "handoff", "dialogue", "pass",
        "smalltalk", "abuse", "off_topic", "upset",
    }  # fmt: skip
    if facts["failures"] == 2 and found.intent in {"kb_clarify", "kb_none"}:
        pytest.fail("asked back a third time")
