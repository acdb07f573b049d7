"""Trainings as the console sees them."""

from collections.abc import Sequence
from dataclasses import asdict

from connectors.message import JSON
from storage.trainings import Task, Training


def training(row: Training, tasks: Sequence[Task], now: int) -> JSON:
    """A training without its questions, and how far people are at `now` (ms)."""
    states = [task(each, now) for each in tasks]
    told = {name: value for name, value in asdict(row).items() if name not in ("questions", "by_id")}
    return told | {
        "asked": len(row.questions),
        "assigned": len(states),
        "passed": sum(each["state"] == "passed" for each in states),
        "overdue": sum(each["overdue"] for each in states),
    }


def task(row: Task, now: int) -> JSON:
    """What one person has to do. `state`: open, passed, or expired (it was passed before an article changed)."""
    state = "passed" if row.passed_at is not None else "expired" if row.expired_at is not None else "open"
    overdue = row.passed_at is None and row.due_at < now
    names = ("due_at", "tried", "score", "passed_at", "expired_at")
    return {name: getattr(row, name) for name in names} | {"state": state, "overdue": overdue}


def in_language(asked: Sequence[JSON], language: str) -> list[JSON]:
    """The questions in a language, else those there are."""
    return [each for each in asked if each["language"] == language] or list(asked)


def without_answer(asked: JSON) -> JSON:
    """A question as it is asked."""
    return {name: asked[name] for name in ("id", "kind", "language", "article_id", "text", "options")}


def titles(content: JSON) -> JSON:
    """What an article is called, by language."""
    return {language: text["title"] for language, text in content["texts"].items()}
