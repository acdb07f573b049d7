"""How articles fare: how often each was the answer, how often the customer then wanted a human or said that it did not
help. Counts and titles, none of a customer's words.
"""

from collections.abc import Iterable

from connectors.message import JSON
from frontdoor.questions import Question

LEAST_SHOWN = 3
LEAST_SHARE = 0.2  # of those who saw it, from which an article fails
LISTED = 50


def counted(asked: Iterable[Question]) -> dict[str, JSON]:
    """By article: `{"title", "shown", "then_human", "last_at"}`."""
    found: dict[str, JSON] = {}
    for question in asked:
        article = question.chosen or question.shown
        if not article:
            continue
        row = found.setdefault(str(article["id"]), {"title": "", "shown": 0, "then_human": 0, "last_at": 0})
        row["title"], row["last_at"] = str(article["title"]), question.at
        row["shown"] += 1
        row["then_human"] += question.failed
    return found


def failing(shown: dict[str, JSON]) -> list[JSON]:
    """Articles that were shown and did not help, those that cost most handoffs first."""
    found = [
        {
            "id": article_id,
            "title": row["title"],
            "shown": row["shown"],
            "then_human": row["then_human"],
            "share": round(row["then_human"] / row["shown"], 3),
        }
        for article_id, row in shown.items()
        if row["shown"] >= LEAST_SHOWN and row["then_human"] >= LEAST_SHARE * row["shown"]
    ]
    return sorted(found, key=lambda row: (-row["then_human"], -row["share"], row["id"]))[:LISTED]
