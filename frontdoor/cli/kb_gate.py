"""The gate of `frontdoor kb import`: before an article goes live, the running bot is asked what that would change."""

import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass

from connectors.message import JSON
from desk import knowledge_views as views
from desk.ports import Answered, ReplayedChange, ReplayUnavailable
from frontdoor.cli.context import open_brain, open_storage
from frontdoor.replay import Replays
from frontdoor.settings import Settings
from frontdoor.verdict import Case
from knowledge.records import Record
from storage.database import Database

SHOWN = 80  # characters of a question

Step = Callable[[], None]
"""Called after each article."""


@dataclass(frozen=True)
class Found:
    """Why an article may not go live, empty if it may; and what its version keeps of the replay."""

    reason: str
    summary: JSON | None = None


class Gate:
    """Asks the questions of lately, and the articles' own, for one article after the other."""

    def __init__(self, replays: Replays, url: str) -> None:
        self._replays = replays
        self._away = Found(f"the bot at {url} could not be asked what it would change")
        self._recent: Sequence[Case] | None = None
        self._gone = False

    async def __call__(self, article_id: str, record: Record) -> Found:
        """What stands against an article. A bot that was away once is not asked again."""
        if self._gone:
            return self._away
        try:
            with redirect_stdout(sys.stderr):  # logs are not what was asked for
                if self._recent is None:
                    self._recent = await self._replays.recent()
                report = await self._replays.report(article_id, dict(record), self._recent)
        except ReplayUnavailable:
            self._gone = True
            return self._away
        summary = views.summary(views.report(report))
        if report.passes:
            return Found("", summary)
        reason = f"{report.worse} of {report.asked} questions would get a worse answer, {_told(report.changes[0])}"
        return Found(reason, summary)


@asynccontextmanager
async def gate(settings: Settings, database: Database) -> AsyncIterator[Gate]:
    """The gate of a project."""
    async with open_brain(settings) as brain:
        yield Gate(Replays(database, brain), settings.rasa.url)


async def refused(settings: Settings, records: Mapping[str, Record], step: Step) -> dict[str, str]:
    """Which articles may not go live, and why, when they are written to the folder that the bot follows."""
    reasons: dict[str, str] = {}
    async with open_storage(settings) as (database, _bus), gate(settings, database) as asks:
        for article_id, record in records.items():
            if found := (await asks(article_id, record)).reason:
                reasons[article_id] = found
            step()
    return reasons


def _told(change: ReplayedChange) -> str:
    """The first of them, which is the worst."""
    question = change.question if len(change.question) <= SHOWN else f"{change.question[: SHOWN - 1]}…"
    return f"such as “{question}” ({_by(change.before)} now, then {_by(change.after)})"


def _by(answered: Answered) -> str:
    return f"{answered.decision} {answered.article}".strip()
