"""What follows from acts, in this order. Each part of the desk that has to know what happened is named here."""

from desk.acting import Consequence
from desk.tiers import Tiers


def consequences(_tiers: Tiers) -> tuple[Consequence, ...]:
    """All of them."""
    return ()
