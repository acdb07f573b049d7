"""What happens after an answer: the section `aftersales` of tiers.yml."""

from typing import Annotated

from pydantic import Field

from desk.section import Id, Section

Hours = Annotated[int, Field(ge=0, le=24 * 365)]
Days = Annotated[int, Field(ge=0, le=3650)]


class AfterSales(Section):
    """How customers are asked whether they were helped, and what follows from what they say."""

    ask_after_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 10
    """Silence after an answer of the bot's, before "did this help?" is asked; 0: only who says thanks or goodbye is."""

    ask_once_in_hours: Hours = 24
    """Nobody is asked about the bot's answers if they were asked anything in so many hours."""

    ask_not_on: tuple[str, ...] = ("voice", "sms")
    """Channels on which the bot's answers are never asked about."""

    remind_after_hours: Annotated[int, Field(ge=1, le=24 * 60)] = 24
    """Hours until a customer who says nothing to "is everything sorted out?" is reminded, once, in opening hours."""

    settle_after_hours: Annotated[int, Field(ge=1, le=24 * 60)] = 48
    """Hours after the reminder, until silence counts as confirmed."""

    low_rating: Annotated[int, Field(ge=0, le=4)] = 2
    """A score up to this makes a follow-up; 0: none does."""

    not_solved_times: Annotated[int, Field(ge=1, le=20)] = 2
    """As many times "not solved" in a row make a follow-up."""

    follow_up_tier: Id | None = None
    """Which tier follows up; none: the one that gets what no rule fits."""

    follow_up_within_hours: Annotated[int, Field(ge=1, le=24 * 60)] = 24
    """Hours until such a follow-up is due."""

    missed_after_hours: Annotated[int, Field(ge=1, le=24 * 365)] = 24
    """Hours after it was due, until a follow-up counts as missed."""

    link_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days for which the customer's private link shows a ticket that is closed."""

    reopen_days: Days = 7
    """Days in which a closed ticket can be opened again; 0: never."""
