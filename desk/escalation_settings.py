"""The section `escalation` of tiers.yml: when a ticket goes up by itself; and the path on which tickets go up."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from desk.section import Id, Section, Text
from desk.sla_settings import METRICS
from desk.tier_models import Risk, Tier, Urgency
from storage.sla import Metric

NEXT = "next"
"""Instead of a tier: the one that helps the ticket's own."""


class Cause(Section):
    """What must have happened: exactly one of the first four. `category` and `urgency` narrow it."""

    sla_breached: tuple[Metric, ...] = ()
    reopened: Annotated[int, Field(ge=1, le=20)] | None = None  # at least so often
    rating: Annotated[int, Field(ge=1, le=5)] | None = None  # at most so many points; of tickets that go on
    risk: tuple[Risk, ...] = ()
    category: tuple[Id, ...] = ()
    urgency: tuple[Urgency, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(bool(each) for each in (self.sla_breached, self.reopened, self.rating, self.risk)) != 1:
            raise ValueError("name exactly one of sla_breached, reopened, rating, risk")
        return self


class EscalationRule(Section):
    """What happened like `when` brings the ticket to a tier, or the next one; `because` is what agents read."""

    when: Cause
    to: Id = NEXT
    because: Text


def _rule(because_en: str, because_zh: str, **when: object) -> EscalationRule:
    return EscalationRule(when=Cause.model_validate(when), because=Text(en=because_en, zh=because_zh))


ESCALATION = (
    _rule("A promised time has passed", "已超过承诺时限", sla_breached=METRICS),
    _rule("Reopened twice", "客户已两次表示未解决", reopened=2),
    _rule("Reopened after a low rating", "低分评价后再次打开", rating=2),
    _rule("The customer's words point to a high risk", "客户的话提示高风险", risk=("high",)),
)
"""The rules where the file has none."""


def next_tier(tiers: Mapping[str, Tier], tier: str) -> str:
    """The first tier up the path that talks to customers; empty at the top. Where no tier says who helps it, the path
    is the order of the file.
    """
    order = list(tiers)
    says = any(each.escalates_to for each in tiers.values())
    passed = {tier}
    while tier in tiers:
        following = order[order.index(tier) + 1 : order.index(tier) + 2]
        tier = tiers[tier].escalates_to or "" if says else "".join(following)
        if tier in passed or tier not in tiers:
            return ""
        if tiers[tier].faces_customer:
            return tier
        passed.add(tier)
    return ""


def dangling(rules: tuple[EscalationRule, ...], tiers: Mapping[str, Tier]) -> Iterator[tuple[str, str]]:
    """(where, what) for rules that lead nowhere."""
    for index, rule in enumerate(rules):
        where = f"escalation.{index}.to"
        if rule.to == NEXT:
            continue
        if rule.to not in tiers:
            yield where, f"there is no tier {rule.to!r}; the tiers are {', '.join(tiers)}, or write `next`"
        elif not tiers[rule.to].faces_customer:
            yield where, f"{rule.to!r} does not talk to customers (faces_customer: false); choose another tier"
