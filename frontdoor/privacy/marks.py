"""Marks: what stands in the place of a value, [phone 1] or ［电话1］, and how the values come back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.privacy_settings import CUSTOM, MARKS
from frontdoor.privacy.known import fingerprint
from storage.masked import Masked, Value


def mark(kind: str, number: int, language: str) -> str:
    """`[phone 1]` or `［电话1］`; what a company's own pattern finds is called by the pattern's name."""
    chinese = language == "zh"
    name = kind.removeprefix(CUSTOM) if kind.startswith(CUSTOM) else MARKS[kind][chinese]
    return f"［{name}{' ' if name[-1:].isascii() else ''}{number}］" if chinese else f"[{name} {number}]"


def revealed(text: str, masked: Sequence[Masked]) -> str:
    """A text with the originals in the place of their marks, with whichever brackets and spaces they are quoted."""
    originals = {_plain(each.mark[1:-1]): each.original for each in masked}
    return _QUOTED.sub(lambda found: originals.get(_plain(found[1]), found[0]), text) if originals else text


_QUOTED = re.compile(r"\\?[\[［【]([^\[\]［］【】\n]{1,60})[\]］】]")


def _plain(quoted: str) -> str:
    return re.sub(r"[\s\\]+", "", quoted).casefold()  # Markdown may have put backslashes before brackets


@dataclass
class Ledger:
    """Marks that are kept nowhere: for a preview."""

    language: str
    masked: dict[tuple[str, str], Masked] = field(default_factory=dict)

    def keep(self, values: Sequence[Value]) -> Mapping[tuple[str, str], str]:
        """The marks of all values by kind and fingerprint; new values get the next ones."""
        for value in values:
            number = 1 + sum(kind == value.kind for kind, _ in self.masked)
            made = Masked(**vars(value), mark=mark(value.kind, number, self.language), at=0)
            self.masked.setdefault((value.kind, value.fingerprint), made)
        return {key: each.mark for key, each in self.masked.items()}


def value_of(kind: str, original: str) -> Value:
    """A value, with what it is known by."""
    return Value(kind=kind, fingerprint=fingerprint(kind, original), original=original)
