"""The packet: everything a human needs so that nobody asks the customer again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from connectors.desk import Handoff, Line, Reason, Tried
from connectors.desk_wording import in_language
from connectors.message import JSON, Author
from connectors.packet_wording import REASONS
from frontdoor.mood import urgency
from knowledge.mood import mood
from storage import customers, handoffs, messages
from storage.clock import now_ms
from storage.conversations import Conversation
from storage.messages import Message

TRANSCRIPT = 500  # messages; a longer history stays in the store
BEFORE = 50  # messages of what an earlier ticket has already that go along once more

SUMMARY = {
    "en": {
        "asked": "Asked: “{question}”",
        "title": "“{title}”",
        "shown": "The bot showed {titles}.",
        "then": "Then: “{texts}”",
        "and": ", ",
        "join": " ",
    },
    "zh": {
        "asked": "客户咨询：“{question}”",
        "title": "《{title}》",
        "shown": "机器人展示了{titles}。",
        "then": "之后说：“{texts}”",
        "and": "、",
        "join": "",
    },
}
TALK = frozenset(
    {"ask_human", "greet", "thank", "goodbye", "affirm", "deny", "bot_challenge", "help", "switch_language"}
)


def line(message: Message) -> Line:
    """A message as one line of a transcript."""
    return Line(
        message_id=message.id,
        author=message.author,
        author_name=message.author_name,
        at=message.at,
        content=message.content,
    )


def build(tx: Connection, conversation: Conversation, handoff_id: str, reason: Reason, slots: JSON) -> Handoff:
    """The packet of a handoff that begins now."""
    previous = next(iter(handoffs.of_conversation(tx, conversation.id, 1)), None)
    since = previous.seq if previous else 0
    length = min(TRANSCRIPT, conversation.seq - since + BEFORE)
    transcript = messages.latest(tx, conversation.id, length)
    said = [message for message in transcript if message.author is Author.CUSTOMER and message.content.text]
    recent = [message for message in said if message.seq > since] or said
    language = conversation.language or "en"
    question = _question(recent)
    tried = _tried([message for message in transcript if message.seq > since])
    feeling = mood([message.content.text for message in recent[-5:]])
    return Handoff(
        id=handoff_id,
        conversation_id=conversation.id,
        channel=conversation.channel,
        reference=handoffs.new_reference(),
        reason=reason,
        reason_detail=in_language(REASONS[reason], language),
        language=language,
        customer=_customer(tx, conversation),
        question=question,
        summary=_summary(recent, question, tried, language),
        transcript=tuple(line(message) for message in transcript),
        tried=tuple(tried),
        failed=tuple(_failed(recent)),
        intents=_intents(recent),
        slots={name: value for name, value in slots.items() if value},
        sentiment=feeling,
        urgency=urgency(reason, feeling, [message.content.text for message in recent[-5:]]),
        attachments=tuple(each for message in transcript for each in message.content.attachments),
        previous_ticket=previous.number or previous.reference if previous else "",
        created_at=now_ms(),
    )


def known_slots(tx: Connection, conversation_id: str) -> JSON:
    """What the bot had filled in at its last turn."""
    for message in reversed(messages.latest(tx, conversation_id, 50)):
        if message.evidence and (slots := message.evidence.get("slots")):
            return dict(slots)
    return {}


def _customer(tx: Connection, conversation: Conversation) -> JSON:
    """What is known of the customer; what this channel does not know, perhaps another of theirs does."""
    known = {name: getattr(conversation, name) for name in ("name", "email", "phone")}
    if not all(known.values()):
        for each in customers.of_person(tx, conversation.person_id):
            known = {name: value or getattr(each, name) for name, value in known.items()}
    verified = {"user_id": conversation.user_id, "verified": bool(conversation.user_id)}
    return {"id": conversation.customer_id, "segment": conversation.segment, **verified, **known}


def _intents(said: Sequence[Message]) -> tuple[str, ...]:
    """What the bot took the latest messages for, talk left aside."""
    found = [str((message.evidence or {}).get("intent") or "") for message in said[-10:]]
    return tuple(dict.fromkeys(intent for intent in found if intent and intent not in TALK))


def _question(said: Sequence[Message]) -> str:
    """What was asked: the last thing the customer said that was more than a request for a human or a greeting."""
    for message in reversed(said):
        if _decision(message) in {"answer", "answer_alternatives", "clarify", "rephrase", "handoff"} and _asks(message):
            return message.content.text
    substantial = [message for message in said if _asks(message)]
    return (substantial or list(said))[-1].content.text if said else ""


def _asks(message: Message) -> bool:
    return (message.evidence or {}).get("intent") not in TALK


def _summary(recent: Sequence[Message], question: str, tried: Sequence[Tried], language: str) -> str:
    """Two or three sentences: what was asked, what the bot showed, what the customer said after that."""
    words = SUMMARY["zh" if language == "zh" else "en"]
    shown = words["and"].join(words["title"].format(title=article.title) for article in tried if article.shown)
    after = [message.content.text for message in _after(recent, question) if _asks(message)]
    parts = [words["asked"].format(question=question)] if question else []
    parts += [words["shown"].format(titles=shown)] if shown else []
    parts += [words["then"].format(texts=" / ".join(after[-3:]))] if after else []
    return words["join"].join(parts)[:600]


def _after(said: Sequence[Message], question: str) -> list[Message]:
    last = max((index for index, message in enumerate(said) if message.content.text == question), default=-1)
    return list(said[last + 1 :])


def _decision(message: Message) -> str:
    return str((message.evidence or {}).get("decision", ""))


def _tried(transcript: Sequence[Message]) -> list[Tried]:
    """Articles that were shown, then those only considered; each once, with the best confidence and the customer's
    mark.
    """
    tried: dict[str, dict[str, Any]] = {}
    for message in transcript:
        for entry in (message.evidence or {}).get("ranking", ())[:3] if _asks(message) else ():
            known = tried.setdefault(entry["id"], {**_entry(entry), "shown": False, "helpful": None})
            known["confidence"] = max(known["confidence"], float(entry.get("confidence") or 0))
        if (article := message.content.article) is not None:
            entry = {"id": article.id, "title": article.title, "language": article.language}
            known = tried.setdefault(article.id, {**_entry(entry), "shown": False, "helpful": None})
            known["confidence"] = max(known["confidence"], article.confidence or 0)
            known["shown"] = True
            known["helpful"] = message.helpful if message.helpful is not None else known["helpful"]
    ordered = sorted(tried.values(), key=lambda each: (not each["shown"], -each["confidence"]))
    return [Tried(**each) for each in ordered[:6]]


def _entry(entry: JSON) -> JSON:
    return {
        "article_id": entry["id"],
        "title": entry.get("title", entry["id"]),
        "language": entry.get("language", ""),
        "confidence": float(entry.get("confidence") or 0),
    }


def _failed(said: Sequence[Message]) -> list[str]:
    return [
        message.content.text
        for message in said
        if _decision(message) in {"rephrase", "clarify", "handoff"} and _asks(message)
    ][-10:]
