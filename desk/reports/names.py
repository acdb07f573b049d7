"""What the keys of figures are called, in both languages."""

from collections.abc import Iterable

from connectors.message import JSON
from desk.section import Text
from desk.tiers import Tiers
from storage.agents import Agent

_FIXED = {
    "language": {"en": Text(en="English", zh="英文"), "zh": Text(en="Chinese", zh="中文")},
    "urgency": {
        "urgent": Text(en="Urgent", zh="紧急"), "high": Text(en="High", zh="高"),
        "normal": Text(en="Normal", zh="普通"), "low": Text(en="Low", zh="低"),
    },
}  # fmt: skip

DIMENSIONS = {
    "": Text(en="All", zh="全部"),
    "tier": Text(en="Tier", zh="层级"),
    "agent": Text(en="Agent", zh="客服"),
    "channel": Text(en="Channel", zh="渠道"),
    "category": Text(en="Topic", zh="主题"),
    "language": Text(en="Language", zh="语言"),
    "urgency": Text(en="Priority", zh="优先级"),
    "hour": Text(en="Hour of the day", zh="时段"),
}


class Names:
    """Of tiers.yml and of the people there are. What is not known any more is called by its key."""

    def __init__(self, tiers: Tiers, agents: Iterable[Agent]) -> None:
        self._named = {
            **_FIXED,
            "tier": {name: tier.name for name, tier in tiers.tiers.items()},
            "category": {name: category.name for name, category in tiers.categories.items()},
            "agent": {agent.id: Text(en=agent.name, zh=agent.name) for agent in agents},
        }

    def of(self, by: str, key: str) -> JSON:
        """`{"en": …, "zh": …}`."""
        known = self._named.get(by, {}).get(key)
        if known is not None:
            return known.model_dump()
        return {"en": f"{key}:00", "zh": f"{key}:00"} if by == "hour" else {"en": key, "zh": key}
