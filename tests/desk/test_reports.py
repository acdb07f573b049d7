"""Reports: every measure against a straightforward computation, who may see what, and what leaves the house."""

import random
import statistics
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench.past_cases import DAY, Past, Talk, cases, store, talks
from desk.reports.measures import MEASURES, REPORTS
from desk.reports.periods import Period
from desk.reports.reporting import Asked, Figures, report
from storage.database import Database
from storage.migrate import upgrade

ZONE = ZoneInfo("Asia/Shanghai")
PERIOD = Period(first=date(2026, 10, 5), last=date(2026, 10, 18), zone=ZONE)
DAYS = 40
Value = tuple[int, float, Past | Talk]
Told = Callable[[Past | Talk, int], str]


class Naive:
    """The same measures, counted one by one: `(when, worth, of what)` of all time."""

    def __init__(self, spoken: list[Talk], past: list[Past]) -> None:
        self._spoken, self._past = spoken, past
        self._with_ticket = {one.talk.id for one in past}

    def of(self, measure: str) -> list[Value]:
        """All facts of a measure."""
        return list(getattr(self, measure)())

    def conversations(self) -> Iterable[Value]:
        return ((talk.at, 1, talk) for talk in self._spoken)

    def opened(self) -> Iterable[Value]:
        return ((one.at, 1, one) for one in self._past)

    def _closed(self) -> Iterable[tuple[int, Past]]:
        return ((one.closed_at, one) for one in self._past if one.closed_at is not None)

    def _solved(self) -> Iterable[tuple[int, Past]]:
        return ((at, one) for at, one in self._closed() if one.state == "resolved")

    def solved(self) -> Iterable[Value]:
        return ((at, 1, one) for at, one in self._solved())

    def _met(self, name: str, *, wall: bool) -> Iterable[Value]:
        for one in self._past:
            for metric, since, elapsed, met, _ in one.clocks:
                if metric == name and met is not None:
                    yield met, met - since if wall else elapsed, one

    def first_response(self) -> Iterable[Value]:
        return self._met("first_response", wall=False)

    def first_response_wall(self) -> Iterable[Value]:
        return self._met("first_response", wall=True)

    def next_response(self) -> Iterable[Value]:
        return self._met("next_response", wall=False)

    def resolution(self) -> Iterable[Value]:
        return self._met("resolution", wall=False)

    def resolution_wall(self) -> Iterable[Value]:
        return self._met("resolution", wall=True)

    def handling(self) -> Iterable[Value]:
        for at, one in self._closed():
            held = [
                one.way[n + 1][0] - since for n, (since, place, _, _) in enumerate(one.way[:-1]) if place == "agent"
            ]
            if held:
                yield at, sum(held), one

    def _decided(self, name: str) -> Iterable[Value]:
        for one in self._past:
            for metric, _, _, met, breached in one.clocks:
                if metric == name and (met is not None or breached is not None):
                    yield breached or met or 0, int(breached is None), one

    def sla_first_response(self) -> Iterable[Value]:
        return self._decided("first_response")

    def sla_next_response(self) -> Iterable[Value]:
        return self._decided("next_response")

    def sla_resolution(self) -> Iterable[Value]:
        return self._decided("resolution")

    def csat(self) -> Iterable[Value]:
        return ((one.scored_at or 0, one.score, one) for one in self._past if one.score)

    def csat_good(self) -> Iterable[Value]:
        return ((at, int(score >= 4), one) for at, score, one in self.csat())

    def csat_bot(self) -> Iterable[Value]:
        return ((talk.at + 3_600_000, talk.score, talk) for talk in self._alone() if talk.score)

    def survey_answers(self) -> Iterable[Value]:
        for one in self._past:
            if one.asked_at and one.outcome in ("solved", "not_solved", "silent"):
                yield one.asked_at, int(one.outcome != "silent"), one

    def _alone(self) -> Iterable[Talk]:
        return (talk for talk in self._spoken if talk.id not in self._with_ticket)

    def containment(self) -> Iterable[Value]:
        for talk in self._spoken:
            yield talk.at, int(talk.id not in self._with_ticket and talk.said == "solved"), talk

    def bot_alone(self) -> Iterable[Value]:
        for talk in self._spoken:
            yield talk.at, int(talk.id not in self._with_ticket and talk.said in ("", "silent")), talk

    def escalated(self) -> Iterable[Value]:
        return ((at, int(one.escalations > 0), one) for at, one in self._closed() if one.way[-1][3])

    def bounced(self) -> Iterable[Value]:
        return ((at, int(one.bounces > 0), one) for at, one in self._closed() if one.escalations)

    def reopened(self) -> Iterable[Value]:
        return ((at, int(one.reopened > 0), one) for at, one in self._solved())

    def abandoned(self) -> Iterable[Value]:
        return ((at, int(one.state in ("abandoned", "withdrawn")), one) for at, one in self._closed())

    def repeated(self) -> Iterable[Value]:
        for one in self._past:
            same = [
                other.at
                for other in self._past
                if other is not one
                and (other.talk.person, other.category) == (one.talk.person, one.category)
                and (other.at, other.id) < (one.at, one.id)
            ]
            yield one.at, int(bool(same) and one.at - max(same) <= 7 * DAY), one


