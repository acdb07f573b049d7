"""Verdict: whether a question is answered better or worse after a change of the knowledge base."""

from dataclasses import dataclass
from typing import Literal

from desk.ports import Answered
from frontdoor.questions import ANSWERED, ASKED_BACK

SURE = "answer"  # without alternatives

Verdict = Literal["better", "worse", "different"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A question that is asked again. `belongs_to` is the article that is known to answer it, empty if nobody said so;
    `new`: since the change; `failed`: customers were not content with the answer they got."""

    text: str
    language: str
    verified: bool = False
    times: int = 1
    belongs_to: str = ""
    new: bool = False
    failed: bool = False


def judge(case: Case, before: Answered, after: Answered, withdrawn: str = "") -> Verdict | None:
    """What the change does to a question; None: nothing. What is known of the question decides. Where nothing is, an
    answer the bot was sure of is worse to lose, one that is found is better, and another article may be either. Of an
    article that is `withdrawn` the answers are meant to go: only another answer in their place is worse."""
    was, becomes = _answer(before), _answer(after)
    if withdrawn and not becomes and withdrawn in (was, case.belongs_to):
        return "different" if was else None
    if case.new:
        return "better" if becomes == case.belongs_to else "worse"
    if _told(before) == _told(after):
        return None
    if case.belongs_to:
        if (was == case.belongs_to) != (becomes == case.belongs_to):
            return "better" if becomes == case.belongs_to else "worse"
        if was != case.belongs_to:
            return "worse" if becomes and not was else "different"  # a wrong answer where there was none
        return "different"
    if was and not becomes:
        return "worse" if before.decision == SURE and not case.failed else "different"
    return "better" if becomes and not was else "different"


def _answer(answered: Answered) -> str:
    """The article that is the answer; empty for none."""
    return answered.article if answered.decision in ANSWERED else ""


def _told(answered: Answered) -> tuple[str, str]:
    if answered.decision in ANSWERED:
        return "answer", answered.article
    return answered.decision, answered.article if answered.decision == ASKED_BACK else ""
