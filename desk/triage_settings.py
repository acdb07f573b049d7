"""The section `triage` of tiers.yml."""

from typing import Annotated

from pydantic import Field

from desk.section import Section


class TriageSettings(Section):
    """`valued_segments`: customers of these, as your site vouches for them, are of high value."""

    valued_segments: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = ("vip",)
    history_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """How far back earlier tickets count."""
