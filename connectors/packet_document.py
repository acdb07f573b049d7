"""The packet as people read it: one document, as Markdown, as HTML or plain, and as JSON beside it for programs.

In the language of those who work at the desk, with times of their zone; what people wrote stays as it is. Whatever came
from outside is escaped. docs/handoff/README.md describes the JSON.
"""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from connectors.desk import Handoff, Line, Tried
from connectors.desk_wording import in_language, moment_in, said_by, words_of
from connectors.helpdesk_model import Upload
from connectors.message import Attachment
from connectors.packet_wording import (
    COLON,
    COMMA,
    CONSIDERED,
    CUSTOMER,
    FACTS,
    FOR_PROGRAMS,
    HEADINGS,
    HELPFUL,
    REASONS,
    SHOWN,
    SLOTS,
    VALUES,
    VERIFIED,
    Words,
)
from connectors.portable import Link, to_document


class Render(Protocol):
    """`as_markdown`, `as_html` and `as_text`. `link` leads to the handoff here; first of all, where no cut gets it."""

    def __call__(self, handoff: Handoff, language: str, *, link: str, transcript: bool, zone: str) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, and what stands below it: paragraphs, facts, or a list."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = ()
    said: tuple[tuple[str, str], ...] = ()  # who and when, and what


def sections(handoff: Handoff, language: str, *, transcript: bool = True, zone: str = "UTC") -> list[Section]:
    """What the document says, in order; what is empty is left out."""

    def heading(name: str) -> str:
        return in_language(HEADINGS[name], language)

    lines = handoff.transcript if transcript else ()
    found = [
        Section(heading=heading("question"), paragraphs=(handoff.question,)),
        Section(heading=heading("summary"), paragraphs=(handoff.summary,)),
        Section(heading=heading("reason"), paragraphs=_reason(handoff, language)),
        Section(heading=heading("customer"), facts=_customer(handoff, language)),
        Section(heading=heading("known"), facts=_known(handoff, language, zone)),
        Section(heading=heading("slots"), facts=_slots(handoff, language)),
        Section(heading=heading("tried"), items=tuple(_tried(each, language) for each in handoff.tried)),
        Section(heading=heading("failed"), items=handoff.failed),
        Section(heading=heading("files"), items=tuple(_file(each) for each in handoff.attachments)),
        Section(heading=heading("conversation"), said=tuple(_said(line, language, zone) for line in lines)),
    ]
    return [each for each in found if any(each.paragraphs) or each.facts or each.items or each.said]


def as_markdown(handoff: Handoff, language: str, *, link: str = "", transcript: bool = True, zone: str = "UTC") -> str:
    """The document in Markdown; what people wrote stands in quotes, so that nothing in it counts as markup."""
    colon = in_language(COLON, language)
    parts = [f"[{in_language(HEADINGS['open'], language)}]({link})"] if link else []
    for each in sections(handoff, language, transcript=transcript, zone=zone):
        parts.append(f"### {each.heading}")
        parts += [_quoted(text) for text in each.paragraphs]
        parts += (
            ["\n".join(f"- **{_plain(name)}**{colon}{_plain(value)}" for name, value in each.facts)]
            if each.facts
            else []
        )
        parts += ["\n".join(f"- {_plain(item)}" for item in each.items)] if each.items else []
        parts += [f"**{_plain(who)}**\n\n{_quoted(words)}" for who, words in each.said]
    return "\n\n".join(parts) + "\n"


def as_html(handoff: Handoff, language: str, *, link: str = "", transcript: bool = True, zone: str = "UTC") -> str:
    """The document as HTML of the plainest kind, which every helpdesk lets through."""
    colon = in_language(COLON, language)
    parts: list[str] = []
    if link:
        parts.append(f'<p><a href="{html.escape(link)}">{html.escape(in_language(HEADINGS["open"], language))}</a></p>')
    for each in sections(handoff, language, transcript=transcript, zone=zone):
        parts.append(f"<h3>{html.escape(each.heading)}</h3>")
        parts += [f"<p>{_lines(text)}</p>" for text in each.paragraphs]
        if each.facts:
            rows = "".join(f"<li><b>{html.escape(name)}</b>{colon}{_lines(value)}</li>" for name, value in each.facts)
            parts.append(f"<ul>{rows}</ul>")
        if each.items:
            parts.append("<ul>" + "".join(f"<li>{_lines(item)}</li>" for item in each.items) + "</ul>")
        parts += [f"<p><b>{html.escape(who)}</b><br>{_lines(words)}</p>" for who, words in each.said]
    return "\n".join(parts)