def expected(measure: str, values: list[float]) -> float | None:
    """What a measure makes of its facts."""
    kind = MEASURES[measure].kind
    if kind == "count":
        return sum(values)
    if not values:
        return None
    return statistics.median(values) if kind == "duration" else statistics.fmean(values)


def had(one: Past | Talk, at: int, part: int) -> str:
    """The tier (2) or agent (3) that had a case then."""
    assert isinstance(one, Past)
    return str(next(place[part] for place in reversed(one.way) if place[0] <= at))


def first_had(one: Past | Talk, part: int) -> str:
    assert isinstance(one, Past)
    return str(next(place[part] for place in one.way if place[1] == "agent"))


TOLD: dict[str, Told] = {
    "channel": lambda one, _: one.talk.channel if isinstance(one, Past) else one.channel,
    "language": lambda one, _: one.talk.language if isinstance(one, Past) else one.language,
    "category": lambda one, _: one.category if isinstance(one, Past) else "",
    "urgency": lambda one, _: one.urgency if isinstance(one, Past) else "",
    "tier": lambda one, at: had(one, at, 2),
    "agent": lambda one, at: had(one, at, 3),
    "hour": lambda _, at: f"{datetime.fromtimestamp(at / 1000, ZONE).hour:02}",
}


@pytest.fixture
async def history(database_url: str) -> Any:
    """A database with the past of 40 days, and the same counted one by one."""
    db = Database(database_url)
    await upgrade(db)
    random_ = random.Random(11)
    since = Period(first=date(2026, 9, 20), last=date(2026, 9, 20), zone=ZONE).since
    spoken = talks(random_, 450, since, DAYS)
    past = cases(random_, spoken, 300)
    await db.write(store, spoken, past)
    yield db, Naive(spoken, past)
    await db.close()


async def test_every_measure_is_what_its_definition_says(history: tuple[Database, Naive]) -> None:
    db, naive = history
    for name, measures in REPORTS.items():
        for by in ("", *TOLD):
            found = await db.read(report, Asked(report=name, period=PERIOD, by=by, compare=True))
            for each in found:
                if each.measure.id != "backlog":
                    _compare(each, naive.of(each.measure.id), by)
            told = {each.measure.id for each in found}
            if by in ("", "hour", "channel"):
                assert told == set(measures) - {"repurchase", *(["backlog"] if by == "hour" else [])}


def _compare(each: Figures, facts: list[Value], by: str) -> None:
    name = each.measure.id
    now = [(at, worth, one) for at, worth, one in facts if PERIOD.since <= at < PERIOD.until]
    assert each.total.value == pytest.approx(expected(name, [worth for _, worth, _ in now])), name
    assert each.total.n == len(now), name
    earlier = [worth for at, worth, _ in facts if PERIOD.previous.since <= at < PERIOD.previous.until]
    assert each.before is not None
    assert each.before.value == pytest.approx(expected(name, earlier)), name
    for step, figure in each.series:
        values = [worth for at, worth, _ in now if str(datetime.fromtimestamp(at / 1000, ZONE).date()) == step]
        assert figure.value == pytest.approx(expected(name, values)), (name, step)
    if not by or (MEASURES[name].parted and by in ("tier", "agent")):  # whose stretches are looked at below
        return
    told = TOLD[by]
    if name in ("escalated", "bounced") and by in ("tier", "agent"):
        part = 2 if by == "tier" else 3
        told = lambda one, _: first_had(one, part)  # noqa: E731
    groups: dict[str, list[float]] = {}
    for at, worth, one in now:
        groups.setdefault(told(one, at), []).append(worth)
    groups.pop("", None)
    assert {key: figure.value for key, figure in each.groups} == {
        key: pytest.approx(expected(name, values)) for key, values in groups.items()
    }, (name, by)


async def test_backlog_is_what_was_open_at_the_end_of_each_day(history: tuple[Database, Naive]) -> None:
    db, naive = history
    found = await db.read(report, Asked(report="volume", period=PERIOD, by="category"))
    backlog = next(each for each in found if each.measure.id == "backlog")
    past = [one for _, _, one in naive.of("opened") if isinstance(one, Past)]

    def open_at(at: int) -> list[Past]:
        return [one for one in past if one.at < at and (one.closed_at is None or one.closed_at >= at)]

    for step, figure in backlog.series:
        end = Period(first=date.fromisoformat(step), last=date.fromisoformat(step), zone=ZONE).until
        assert figure.value == len(open_at(end)), step
    assert backlog.total.value == len(open_at(PERIOD.until))
    assert sum(figure.value or 0 for _, figure in backlog.groups) == backlog.total.value


async def test_time_in_hand_is_each_agents_own(history: tuple[Database, Naive]) -> None:
    db, naive = history
    found = await db.read(report, Asked(report="resolution", period=PERIOD, by="agent"))
    handling = next(each for each in found if each.measure.id == "handling")
    held: dict[str, dict[str, int]] = {}
    for at, _, one in naive.of("handling"):
        if isinstance(one, Past) and PERIOD.since <= at < PERIOD.until:
            for (since, place, _, agent), following in zip(one.way, one.way[1:], strict=False):
                if place == "agent":
                    of_case = held.setdefault(agent, {})
                    of_case[one.id] = of_case.get(one.id, 0) + following[0] - since
    assert {key: figure.value for key, figure in handling.groups} == {
        agent: statistics.median(of_case.values()) for agent, of_case in held.items()
    }
