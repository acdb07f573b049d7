"""Where a handoff goes in a helpdesk, and what its fields get: by the settings, in the helpdesk's own words."""

import re
from dataclasses import dataclass

from connectors.desk import Handoff
from connectors.desk_settings import HelpdeskSettings, Placement
from connectors.message import JSON

_PLACE = re.compile(r"\{([a-z_]+)(?::([^{}]+))?\}")


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The place of one ticket."""

    queue: str
    priority: str
    tags: tuple[str, ...]
    fields: JSON


def placed(handoff: Handoff, settings: HelpdeskSettings) -> Placed:
    """Queue, priority, tags and custom fields: a rule's own queue first, then the tier's, then the desk's."""
    tier = settings.placements.get(str(handoff.triage.get("tier") or ""), Placement())
    return Placed(
        queue=handoff.queue or tier.queue or settings.queue,
        priority=tier.priority or settings.priorities.get(handoff.urgency, ""),  # type: ignore[call-overload]
        tags=tuple(dict.fromkeys((*settings.tags, *tier.tags))),
        fields={name: filled(template, handoff) for name, template in settings.fields.items()},
    )


def filled(template: str, handoff: Handoff) -> str:
    """A template with what it names; unknown names are empty."""
    values = {
        "handoff_id": handoff.id,
        "reference": handoff.reference,
        "conversation_id": handoff.conversation_id,
        "channel": handoff.channel,
        "language": handoff.language,
        "reason": str(handoff.reason),
        "tier": handoff.triage.get("tier"),
        "category": handoff.triage.get("category"),
        "urgency": handoff.urgency,
        "customer_id": handoff.customer.get("id"),
        "user_id": handoff.customer.get("user_id"),
        "segment": handoff.customer.get("segment"),
    }

    def value(match: re.Match[str]) -> str:
        found = handoff.slots.get(match[2]) if match[1] == "slot" else values.get(match[1])
        return "" if found is None else str(found)

    return _PLACE.sub(value, template)
