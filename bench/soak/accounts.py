"""The account: what the store says, beside what customers and colleagues were told, message by message."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from bench.soak.page import Page
from bench.soak.turns import compare, due

JSON = dict[str, Any]
K = TypeVar("K")
V = TypeVar("V")

HUMAN_GONE = frozenset({"agent_left", "returned", "solved_question"})


@dataclass(kw_only=True)
class Account:
    """What became of all messages. Everything from `lost` on but the counts of tickets must be zero; `wrong` says in
    words what is not as it must be.
    """

    conversations: int = 0
    sent: int = 0
    acknowledged: int = 0
    stored: int = 0
    answered: int = 0  # read by the bot
    to_humans: int = 0  # given to the desk, read by the bot before or not
    replies: int = 0  # of humans, accepted by the desk
    handoffs: int = 0
    tickets: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    bot_after_human: int = 0
    sessions_ended: int = 0
    left_over: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether every message is accounted for."""
        return not self.wrong

    def result(self) -> JSON:
        """For a table or JSON."""
        return asdict(self)

    def fault(self, kind: str, what: str, count: int = 1) -> None:
        """Count something that must not be."""
        if count:
            setattr(self, kind, getattr(self, kind) + count)
            self.wrong.append(f"{kind}: {what}")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What the database holds, by conversation where it belongs to one."""

    messages: Mapping[str, list[JSON]]  # in order of `seq`
    turns: Mapping[str, list[str]]  # statuses of the turns of a message
    handoffs: list[JSON]
    tickets: Mapping[str, list[JSON]]  # by handoff
    at_desk: Mapping[str, list[tuple[str, str]]]  # ticket and conversation, by message
    left_over: Mapping[str, int]

    @classmethod
    def read(cls, file: Path) -> "Stored":
        """Everything, on one snapshot of a SQLite file."""
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        try:
            database.execute("BEGIN")
            return cls(
                messages=_grouped(
                    (row["conversation_id"], _message(row))
                    for row in database.execute("SELECT * FROM message ORDER BY conversation_id, seq")
                ),
                turns=_grouped(
                    (row["key"].partition(":")[2], row["status"])
                    for row in database.execute("SELECT key, status FROM work WHERE kind = 'turn'")
                ),
                handoffs=[dict(row) for row in database.execute("SELECT * FROM handoff")],
                tickets=_grouped((row["handoff_id"], dict(row)) for row in database.execute("SELECT * FROM ticket")),
                at_desk=_grouped(
                    (row["id"], (row["ticket_id"], row["conversation_id"]))
                    for row in database.execute(
                        "SELECT e.id, e.ticket_id, t.conversation_id FROM ticket_entry e JOIN ticket t"
                        " ON t.id = e.ticket_id WHERE e.kind = 'message'"
                    )
                ),
                left_over={
                    name: database.execute(f"SELECT count(*) FROM {name} WHERE {condition}").fetchone()[0]  # noqa: S608 - ours
                    for name, condition in (
                        ("work", "status <> 'done'"),
                        ("outbox", "status <> 'sent'"),
                        ("ticket", "state IN ('queued', 'open', 'waiting_customer')"),
                    )
                },
            )
        finally:
            database.close()


def audit(stored: Stored, pages: Sequence[Page], replies: Iterable[str]) -> Account:
    """Account for every message of `pages` and every reply that the desk accepted."""
    account = Account(conversations=len(pages))
    for page in pages:
        messages = stored.messages.get(page.conversation_id, [])
        _customer(account, page, messages)
        _bot(account, page, messages, stored)
        _delivery(account, page, messages)
        _ownership(account, page, messages)
    _replies(account, stored, replies)
    _handoffs(account, stored)
    for name, count in stored.left_over.items():
        account.fault("left_over", f"{count} rows of {name}", count)
    return account


def _customer(account: Account, page: Page, messages: list[JSON]) -> None:
    """What was said is stored once, in order, as it was acknowledged."""
    by_client = _grouped((each["client_id"], each) for each in messages if each["author"] == "customer")
    account.sent += len(page.said)
    account.acknowledged += sum(client_id in page.acks for client_id in page.said)
    account.stored += sum(len(found) for found in by_client.values())
    for client_id in page.said:
        found, ack = by_client.get(client_id, []), page.acks.get(client_id)
        account.fault("lost", f"{client_id} was never acknowledged ({page.refused.get(client_id)})", ack is None)
        account.fault("lost", f"{client_id} was acknowledged, and is not stored", ack is not None and not found)
        account.fault("doubled", f"{client_id} is stored {len(found)} times", max(len(found) - 1, 0))
        if ack is not None and found and (ack["message_id"], ack["seq"]) != (found[0]["id"], found[0]["seq"]):
            account.fault("doubled", f"{client_id} was acknowledged as another message")
    account.fault("doubled", f"{page.name}: acknowledgements differ", page.contradicted)
    account.fault("sessions_ended", f"{page.name} was given another conversation", page.sessions_ended)
    stored = list(dict.fromkeys(each["client_id"] for each in messages if each["author"] == "customer"))
    said = [client_id for client_id in page.said if client_id in by_client]
    account.fault("out_of_order", f"{page.name}: stored {stored}, said {said}", stored != said)
    numbers = [each["seq"] for each in messages]
    account.fault("lost", f"{page.name}: numbers have gaps: {numbers}", numbers != list(range(1, len(numbers) + 1)))


def _bot(account: Account, page: Page, messages: list[JSON], stored: Stored) -> None:
    """Every message had its turn once: answered by the bot, or given to humans; what the bot said came of a turn."""
    read = []
    for message in messages:
        if message["author"] != "customer":
            continue
        statuses = stored.turns.get(message["id"], [])
        account.fault("lost", f"{message['client_id']}: its turn is {statuses}", statuses != ["done"])
        given = stored.at_desk.get(message["id"], [])
        account.to_humans += bool(given)
        account.fault(
            "doubled", f"{message['client_id']} is on a ticket of somebody else",
            sum(conversation != page.conversation_id for _, conversation in given),
        )  # fmt: skip
        if message["evidence"] is None:
            account.fault("lost", f"{message['client_id']} reached neither bot nor human", not given)
            continue
        read.append(message)
    account.answered += len(read)
    said = [each for each in messages if each["author"] == "bot"]
    handed_over = [each["seq"] for each in stored.handoffs if each["conversation_id"] == page.conversation_id]
    turns = compare(read, said, handed_over)
    for message in turns.unanswered:
        wanted = due(message) or message["evidence"]["decision"]
        account.fault("lost", f"{message['client_id']}: what the bot decided to say is not there: {wanted}")
    for message in turns.unasked:
        account.fault("doubled", f"{page.name}: said by the bot without a turn: {message['seq']}, {message['text']!r}")


def _delivery(account: Account, page: Page, messages: list[JSON]) -> None:
    """The page was shown everything, once, in order."""
    missing = [each["seq"] for each in messages if each["seq"] not in page.shown]
    account.fault("lost", f"{page.name} was never shown {missing}", len(missing))
    twice = [seq for seq, times in Counter(page.delivered).items() if times > 1]
    account.fault("doubled", f"{page.name} was shown twice: {twice}", len(twice))
    back = sum(after < before for before, after in pairwise(page.delivered))
    account.fault("out_of_order", f"{page.name} was shown {page.delivered}", back)


def _ownership(account: Account, page: Page, messages: list[JSON]) -> None:
    """The bot is silent from the moment a human joins until they leave."""
    with_human = False
    for message in messages:
        kind = message["kind"]
        if message["author"] == "system" and kind in {"agent_joined", *HUMAN_GONE}:
            with_human = kind == "agent_joined"
        elif message["author"] == "bot" and with_human:
            account.fault("bot_after_human", f"{page.name}: {message['text']!r}")


def _replies(account: Account, stored: Stored, replies: Iterable[str]) -> None:
    """What the desk accepted was said to the customer once."""
    said = Counter(
        message["text"] for messages in stored.messages.values() for message in messages if message["author"] == "agent"
    )
    for text in replies:
        account.replies += 1
        account.fault("lost", f"{text!r} was accepted by the desk, and never said", said[text] == 0)
    for text, times in said.items():
        account.fault("doubled", f"{text!r} was said {times} times", times - 1)


def _handoffs(account: Account, stored: Stored) -> None:
    """One ticket for each handoff."""
    account.handoffs = len(stored.handoffs)
    account.tickets = sum(len(found) for found in stored.tickets.values())
    for handoff in stored.handoffs:
        found = stored.tickets.get(handoff["id"], [])
        account.fault("lost", f"handoff {handoff['reference']} has no ticket", not found)
        account.fault("doubled", f"handoff {handoff['reference']} has {len(found)} tickets", max(len(found) - 1, 0))
        if found and handoff["ticket_id"] != found[0]["id"]:
            account.fault("lost", f"handoff {handoff['reference']} does not know its ticket")


def _message(row: sqlite3.Row) -> JSON:
    content = json.loads(row["content"])
    evidence = json.loads(row["evidence"]) if row["evidence"] else None
    return {
        "id": row["id"], "seq": row["seq"], "author": row["author"], "client_id": row["client_id"],
        "text": content.get("text", ""), "kind": (content.get("custom") or {}).get("kind", ""),
        "article": (content.get("article") or {}).get("id"), "evidence": evidence,
    }  # fmt: skip


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: defaultdict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)