def as_text(handoff: Handoff, language: str, *, link: str = "", transcript: bool = True, zone: str = "UTC") -> str:
    """The document without any markup."""
    colon = in_language(COLON, language)
    parts = [f"{in_language(HEADINGS['open'], language)}{colon}{link}"] if link else []
    for each in sections(handoff, language, transcript=transcript, zone=zone):
        below = [*each.paragraphs, *(f"{name}{colon}{value}" for name, value in each.facts)]
        below += [f"- {item}" for item in each.items]
        said = "\n\n".join(f"{who}\n{words}" for who, words in each.said)
        parts.append("\n".join(part for part in (f"== {each.heading}", *below, said) if part))
    return "\n\n".join(parts) + "\n"


def as_file(handoff: Handoff, *, link: Link | None = None, url: str = "") -> Upload:
    """The packet for programs: `connectors.portable`."""
    data = json.dumps(to_document(handoff, link=link, url=url), ensure_ascii=False, indent=1).encode()
    return Upload(name=f"handoff-{handoff.reference}.json", media_type="application/json", data=data)


def subject(handoff: Handoff) -> str:
    """One line that tells the ticket from others: `[FD-7K2M9QX3] What was asked`."""
    asked = " ".join((handoff.question or handoff.summary or handoff.reason_detail).split())
    return f"[{handoff.reference}] {asked if len(asked) <= 100 else asked[:99] + '…'}".strip()


def _reason(handoff: Handoff, language: str) -> tuple[str, ...]:
    """In a sentence: the one of the handoff where it is in their language, else the one for its kind."""
    if handoff.reason_detail and handoff.language == language:
        return (handoff.reason_detail,)
    own = handoff.reason_detail if handoff.reason_detail not in REASONS[handoff.reason] else ""
    return tuple(each for each in (in_language(REASONS[handoff.reason], language), own) if each)


def _customer(handoff: Handoff, language: str) -> tuple[tuple[str, str], ...]:
    known = {name: handoff.customer.get(name) for name in CUSTOMER}
    facts = _facts(known, CUSTOMER, language)
    identity = in_language(VERIFIED[bool(handoff.customer.get("verified"))], language)
    return (*facts, (in_language(CUSTOMER["identity"], language), identity)) if facts else ()


def _known(handoff: Handoff, language: str, zone: str) -> tuple[tuple[str, str], ...]:
    said: Mapping[str, object] = {
        "reference": handoff.reference, "created": moment_in(zone, handoff.created_at) if handoff.created_at else "",
        "channel": handoff.channel, "language": handoff.language, "urgency": handoff.urgency,
        "sentiment": handoff.sentiment, "previous_ticket": handoff.previous_ticket,
    }  # fmt: skip
    return _facts({name: said.get(name) or handoff.triage.get(name) for name in FACTS}, FACTS, language)


def _slots(handoff: Handoff, language: str) -> tuple[tuple[str, str], ...]:
    told = {name: value for name, value in handoff.slots.items() if name not in FOR_PROGRAMS}
    return _facts(told, SLOTS, language)


def _facts(values: Mapping[str, object], names: Words, language: str) -> tuple[tuple[str, str], ...]:
    """What is known by its name there; words of ours are told in their language."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        meaning = VALUES.get(name, {}).get(str(value))
        called = in_language(names[name], language) if name in names else name.replace("_", " ")
        found += [(called, in_language(meaning, language) if meaning else str(value))] if value else []
    return tuple(found)


def _tried(tried: Tried, language: str) -> str:
    marks = [in_language(SHOWN if tried.shown else CONSIDERED, language), f"{tried.confidence:.0%}"]
    marks += [in_language(HELPFUL[tried.helpful], language)] if tried.helpful is not None else []
    told = in_language(COMMA, language).join([tried.article_id, *marks])
    return f"{tried.title}（{told}）" if language == "zh" else f"{tried.title} ({told})"


def _file(file: Attachment) -> str:
    size = f"{file.size / 1_000_000:.1f} MB" if file.size >= 1_000_000 else f"{max(1, file.size // 1000)} kB"
    return f"{file.name} ({file.media_type}, {size})"


def _said(line: Line, language: str, zone: str) -> tuple[str, str]:
    parts = [words_of(line), *(f"· {button.title}" for button in line.content.buttons)]
    parts += [f"📎 {each.name}" for each in line.content.attachments]
    return said_by(line, language, zone), "\n".join(part for part in parts if part)


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _quoted(text: str) -> str:
    return "\n".join(f"> {_plain(line)}" for line in text.splitlines()) or ">"


def _plain(text: str) -> str:
    """Text in which nothing counts as Markdown."""
    return "".join(f"\\{each}" if each in "\\`*_[]<>#|~!" else each for each in text)
