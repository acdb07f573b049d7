"""Replay: recent questions and the articles' own, asked once more as if an article were different."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import structlog

from connectors.message import JSON
from desk.ports import Answered, ReplayedChange, ReplayReport, ReplayUnavailable
from frontdoor import questions
from frontdoor.brain import Brain, BrainError
from frontdoor.questions import DAY_MS, Question
from frontdoor.scrubbing import scrubbed
from frontdoor.verdict import Case, judge
from knowledge.text import key
from storage.clock import now_ms
from storage.database import Database

log = structlog.get_logger(__name__)

DAYS = 30
ASKED = 300  # different questions of customers, the most frequent first
PHRASINGS = 500
TOGETHER = 100  # questions in one request; the bot takes no more
REQUESTS = 100  # until it is given up: a request that answers only a question or two says that the bot is too busy
WHOLE_S = 240.0  # until it is given up, however the bot answers; consoles wait a little longer
WAITING = 4  # replays that wait for another one, which holds the questions of a month in memory
ORDER = ("worse", "better", "different")


class Replays:
    """Implements `desk.ports.Replay`. One at a time: others wait, and more than a few are told to come again."""

    def __init__(self, database: Database, brain: Brain) -> None:
        self._database = database
        self._brain = brain
        self._alone = asyncio.Lock()
        self._waiting = 0

    async def __call__(self, article_id: str, content: JSON | None) -> ReplayReport:
        """What changes when `content` is in force, None: no such article. Raises `ReplayUnavailable`."""
        if self._waiting > WAITING:
            raise ReplayUnavailable("other replays are under way")
        self._waiting += 1
        try:
            async with self._alone:
                return await self.report(article_id, content, await self.recent())
        finally:
            self._waiting -= 1

    async def recent(self) -> list[Case]:
        """What customers asked lately."""
        return _distinct(await questions.recent(self._database, since=now_ms() - DAYS * DAY_MS))

    async def report(self, article_id: str, content: JSON | None, recent: Sequence[Case]) -> ReplayReport:
        """What changes for these questions and the articles' own. Raises `ReplayUnavailable`."""
        change = {"id": article_id, "content": content}
        try:
            async with asyncio.timeout(WHOLE_S):
                own = await self._brain.phrasings(change, PHRASINGS)
                cases = [*recent, *map(_of_article, own)]
                results = await asked_again(self._brain, cases, change)
                report = _report(cases, results, "" if content else article_id)
        except (BrainError, TimeoutError, KeyError, TypeError, ValueError) as error:
            log.warning("replay.unavailable", error=str(error) or type(error).__name__)
            raise ReplayUnavailable(str(error)) from error
        log.info("replay.done", asked=report.asked, changed=len(report.changes), worse=report.worse)
        return report


async def asked_again(brain: Brain, cases: Sequence[Case], change: JSON | None = None) -> list[JSON]:
    """What the bot decides about each: `now`, and `then` with a change. Raises `BrainError`."""
    results: list[JSON] = []
    for _ in range(REQUESTS):
        part = cases[len(results) : len(results) + TOGETHER]
        if not part:
            return results
        asked = [{"text": each.text, "language": each.language, "verified": each.verified} for each in part]
        results += (await brain.replay(asked, change))[: len(part)]
    raise BrainError("the bot is too busy for a replay")


def answered(told: JSON) -> Answered:
    """One result of the bot. Raises KeyError for what is none."""
    return Answered(
        decision=str(told["decision"]),
        article=str(told["article"]),
        title=str(told["title"]),
        confidence=float(told["confidence"]),
    )


def _distinct(asked: Sequence[Question]) -> list[Case]:
    """The most frequent questions, the newest first among equals, each once in the words it was asked last."""
    groups: dict[tuple[str, str], list[Question]] = {}
    for question in reversed(asked):
        groups.setdefault((key(question.text), question.language), []).append(question)
    frequent = sorted(groups.values(), key=len, reverse=True)[:ASKED]
    return [_case(group) for group in frequent]


def _case(group: Sequence[Question]) -> Case:
    owners = Counter(question.belongs_to for question in group if question.belongs_to)
    return Case(
        text=group[0].text,
        language=group[0].language,
        verified=group[0].verified,
        times=len(group),
        belongs_to=owners.most_common(1)[0][0] if owners else "",
        failed=any(question.failed for question in group),
    )


def _of_article(phrasing: JSON) -> Case:
    return Case(
        text=phrasing["text"],
        language=phrasing["language"],
        verified=bool(phrasing["verified"]),
        belongs_to=phrasing["article"],
        new=bool(phrasing["new"]),
    )


def _report(cases: Sequence[Case], results: Sequence[dict[str, Any]], withdrawn: str) -> ReplayReport:
    """`withdrawn` is the article that is taken away, if one is. Raises KeyError, TypeError or ValueError for results
    that are none."""
    changes = []
    for case, result in zip(cases, results, strict=True):
        before, after = answered(result["now"]), answered(result["then"])
        if verdict := judge(case, before, after, withdrawn):
            changes.append(
                ReplayedChange(
                    question=scrubbed(case.text, case.language),
                    language=case.language,
                    times=case.times,
                    before=before,
                    after=after,
                    verdict=verdict,
                )
            )
    changes.sort(key=lambda change: (ORDER.index(change.verdict), -change.times))
    worse = any(change.verdict == "worse" for change in changes)
    return ReplayReport(asked=len(cases), unchanged=len(cases) - len(changes), changes=tuple(changes), passes=not worse)
