"""What we write into a helpdesk for the people who work there, in their language."""

import datetime
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from connectors.desk import Line, TicketChange
from connectors.message import JSON, Author
from connectors.plain_text import plain

AUTHORS: Mapping[Author, tuple[str, str]] = {
    Author.CUSTOMER: ("Customer", "客户"),
    Author.BOT: ("Bot", "机器人"),
    Author.AGENT: ("Agent", "客服"),
    Author.SYSTEM: ("Front Door", "系统"),
}
CHANGES: Mapping[TicketChange, tuple[str, str]] = {
    TicketChange.WITHDRAWN: ("The customer has left the queue.", "客户已退出排队。"),
    TicketChange.ABANDONED: ("The customer has gone while waiting.", "客户在等待中离开。"),
    TicketChange.CONFIRMED: ("The customer says that it is solved.", "客户确认问题已解决。"),
    TicketChange.REOPENED: ("The customer says that it is not solved.", "客户表示问题未解决。"),
}
SILENT = ("The customer has not answered whether it is solved.", "客户未回复问题是否已解决。")
RATED = ("The customer's rating: {score} of 5.", "客户评分：{score} 分（满分 5 分）。")
COMMENT = (" “{comment}”", "“{comment}”")


def in_language(pair: tuple[str, str], language: str) -> str:
    """The sentence in the language of the people who work there."""
    return pair[1 if language == "zh" else 0]


def moment_in(zone: str, at: int) -> str:
    """Milliseconds since 1970 as a clock of that zone shows them: `2026-11-27 22:03:05 UTC+8`."""
    moment = datetime.datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
    ahead = (moment.utcoffset() or datetime.timedelta()) // datetime.timedelta(minutes=1)
    hours, minutes = divmod(abs(ahead), 60)
    apart = f"{'-' if ahead < 0 else '+'}{hours}{f':{minutes:02}' if minutes else ''}" if ahead else ""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC{apart}"


def said_by(line: Line, language: str, zone: str = "UTC") -> str:
    """Who said it, and when: `Customer · 2026-11-27 14:03:05 UTC`, `Bot`, `Agent Li Na · …`."""
    who = in_language(AUTHORS[line.author], language)
    name = f" {line.author_name}" if line.author_name and line.author is not Author.BOT else ""
    return f"{who}{name} · {moment_in(zone, line.at)}"


def words_of(line: Line) -> str:
    """What was said, as people read it; the bot writes Markdown."""
    return plain(line.content.text) if line.author is Author.BOT else line.content.text


def told(change: TicketChange, data: JSON, language: str) -> str:
    """A note about what became of the customer; empty where nobody needs one."""
    if change is TicketChange.RATED:
        comment = str(data.get("comment") or "").strip()
        text = in_language(RATED, language).format(score=data.get("score"))
        return text + (in_language(COMMENT, language).format(comment=comment) if comment else "")
    if change is TicketChange.REOPENED and data.get("by") == "agent":
        return ""
    if change is TicketChange.CONFIRMED and data.get("by") == "silence":
        return in_language(SILENT, language)
    return in_language(CHANGES[change], language) if change in CHANGES else ""
