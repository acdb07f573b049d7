"""Links: which identities are the same person, how that was found out, by whom, and when it was undone.

A person is what the links hold together. Rows are never changed but to be undone, so this is the history, too. What
was once undone is never linked again by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, String, Table, delete, or_, select, update

from storage.clock import now_ms
from storage.customers import Customer, alike, customer, find, of_person
from storage.tables import metadata, new_id


class How(StrEnum):
    """What proved it."""

    EMAIL = "proven_email"  # both channels vouch for the same address
    PHONE = "proven_phone"
    USER = "user_id"  # the same verified user of the same site
    CODE = "code"  # asked for on one channel, sent on the other
    AGENT = "agent"  # somebody of the desk says so


link = Table(
    "link",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("customer_id", String(26), ForeignKey("customer.id"), nullable=False, index=True),
    Column("other_id", String(26), ForeignKey("customer.id"), nullable=False, index=True),
    Column("how", String(16), nullable=False),
    Column("by", String(160), nullable=False, default=""),  # a person of the desk; empty: the customer or the channels
    Column("at", BigInteger, nullable=False),
    Column("undone_at", BigInteger),
    Column("undone_by", String(160), nullable=False, default=""),  # empty: the customer
)
Index("ix_link_pair", link.c.customer_id, link.c.other_id)


@dataclass(frozen=True, kw_only=True)
class Link:
    """Two identities that were found to be one person. Times in ms."""

    id: str
    customer_id: str
    other_id: str
    how: str
    by: str
    at: int
    undone_at: int | None
    undone_by: str


def of_customers(tx: Connection, customer_ids: Iterable[str]) -> list[Link]:
    """All links of identities, undone or not, oldest first."""
    ids = list(customer_ids)
    query = select(link).where(or_(link.c.customer_id.in_(ids), link.c.other_id.in_(ids))).order_by(link.c.id)
    return [Link(**row._mapping) for row in tx.execute(query)]


def join(tx: Connection, one: str, other: str, how: How, by: str = "") -> str:
    """Link two identities; the person they are now. What is linked already is linked no second time."""
    mine, theirs = _hold(tx, one, other)
    if not _linked(tx, one, other):
        _add(tx, one, other, how, by)
    _regroup(tx, [mine.person_id, theirs.person_id])
    return _person(tx, one)


def join_proven(tx: Connection, of: Customer) -> str:
    """Link an identity with those of whom the same is proven; the person it is now. Claims link nobody."""
    for other, how in alike(tx, of):
        mine = _person(tx, of.id)
        if other.person_id != mine and not _kept_apart(tx, mine, other.person_id):
            join(tx, of.id, other.id, How(how))
    return _person(tx, of.id)


def separate(tx: Connection, customer_id: str, by: str = "") -> list[str]:
    """Undo all links of an identity; the persons there are now. What only it held together falls apart, too."""
    held = find(tx, customer_id)
    if held is None:
        return []
    ours = or_(link.c.customer_id == customer_id, link.c.other_id == customer_id) & link.c.undone_at.is_(None)
    tx.execute(update(link).where(ours).values(undone_at=now_ms(), undone_by=by))
    return _regroup(tx, [held.person_id])


def erase(tx: Connection, customer_ids: Iterable[str]) -> None:
    """Forget the links of identities that are to be deleted; whom they held together stays together."""
    for gone in customer_ids:
        around = [each for each in of_customers(tx, [gone]) if each.undone_at is None]
        tx.execute(delete(link).where(or_(link.c.customer_id == gone, link.c.other_id == gone)))
        neighbours = {each.other_id if each.customer_id == gone else each.customer_id: each for each in around}
        for (one, _), (other, bridge) in pairwise(neighbours.items()):
            if not _linked(tx, one, other):
                _add(tx, one, other, bridge.how, bridge.by)


def _hold(tx: Connection, *customer_ids: str) -> list[Customer]:
    """The identities, their rows held (in one order, so that nobody waits for each other)."""
    held = select(customer.c.id).where(customer.c.id.in_(customer_ids)).order_by(customer.c.id).with_for_update()
    tx.execute(held).all()
    found = [find(tx, each) for each in customer_ids]
    if any(each is None for each in found):
        raise KeyError(customer_ids)
    return [each for each in found if each is not None]


def _add(tx: Connection, one: str, other: str, how: str, by: str) -> None:
    values = {"id": new_id(), "customer_id": one, "other_id": other, "how": str(how), "by": by, "at": now_ms()}
    tx.execute(link.insert().values(**values, undone_by=""))


def _linked(tx: Connection, one: str, other: str) -> bool:
    """Whether there is a link between the two themselves, not by way of others."""
    pair = or_(
        (link.c.customer_id == one) & (link.c.other_id == other),
        (link.c.customer_id == other) & (link.c.other_id == one),
    )
    return tx.execute(select(link.c.id).where(pair, link.c.undone_at.is_(None)).limit(1)).first() is not None


def _person(tx: Connection, customer_id: str) -> str:
    person: str = tx.execute(select(customer.c.person_id).where(customer.c.id == customer_id)).scalar_one()
    return person


def _kept_apart(tx: Connection, one: str, other: str) -> bool:
    """Whether somebody of one person was separated from somebody of the other."""
    mine = select(customer.c.id).where(customer.c.person_id == one)
    theirs = select(customer.c.id).where(customer.c.person_id == other)
    between = or_(
        link.c.customer_id.in_(mine) & link.c.other_id.in_(theirs),
        link.c.customer_id.in_(theirs) & link.c.other_id.in_(mine),
    )
    return tx.execute(select(link.c.id).where(between, link.c.undone_at.is_not(None)).limit(1)).first() is not None


def _regroup(tx: Connection, person_ids: Sequence[str]) -> list[str]:
    """Give the identities of persons the persons that their links make; named by the oldest identity."""
    members = {each.id: each for person in dict.fromkeys(person_ids) for each in of_person(tx, person)}
    group = {each: each for each in members}

    def root(of: str) -> str:
        while group[of] != of:
            of = group[of]
        return of

    for each in of_customers(tx, members):
        if each.undone_at is None and each.customer_id in group and each.other_id in group:
            one, other = sorted((root(each.customer_id), root(each.other_id)))
            group[other] = one
    for who in members.values():
        if who.person_id != root(who.id):
            tx.execute(update(customer).where(customer.c.id == who.id).values(person_id=root(who.id)))
    return sorted({root(each) for each in members})
