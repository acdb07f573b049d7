"""What the settings of every helpdesk have in common."""

from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field

from connectors.privacy_settings import Privacy
from connectors.settings import Section, invalid


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        raise invalid(f"{name!r} is no time zone", "Write one as Asia/Shanghai or Europe/London.") from None
    return name


class Placement(Section):
    """Where a handoff of one tier goes, in the helpdesk's own words, which may be numbers."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    queue: str = ""
    """Queue, group or team there. Empty: the desk's `queue`."""

    priority: str = ""
    """Priority there, as the helpdesk calls it. Empty: by urgency (`priorities`)."""

    tags: tuple[str, ...] = ()
    """Tags (labels) that the ticket gets."""


class HelpdeskSettings(Section):
    """What every helpdesk has. It is on when its name stands in desks.yml. Names there may be numbers."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    asks: ClassVar[tuple[str, ...]] = ()
    """What `frontdoor desk add` asks for, in this order, be it required or not; then for all else that is required."""

    enabled: bool = True
    """Whether the desk is on; false keeps its settings here without using them."""

    kind: str = ""
    """Which helpdesk it is, where the name is your own (`zendesk_eu: {kind: zendesk, …}`). Empty: the name says it."""

    language: Literal["en", "zh"] = "en"
    """The language in which headings and notes of ours are written to the people who work there."""

    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Time zone of the times that we write there, such as Asia/Shanghai."""

    queue: str = ""
    """Queue, group or team of tickets that no rule places elsewhere, as the helpdesk names (or numbers) it."""

    placements: dict[str, Placement] = Field(default_factory=dict)
    """By tier of tiers.yml: where its handoffs go in the helpdesk."""

    priorities: dict[Literal["low", "normal", "high", "urgent"], str] = Field(default_factory=dict)
    """By urgency: the helpdesk's priority, where it is not the usual one."""

    fields: dict[str, str] = Field(default_factory=dict)
    """Custom fields there, by name (or number), and what they get: text with {reference}, {conversation_id}, {channel},
    {language}, {reason}, {tier}, {category}, {urgency}, {customer_id}, {user_id}, {segment} or {slot:name}."""

    tags: tuple[str, ...] = ()
    """Tags (labels) that every ticket gets."""

    users: Literal["match", "create", "single"] = "create"
    """Who the requester is there: `match` finds the customer's account by e-mail or phone and else takes the
    `requester`; `create` makes an account where there is none; `single` always takes the `requester`."""

    requester: str = ""
    """E-mail address (or login) of the account that stands for customers who have none there."""

    agent_names: Literal["name", "first_name", "team"] = "name"
    """How customers read who answers: the agent's name there, the first name, or only "our team"."""

    transcript_messages: Annotated[int, Field(ge=0, le=200)] = 30
    """How many of the last messages are added one by one, where the helpdesk shows messages; the whole conversation
    is in the packet in any case."""

    privacy: Privacy = Privacy()
    """What leaves to this desk, and what is masked before (docs/desks/privacy.md)."""

    poll_s: Annotated[float, Field(ge=0.2, le=3600)] = 60
    """Seconds between two looks for what has changed. Where the helpdesk calls us this only finds what a lost call
    missed."""

    requests_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 300
    """Requests that one worker makes in a minute; the rest wait their turn. Keep it below what your plan allows."""

    @property
    def queues(self) -> frozenset[str]:
        """All queues that are named: the desk's own, and those of tiers."""
        return frozenset({self.queue, *(each.queue for each in self.placements.values())} - {""})
