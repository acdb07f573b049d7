"""How much a customer's matter presses: a plain word list whose verdict anyone can follow."""

import re
from collections.abc import Sequence

from connectors.desk import Reason

PRESSING = re.compile(
    r"\b(urgent\w*|asap|immediately|right now|emergency|today|deadline)\b|紧急|马上|立刻|立即|赶紧|尽快|急用|着急|很急|今天(必须|就要|之内)",
    re.IGNORECASE,
)


def urgency(reason: Reason, feeling: str, texts: Sequence[str]) -> str:
    """`urgent` for sensitive matters, `high` for complaints, pressing words or an angry customer, else `normal`."""
    if reason is Reason.SENSITIVE:
        return "urgent"
    if reason is Reason.COMPLAINT or feeling == "negative" or any(PRESSING.search(text) for text in texts):
        return "high"
    return "normal"
