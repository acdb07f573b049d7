"""Texts in the form in which they are searched: as many characters as before, so that places stay the same."""

import re

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # ！…～, the digits ０…９ and letters among them
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"), " ")
_FOLDED = _WIDE | _DASHES | _SPACES
_NOT_LATIN = re.compile(r"[^\x00-\u024f]")
BREAK = "¶"


def folded(text: str) -> str:
    """Full-width digits, letters and signs, and all kinds of dashes and spaces, as a keyboard has them."""
    return text.translate(_FOLDED)


def latin(text: str) -> str:
    """A folded text with `BREAK` for every character that is not Latin.

    For patterns that know words by `\\b`: between a Chinese character and a digit that finds no edge.
    """
    return _NOT_LATIN.sub(BREAK, text)
