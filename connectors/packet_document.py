"""The packet as people read it: one document, as Markdown or as HTML, and as JSON beside it for programs.

In the language of those who work at the desk; what the customer wrote stays as it is. Whatever came from outside is
escaped. docs/handoff/README.md describes the JSON.
"""

import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.desk import Handoff, Line
from connectors.desk_wording import in_language, said_by
from connectors.helpdesk_model import Upload

HEADINGS: Mapping[str, tuple[str, str]] = {
    "question": ("What was asked", "客户的问题"),
    "summary": ("In short", "摘要"),
    "reason": ("Why it comes to you", "转人工原因"),
    "customer": ("Customer", "客户"),
    "known": ("What we know", "已知信息"),
    "tried": ("What the bot showed", "机器人展示过的文章"),
    "failed": ("What the bot could not answer", "机器人未能回答的问题"),
    "conversation": ("Conversation", "对话记录"),
    "open": ("Open in Front Door", "在 Front Door 中查看"),
}
FACTS: Mapping[str, tuple[str, str]] = {
    "name": ("Name", "姓名"),
    "email": ("E-mail", "邮箱"),
    "phone": ("Phone", "电话"),
    "user_id": ("Account", "账号"),
    "segment": ("Segment", "客户等级"),
    "reference": ("Reference", "编号"),
    "channel": ("Channel", "渠道"),
    "language": ("Language", "语言"),
    "urgency": ("Urgency", "紧急程度"),
    "sentiment": ("Mood", "情绪"),
    "previous_ticket": ("Earlier ticket", "之前的工单"),
    "tier": ("Tier", "客服层级"),
    "category": ("Category", "类别"),
}
SHOWN = ("shown", "已展示")
CONSIDERED = ("considered", "曾考虑")
HELPFUL = {True: ("helpful", "有帮助"), False: ("not helpful", "没有帮助")}
UNVERIFIED = ("not verified", "身份未验证")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, and what stands below it: paragraphs, facts, or a list."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = ()
    said: tuple[tuple[str, str], ...] = ()  # who and when, and what


def sections(handoff: Handoff, language: str, *, transcript: bool = True) -> list[Section]:
    """What the document says, in order; what is empty is left out."""

    def heading(name: str) -> str:
        return in_language(HEADINGS[name], language)

    known = {
        "reference": handoff.reference, "channel": handoff.channel, "language": handoff.language,
        "urgency": handoff.urgency, "sentiment": handoff.sentiment, "previous_ticket": handoff.previous_ticket,
        "tier": handoff.triage.get("tier"), "category": handoff.triage.get("category"),
    }  # fmt: skip
    lines = handoff.transcript if transcript else ()
    found = [
        Section(heading=heading("question"), paragraphs=(handoff.question,) if handoff.question else ()),
        Section(heading=heading("summary"), paragraphs=(handoff.summary,) if handoff.summary else ()),
        Section(heading=heading("reason"), paragraphs=(handoff.reason_detail,) if handoff.reason_detail else ()),
        Section(heading=heading("customer"), facts=_customer(handoff, language)),
        Section(heading=heading("known"), facts=(*_facts(known, language), *_slots(handoff))),
        Section(heading=heading("tried"), items=tuple(_tried(handoff, language))),
        Section(heading=heading("failed"), items=handoff.failed),
        Section(heading=heading("conversation"), said=tuple((said_by(line, language), _words(line)) for line in lines)),
    ]
    return [each for each in found if each.paragraphs or each.facts or each.items or each.said]


def as_markdown(handoff: Handoff, language: str, *, link: str = "", transcript: bool = True) -> str:
    """The document in Markdown; what people wrote stands in quotes, so that nothing in it counts as markup."""
    parts: list[str] = []
    for each in sections(handoff, language, transcript=transcript):
        parts.append(f"### {each.heading}")
        parts += [_quoted(text) for text in each.paragraphs]
        parts += ["\n".join(f"- **{name}**: {_plain(value)}" for name, value in each.facts)] if each.facts else []
        parts += ["\n".join(f"- {_plain(item)}" for item in each.items)] if each.items else []
        parts += [f"**{_plain(who)}**\n\n{_quoted(words)}" for who, words in each.said]
    parts += [f"[{in_language(HEADINGS['open'], language)}]({link})"] if link else []
    return "\n\n".join(parts) + "\n"


