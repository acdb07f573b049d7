"""A ticket in half a minute, without a language model: what the matter is, what was answered, what failed, what was
named, how the customer felt. Everything is taken from the conversation as it was said, so it can be checked.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from connectors.message import JSON, Author
from desk.details import Detail, details
from desk.extracts import Said, extract
from knowledge.mood import NEGATIVE, mood
from storage.ticket_entries import EVENT, MESSAGE, Entry
from storage.tickets import Ticket

PROBLEM, FAILED, DONE = 3, 4, 3
MOODS = 60  # points of the line at most

Titles = Callable[[Sequence[str], str], Awaitable[Mapping[str, tuple[str, str]]]]
"""`titles(article_ids, language)`: title and its language, in `language` where the article has it."""


async def summarize(row: Ticket, packet: JSON, timeline: Sequence[Entry], language: str, titles: Titles) -> JSON:
    """The summary in the words of docs/protocol/console.md; articles are named in `language`, the reader's."""
    said = [each for each in timeline if _is_customers(each)]
    shown = [each for each in packet.get("tried", ()) if each.get("shown")]
    named = await titles([each["article_id"] for each in shown], language)
    return {
        "language": row.language,
        "problem": _problem(row, said),
        "answered": [_answer(each, named) for each in shown],
        "failed": _failed(packet, said, shown),
        "done": _done(timeline),
        "details": _details(packet.get("slots") or {}, said),
        "mood": _moods(said),
    }


def _is_customers(entry: Entry) -> bool:
    return entry.kind == MESSAGE and entry.author is Author.CUSTOMER and bool(entry.content.text.strip())


def _problem(row: Ticket, said: Sequence[Entry]) -> list[JSON]:
    """The sentences that say most; the question of the packet where none does."""
    chosen = extract([Said(entry_id=each.id, text=each.content.text) for each in said], PROBLEM)
    if not chosen and row.question:
        return [{"text": row.question, "entry_id": ""}]
    return [vars(each) for each in chosen]


def _answer(tried: JSON, named: Mapping[str, tuple[str, str]]) -> JSON:
    title, language = named.get(tried["article_id"], (tried["title"], tried["language"]))
    return {"article_id": tried["article_id"], "title": title, "language": language, "helpful": tried.get("helpful")}


def _failed(packet: JSON, said: Sequence[Entry], shown: Sequence[JSON]) -> list[JSON]:
    """What the bot had no answer to, and what the customer said against the answers there were."""
    by_text = {each.content.text: each.id for each in said}
    unanswered = [
        {"text": text, "entry_id": by_text.get(text, ""), "why": "unanswered"} for text in packet.get("failed", ())
    ]
    against = [
        {"text": each.content.text, "entry_id": each.id, "why": "against"}
        for each in said
        if shown
        and each.before
        and NEGATIVE.search(each.content.text)
        and each.content.text not in packet.get("failed", ())
    ]
    return (unanswered + against)[-FAILED:]


def _done(timeline: Sequence[Entry]) -> list[JSON]:
    """What colleagues told the customer and each other, the latest."""
    done = []
    for each in timeline:
        if each.kind == MESSAGE and each.author is Author.AGENT and each.content.text:
            done.append({"entry_id": each.id, "name": each.name, "text": each.content.text[:200], "kind": "reply"})
        elif each.kind == EVENT and (tried := str(each.data.get("tried") or "")):
            done.append({"entry_id": each.id, "name": each.name, "text": tried[:200], "kind": "tried"})
    return done[-DONE:]


def _details(slots: JSON, said: Sequence[Entry]) -> list[JSON]:
    """What was named, each once, with the message that named it last; what the bot had asked for first."""
    found: dict[Detail, str] = {}
    if number := str(slots.get("order_number") or ""):
        found[Detail("order", number)] = ""
    for each in said:
        for detail in details(each.content.text):
            found[detail] = each.id
    return [{"kind": detail.kind, "text": detail.text, "entry_id": entry_id} for detail, entry_id in found.items()]


def _moods(said: Sequence[Entry]) -> list[JSON]:
    """How each message sounds, in order; of a long conversation the latest."""
    return [{"entry_id": each.id, "at": each.at, "mood": mood([each.content.text])} for each in said[-MOODS:]]
