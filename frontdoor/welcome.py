"""Welcome: what a sign of life of a customer's is good for, whatever it says.

Answers go to where they are now, the vendor lets us write there, what was held may leave, and by writing they agree to
be written to.
"""

from connectors.message import JSON, Author, Inbound
from frontdoor.step import Step, Steps
from storage import aliases, continuing, customers, openings
from storage.customers import Consent, Customer, consented

LASTING = frozenset({Author.AGENT, Author.BOT})
"""Whose messages still mean something when the vendor lets us write again."""
WROTE = "wrote"


def welcome(steps: Steps, step: Step, who: Customer, inbound: Inbound, *, agrees: bool = True) -> None:
    """The customer `who` has done something in the conversation of `step`; `agrees` unless they say otherwise."""
    if inbound.about:  # said on a page of ours: the vendor has heard nothing
        return
    where = inbound.channel, inbound.address
    limits = steps.limits.get(inbound.channel)
    opening = inbound.opening or (limits.opening if limits else None)
    came = come_from(step, *where)
    if opening is not None:
        openings.begin(step.tx, *where, opening)
    if limits is not None and (opening is not None or came):
        step.effects.parcels |= openings.release(step.tx, step.conversation.id, *where, lasting=LASTING)
        if step.conversation.reply_channel:  # the conversation that lost this address has people who may have answered
            for moved in continuing.moved_from(step.tx, who):
                openings.release(step.tx, moved, *where, lasting=LASTING)
    step.effects.person |= came
    if step.conversation.reply_channel:
        aliases.seen(step.tx, *where)
    news: JSON = consented(Consent.GRANTED, WROTE) if agrees and who.consent != Consent.GRANTED else {}
    if who.blocked_at is not None:
        news["blocked_at"] = None
    if news:
        customers.change(step.tx, who.id, **news)


def come_from(step: Step, channel: str, address: str) -> bool:
    """The customer writes from an address: answers go there from now on. Whether they came from another one."""
    conversation = step.conversation
    if (channel, address) == conversation.replies_at:
        return False
    if (channel, address) == (conversation.channel, conversation.address):
        step.set(reply_channel="", reply_address="", left_at=None)
    else:
        left_at = conversation.left_at if conversation.reply_channel else conversation.customer_at
        step.set(reply_channel=channel, reply_address=address, left_at=left_at)
    return True