def as_html(handoff: Handoff, language: str, *, link: str = "", transcript: bool = True) -> str:
    """The document as HTML of the plainest kind, which every helpdesk lets through."""
    parts: list[str] = []
    for each in sections(handoff, language, transcript=transcript):
        parts.append(f"<h3>{html.escape(each.heading)}</h3>")
        parts += [f"<p>{_lines(text)}</p>" for text in each.paragraphs]
        if each.facts:
            rows = "".join(f"<li><b>{html.escape(name)}</b>: {_lines(value)}</li>" for name, value in each.facts)
            parts.append(f"<ul>{rows}</ul>")
        if each.items:
            parts.append("<ul>" + "".join(f"<li>{_lines(item)}</li>" for item in each.items) + "</ul>")
        parts += [f"<p><b>{html.escape(who)}</b><br>{_lines(words)}</p>" for who, words in each.said]
    if link:
        parts.append(f'<p><a href="{html.escape(link)}">{html.escape(in_language(HEADINGS["open"], language))}</a></p>')
    return "\n".join(parts)


def as_text(handoff: Handoff, language: str, *, link: str = "", transcript: bool = True) -> str:
    """The document without any markup."""
    parts: list[str] = []
    for each in sections(handoff, language, transcript=transcript):
        below = [*each.paragraphs, *(f"{name}: {value}" for name, value in each.facts)]
        below += [*(f"- {item}" for item in each.items), *(f"{who}\n{words}" for who, words in each.said)]
        parts.append("\n".join([f"== {each.heading}", *below]))
    parts += [f"{in_language(HEADINGS['open'], language)}: {link}"] if link else []
    return "\n\n".join(parts) + "\n"


def as_file(handoff: Handoff) -> Upload:
    """The packet for programs."""
    data = json.dumps(handoff.to_json(), ensure_ascii=False, indent=2).encode()
    return Upload(name=f"handoff-{handoff.reference}.json", media_type="application/json", data=data)


def subject(handoff: Handoff) -> str:
    """One line that tells the ticket from others: `[FD-7K2M9QX3] What was asked`."""
    asked = " ".join((handoff.question or handoff.summary or handoff.reason_detail).split())
    return f"[{handoff.reference}] {asked if len(asked) <= 100 else asked[:99] + '…'}".strip()


def _customer(handoff: Handoff, language: str) -> tuple[tuple[str, str], ...]:
    facts = _facts({name: handoff.customer.get(name) for name in FACTS}, language)
    if facts and not handoff.customer.get("verified"):
        return (*facts, (in_language(("Identity", "身份"), language), in_language(UNVERIFIED, language)))
    return facts


def _facts(values: Mapping[str, object], language: str) -> tuple[tuple[str, str], ...]:
    return tuple((in_language(FACTS[name], language), str(value)) for name, value in values.items() if value)


def _slots(handoff: Handoff) -> Iterable[tuple[str, str]]:
    return ((name.replace("_", " "), str(value)) for name, value in handoff.slots.items() if value)


def _tried(handoff: Handoff, language: str) -> Iterable[str]:
    for each in handoff.tried:
        marks = [in_language(SHOWN if each.shown else CONSIDERED, language), f"{each.confidence:.0%}"]
        marks += [in_language(HELPFUL[each.helpful], language)] if each.helpful is not None else []
        yield f"{each.title} ({each.article_id}; {', '.join(marks)})"


def _words(line: Line) -> str:
    parts = [line.content.text, *(f"· {button.title}" for button in line.content.buttons)]
    parts += [f"📎 {each.name}" for each in line.content.attachments]
    return "\n".join(part for part in parts if part)


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _quoted(text: str) -> str:
    return "\n".join(f"> {_plain(line)}" for line in text.splitlines()) or ">"


def _plain(text: str) -> str:
    """Text in which nothing counts as Markdown."""
    return "".join(f"\\{each}" if each in "\\`*_[]<>#|~!" else each for each in text)
