"""Forgetting: bookkeeping that has no use any more, and all of a conversation.

What is sent to a vendor (`outbox`) is part of its message, and goes with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, exists, literal_column, or_, select, tuple_

from storage import article_drafts, cards, customers, desk_ledger, links, reviews
from storage.aliases import alias
from storage.appointments import appointment
from storage.banners import told
from storage.blocks import block
from storage.channel_state import channel_state
from storage.clock import now_ms
from storage.codes import code
from storage.conversations import conversation
from storage.conversations import find as find_conversation
from storage.customers import customer
from storage.desk_ledger import desk_ticket
from storage.files import attachment
from storage.followups import DUE, PLANNED, follow_up
from storage.gaps import question
from storage.handoffs import UNDER_WAY, handoff, rating
from storage.masked import masked_value
from storage.mentions import mention
from storage.messages import delivery, message
from storage.openings import opening
from storage.outbox import OPEN, outbox, receipt
from storage.passages import passage
from storage.reply_drafts import reply_draft
from storage.sla import sla_clock
from storage.status_links import status_link
from storage.surveys import survey
from storage.ticket_entries import entry
from storage.tickets import ticket
from storage.triage import triage_correction
from storage.work import PENDING, conversation_lane, desk_lane, urgent_lane, work

DONE = work.c.status == literal_column("'done'")
APPEND = "desk_append"
"""Done work of this kind is what keeps a line from being told to an open ticket twice (`escalation.catch_up`)."""
NAMED_BY = ("user_id", "email", "proven_email", "phone", "proven_phone")


@dataclass(frozen=True, kw_only=True)
class Swept:
    """`dropped` rows are gone; the next part begins after number `reached`, None when there is no more."""

    dropped: int
    reached: int | None


def drop_done_work(tx: Connection, *, before: int, after: int, limit: int) -> Swept:
    """Of the next `limit` pieces of work numbered above `after`, drop those done and promised before then (ms)."""
    query = select(work.c.id, work.c.kind, work.c.key, work.c.status, work.c.created_at).where(work.c.id > after)
    rows = tx.execute(query.order_by(work.c.id).limit(limit)).all()
    old = [row for row in rows if row.created_at < before]
    done = [row for row in old if row.status == "done"]
    needed = _live([row.key.split(":")[1] for row in done if row.kind == APPEND], tx)
    useless = [row.id for row in done if row.kind != APPEND or row.key.split(":")[1] not in needed]
    tx.execute(delete(work).where(work.c.id.in_(useless)))
    more = len(old) == len(rows) == limit
    return Swept(dropped=len(useless), reached=rows[-1].id if more else None)


def drop_deliveries(tx: Connection, *, before: int, limit: int) -> int:
    """Forget up to `limit` deliveries that came before then (ms); how many."""
    key = tuple_(delivery.c.channel, delivery.c.address, delivery.c.external_id)
    old = select(*key.clauses).where(delivery.c.at < before).order_by(delivery.c.at).limit(limit)
    return tx.execute(delete(delivery).where(key.in_(old))).rowcount


def finished(tx: Connection, *, states: Sequence[str], before: int, limit: int) -> list[str]:
    """Ids of up to `limit` conversations in one of `states` in which nobody has done anything since `before` (ms) and
    nothing is under way.
    """
    lanes = [prefix + conversation.c.id for prefix in (conversation_lane(""), desk_lane(""), urgent_lane(""))]
    busy = or_(
        exists().where(work.c.lane.in_(lanes), PENDING),
        exists().where(outbox.c.conversation_id == conversation.c.id, OPEN),
        exists().where(ticket.c.conversation_id == conversation.c.id, ticket.c.updated_at >= before),
        exists().where(handoff.c.conversation_id == conversation.c.id, handoff.c.updated_at >= before),
        exists().where(follow_up.c.conversation_id == conversation.c.id, follow_up.c.state.in_((PLANNED, DUE))),
    )
    query = (
        select(conversation.c.id)
        .where(
            conversation.c.state.in_(states),
            conversation.c.customer_at < before,
            conversation.c.present_at < before,
            ~busy,
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(tx.execute(query).scalars())


def conversations_of(tx: Connection, who: str) -> list[str]:
    """Ids of a person's conversations on all channels, found by e-mail address, phone number, user id, ticket number,
    or the id of one of them.
    """
    numbered = or_(handoff.c.number == who, handoff.c.reference == who)
    persons = (
        select(customer.c.person_id)
        .outerjoin(conversation, customer.c.id == conversation.c.customer_id)
        .outerjoin(handoff, handoff.c.conversation_id == conversation.c.id)
        .where(or_(conversation.c.id == who, *(customer.c[name] == who for name in NAMED_BY), numbered))
    )
    query = (
        select(conversation.c.id)
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(customer.c.person_id.in_(persons))
        .order_by(conversation.c.id)
    )
    return list(tx.execute(query).scalars()) if who else []


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """A ticket at another desk than ours. `ticket_id` is empty where nobody knows whether it was made."""

    desk: str
    handoff_id: str
    reference: str
    ticket_id: str
    began_at: int


def tickets_elsewhere(tx: Connection, conversation_ids: Sequence[str], own: str) -> list[Elsewhere]:
    """The tickets that conversations have at other desks than `own`, also where a handoff has since gone to another."""
    its_handoffs = select(handoff.c.id, handoff.c.reference, handoff.c.desk, handoff.c.ticket_id, handoff.c.created_at)
    rows = tx.execute(its_handoffs.where(handoff.c.conversation_id.in_(conversation_ids))).all()
    references = {row.id: row.reference for row in rows}
    found = {
        (row.desk, row.id): Elsewhere(
            desk=row.desk, handoff_id=row.id, reference=row.reference, ticket_id=row.ticket_id, began_at=row.created_at
        )
        for row in rows
        if row.desk != own and row.ticket_id
    }
    for row in tx.execute(select(desk_ticket).where(desk_ticket.c.handoff_id.in_(list(references)))):
        found[row.desk, row.handoff_id] = Elsewhere(
            desk=row.desk, handoff_id=row.handoff_id, reference=references[row.handoff_id], ticket_id=row.ticket_id,
            began_at=row.began_at,
        )  # fmt: skip
    return list(found.values())


def erase(tx: Connection, conversation_ids: Sequence[str]) -> dict[str, list[str]]:
    """Delete all that is kept of conversations: of those that exist, the ids of the files that lie beside the database.

    Their customers go too, with all that is known of their addresses, unless they have another conversation.
    """
    found = [each for each in (find_conversation(tx, which) for which in conversation_ids) if each is not None]
    files: dict[str, list[str]] = {each.id: [] for each in found}
    ids = list(files)
    for row in tx.execute(
        select(attachment.c.conversation_id, attachment.c.id).where(attachment.c.conversation_id.in_(ids))
    ):
        files[row.conversation_id].append(row.id)
    lanes = [lane(which) for which in ids for lane in (conversation_lane, desk_lane, urgent_lane)]
    its_handoffs = select(handoff.c.id).where(handoff.c.conversation_id.in_(ids))
    its_tickets = select(ticket.c.id).where(ticket.c.conversation_id.in_(ids))
    survivors = select(ticket.c.merged_into).where(ticket.c.conversation_id.in_(ids), ticket.c.merged_into.is_not(None))
    its_messages = select(message.c.id).where(message.c.conversation_id.in_(ids))
    reviews.forget(tx, its_tickets)
    desk_ledger.erase(tx, tx.execute(its_handoffs).scalars())
    for statement in (
        delete(masked_value).where(masked_value.c.handoff_id.in_(its_handoffs)),
        delete(work).where(work.c.lane.in_(lanes)),
        delete(rating).where(rating.c.handoff_id.in_(its_handoffs)),
        delete(status_link).where(status_link.c.handoff_id.in_(its_handoffs)),
        delete(told).where(told.c.conversation_id.in_(ids)),
        delete(survey).where(survey.c.conversation_id.in_(ids)),
        delete(follow_up).where(follow_up.c.conversation_id.in_(ids)),
        delete(mention).where(mention.c.ticket_id.in_(its_tickets)),
        delete(reply_draft).where(reply_draft.c.ticket_id.in_(its_tickets)),
        delete(entry).where(entry.c.ticket_id.in_(survivors), entry.c.id.in_(its_messages)),
        delete(triage_correction).where(triage_correction.c.ticket_id.in_(its_tickets)),
        delete(entry).where(entry.c.ticket_id.in_(its_tickets)),
        delete(sla_clock).where(sla_clock.c.ticket_id.in_(its_tickets)),
        delete(passage).where(passage.c.ticket_id.in_(its_tickets)),
        delete(ticket).where(ticket.c.conversation_id.in_(ids)),
        delete(appointment).where(appointment.c.conversation_id.in_(ids)),
        delete(handoff).where(handoff.c.conversation_id.in_(ids)),
        delete(outbox).where(outbox.c.message_id.in_(its_messages)),
        delete(receipt).where(receipt.c.message_id.in_(its_messages)),
        delete(code).where(code.c.conversation_id.in_(ids)),
        # Before their questions: else a look for gaps could keep one anew in between, as `gaps.replace_all` says.
        select(message.c.id).where(message.c.conversation_id.in_(ids)).order_by(message.c.id).with_for_update(),
        delete(question).where(question.c.message_id.in_(its_messages)),
        delete(message).where(message.c.conversation_id.in_(ids)),
        delete(attachment).where(attachment.c.conversation_id.in_(ids)),
    ):
        tx.execute(statement)
    article_drafts.forget(tx, ids)
    addresses = {where for each in found for where in ((each.channel, each.address), each.replies_at)}
    ours = select(alias.c.channel, alias.c.address, alias.c.customer_id).where(alias.c.conversation_id.in_(ids))
    owners = {each.customer_id for each in found}
    for led in tx.execute(ours).all():
        addresses.add((led.channel, led.address))
        owners.add(led.customer_id)
    tx.execute(delete(alias).where(alias.c.conversation_id.in_(ids)))
    tx.execute(delete(conversation).where(conversation.c.id.in_(ids)))
    for channel, address in addresses:
        _erase_address(tx, channel, address)
    used = or_(
        exists().where(conversation.c.customer_id == customer.c.id),
        exists().where(alias.c.customer_id == customer.c.id),
    )
    gone = customers.unused(tx, owners, used)
    links.erase(tx, gone)
    known = tx.execute(select(customer.c.person_id, customer.c.user_id).where(customer.c.id.in_(gone))).all()
    tx.execute(delete(customer).where(customer.c.id.in_(gone)))
    cards.forget(tx, {row.person_id for row in known}, {row.user_id for row in known})
    return files


def _erase_address(tx: Connection, channel: str, address: str) -> None:
    """All that is known of an address that leads to no conversation any more."""
    for table in (conversation, alias):
        if tx.execute(select(table.c.address).where(table.c.channel == channel, table.c.address == address)).first():
            return
    tx.execute(delete(delivery).where(delivery.c.channel == channel, delivery.c.address == address))
    its_own = channel_state.c.name.endswith(f":{address}", autoescape=True)  # what a channel remembers of it
    tx.execute(delete(channel_state).where(channel_state.c.channel == channel, its_own))
    tx.execute(delete(opening).where(opening.c.channel == channel, opening.c.address == address))
    over = block.c.lifted_at.is_not(None) | (block.c.until <= now_ms())  # what still protects us stays
    tx.execute(delete(block).where(block.c.channel == channel, block.c.address == address, over))


def _live(handoff_ids: Sequence[str], tx: Connection) -> set[str]:
    query = select(handoff.c.id).where(handoff.c.id.in_(set(handoff_ids)), handoff.c.status.in_(UNDER_WAY))
    return set(tx.execute(query).scalars()) if handoff_ids else set()
