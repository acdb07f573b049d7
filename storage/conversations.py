"""Conversations: in which state, owned by whom, and where what is said in them goes.

A conversation has the address at which it began. A customer may go on with it at others (`storage.aliases`); answers go
to where they wrote last.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    case,
    func,
    select,
    update,
)

from connectors.message import Profile
from storage import customers
from storage.aliases import alias
from storage.clock import now_ms
from storage.customers import Customer, customer
from storage.tables import insert_once, metadata, new_id

conversation = Table(
    "conversation",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("address", String(160), nullable=False),
    Column("customer_id", String(26), ForeignKey("customer.id"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("language", String(8), nullable=False, default=""),
    Column("seq", Integer, nullable=False),  # number of the last message
    Column("customer_seen", Integer, nullable=False),
    Column("agent_seen", Integer, nullable=False),
    Column("handoff_id", String(26), nullable=False, default=""),
    Column("agent_id", String(64), nullable=False, default=""),
    Column("agent_name", String(160), nullable=False, default=""),
    Column("position", Integer),
    Column("wait_seconds", Integer),
    Column("opens_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("customer_at", BigInteger, nullable=False),  # last message of the customer
    Column("present_at", BigInteger, nullable=False),  # when the customer's page was last open
    Column("apologised", Boolean, nullable=False, default=False),  # told that the bot is slow, once per outage
    # Where the customer wrote last, when it is not the conversation's own address; empty: there.
    Column("reply_channel", String(32), nullable=False, default="", server_default=""),
    Column("reply_address", String(160), nullable=False, default="", server_default=""),
    Column("left_at", BigInteger),  # when the customer went from its own address to another
    # The conversation with which the customer goes on; this one has lost its address to it.
    Column("moved_to", String(26), nullable=False, default="", server_default=""),
    UniqueConstraint("channel", "address"),
)
Index("ix_conversation_created_at", conversation.c.created_at)
Index("ix_conversation_state", conversation.c.state, conversation.c.customer_at)


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A row of `conversation`, with its customer's fields. Times in ms, `epoch` counts changes of owner."""

    id: str
    channel: str
    address: str
    customer_id: str
    state: str
    epoch: int
    language: str
    seq: int
    customer_seen: int
    agent_seen: int
    handoff_id: str
    agent_id: str
    agent_name: str
    position: int | None
    wait_seconds: int | None
    opens_at: int | None
    created_at: int
    customer_at: int
    present_at: int
    apologised: bool
    reply_channel: str
    reply_address: str
    left_at: int | None
    moved_to: str
    person_id: str
    user_id: str
    name: str
    email: str
    phone: str
    proven_email: str
    proven_phone: str
    segment: str
    blocked_at: int | None
    consent: str
    consent_at: int | None
    consent_source: str

    @property
    def replies_at(self) -> tuple[str, str]:
        """Channel and address at which the customer wrote last."""
        return (self.reply_channel, self.reply_address) if self.reply_channel else (self.channel, self.address)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Somebody writes: in which conversation, who, and which fields of theirs are news."""

    conversation: Conversation
    customer: Customer
    learned: frozenset[str] = frozenset()


_OF_CUSTOMER = (
    "person_id", "user_id", "name", "email", "phone", "proven_email", "proven_phone", "segment", "blocked_at",
    "consent", "consent_at", "consent_source",
)  # fmt: skip
_select = select(conversation, *(customer.c[name] for name in _OF_CUSTOMER)).join_from(
    conversation, customer, conversation.c.customer_id == customer.c.id
)
_BY_ID = _select.where(conversation.c.id == bindparam("id"))
_BY_ADDRESS = _select.where(
    conversation.c.channel == bindparam("channel"), conversation.c.address == bindparam("address")
)
_BY_ALIAS = _select.join(alias, alias.c.conversation_id == conversation.c.id).where(
    alias.c.channel == bindparam("channel"), alias.c.address == bindparam("address")
)
_HELD_BY_ID = _BY_ID.with_for_update(of=conversation)
_HELD_BY_ALIAS = _BY_ALIAS.with_for_update(of=conversation)
_HELD_BY_ADDRESS = _BY_ADDRESS.with_for_update(of=conversation)
_SET_CONVERSATION = update(conversation).where(conversation.c.id == bindparam("which"))


def _conversation(row: RowMapping) -> Conversation:
    return Conversation(**row)


def find(tx: Connection, conversation_id: str) -> Conversation | None:
    """The conversation, or None."""
    row = tx.execute(_BY_ID, {"id": conversation_id}).one_or_none()
    return _conversation(row._mapping) if row else None


def lock(tx: Connection, conversation_id: str) -> Conversation:
    """The conversation, held until the transaction ends. Raises KeyError when there is none."""
    row = tx.execute(_HELD_BY_ID, {"id": conversation_id}).one_or_none()
    if row is None:
        raise KeyError(conversation_id)
    return _conversation(row._mapping)


def find_by_address(tx: Connection, channel: str, address: str) -> Conversation | None:
    """The conversation of a customer on a channel, be it one that began elsewhere; or None."""
    for query in (_BY_ADDRESS, _BY_ALIAS):
        if row := tx.execute(query, {"channel": channel, "address": address}).one_or_none():
            return _conversation(row._mapping)
    return None


def begin(tx: Connection, channel: str, address: str, profile: Profile) -> Conversation:
    """As `arrive`: the conversation."""
    return arrive(tx, channel, address, profile).conversation


def arrive(tx: Connection, channel: str, address: str, profile: Profile) -> Arrival:
    """The customer's conversation, created with the customer if there is none, and held until the transaction ends;
    learns what `profile` newly says.
    """
    found = _lock_address(tx, _HELD_BY_ADDRESS, channel, address)
    if found is None and (elsewhere := _lock_address(tx, _HELD_BY_ALIAS, channel, address)) is not None:
        who = customers.meet(tx, channel, address)
        learned = customers.learn(tx, who.id, who, profile)
        return Arrival(conversation=elsewhere, customer=replace(who, **learned), learned=frozenset(learned))
    if found is None:
        begin_at(tx, customers.meet(tx, channel, address), profile.language)
        found = _lock_address(tx, _HELD_BY_ADDRESS, channel, address)
        assert found is not None  # noqa: S101 - inserted above, here or by another transaction
    learned = customers.learn(tx, found.customer_id, found, profile)
    found = replace(found, **learned) if learned else found
    return Arrival(conversation=found, customer=_customer_of(found), learned=frozenset(learned))


def begin_at(tx: Connection, of: Customer, language: str) -> None:
    """A conversation at the address of an identity, unless there is one."""
    now = now_ms()
    insert_once(
        tx, conversation, id=new_id(), channel=of.channel, address=of.address, customer_id=of.id, state="bot", epoch=0,
        language=language, seq=0, customer_seen=0, agent_seen=0, handoff_id="", agent_id="", agent_name="",
        created_at=now, customer_at=now, present_at=now, apologised=False, reply_channel="", reply_address="",
        moved_to="",
    )  # fmt: skip


def _customer_of(found: Conversation) -> Customer:
    values = {name: getattr(found, name) for name in _OF_CUSTOMER}
    return Customer(
        id=found.customer_id, channel=found.channel, address=found.address, created_at=found.created_at, **values
    )


def _lock_address(tx: Connection, query: Any, channel: str, address: str) -> Conversation | None:
    row = tx.execute(query, {"channel": channel, "address": address}).one_or_none()
    return _conversation(row._mapping) if row else None


def update_customer(tx: Connection, customer_id: str, **values: Any) -> None:
    """Set fields of a customer."""
    customers.change(tx, customer_id, **values)


def update_conversation(tx: Connection, conversation_id: str, **values: Any) -> None:
    """Set fields of a conversation."""
    tx.execute(_SET_CONVERSATION, {"which": conversation_id, **values})


def address_of_user(tx: Connection, channel: str, user_id: str) -> str | None:
    """The address a verified user last used on a channel."""
    return tx.execute(
        select(customer.c.address)
        .where(customer.c.channel == channel, customer.c.user_id == user_id)
        .order_by(customer.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def quiet(
    tx: Connection, *, state: str, customer_before: int, present_before: int, in_line: bool = False,
    channels: Collection[str] | None = None,
) -> list[Conversation]:  # fmt: skip
    """Conversations in `state` whose customer wrote nothing since and whose page was last open before the given times
    (ms); with `in_line` only those that have a place in the line of a desk that is open, with `channels` only those
    whose customer wrote last on one of them.
    """
    query = _select.where(
        conversation.c.state == state,
        conversation.c.customer_at < customer_before,
        conversation.c.present_at < present_before,
    )
    if channels is not None:
        there = case((conversation.c.reply_channel != "", conversation.c.reply_channel), else_=conversation.c.channel)
        query = query.where(there.in_(channels))
    if in_line:
        query = query.where(conversation.c.position.is_not(None), conversation.c.opens_at.is_(None))
    return [_conversation(row._mapping) for row in tx.execute(query.order_by(conversation.c.customer_at).limit(500))]


def present(tx: Connection, since: int, limit: int) -> list[Conversation]:
    """Conversations whose page was open at `since` (ms) or later, the latest first."""
    query = _select.where(conversation.c.present_at >= since).order_by(conversation.c.present_at.desc()).limit(limit)
    return [_conversation(row._mapping) for row in tx.execute(query)]


def count_by_state(tx: Connection) -> dict[str, int]:
    """How many conversations are in each state."""
    rows = tx.execute(select(conversation.c.state, func.count()).group_by(conversation.c.state))
    return {row.state: row[1] for row in rows}
