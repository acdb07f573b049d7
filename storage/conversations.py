"""Customers and their conversations: who, in which state, owned by whom."""

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
    func,
    literal_column,
    select,
    update,
)

from connectors.message import Profile
from storage.clock import now_ms
from storage.tables import insert_once, metadata, new_id

customer = Table(
    "customer",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("address", String(160), nullable=False),
    Column("user_id", String(160), nullable=False, default=""),  # set only when proven
    Column("name", String(160), nullable=False, default=""),
    Column("email", String(254), nullable=False, default=""),
    Column("phone", String(32), nullable=False, default=""),
    # What the channel vouches for, in one form (lower case, E.164); only this ever links customers of two channels.
    Column("proven_email", String(254), nullable=False, default="", server_default=""),
    Column("proven_phone", String(32), nullable=False, default="", server_default=""),
    Column("blocked_at", BigInteger),  # since when the customer does not want to hear from us on this channel
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("channel", "address"),
)
Index("ix_customer_user", customer.c.channel, customer.c.user_id)
HAS_EMAIL = customer.c.proven_email != literal_column("''")
HAS_PHONE = customer.c.proven_phone != literal_column("''")
Index("ix_customer_proven_email", customer.c.proven_email, sqlite_where=HAS_EMAIL, postgresql_where=HAS_EMAIL)
Index("ix_customer_proven_phone", customer.c.proven_phone, sqlite_where=HAS_PHONE, postgresql_where=HAS_PHONE)

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
    UniqueConstraint("channel", "address"),
)
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
    user_id: str
    name: str
    email: str
    phone: str
    proven_email: str
    proven_phone: str
    blocked_at: int | None


_OF_CUSTOMER = ("user_id", "name", "email", "phone", "proven_email", "proven_phone", "blocked_at")
_select = select(conversation, *(customer.c[name] for name in _OF_CUSTOMER)).join_from(
    conversation, customer, conversation.c.customer_id == customer.c.id
)
_BY_ID = _select.where(conversation.c.id == bindparam("id"))
_BY_ADDRESS = _select.where(
    conversation.c.channel == bindparam("channel"), conversation.c.address == bindparam("address")
)
_HELD_BY_ID = _BY_ID.with_for_update(of=conversation)
_HELD_BY_ADDRESS = _BY_ADDRESS.with_for_update(of=conversation)
_SET_CUSTOMER = update(customer).where(customer.c.id == bindparam("which"))
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
    """The conversation of a customer on a channel, or None."""
    row = tx.execute(_BY_ADDRESS, {"channel": channel, "address": address}).one_or_none()
    return _conversation(row._mapping) if row else None


def begin(tx: Connection, channel: str, address: str, profile: Profile) -> Conversation:
    """The customer's conversation, created with the customer if there is none, and held until the transaction ends;
    learns what `profile` newly says.
    """
    found = _lock_address(tx, channel, address)
    if found is None:
        now = now_ms()
        insert_once(
            tx, customer, id=new_id(), channel=channel, address=address, user_id="", name="", email="", phone="",
            created_at=now,
        )  # fmt: skip
        owner = tx.execute(
            select(customer.c.id).where(customer.c.channel == channel, customer.c.address == address)
        ).scalar_one()
        insert_once(
            tx, conversation, id=new_id(), channel=channel, address=address, customer_id=owner, state="bot", epoch=0,
            language=profile.language, seq=0, customer_seen=0, agent_seen=0, handoff_id="", agent_id="", agent_name="",
            created_at=now, customer_at=now, present_at=now, apologised=False,
        )  # fmt: skip
        found = _lock_address(tx, channel, address)
        assert found is not None  # noqa: S101 - inserted above, here or by another transaction
    learned: dict[str, Any] = {
        name: value for name, value in _said(profile).items() if value and value != getattr(found, name)
    }
    if not learned:
        return found
    update_customer(tx, found.customer_id, **learned)
    return replace(found, **learned)


def _said(profile: Profile) -> dict[str, str]:
    proven = {
        "proven_email": profile.email.lower() if "email" in profile.proven else "",
        "proven_phone": profile.phone if "phone" in profile.proven else "",
    }
    return {name: getattr(profile, name) for name in ("user_id", "name", "email", "phone")} | proven


def _lock_address(tx: Connection, channel: str, address: str) -> Conversation | None:
    row = tx.execute(_HELD_BY_ADDRESS, {"channel": channel, "address": address}).one_or_none()
    return _conversation(row._mapping) if row else None


def update_customer(tx: Connection, customer_id: str, **values: Any) -> None:
    """Set fields of a customer."""
    tx.execute(_SET_CUSTOMER, {"which": customer_id, **values})


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
    tx: Connection, *, state: str, customer_before: int, present_before: int, in_line: bool = False
) -> list[Conversation]:
    """Conversations in `state` whose customer wrote nothing since and whose page was last open before the given times
    (ms); with `in_line` only those that have a place in the line of a desk that is open.
    """
    query = _select.where(
        conversation.c.state == state,
        conversation.c.customer_at < customer_before,
        conversation.c.present_at < present_before,
    )
    if in_line:
        query = query.where(conversation.c.position.is_not(None), conversation.c.opens_at.is_(None))
    return [_conversation(row._mapping) for row in tx.execute(query.order_by(conversation.c.customer_at).limit(500))]


def count_by_state(tx: Connection) -> dict[str, int]:
    """How many conversations are in each state."""
    rows = tx.execute(select(conversation.c.state, func.count()).group_by(conversation.c.state))
    return {row.state: row[1] for row in rows}
