"""Reports over HTTP: the desk's figures for those who supervise, and their own for everybody who talks to customers."""

import asyncio
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy import Connection

from connectors.message import JSON
from desk.api.bodies import Body, Id
from desk.api.gate import Gate, check, language_of
from desk.errors import Refused, bad_field
from desk.reports import tables
from desk.reports.measures import MEASURES, NAMES, REPORTS
from desk.reports.names import Names
from desk.reports.periods import MOST_DAYS, MOST_DAYS_BY_HOUR, Period
from desk.reports.reporting import Asked, Figures, report
from desk.service import DeskService, require_tier
from desk.signin import SignedIn
from storage import figures
from storage.agents import all_agents
from storage.audit import Actor, record

PIECE = 1 << 16
TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
PERSONAL = tuple(name for name, measures in REPORTS.items() if any(MEASURES[each].personal for each in measures))


class OwnQuery(Body):
    """Whole days where the company is, `first` and `last` included; `step` is what the curves are made of."""

    first: date
    last: date
    step: Literal["hour", "day", "week"] = "day"
    compare: bool = False


class ReportQuery(OwnQuery):
    """And told apart `by`, restricted to what is given."""

    by: Literal["", "tier", "agent", "channel", "category", "language", "urgency", "hour"] = ""
    tier: Id = ""
    agent: Id = ""
    channel: Id = ""
    category: Id = ""
    language: Literal["", "en", "zh"] = ""
    urgency: Annotated[Literal["", "low", "normal", "high", "urgent"], Field()] = ""

    @property
    def filters(self) -> dict[str, str]:
        """Those that are set."""
        return {name: value for name in figures.FILTERS if (value := getattr(self, name))}


class ExportQuery(ReportQuery):
    """And in which form."""

    form: Literal["csv", "xlsx"]


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """All of it."""
    api = _Reports(desk)
    signed, root = gate.signed_in, "/desk/api/reports"
    return [
        web.get(root, signed(api.about, needs="see_tier"), allow_head=False),
        web.get(f"{root}/me", signed(api.own, needs="see_tier"), allow_head=False),  # before reports: `me` is none
        web.get(f"{root}/{{report}}", signed(api.report, needs="reports"), allow_head=False),
        web.get(f"{root}/{{report}}/export", signed(api.export, needs="export", fresh=True), allow_head=False),
    ]


class _Reports:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self._one_by_one = asyncio.Lock()  # a report takes a core while it is made, and the other is for customers

    async def about(self, _request: web.Request, _who: SignedIn) -> web.Response:
        """Which reports there are, and what everything in them means."""
        shown = [
            {"id": name, "name": NAMES[name].model_dump(), "measures": [_about(each) for each in measures]}
            for name, measures in REPORTS.items()
        ]
        zone = self._desk.tiers.hours.time_zone
        return web.json_response({"reports": shown, "zone": str(zone)})

    async def own(self, request: web.Request, who: SignedIn) -> web.Response:
        query = check(OwnQuery, dict(request.query))
        period, own = self._period(query), {"agent": who.agent.id}
        found = []
        for name in PERSONAL:
            asked = Asked(
                report=name, period=period, step=query.step, filters=own, compare=query.compare, personal=True
            )
            found.append({"id": name, "measures": (await self._made(asked))["measures"]})
        return web.json_response({"reports": found})

    async def report(self, request: web.Request, _who: SignedIn) -> web.Response:
        query = check(ReportQuery, dict(request.query))
        return web.json_response(await self._made(self._asked(request, query)))

    async def export(self, request: web.Request, who: SignedIn) -> web.StreamResponse:
        query = check(ExportQuery, dict(request.query))
        asked, language = self._asked(request, query), language_of(request)
        async with self._one_by_one:
            found, names = await self._desk.db.read(self._found, asked)
        await self._desk.db.write(self._exported, who, query, asked.report)
        table = tables.rows(found, asked, names, language)
        response = web.StreamResponse(headers={
            "Content-Type": TYPES[query.form], "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
            "Content-Disposition": f'attachment; filename="{asked.report}-{query.first}-{query.last}.{query.form}"',
        })  # fmt: skip
        if query.form == "csv":
            await _stream(request, response, tables.csv_lines(table))
            return response
        sheets = {NAMES[asked.report].en: table, "Definitions": tables.definitions((asked.report,), language)}
        with await asyncio.to_thread(tables.workbook, sheets) as file:
            await _stream(request, response, iter(lambda: file.read(PIECE), b""))
        return response

    def _asked(self, request: web.Request, query: ReportQuery) -> Asked:
        name = request.match_info["report"]
        if name not in REPORTS:
            raise Refused("not_found")
        require_tier(self._desk.tiers, query.tier)
        if query.category and query.category not in self._desk.tiers.categories:
            raise bad_field("category", "unknown_category")
        return Asked(
            report=name, period=self._period(query), step=query.step, by=query.by, filters=query.filters,
            compare=query.compare,
        )  # fmt: skip

    def _period(self, query: OwnQuery) -> Period:
        period = Period(first=query.first, last=query.last, zone=self._desk.tiers.hours.time_zone)
        if not 1 <= period.days <= MOST_DAYS or query.first.year < 2000:
            raise bad_field("last", "bad_days", most=MOST_DAYS)
        if query.step == "hour" and period.days > MOST_DAYS_BY_HOUR:
            raise bad_field("step", "too_many_hours", most=MOST_DAYS_BY_HOUR)
        return period

    async def _made(self, asked: Asked) -> JSON:
        async with self._one_by_one:
            found, names = await self._desk.db.read(self._found, asked)
        return {
            "report": asked.report,
            "period": {
                "first": str(asked.period.first),
                "last": str(asked.period.last),
                "zone": str(asked.period.zone),
            },
            "measures": [_shown(each, asked, names) for each in found],
        }

    def _found(self, tx: Connection, asked: Asked) -> tuple[tuple[Figures, ...], Names]:
        return report(tx, asked), Names(self._desk.tiers, all_agents(tx))

    def _exported(self, tx: Connection, who: SignedIn, query: ExportQuery, name: str) -> None:
        by = Actor(id=who.agent.id, name=who.agent.name, address=who.session.address)
        details = query.model_dump(mode="json", exclude_defaults=True)
        record(tx, by, "report.exported", at=self._desk.clock(), subject=name, details=details)


async def _stream(request: web.Request, response: web.StreamResponse, pieces: Iterable[bytes]) -> None:
    await response.prepare(request)
    for piece in pieces:
        await response.write(piece)
    await response.write_eof()


def _about(name: str) -> JSON:
    measure = MEASURES[name]
    return {
        "id": name, "kind": measure.kind, "name": measure.name.model_dump(), "better": measure.better,
        "definition": measure.definition.model_dump(), "personal": measure.personal,
    }  # fmt: skip


def _shown(each: Figures, asked: Asked, names: Names) -> JSON:
    return {
        "id": each.measure.id,
        "total": each.total.to_json(),
        "before": each.before.to_json() if each.before else None,
        "series": [{"step": step, **figure.to_json()} for step, figure in each.series],
        "groups": [
            {
                "key": key,
                "name": names.of(asked.by, key),
                **figure.to_json(),
                "before": before.to_json() if (before := each.groups_before.get(key)) else None,
            }
            for key, figure in each.groups
        ],
    }
