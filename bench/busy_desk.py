"""A desk with very much on it: thousands of open tickets, and a hundred thousand messages in both languages."""

import random
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from bench.questions import Question, different
from connectors.message import Author, Content
from storage import conversations, customers, messages, ticket_entries, tickets
from storage.clock import now_ms
from storage.tables import new_id

PER_CONVERSATION = 20
MINUTE = 60_000
Row = dict[str, object]
CHANNELS = ("web", "telegram", "wechat", "email", "whatsapp")
TIERS = ("front_line", "coordinator", "senior")
URGENCIES = ("normal",) * 8 + ("high", "low")
AUTHORS = (Author.CUSTOMER, Author.BOT)
RARE = {"en": "zeppelin", "zh": "飞艇"}
"""Words that one message in a thousand has."""
RARE_EVERY = 1_000
NAMES = {"en": ("Ann Smith", "Bob Jones", "Carol White"), "zh": ("王芳", "李娜", "陈志强")}


def fill(tx: Connection, base: Sequence[Question], *, opened: int, said: int) -> list[str]:
    """`opened` open tickets, half of them queued, and `said` messages, with and without a ticket; the tickets' ids."""
    chance = random.Random(15)  # noqa: S311 - the same desk in every run
    by_language = {language: [each for each in base if each.language == language] for language in ("en", "zh")}
    asked = {language: different(each, 11) for language, each in by_language.items()}
    rows: dict[str, list[Row]] = {"customer": [], "conversation": [], "message": [], "ticket": []}
    count = said // PER_CONVERSATION
    for number in range(count):
        language = ("en", "zh")[number % 2]
        at = now_ms() - chance.randrange(60, 90 * 24 * 60) * MINUTE
        row = _conversation(rows, number, language, at)
        _talk(rows["message"], row, asked[language], language, at, number)
        if number < opened:
            rows["ticket"].append(_ticket(row, number, language, chance))
    for name, table in (
        ("customer", customers.customer), ("conversation", conversations.conversation), ("message", messages.message),
    ):  # fmt: skip
        tx.execute(table.insert(), rows[name])
    tx.execute(tickets.ticket.insert(), rows["ticket"])
    tx.execute(
        ticket_entries.entry.insert(),
        [
            {
                "ticket_id": each["id"], "n": 1, "id": f"opened:{each['id']}", "kind": "event", "event": "opened",
                "author": "system", "name": "", "at": each["created_at"], "before": False, "content": {}, "data": {},
                "text": "", "agent_id": "", "client_id": "",
            }
            for each in rows["ticket"]
        ],
    )  # fmt: skip
    return [str(each["id"]) for each in rows["ticket"]]


def _conversation(rows: dict[str, list[Row]], number: int, language: str, at: int) -> Row:
    owner = new_id()
    name = NAMES[language][number % 3]
    rows["customer"].append(
        {
            "id": owner, "person_id": owner, "channel": CHANNELS[number % 5], "address": f"bench-{number}",
            "name": name,
            "email": f"customer{number}@example.com", "phone": f"+86138{number:08d}", "created_at": at,
        }
    )  # fmt: skip
    row: Row = {
        "id": new_id(), "channel": CHANNELS[number % 5], "address": f"bench-{number}", "customer_id": owner,
        "state": "with_agent" if number % 2 else "bot", "epoch": 0, "language": language, "seq": PER_CONVERSATION,
        "customer_seen": 0, "agent_seen": 0, "created_at": at, "customer_at": at, "present_at": at, "name": name,
    }  # fmt: skip
    rows["conversation"].append({key: value for key, value in row.items() if key != "name"})
    return row


def _talk(
    into: list[Row],
    row: Row,
    asked: Iterator[Question],
    language: str,
    at: int,
    number: int,
) -> None:
    for n in range(PER_CONVERSATION):
        text = next(asked).text
        if (number * PER_CONVERSATION + n) % RARE_EVERY == 7 * (number % 2):
            text = f"{text} {RARE[language]}"
        into.append(
            {
                "id": new_id(), "conversation_id": row["id"], "seq": n + 1, "at": at + n * MINUTE,
                "author": str(AUTHORS[n % 2]), "author_name": "", "content": Content(text=text).to_json(),
                "client_id": "", "language": language, "channel": row["channel"],
            }
        )  # fmt: skip


def _ticket(row: Row, number: int, language: str, chance: random.Random) -> Row:
    at = now_ms() - chance.randrange(1, 2 * 24 * 60) * MINUTE
    urgency = chance.choice(URGENCIES)
    held = number % 2
    return {
        "id": new_id(), "handoff_id": f"bench-{number}", "conversation_id": row["id"],
        "number": f"FD-BENCH{number:04d}",
        "channel": row["channel"], "state": tickets.OPEN if held else tickets.QUEUED, "tier": TIERS[number % 3],
        "tier_because": {"en": "First contact", "zh": "首次接触"}, "priority": {"high": 2, "low": 0}.get(urgency, 1),
        "urgency": urgency, "language": language, "reason": "no_answer", "sentiment": "neutral",
        "question": f"Question {number}", "summary": "", "customer_name": row["name"], "customer_email": "",
        "verified": False, "packet": {"slots": {"order_number": f"HL{number:010d}"}},
        "agent_id": f"bench-{number % 50}" if held else None, "agent_name": "Somebody" if held else "",
        "online": False, "unread": 0, "entries": 1, "version": 1, "reopened": 0,
        "last": {"author": "customer", "text": f"Question {number}", "at": at}, "created_at": at, "queued_at": at,
        "taken_at": at if held else None, "updated_at": at,
    }  # fmt: skip
