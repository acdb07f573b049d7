"""Reports: every measure against a straightforward computation, who may see what, and what leaves the house."""

import csv
import io
import random
import statistics
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from scipy.stats import binomtest
from scipy.stats import t as student

from bench.past_cases import DAY, Past, Talk, cases, store, talks
from connectors.message import JSON
from desk.reports import statistics as confidence
from desk.reports import tables
from desk.reports.measures import MEASURES, REPORTS
from desk.reports.names import Names
from desk.reports.periods import Period, Step
from desk.reports.reporting import Asked, Figure, Figures, report
from desk.tiers import load_tiers
from storage import audit
from storage.cards import Card, drop_card, put_card
from storage.database import Database
from storage.figures import QUARTER
from storage.migrate import upgrade
from tests.desk.house import ROOT, Console, House

STEPS: tuple[Step, ...] = get_args(Step)
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
            found = await db.read(report, Asked(report=name, period=PERIOD, by=by, compare=not by))
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
    assert by or (each.before and each.before.value == pytest.approx(expected(name, earlier))), name
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


@given(hits=st.integers(0, 60), missed=st.integers(0, 60))
def test_the_interval_of_a_share_is_wilsons(hits: int, missed: int) -> None:
    if (n := hits + missed) == 0:
        assert confidence.share(hits, n) is None
        return
    known = binomtest(hits, n).proportion_ci(method="wilson")
    assert confidence.share(hits, n) == pytest.approx((known.low, known.high), abs=1e-9)


@given(scores=st.lists(st.integers(1, 5), min_size=2, max_size=40))
def test_the_interval_of_a_mean_is_students_within_the_scores_there_are(scores: list[int]) -> None:
    low, high = confidence.mean(len(scores), sum(scores), sum(score**2 for score in scores), (1, 5)) or (0, 0)
    error = statistics.stdev(scores) / len(scores) ** 0.5
    middle = statistics.fmean(scores)
    half = student.ppf(0.975, len(scores) - 1) * error
    assert (low, high) == pytest.approx((max(1, middle - half), min(5, middle + half)))


@given(values=st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_medians_lie_within_their_intervals_and_quantiles_are_those_of_numpy(values: list[int]) -> None:
    ordered = sorted(values)
    for q in (0.5, 0.9):
        assert confidence.quantile(ordered, q) == pytest.approx(float(numpy.quantile(values, q)))
    if (sure := confidence.median(ordered)) is not None:
        assert sure[0] <= statistics.median(values) <= sure[1]


@given(
    first=st.dates(date(2020, 1, 1), date(2029, 1, 1)), days=st.integers(1, 40),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"]),
)  # fmt: skip
def test_every_moment_of_a_period_is_in_one_of_its_steps(first: date, days: int, zone: str) -> None:
    period = Period(first=first, last=first + timedelta(days=days - 1), zone=ZoneInfo(zone))
    for step in STEPS:
        steps = list(period.steps(step))
        assert len(steps) == len(set(steps))
        for at in (period.since, (period.since + period.until) // 2, period.until - 1):
            assert period.step_of(at, step) in steps
    assert period.previous.until == period.since
    assert period.since % QUARTER == 0


def test_what_looks_like_a_formula_is_a_text_in_every_spreadsheet() -> None:
    measure = MEASURES["opened"]
    asked = Asked(report="volume", period=PERIOD, by="category")
    groups = tuple((key, Figure(n=1, value=1)) for key in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "fine"))
    found = Figures(
        measure=measure, total=Figure(n=6, value=6), before=None, series=(), groups=groups, groups_before={}
    )
    names = Names(load_tiers(ROOT / "tiers.yml"), [])
    table = list(tables.rows([found], asked, names, "en"))
    shown = list(csv.reader(io.StringIO(b"".join(tables.csv_lines(table)).decode("utf-8-sig"))))
    assert [row[4] for row in shown[2:]] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "fine"]
    with tables.workbook({"volume": table}) as file:
        sheet = load_workbook(file)["volume"]
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "inlineStr", "n"}


async def solved(house: House, agent: Console) -> str:
    """A case that the agent answers after 4 minutes and solves 6 later."""
    ticket = await house.handed_over()
    await agent.act(ticket, "take")
    house.clock.pass_minutes(4)
    await agent.act(ticket, "messages", client_id="c-00000001", text="Done.")
    house.clock.pass_minutes(6)
    await agent.act(ticket, "resolve")
    return ticket


TODAY = {"first": "2026-11-22", "last": "2026-11-22"}


def total(found: JSON, name: str) -> JSON:
    return next(each["total"] for each in found["measures"] if each["id"] == name)


