"""What all parts of tiers.yml are made of. Each part of the desk has its section's model in a module of its own."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A frozen part of the file that refuses names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Text(Section):
    """The same in both languages."""

    en: Annotated[str, Field(min_length=1, max_length=300)]
    zh: Annotated[str, Field(min_length=1, max_length=300)]


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""A name by which one part of the file speaks of another."""
