"""Which turn of the bot said what: the customer's messages the bot has read, beside everything it said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

JSON = dict[str, Any]

ANSWERS = frozenset({"answer", "answer_alternatives"})
SILENT = "pass"  # the decision to leave a message to the humans who come


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What does not add up, as messages: `unanswered` ones of the customer, `unasked` ones of the bot."""

    unanswered: tuple[JSON, ...] = ()
    unasked: tuple[JSON, ...] = ()

    @property
    def faults(self) -> int:
        """How many there are."""
        return len(self.unanswered) + len(self.unasked)


def compare(asked: Sequence[JSON], said: Sequence[JSON], handed_over: Sequence[int]) -> Spoken:
    """Give everything that was said to the turns that can have said it, in order, so that the least is left over.

    `asked` are the customer's messages with the bot's evidence, `said` those of the bot, both in order of `seq`;
    `handed_over` are the numbers of the last messages before each handoff.
    """

    @cache
    def from_here(turn: int, next_said: int) -> Spoken:
        return min(_ways(turn, next_said), key=lambda way: way.faults, default=Spoken())

    def _ways(turn: int, next_said: int) -> Iterator[Spoken]:
        for end in _ends(asked[turn], said, next_said) if turn < len(asked) else ():
            yield from_here(turn + 1, end)
        if turn < len(asked):
            rest = from_here(turn + 1, next_said)
            if _may_be_silent(asked[turn], said, next_said, handed_over):
                yield rest
            else:
                yield Spoken(unanswered=(asked[turn], *rest.unanswered), unasked=rest.unasked)
        if next_said < len(said):
            rest = from_here(turn, next_said + 1)
            yield Spoken(unanswered=rest.unanswered, unasked=(said[next_said], *rest.unasked))

    return from_here(0, 0)


def due(asked: JSON) -> str | None:
    """The article that answers a customer's message; None where the bot says something else."""
    evidence = asked["evidence"]
    return str(evidence["ranking"][0]["id"]) if evidence["decision"] in ANSWERS else None


def _ends(asked: JSON, said: Sequence[JSON], start: int) -> Iterator[int]:
    """Where the turn of a message can end that begins with `said[start]`: after it, or after more in one breath, such
    as "back to your order".
    """
    if start < len(said) and _fits(said[start], asked):
        end = start + 1
        yield end
        while end < len(said) and said[end]["article"] is None and said[end]["seq"] == said[end - 1]["seq"] + 1:
            end += 1
            yield end


def _fits(said: JSON, asked: JSON) -> bool:
    """Whether a message of the bot can begin the turn of a customer's message."""
    evidence = asked["evidence"]
    if said["seq"] < asked["seq"] or evidence["decision"] == SILENT:
        return False
    return bool(said["article"] == due(asked) or evidence["intent"] == "repeat")


def _may_be_silent(asked: JSON, said: Sequence[JSON], next_said: int, handed_over: Sequence[int]) -> bool:
    """Whether the bot may say nothing to a message: if that was its decision, or if the conversation was handed over
    during the turn, by it or to the bot's surprise.
    """
    after = said[next_said]["seq"] if next_said < len(said) else float("inf")
    before = max(asked["seq"], said[next_said - 1]["seq"] if next_said else 0)
    return asked["evidence"]["decision"] == SILENT or any(before <= seq < after for seq in handed_over)
