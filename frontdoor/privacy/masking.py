"""Masks whole packets and lines: looks at every text once, gives each value its mark, and puts the marks in.

What is found somewhere is masked everywhere in the packet, and in all that follows: somebody who says "my name is Ann
Lee" once is [name 1] from the first line on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from connectors.desk import Handoff, Line
from connectors.message import JSON
from connectors.privacy_settings import Privacy
from frontdoor.privacy import walk
from frontdoor.privacy.engine import detector
from frontdoor.privacy.found import Found
from frontdoor.privacy.known import Known, fingerprint
from frontdoor.privacy.marks import value_of
from storage.masked import Value

T = TypeVar("T")

CONTACTS = ("email", "phone")
"""Members of `Handoff.customer` by which helpdesks find people."""

Walk = Callable[[T, walk.Change], T]
Keep = Callable[[Sequence[Value]], Awaitable[Mapping[tuple[str, str], str]]]
"""Gives marks to values, by kind and fingerprint; the same value has the same for ever."""


@dataclass(frozen=True, kw_only=True)
class _Job(Generic[T]):
    """Something to be masked, and the values that are known before."""

    subject: T
    through: "Walk[T]"
    known: tuple[Known, ...]


class Masker:
    """Masks by one desk's policy."""

    def __init__(self, policy: Privacy) -> None:
        self.policy = policy

    async def handoff(self, packet: Handoff, known: Iterable[Known], keep: Keep) -> Handoff:
        """The packet as it may leave. Raises what `keep` raises."""
        said = await self._masked(_Job(subject=packet, through=walk.handoff, known=tuple(known)), keep)
        return _without_marked_contacts(packet, said)

    async def line(self, said: Line, known: Iterable[Known], keep: Keep) -> Line:
        """A line as it may leave."""
        return await self._masked(_Job(subject=said, through=walk.line, known=tuple(known)), keep)

    async def data(self, members: JSON, known: Iterable[Known], keep: Keep) -> JSON:
        """An object as it may leave."""
        return await self._masked(_Job(subject=members, through=walk.data, known=tuple(known)), keep)

    async def _masked(self, job: _Job[T], keep: Keep) -> T:
        if not self.policy.masked:
            return job.subject
        places = await asyncio.to_thread(self._look, job)
        values = [value_of(each.kind, each.value) for found in places.values() for each in found]
        marks = await keep(list(dict.fromkeys(values)))

        def put(text: str, kind: str) -> str:
            return _with_marks(text, places.get((text, kind), ()), marks)

        return job.through(job.subject, put)

    def _look(self, job: _Job[T]) -> dict[tuple[str, str], list[Found]]:
        """Every text with what is in it, in the order in which they are read."""
        texts: dict[tuple[str, str], None] = {}

        def collect(text: str, kind: str) -> str:
            if text.strip():
                texts[text, kind] = None
            return text

        job.through(job.subject, collect)
        return detector(self.policy).look(list(texts), job.known)


def _without_marked_contacts(packet: Handoff, said: Handoff) -> Handoff:
    """A helpdesk would take a mark for an address at which it can find or write to the customer: people read it among
    what is known instead.
    """
    marked = {name: said.customer[name] for name in CONTACTS if said.customer.get(name) != packet.customer.get(name)}
    return replace(said, customer=said.customer | dict.fromkeys(marked, ""), slots=marked | said.slots)


def _with_marks(text: str, places: Sequence[Found], marks: Mapping[tuple[str, str], str]) -> str:
    parts, at = [], 0
    for place in places:
        parts += [text[at : place.start], marks[place.kind, fingerprint(place.kind, place.value)]]
        at = place.end
    return "".join([*parts, text[at:]])
