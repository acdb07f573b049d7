"""Wrap-up codes: what a ticket turned out to be, chosen by the agent who resolves it. A section of tiers.yml."""

from collections.abc import Container, Iterator

from pydantic import Field

from connectors.message import JSON
from desk.section import Id, Section, Text


class WrapUpCode(Section):
    """One of them. `tiers`: where it is offered; empty means everywhere."""

    name: Text
    tiers: tuple[Id, ...] = ()


class WrapUp(Section):
    """The codes by id, and the tiers in which nobody resolves without one."""

    codes: dict[Id, WrapUpCode] = Field(default_factory=dict)
    required: tuple[Id, ...] = ()

    def offered(self, tier: str) -> list[str]:
        """The codes that are offered in a tier."""
        return [name for name, code in self.codes.items() if not code.tiers or tier in code.tiers]

    def shown(self, tier: str) -> JSON:
        """What the console shows of a tier's codes."""
        codes = [{"id": name, "name": self.codes[name].name.model_dump()} for name in self.offered(tier)]
        return {"codes": codes, "required": self.missing(tier)}

    def missing(self, tier: str) -> bool:
        """Whether a ticket of this tier must have one."""
        return tier in self.required

    def problems(self, tiers: Container[str]) -> Iterator[tuple[str, str]]:
        """What does not fit to the rest of the file: where, and what."""
        named = [("wrap_up.required", name) for name in self.required]
        named += [(f"wrap_up.codes.{code}.tiers", name) for code, each in self.codes.items() for name in each.tiers]
        for where, name in named:
            if name not in tiers:
                yield where, f"there is no tier {name!r}"
        for name in self.required:
            if name in tiers and not self.offered(name):
                yield "wrap_up.required", f"no code is offered in {name!r}; add one, or don't require it"
