"""The parts of tiers.yml that say who there is and which handoffs they get."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, model_validator

from connectors.desk import Handoff, Reason
from desk.opening import OpeningHours
from desk.section import Id, Section, Text

Language = Literal["en", "zh"]
Urgency = Literal["low", "normal", "high", "urgent"]
Complexity = Literal["simple", "complex"]
Value = Literal["normal", "high"]
Risk = Literal["low", "medium", "high"]
Count = Annotated[int, Field(ge=1, le=100)]

ORDINARY = 4
"""How many conversations an agent has at once where the file does not say."""


class Tier(Section):
    """A group of agents. `faces_customer` is false for those who never talk to customers. `role` is for colleagues,
    `public_name` for customers. `skills`: what its agents can be asked for; `languages`: what they speak. `capacity`:
    how many tickets of a channel an agent can have at once. `escalates_to`: who helps when they cannot.
    """

    name: Text
    public_name: Text | None = None
    role: Annotated[Text, Field(validation_alias=AliasChoices("role", "about"))]
    faces_customer: bool = True
    hours: OpeningHours | None = None
    skills: tuple[Id, ...] = ()
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en", "zh")
    capacity: Annotated[dict[Id, Count], Field(default_factory=lambda: {"default": ORDINARY})]
    escalates_to: Id | None = None

    @model_validator(mode="before")
    @classmethod
    def _once(cls, data: Any) -> Any:
        if isinstance(data, dict) and {"role", "about"} <= data.keys():
            raise ValueError("`about` is the former name of `role`; keep only `role`")
        return data

    @property
    def shown_name(self) -> Text:
        """What customers read."""
        return self.public_name or self.name

    def weight(self, channel: str) -> float:
        """How much of an agent's own capacity a ticket takes: 1 is an ordinary one, a call may be as much as all."""
        ordinary = self.capacity.get("default", ORDINARY)
        return ordinary / self.capacity.get(channel, ordinary)


class Category(Section):
    """What a handoff can be about. `skills`: what an agent should have to work on it."""

    name: Text
    skills: tuple[Id, ...] = ()


class When(Section):
    """What a handoff must be like; every member that is given must fit. The last four are what triage found."""

    reason: tuple[Reason, ...] = ()
    urgency: tuple[Urgency, ...] = ()
    sentiment: tuple[Literal["negative", "neutral", "positive"], ...] = ()
    language: tuple[Language, ...] = ()
    channel: tuple[str, ...] = ()
    category: tuple[Id, ...] = ()
    complexity: tuple[Complexity, ...] = ()
    value: tuple[Value, ...] = ()
    risk: tuple[Risk, ...] = ()

    def fits(self, handoff: Handoff, found: Mapping[str, str]) -> bool:
        """Whether a handoff is like this; `found` goes before what the handoff says itself."""
        return all(not wanted or (found.get(name) or getattr(handoff, name, None)) in wanted for name, wanted in self)


class Rule(Section):
    """Handoffs like `when` go to `tier`; `because` is what agents read."""

    when: When
    tier: Id
    because: Text


class Otherwise(Section):
    """Where everything goes that no rule fits."""

    tier: Id
    because: Text


def _category(en: str, zh: str) -> Category:
    return Category(name=Text(en=en, zh=zh))


CATEGORIES = {
    "order": _category("Order", "订单"),
    "payment": _category("Payment and invoices", "支付与发票"),
    "delivery": _category("Delivery", "物流配送"),
    "returns": _category("Returns and refunds", "退换货与退款"),
    "product": _category("Product", "产品"),
    "account": _category("Account", "账户"),
    "technical": _category("Technical", "技术故障"),
    "complaint": _category("Complaint", "投诉"),
    "presales": _category("Before buying", "售前咨询"),
    "other": _category("Other", "其他"),
}
"""What there is where the file does not say. The triage model knows these by their names."""
