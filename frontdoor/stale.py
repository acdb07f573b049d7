"""Stale articles: those whose time is over, that nobody has looked at for long, or whose file has moved on."""

import datetime
from collections.abc import Mapping

from connectors.message import JSON
from desk.ports import ArticleInForce
from storage.article_log import PUBLISHED, WITHDRAWN, ArticleRow

ENDING_DAYS = 14
OLD_DAYS = 365
SHOWN_OFTEN = 5  # in the time that is looked at
LISTED = 50
REASONS = ("ended", "ending", "file_newer", "related_withdrawn", "old")
"""The most urgent first; an article is listed for one."""


def stale(
    in_force: Mapping[str, ArticleInForce], of_files: Mapping[str, JSON | None], rows: Mapping[str, ArticleRow],
    shown: Mapping[str, JSON], today: datetime.date,
) -> list[JSON]:  # fmt: skip
    """Stale articles with their reason. `of_files` has what the files hold of articles that the console publishes."""
    found: list[tuple[int, int, JSON]] = []
    for article_id, now in in_force.items():
        if now.content is None:
            continue
        row, seen = rows.get(article_id), shown.get(article_id, {})
        reason = _reason(now.content, row, of_files.get(article_id), rows, int(seen.get("shown", 0)), today)
        if reason:
            told = {
                "id": article_id,
                "title": _title(now.content),
                "updated": now.content.get("updated") or "",
                "last_shown": seen.get("last_at"),
                "reason": reason,
            }
            found.append((REASONS.index(reason), -int(seen.get("last_at", 0)), told))
    return [told for _, _, told in sorted(found, key=lambda each: (*each[:2], each[2]["id"]))][:LISTED]


def _reason(
    content: JSON, row: ArticleRow | None, file: JSON | None, rows: Mapping[str, ArticleRow], shown: int,
    today: datetime.date,
) -> str:  # fmt: skip
    until = _day(content.get("valid_until"))
    if until is not None and until < today:
        return "ended"
    if until is not None and until <= today + datetime.timedelta(days=ENDING_DAYS):
        return "ending"
    updated = _day(content.get("updated"))
    if row is not None and row.state == PUBLISHED and file is not None and updated is not None:
        of_file = _day(file.get("updated"))
        if of_file is not None and of_file > updated:
            return "file_newer"
    if any(rows[other].state == WITHDRAWN for other in content.get("related", ()) if other in rows):
        return "related_withdrawn"
    if updated is not None and shown >= SHOWN_OFTEN and (today - updated).days > OLD_DAYS:
        return "old"
    return ""


def _title(content: JSON) -> str:
    return next((str(text["title"]) for text in content["texts"].values()), "")


def _day(value: object) -> datetime.date | None:
    return datetime.date.fromisoformat(value) if isinstance(value, str) else None
