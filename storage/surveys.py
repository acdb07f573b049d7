"""Surveys: each time a customer was asked whether something is solved, and what they made of it.

One row for each question, be it of a ticket that an agent resolved or of what the bot answered by itself. `solved_by`
says whose work is judged, so that an answer of the bot alone never counts as an agent's. The score of a ticket is in
`rating` (`storage.handoffs`); here is only that of conversations without a ticket.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    exists,
    literal_column,
    select,
    update,
)

from storage.conversations import conversation
from storage.customers import customer
from storage.messages import message
from storage.tables import metadata, new_id

BOT, AGENT, BOTH = "bot", "agent", "both"
"""Who solved it: the bot alone, a colleague, or a colleague after an answer of the bot's."""
SOLVED, NOT_SOLVED, SILENT, MOOT = "solved", "not_solved", "silent", "moot"
"""What became of a question; empty while it is open. Silent: nobody answered, so it counts as settled. Moot: the matter
went on without an answer.
"""
ANSWERED = (SOLVED, NOT_SOLVED)

survey = Table(
    "survey",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("conversation_id", String(26), ForeignKey("conversation.id"), nullable=False),
    Column("person_id", String(26), nullable=False),  # nobody is asked too often, on whatever channel
    Column("handoff_id", String(26), nullable=False),  # empty: the bot's own work
    Column("channel", String(32), nullable=False),
    Column("solved_by", String(8), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("reminded_at", BigInteger),
    Column("outcome", String(16), nullable=False),
    Column("outcome_at", BigInteger),
    Column("score", Integer),
    Column("comment", Text, nullable=False),
    Column("rated_at", BigInteger),
)
# Written out, not bound: an index over some rows serves only a condition that is known when the query is planned.
OPEN = survey.c.outcome == literal_column("''")
Index("ix_survey_conversation_id_asked_at", survey.c.conversation_id, survey.c.asked_at)
Index("ix_survey_person_id_asked_at", survey.c.person_id, survey.c.asked_at)
Index("ix_survey_open", survey.c.asked_at, sqlite_where=OPEN, postgresql_where=OPEN)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A question and its answer; times in ms."""

    id: str
    conversation_id: str
    person_id: str
    handoff_id: str
    channel: str
    solved_by: str
    asked_at: int
    reminded_at: int | None = None
    outcome: str = ""
    outcome_at: int | None = None
    score: int | None = None
    comment: str = ""
    rated_at: int | None = None

    @property
    def of_bot(self) -> bool:
        """Whether it is about the bot's own work."""
        return not self.handoff_id


_columns = tuple(survey.c[name] for name in Survey.__dataclass_fields__)


def add(
    tx: Connection, *, conversation_id: str, person_id: str, channel: str, solved_by: str, at: int, handoff_id: str = ""
) -> Survey:
    """Note that a customer is asked now."""
    new = Survey(
        id=new_id(), conversation_id=conversation_id, person_id=person_id, handoff_id=handoff_id, channel=channel,
        solved_by=solved_by, asked_at=at,
    )  # fmt: skip
    tx.execute(survey.insert().values(**new.__dict__))
    return new


def find(tx: Connection, conversation_id: str, survey_id: str) -> Survey | None:
    """A question asked in this conversation, or None."""
    return _one(tx, survey.c.id == survey_id, survey.c.conversation_id == conversation_id)


def last(tx: Connection, conversation_id: str) -> Survey | None:
    """What was asked last in this conversation, or None."""
    return _one(tx, survey.c.conversation_id == conversation_id)


def last_of_person(tx: Connection, person_id: str) -> Survey | None:
    """What a person was asked last, on any channel, or None."""
    return _one(tx, survey.c.person_id == person_id)


def of_handoff(tx: Connection, handoff_id: str, conversation_id: str) -> Survey | None:
    """What was asked last about a ticket, or None."""
    return _one(tx, survey.c.conversation_id == conversation_id, survey.c.handoff_id == handoff_id)


def open_since(
    tx: Connection, before: int, *, reminded_before: int | None = None, of_bot: bool = False, limit: int = 200
) -> list[Survey]:
    """Questions without an answer that were asked before then (ms), the oldest first: `of_bot`, or of tickets; of these
    with `reminded_before` those that were asked again before then, without it those that were not.
    """
    wanted: tuple[Any, ...] = (OPEN, survey.c.asked_at < before)
    wanted += (survey.c.handoff_id == "",) if of_bot else (survey.c.handoff_id != "",)
    if reminded_before is not None:
        wanted += (survey.c.reminded_at < reminded_before,)
    elif not of_bot:
        wanted += (survey.c.reminded_at.is_(None),)
    query = select(*_columns).where(*wanted).order_by(survey.c.asked_at).limit(limit)
    return [Survey(**row._mapping) for row in tx.execute(query)]


def remind(tx: Connection, survey_id: str, at: int) -> bool:
    """Note that a customer is asked again; False when they were, or have answered."""
    ours = (survey.c.id == survey_id, survey.c.outcome == "", survey.c.reminded_at.is_(None))
    return tx.execute(update(survey).where(*ours).values(reminded_at=at)).rowcount == 1


def close(tx: Connection, survey_id: str, outcome: str, at: int, *, unless: Sequence[str] = ()) -> bool:
    """Note the answer, or that none came; False when it had this one already, or one of `unless`."""
    ours = (survey.c.id == survey_id, survey.c.outcome.not_in((outcome, *unless)))
    return tx.execute(update(survey).where(*ours).values(outcome=outcome, outcome_at=at)).rowcount == 1


def rate(tx: Connection, survey_id: str, score: int, comment: str, at: int) -> None:
    """Keep a score of the bot's own work; a later one replaces it."""
    tx.execute(update(survey).where(survey.c.id == survey_id).values(score=score, comment=comment, rated_at=at))


def not_solved_in_a_row(tx: Connection, conversation_id: str) -> int:
    """How often the customer has said "not solved" since they last said otherwise."""
    query = select(survey.c.outcome).where(survey.c.conversation_id == conversation_id, survey.c.outcome != "")
    count = 0
    for outcome in tx.execute(query.order_by(survey.c.asked_at.desc(), survey.c.id.desc()).limit(20)).scalars():
        if outcome != NOT_SOLVED:
            break
        count += 1
    return count


def quiet_after_answer(tx: Connection, *, state: str, since: int, until: int, people_since: int) -> list[str]:
    """Ids of conversations in `state` whose customer wrote last after `since` and not after `until` (ms), in which the
    bot had the last word, and of whose people none was asked anything after `people_since`.
    """
    asked = exists().where(survey.c.person_id == customer.c.person_id, survey.c.asked_at > people_since)
    query = (
        select(conversation.c.id)
        .join(customer, customer.c.id == conversation.c.customer_id)
        .join(message, and_(message.c.conversation_id == conversation.c.id, message.c.seq == conversation.c.seq))
        .where(
            conversation.c.state == state,
            conversation.c.customer_at > since,
            conversation.c.customer_at <= until,
            message.c.author == literal_column("'bot'"),
            ~asked,
        )
        .order_by(conversation.c.customer_at)
        .limit(1_000)
    )
    return list(tx.execute(query).scalars())


def _one(tx: Connection, *where: Any) -> Survey | None:
    query = select(*_columns).where(*where).order_by(survey.c.asked_at.desc(), survey.c.id.desc()).limit(1)
    row = tx.execute(query).one_or_none()
    return Survey(**row._mapping) if row else None
