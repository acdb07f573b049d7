"""How waiting tickets find their agents: the section `assignment` of tiers.yml."""

from typing import Annotated, Literal

from pydantic import Field

from desk.section import Id, Section

Mode = Literal["offer", "auto", "pull"]
"""How a tier's tickets are given out: offered to one agent after the other, put into an agent's hands, or not at all:
agents take them from the queue themselves.
"""
Seconds = Annotated[int, Field(ge=5, le=86_400)]


class Assignment(Section):
    """Times are in seconds unless their names say otherwise; `idle_requeue_min` 0 means never."""

    mode: Mode = "offer"
    tiers: dict[Id, Mode] = Field(default_factory=dict)  # the tiers that do it in another way
    offer_s: Seconds = 30
    ignored_limit: Annotated[int, Field(ge=1, le=20)] = 3
    again_s: Seconds = 120  # who let a ticket pass is not offered it again before
    reserve_s: Seconds = 120  # how long a ticket that was handed to somebody waits for that person alone
    overflow_after_s: Annotated[int, Field(ge=0, le=86_400)] = 120
    offline_requeue_s: Annotated[int, Field(ge=45, le=86_400)] = 120
    idle_requeue_min: Annotated[int, Field(ge=0, le=10_080)] = 120

    def mode_of(self, tier: str) -> Mode:
        """How the tickets of a tier are given out."""
        return self.tiers.get(tier, self.mode)
