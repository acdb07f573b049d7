"""A packet's document for helpdesks that take only so much of it."""

from collections.abc import Callable
from dataclasses import replace

from connectors.desk import Handoff


def shortened(handoff: Handoff, most: int, render: Callable[[Handoff], str]) -> str:
    """The document in at most `most` bytes: the oldest lines of the conversation are left away, as many as it needs.
    The file beside it has them all.
    """
    kept = len(handoff.transcript)
    while True:
        text = render(replace(handoff, transcript=handoff.transcript[len(handoff.transcript) - kept :]))
        size = len(text.encode())
        if size <= most or not kept:
            return text
        kept = min(kept - 1, kept * most // size)
