"""Values that are known: found again wherever they stand, without a word that says what they are."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import regex

from frontdoor.privacy.folding import folded
from frontdoor.privacy.found import Found

_SPOKEN = str.maketrans("零〇一二两三四五六七八九幺", "0012234567891")
_CHINA = re.compile(r"^(?:00)?86(?=1[3-9]\d{9}$|0?[1-9]\d{8,10}$)")
_NUMBERS = frozenset({"id_cards", "bank_cards", "ibans", "plates"})
# Names that are words, too: alone they stay.
_WORDS = frozenset(
    {
        "april", "art", "august", "bill", "chase", "dawn", "dean", "drew", "faith", "frank", "grace", "hope", "iris",
        "ivy", "jack", "joy", "june", "lily", "mark", "may", "miles", "pat", "ray", "rich", "rob", "rose", "sue", "van",
        "von", "will",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Known:
    """A value of a kind."""

    kind: str
    value: str


def fingerprint(kind: str, value: str) -> str:
    """The same for a value however it is written: +86 138-0013-8000 is 13800138000."""
    return hashlib.sha256(f"{kind}\0{plain(kind, value)}".encode()).hexdigest()


def plain(kind: str, value: str) -> str:
    """A value without what may be written in one way or another."""
    text = folded(value).strip().casefold()
    if kind == "phones":
        return _CHINA.sub("", re.sub(r"\D", "", text.translate(_SPOKEN)))
    if kind in _NUMBERS:
        return re.sub(r"[\s·•.()-]", "", text)
    return re.sub(r"\s+", " ", text)


class KnownValues:
    """Looks for values that are known."""

    def __init__(self, values: Iterable[Known]) -> None:
        self._variants: dict[str, dict[str, str]] = {}
        for each in values:
            for variant in _variants(each):
                self._variants.setdefault(each.kind, {}).setdefault(plain(each.kind, variant), each.value)
        self._patterns = {kind: _pattern(kind, list(variants)) for kind, variants in self._variants.items()}

    def find(self, text: str) -> list[Found]:
        """Where they stand, each with its value as it was written first."""
        view = folded(text)
        return [
            Found(
                start=match.start(), end=match.end(), kind=kind,
                value=self._variants[kind].get(plain(kind, match[0]), match[0]),
            )
            for kind, pattern in self._patterns.items()
            for match in pattern.finditer(view)
            if kind != "names" or not match[0].islower() or " " in match[0] or not match[0].isascii()
        ]  # fmt: skip


def _variants(known: Known) -> list[str]:
    """How a value may stand again: of a Latin name each part, too."""
    value = known.value.strip()
    if len(value) < 2:
        return []
    parts = value.split() if known.kind == "names" and value.isascii() else []
    return [
        value,
        *(each for each in parts if len(each) > 2 and each.casefold().strip(".") not in _WORDS and len(parts) > 1),
    ]


def _pattern(kind: str, variants: list[str]) -> "regex.Pattern[str]":
    ordered = sorted(variants, key=len, reverse=True)
    return regex.compile("|".join(_written(kind, each) for each in ordered), regex.IGNORECASE)


def _written(kind: str, variant: str) -> str:
    """A value as it may be written."""
    apart = kind in _NUMBERS or kind == "phones"
    text = (
        r"[ ()·.-]{0,2}".join(map(regex.escape, variant)) if apart else r"\s+".join(map(regex.escape, variant.split()))
    )
    begins = r"(?<![A-Za-z0-9])" if variant[:1].isascii() else ""
    ends = r"(?![A-Za-z0-9])" if variant[-1:].isascii() else ""
    return f"{begins}{text}{ends}"
