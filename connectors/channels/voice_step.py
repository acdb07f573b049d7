"""Where a call stands. It travels in the addresses that TwiML names, which Twilio signs, so no worker has to remember
it, and a request that Twilio repeats means the same again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlencode

from connectors.errors import Malformed

_WORD = re.compile(r"[A-Za-z0-9+]{0,40}")
_HIGHEST = 10**10


class Do(StrEnum):
    """What Twilio tells us with a request."""

    CALL = "call"  # somebody calls
    MENU = "menu"  # they chose a language, or did not
    HEARD = "heard"  # they said something, pressed a key, or were silent
    WAIT = "wait"  # they are waiting for what is said next
    DIALED = "dialed"  # a colleague was called
    RECORDED = "recorded"  # they left a message
    RECORDING = "recording"  # the message can be fetched
    ENDED = "ended"  # the call is over


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request of a call."""

    do: Do = Do.CALL
    number: int = 0  # of the step: the same when Twilio repeats it
    language: str = "en"
    heard: int = 0  # `seq` up to which the caller has been told everything
    asked: int = 0  # `seq` where the last thing that they were told begins
    quiet: int = 0  # times in a row that nothing could be understood
    polls: int = 0  # times in a row that nothing had been said to them
    since: int = 0  # when they began to wait for a human: seconds since 1970, 0: they do not
    who: str = ""  # where the request does not name the caller: the number without +, or the id of the call

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """From the query of a request. Raises `Malformed`."""
        return cls(**{each.name: _value(each.name, query[each.name]) for each in fields(cls) if each.name in query})

    def next(self, do: Do, **changes: Any) -> "Step":
        """The step after this one."""
        return replace(self, do=do, number=self.number + 1, **changes)

    def url(self, webhook: str) -> str:
        """The address that leads to it."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return f"{webhook}?{urlencode({name: value for name, value in values.items() if value not in (0, '')})}"


def _value(name: str, given: str) -> Any:
    if name == "do" and given in set(Do):
        return Do(given)
    if name == "language" and given in {"en", "zh"}:
        return given
    if name == "who" and _WORD.fullmatch(given):
        return given
    if name not in {"do", "language", "who"} and given.isascii() and given.isdecimal() and len(given) <= 10:
        return min(int(given), _HIGHEST)
    raise Malformed("is not a step of a call", code="bad_step", field=name)
