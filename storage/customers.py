"""Customers: who writes from an address of a channel, with whom they belong together, and whether we may write there.

A row is an *identity*. Those of one person have the same `person_id` (`storage.links` says how that came about); by
itself an identity is its own person.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    RowMapping,
    String,
    Table,
    UniqueConstraint,
    bindparam,
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
    Column("person_id", String(26), nullable=False, default="", server_default="", index=True),
    Column("channel", String(32), nullable=False),
    Column("address", String(160), nullable=False),
    Column("user_id", String(160), nullable=False, default=""),  # set only when proven
    Column("name", String(160), nullable=False, default=""),
    Column("email", String(254), nullable=False, default=""),
    Column("phone", String(32), nullable=False, default=""),
    # What the channel vouches for, in one form (lower case, E.164); only this ever links customers of two channels.
    Column("proven_email", String(254), nullable=False, default="", server_default=""),
    Column("proven_phone", String(32), nullable=False, default="", server_default=""),
    Column("segment", String(64), nullable=False, default="", server_default=""),  # what the site vouches for: "vip"
    Column("blocked_at", BigInteger),  # since when the customer does not want to hear from us on this channel
    Column("consent", String(12), nullable=False, default="", server_default=""),  # "" | granted | withdrawn
    Column("consent_at", BigInteger),
    Column("consent_source", String(64), nullable=False, default="", server_default=""),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("channel", "address"),
)
Index("ix_customer_user", customer.c.channel, customer.c.user_id)
HAS_EMAIL = customer.c.proven_email != literal_column("''")
HAS_PHONE = customer.c.proven_phone != literal_column("''")
Index("ix_customer_proven_email", customer.c.proven_email, sqlite_where=HAS_EMAIL, postgresql_where=HAS_EMAIL)
Index("ix_customer_proven_phone", customer.c.proven_phone, sqlite_where=HAS_PHONE, postgresql_where=HAS_PHONE)


ROOM = {"user_id": 160, "name": 160, "email": 254, "phone": 32, "segment": 64}
"""Characters of what a channel tells of a customer."""


class Consent(StrEnum):
    """Whether we may write first on a channel, and why we believe so."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A row of `customer`: one identity. Times in ms."""

    id: str
    person_id: str
    channel: str
    address: str
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
    created_at: int

    @property
    def reachable(self) -> bool:
        """Whether we may write there, as far as the customer is concerned."""
        return self.blocked_at is None and self.consent != Consent.WITHDRAWN


_SELECT = select(customer)
_BY_ADDRESS = _SELECT.where(customer.c.channel == bindparam("channel"), customer.c.address == bindparam("address"))
_SET = update(customer).where(customer.c.id == bindparam("which"))


def identity(row: RowMapping) -> Customer:
    """The identity in a row."""
    return Customer(**row)


def find(tx: Connection, customer_id: str) -> Customer | None:
    """The identity, or None."""
    row = tx.execute(_SELECT.where(customer.c.id == customer_id)).one_or_none()
    return identity(row._mapping) if row else None


def find_at(tx: Connection, channel: str, address: str) -> Customer | None:
    """Who writes from an address, or None."""
    row = tx.execute(_BY_ADDRESS, {"channel": channel, "address": address}).one_or_none()
    return identity(row._mapping) if row else None


def meet(tx: Connection, channel: str, address: str) -> Customer:
    """Who writes from an address, known from now on."""
    own = new_id()
    insert_once(
        tx, customer, id=own, person_id=own, channel=channel, address=address, user_id="", name="", email="", phone="",
        created_at=now_ms(),
    )  # fmt: skip
    found = find_at(tx, channel, address)
    assert found is not None  # noqa: S101 - inserted above, here or by another transaction
    return found


def of_person(tx: Connection, person_id: str) -> list[Customer]:
    """The identities of a person, oldest first."""
    rows = tx.execute(_SELECT.where(customer.c.person_id == person_id).order_by(customer.c.id))
    return [identity(row._mapping) for row in rows]


def alike(tx: Connection, of: Customer) -> list[tuple[Customer, str]]:
    """Identities of whom the same is proven (e-mail address, phone number, or user of the same site), with what it is;
    a few, the oldest first.
    """
    same: list[tuple[Any, str]] = []
    if of.proven_email:
        same.append(((customer.c.proven_email == of.proven_email) & HAS_EMAIL, "proven_email"))
    if of.proven_phone:
        same.append(((customer.c.proven_phone == of.proven_phone) & HAS_PHONE, "proven_phone"))
    if of.user_id:
        same.append(((customer.c.channel == of.channel) & (customer.c.user_id == of.user_id), "user_id"))
    found = []
    for condition, how in same:
        query = _SELECT.where(condition, customer.c.id != of.id).order_by(customer.c.id).limit(20)
        found += [(identity(row._mapping), how) for row in tx.execute(query)]
    return found


def learn(tx: Connection, customer_id: str, known: Any, profile: Profile) -> dict[str, Any]:
    """Keep what `profile` newly says; `known` has the fields as they are. What was new."""
    said = {name: _fitting(name, getattr(profile, name)) for name in ("user_id", "name", "email", "phone", "segment")}
    said["proven_email"] = said["email"].lower() if "email" in profile.proven else ""
    said["proven_phone"] = said["phone"] if "phone" in profile.proven else ""
    learned = {name: value for name, value in said.items() if value and value != getattr(known, name)}
    if learned:
        change(tx, customer_id, **learned)
    return learned


def _fitting(name: str, value: str) -> str:
    """As much of a name as there is room for; of what identifies somebody, all or nothing."""
    room = ROOM[name]
    return value if len(value) <= room else value[:room] if name == "name" else ""


def change(tx: Connection, customer_id: str, **values: Any) -> None:
    """Set fields of an identity."""
    tx.execute(_SET, {"which": customer_id, **values})


def consented(consent: Consent, source: str) -> dict[str, Any]:
    """The fields that say that the customer agrees to be written to, or does not, from now on."""
    return {"consent": str(consent), "consent_at": now_ms(), "consent_source": source[:64]}


def forbidden(tx: Connection, channel: str, address: str) -> str:
    """Why nothing may be written to an address; empty when it may."""
    found = find_at(tx, channel, address)
    if found is None or found.reachable:
        return ""
    return "blocked" if found.blocked_at is not None else "unsubscribed"


def unused(tx: Connection, customer_ids: Collection[str], used: ColumnElement[bool]) -> list[str]:
    """Those of the identities for whom `used` does not hold."""
    return list(tx.execute(select(customer.c.id).where(customer.c.id.in_(customer_ids), ~used)).scalars())
