"""The report that is mailed: the figures that matter most as HTML and text, and everything as a workbook."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from html import escape
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from desk.reports import tables
from desk.reports.measures import NAMES, REPORTS
from desk.reports.names import Names
from desk.reports.periods import Period, Step
from desk.reports.reporting import Asked, Figures, report
from desk.reports_settings import ReportMails
from desk.tiers import Tiers
from storage.agents import all_agents

SHOWN = (
    "conversations", "opened", "solved", "backlog", "first_response", "resolution", "sla_first_response",
    "sla_resolution", "csat", "csat_good", "containment", "bot_alone", "escalated", "reopened", "repeated", "abandoned",
)  # fmt: skip
SHORT_MIN = 90  # what takes longer is told in hours

_WORDS = {
    "en": {
        "subject": "{brand}: report {period}", "measure": "Measure", "value": "Value", "before": "Before",
        "sure": "95 % interval", "minutes": "{value} min", "hours": "{value} h",
        "how": "The attached workbook has everything by tier, and what each figure is. The bot alone never counts as "
        "an agent.",
        "definitions": "Definitions",
    },
    "zh": {
        "subject": "{brand}：{period} 报表", "measure": "指标", "value": "本期", "before": "上期",
        "sure": "95% 置信区间", "minutes": "{value} 分钟", "hours": "{value} 小时",
        "how": "各层级的全部数据及指标定义见附件。机器人独立处理的不计入客服。",
        "definitions": "指标定义",
    },
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Digest:
    """A mail without its recipient; `key` names the period."""

    key: str
    subject: str
    text: str
    html: str
    file_name: str
    file: bytes


def due(settings: ReportMails, now: int, zone: ZoneInfo) -> tuple[str, Period]:
    """The newest period whose mail should have gone out by now (ms), and its key."""
    local = datetime.fromtimestamp(now / 1000, zone)
    day = local.date() if local.time() >= time(settings.hour) else local.date() - timedelta(days=1)
    if settings.every == "day":
        yesterday = day - timedelta(days=1)
        return f"day:{yesterday}", Period(first=yesterday, last=yesterday, zone=zone)
    day -= timedelta(days=(day.weekday() - settings.weekday_number) % 7)
    monday = day - timedelta(days=day.weekday() + 7)
    return f"week:{monday}", Period(first=monday, last=monday + timedelta(days=6), zone=zone)


def compose(tx: Connection, key: str, period: Period, tiers: Tiers, brand: Callable[[str], str]) -> Digest:
    """The mail about a period; `brand` is the company's name in a language."""
    language = tiers.reports.language
    words = _WORDS[language]
    names = Names(tiers, all_agents(tx))
    step: Step = "hour" if period.days == 1 else "day"
    asked = {
        name: Asked(report=name, period=period, step=step, by="" if name == "bot" else "tier", compare=True)
        for name in REPORTS
    }
    found = {name: report(tx, each) for name, each in asked.items()}
    whole = report(tx, Asked(report="volume", period=period, step=step, compare=True))
    chosen = {each.measure.id: each for each in (*whole, *(each for name in REPORTS for each in found[name]))}
    rows = list(_rows([chosen[name] for name in SHOWN if name in chosen], language))
    sheets = {
        NAMES[name].model_dump()[language]: tables.rows(each, asked[name], names, language)
        for name, each in found.items()
    } | {words["definitions"]: tables.definitions(tuple(REPORTS), language)}
    told = str(period.first) if period.days == 1 else f"{period.first} – {period.last}"
    subject = words["subject"].format(brand=brand(language), period=told)
    with tables.workbook(sheets) as file:
        content = file.read()
    return Digest(
        key=key, subject=subject, text=_text(subject, rows, words), html=_html(subject, rows, words, language),
        file_name=f"report-{period.first}.xlsx", file=content,
    )  # fmt: skip


def _rows(found: list[Figures], language: str) -> Iterator[tuple[str, str, str, str]]:
    for each in found:
        before = _shown(each, each.before.value if each.before else None, language)
        sure = f"{_shown(each, each.total.low, language)} – {_shown(each, each.total.high, language)}"
        known = each.total.low is not None
        yield _name(each, language), _shown(each, each.total.value, language), before, sure if known else ""


def _name(each: Figures, language: str) -> str:
    return str(each.measure.name.model_dump()[language])


def _shown(each: Figures, value: float | None, language: str) -> str:
    if value is None:
        return "–"
    if each.measure.kind == "share":
        return f"{value:.1%}"
    if each.measure.kind == "mean":
        return f"{value:.2f}"
    if each.measure.kind != "duration":
        return f"{value:.0f}"
    minutes = value / 60_000
    unit, amount = ("minutes", minutes) if minutes < SHORT_MIN else ("hours", minutes / 60)
    return _WORDS[language][unit].format(value=f"{amount:.1f}")


def _text(subject: str, rows: list[tuple[str, str, str, str]], words: dict[str, str]) -> str:
    lines = [f"{name}: {value} ({words['before']}: {before})" for name, value, before, _ in rows]
    return "\n".join([subject, "", *lines, "", words["how"], ""])


def _html(subject: str, rows: list[tuple[str, str, str, str]], words: dict[str, str], language: str) -> str:
    cell = 'style="padding:6px 14px 6px 0;border-bottom:1px solid #dfe5ea;text-align:left"'
    head = "".join(f"<th {cell}>{escape(words[name])}</th>" for name in ("measure", "value", "before", "sure"))
    body = "".join("<tr>" + "".join(f"<td {cell}>{escape(each)}</td>" for each in row) + "</tr>" for row in rows)
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{escape(subject)}</title>'
        '<body style="font:14px/1.5 system-ui,sans-serif;color:#16202a">'
        f'<h1 style="font-size:18px">{escape(subject)}</h1>'
        f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        f"<p>{escape(words['how'])}</p></body></html>"
    )