async def test_agents_see_their_own_figures_and_managers_those_of_all(house: House) -> None:
    # Given two agents, of whom one solved a case
    boss = await house.console("boss", role="supervisor", tiers=())
    li_na, wei = await house.console("li.na"), await house.console("wang.wei")
    await solved(house, li_na)
    # Then each sees what is theirs
    for agent, cases_ in ((li_na, 1), (wei, 0)):
        own = {each["id"]: each for each in (await agent.json("/reports/me", **TODAY))["reports"]}
        assert total(own["volume"], "solved")["value"] == cases_
        assert "bot" not in own
    assert total(own["response"], "first_response")["value"] is None
    assert (await li_na.get("/reports/volume", **TODAY)).status == 403
    assert (await li_na.get("/reports/volume/export", **TODAY, form="csv")).status == 403
    # And a supervisor sees who did it, and how long it took
    found = await boss.json("/reports/response", **TODAY, by="agent", compare="true")
    [first] = [each for each in found["measures"] if each["id"] == "first_response"]
    assert [(each["name"]["en"], each["value"]) for each in first["groups"]] == [("Li Na", 240_000)]
    assert first["before"] == {"n": 0, "value": None, "low": None, "high": None, "p90": None}
    by_hour = await boss.json("/reports/resolution", **TODAY, by="hour", step="hour")
    [handling] = [each for each in by_hour["measures"] if each["id"] == "handling"]
    assert [(each["key"], each["value"]) for each in handling["groups"]] == [("15", 600_000)]
    assert len(handling["series"]) == 24


async def test_what_cannot_be_reported_is_refused_by_name(house: House) -> None:
    boss = await house.console("boss", role="supervisor", tiers=())
    for changes, field in (
        ({"last": "2026-11-21"}, "last"),
        ({"first": "2024-01-01"}, "last"),
        ({"first": "2026-11-01", "step": "hour"}, "step"),
        ({"by": "weather"}, "by"),
        ({"tier": "nobody"}, "tier"),
        ({"category": "nothing"}, "category"),
        ({"first": "yesterday"}, "first"),
    ):
        answer = await boss.get("/reports/volume", **TODAY | changes)
        assert (answer.status, (await answer.json())["error"]["field"]) == (400, field), changes
    assert (await boss.get("/reports/weather", **TODAY)).status == 404


async def test_an_export_says_what_the_screen_says_and_is_in_the_audit_trail(house: House) -> None:
    boss = await house.console("boss", role="supervisor", tiers=())
    await solved(house, await house.console("li.na"))
    answer = await boss.get("/reports/volume/export", **TODAY, form="csv", by="tier")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="volume-2026-11-22-2026-11-22.csv"'
    rows = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert [row["value"] for row in rows if row["measure"] == "solved" and row["group"] == "Front line"] == ["1.0"]
    answer = await boss.get("/reports/volume/export", **TODAY, form="xlsx")
    assert load_workbook(io.BytesIO(await answer.read())).sheetnames == ["Volume", "Definitions"]
    [newest, _] = await house.db.read(audit.page, action="report.exported")
    assert (newest.agent_id, newest.subject, newest.details["form"]) == (boss.agent_id, "volume", "xlsx")


async def test_buying_again_is_shown_only_where_the_company_tells_of_orders(history: tuple[Database, Naive]) -> None:
    db, naive = history
    asked = Asked(report="quality", period=PERIOD)

    async def bought_again() -> Figure | None:
        found = await db.read(report, asked)
        return next((each.total for each in found if each.measure.id == "repurchase"), None)

    assert await bought_again() is None
    # Given customers whose cards had an order; of some a new one came ten days later, of others forty days later
    now = [
        (at, one) for at, _, one in naive.of("solved") if PERIOD.since <= at < PERIOD.until and isinstance(one, Past)
    ]
    known = {one.talk.person: at for at, one in now[:12]}
    for n, (person, at) in enumerate(known.items()):
        card = Card(user_id=f"u{person}", orders=({"number": "1"},), updated_at=at - DAY)
        await db.write(put_card, card)
        again = replace(card, orders=({"number": "1"}, {"number": "2"}), updated_at=at + (10, 40)[n % 2] * DAY)
        await db.write(put_card, again)
    # Then the share is that of the former
    of_known = [(at, one) for at, one in now if one.talk.person in known]
    seen = {person: at + (10, 40)[n % 2] * DAY for n, (person, at) in enumerate(known.items())}
    hits = [0 < seen[one.talk.person] - at <= 30 * DAY for at, one in of_known]
    found = await bought_again()
    assert found is not None
    assert (found.n, found.value) == (len(hits), pytest.approx(statistics.fmean(hits)))
    # And forgetting a customer forgets the orders
    for person in known:
        await db.write(drop_card, f"u{person}")
    assert await bought_again() is None
