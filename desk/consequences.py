"""What follows from acts, in this order. Each part of the desk that has to know what happened is named here."""

from desk.acting import Consequence
from desk.assignment_moves import keep_turns
from desk.consulting import Mentioning
from desk.escalation_rules import EscalationRules
from desk.flow import observe
from desk.follow_up_rules import FollowUpRules
from desk.internal import with_case
from desk.sla_keeping import Keeping
from desk.sla_policy import Policy
from desk.snoozing import waking
from desk.tiers import Tiers
from desk.triage import Triage
from desk.triage_moves import RisingRisk


def consequences(tiers: Tiers, desk: str = "built_in", triage: Triage | None = None) -> tuple[Consequence, ...]:
    """All of them. Escalation comes last: it is an act of its own, from which all of them follow again."""
    rules = EscalationRules(tiers=tiers, desk=desk)
    clocks = Keeping(Policy(tiers))
    risk = RisingRisk(triage=triage or Triage(tiers), tiers=tiers)
    return (
        risk, waking, clocks.follow, keep_turns, clocks.settle, Mentioning(tiers=tiers), with_case,
        observe, FollowUpRules(tiers=tiers).unhappy, rules.bounced,
        rules.automatic,
    )  # fmt: skip
