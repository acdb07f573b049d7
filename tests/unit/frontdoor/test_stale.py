"""Which articles somebody should look at again."""

import datetime
from typing import Any

import pytest

from connectors.message import JSON
from desk.ports import ArticleInForce
from frontdoor.stale import stale
from storage.article_log import ArticleRow

TODAY = datetime.date(2026, 11, 27)


def content(**values: Any) -> JSON:
    plain = {"updated": "2026-11-01", "valid_until": None, "related": [], "texts": {"en": {"title": "A"}}}
    return plain | values


def row(article_id: str, state: str = "published") -> ArticleRow:
    return ArticleRow(id=article_id, version=1, state=state, content={}, revision=1, at=1)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, ""),
        ({"valid_until": "2026-11-26"}, "ended"),
        ({"valid_until": "2026-11-27"}, "ending"),
        ({"valid_until": "2026-12-11"}, "ending"),
        ({"valid_until": "2026-12-12"}, ""),
        ({"related": ["gone"]}, "related_withdrawn"),
        ({"related": ["kept"]}, ""),
        ({"updated": "2025-11-26"}, "old"),
        ({"updated": "2025-11-27"}, ""),
    ],
)
def test_why_an_article_is_stale(values: JSON, reason: str) -> None:
    in_force = {"a": ArticleInForce(content=content(**values), valid=True)}
    rows = {"gone": row("gone", "withdrawn"), "kept": row("kept")}
    found = stale(in_force, {}, rows, {"a": {"shown": 5, "last_at": 7}}, TODAY)
    assert [each["reason"] for each in found] == ([reason] if reason else [])
    assert all((each["title"], each["last_shown"]) == ("A", 7) for each in found)


def test_an_old_article_that_nobody_sees_disturbs_nobody() -> None:
    in_force = {"a": ArticleInForce(content=content(updated="2020-01-01"), valid=True)}
    assert stale(in_force, {}, {}, {"a": {"shown": 4, "last_at": 7}}, TODAY) == []
    assert stale(in_force, {}, {}, {}, TODAY) == []


@pytest.mark.parametrize(("of_file", "found"), [("2026-11-02", ["file_newer"]), ("2026-11-01", [])])
def test_a_file_that_has_moved_on_below_the_console(of_file: str, found: list[str]) -> None:
    in_force = {"a": ArticleInForce(content=content(), valid=True)}
    rows, files = {"a": row("a")}, {"a": content(updated=of_file)}
    assert [each["reason"] for each in stale(in_force, files, rows, {}, TODAY)] == found


def test_the_most_urgent_come_first() -> None:
    in_force = {
        "old": ArticleInForce(content=content(updated="2020-01-01"), valid=True),
        "ended": ArticleInForce(content=content(valid_until="2026-01-01"), valid=False),
        "broken": ArticleInForce(content=None, valid=False),
    }
    found = stale(in_force, {}, {}, {"old": {"shown": 9, "last_at": 1}}, TODAY)
    assert [each["id"] for each in found] == ["ended", "old"]
