"""Whether another answer is a better one."""

import pytest

from desk.ports import Answered
from frontdoor.verdict import Case, judge

FEES = Answered(decision="answer", article="fees", title="Fees", confidence=0.9)
UNSURE = Answered(decision="answer_alternatives", article="fees", title="Fees", confidence=0.6)
TIMES = Answered(decision="answer", article="times", title="Times", confidence=0.9)
ASKED_BACK = Answered(decision="clarify", article="fees", title="Fees", confidence=0.3)
NONE = Answered(decision="rephrase", article="fees", title="Fees", confidence=0.1)


@pytest.mark.parametrize(
    ("belongs_to", "before", "after", "verdict"),
    [
        ("", FEES, UNSURE, None),
        ("fees", FEES, UNSURE, None),
        ("", NONE, NONE, None),
        ("", NONE, FEES, "better"),
        ("", ASKED_BACK, FEES, "better"),
        ("", FEES, NONE, "worse"),
        ("", FEES, ASKED_BACK, "worse"),
        ("", UNSURE, NONE, "different"),
        ("fees", UNSURE, NONE, "worse"),
        ("", FEES, TIMES, "different"),
        ("", NONE, ASKED_BACK, "different"),
        ("fees", FEES, TIMES, "worse"),
        ("fees", FEES, NONE, "worse"),
        ("fees", TIMES, FEES, "better"),
        ("fees", NONE, FEES, "better"),
        ("fees", NONE, TIMES, "worse"),
        ("other", FEES, TIMES, "different"),
        ("other", FEES, NONE, "different"),
    ],
)
def test_what_is_known_of_a_question_decides(
    belongs_to: str, before: Answered, after: Answered, verdict: str | None
) -> None:
    assert judge(Case(text="?", language="en", belongs_to=belongs_to), before, after) == verdict


def test_an_answer_that_helped_nobody_is_no_loss() -> None:
    assert judge(Case(text="?", language="en", failed=True), FEES, NONE) == "different"


@pytest.mark.parametrize(("after", "verdict"), [(FEES, "better"), (TIMES, "worse"), (NONE, "worse")])
def test_a_new_phrasing_must_find_its_own_article(after: Answered, verdict: str) -> None:
    case = Case(text="?", language="en", belongs_to="fees", new=True)
    assert judge(case, after, after) == verdict


@pytest.mark.parametrize(
    ("belongs_to", "before", "after", "verdict"),
    [
        ("fees", FEES, NONE, "different"),
        ("", FEES, ASKED_BACK, "different"),
        ("fees", NONE, NONE, None),
        ("fees", FEES, TIMES, "worse"),
        ("times", TIMES, NONE, "worse"),
        ("times", FEES, TIMES, "better"),
    ],
)
def test_the_answers_of_an_article_that_is_withdrawn_are_meant_to_go(
    belongs_to: str, before: Answered, after: Answered, verdict: str | None
) -> None:
    assert judge(Case(text="?", language="en", belongs_to=belongs_to), before, after, "fees") == verdict
