"""Inbox: what a channel received becomes a stored message and the work it causes, in one transaction.

When `accept` returns, everything is on disk and the channel may acknowledge. A second delivery returns the
first one's answer.
"""

from collections.abc import Mapping
from itertools import takewhile

from sqlalchemy import Connection

from connectors.channel import Limits
from connectors.errors import Blocked, Malformed, TooLarge
from connectors.message import JSON, Action, Attachment, Author, Button, Content, Inbound
from connectors.ports import Accepted
from connectors.rendering import chosen, is_title, numbered
from frontdoor import escalation, metrics
from frontdoor.continuing import Continuing, says_only_words
from frontdoor.recognition import PROOFS, recognise
from frontdoor.states import Owner
from frontdoor.step import Effects, Step, Steps
from frontdoor.welcome import welcome
from frontdoor.wishes import Wish, wish_of
from storage import blocks, customers, files, messages, work
from storage.clock import now_ms
from storage.customers import Consent, consented
from storage.messages import Delivery, Message
from storage.tables import new_id

OFFERED = 10
"""Messages back in which a choice that is typed is looked for."""

LONGEST_CHOICE = 200  # characters
HUMANS = frozenset({Author.CUSTOMER, Author.AGENT})

URGENT = frozenset({Action.HUMAN})
"""Actions that do not wait for what the bot is thinking about: the change of owner makes that stale."""


class Inbox:
    """The only way in for customers' messages."""

    def __init__(self, steps: Steps, continuing: Continuing, *, text_limit: int) -> None:
        self._steps = steps
        self._continuing = continuing
        self._text_limit = text_limit

    async def accept(self, inbound: Inbound) -> Accepted:
        """Store one event. Raises `Malformed` (`empty`, `unknown_button`, `bad_attachment`, `bad_action`), `TooLarge`
        (`too_long`) or, when people at the desk have blocked the address, `Blocked`.
        """
        self._check(inbound)
        code = "" if inbound.about else self._continuing.read(inbound)

        def transaction(tx: Connection) -> tuple[Accepted, Mapping[str, Effects]] | None:
            if blocks.turns_away(tx, inbound.channel, inbound.address, now_ms()):
                return None  # counted, and nothing else
            if code and (redeemed := self._continuing.redeem(tx, inbound, code)):
                return redeemed.accepted, redeemed.effects
            # The conversation is held from here on, so of two deliveries of the same thing one is first.
            arrival = recognise(tx, inbound.channel, inbound.address, inbound.profile)
            step = self._steps.begin(tx, arrival.conversation)
            became = _becomes(step, inbound)
            if not messages.record_delivery(tx, inbound.channel, inbound.address, inbound.external_id, became):
                seen = messages.find_delivery(tx, inbound.channel, inbound.address, inbound.external_id)
                return Accepted(**(seen or became).__dict__), {}
            step.effects.person |= bool(arrival.learned & PROOFS)
            wish = self._wish(inbound)
            welcome(self._steps, step, arrival.customer, inbound, agrees=wish is not Wish.UNSUBSCRIBE)
            _store(step, inbound, became.message_id, self._steps.limits.get(inbound.channel), wish)
            return Accepted(**became.__dict__), {step.conversation.id: step.end()}

        with metrics.timed("accept"):
            done = await self._steps.database.write(transaction)
        if done is None:
            raise Blocked("this address is blocked", code="blocked")
        accepted, effects = done
        if effects:
            metrics.RECEIVED.labels(inbound.channel).inc()
        for conversation_id, each in effects.items():
            await self._steps.publish(conversation_id, each)
        return accepted

    def _wish(self, inbound: Inbound) -> Wish | None:
        """What the customer asks of the service in so many words, where it can be done."""
        if inbound.about or not says_only_words(inbound):
            return None
        wish = wish_of(inbound.content.text)
        possible = {
            Wish.UNSUBSCRIBE: inbound.channel in self._steps.limits,
            Wish.CONTINUE: self._steps.elsewhere(inbound.channel),
        }
        return wish if wish and possible[wish] else None

    def _check(self, inbound: Inbound) -> None:
        content = inbound.content
        says_something = content.text.strip() or content.attachments or inbound.media
        if len(content.text) > self._text_limit:
            raise TooLarge(f"a message has at most {self._text_limit} characters", code="too_long", field="text")
        if inbound.action is None and not inbound.button and not says_something:
            raise Malformed("a message needs text or an attachment", code="empty", field="text")


def _becomes(step: Step, inbound: Inbound) -> Delivery:
    seq = 0 if inbound.action is not None else step.conversation.seq + 1
    return Delivery(conversation_id=step.conversation.id, message_id=new_id(), seq=seq)


def _store(step: Step, inbound: Inbound, message_id: str, limits: Limits | None, wish: Wish | None) -> None:
    if not step.conversation.language and inbound.profile.language:
        step.set(language=inbound.profile.language)
    if inbound.action is not None:
        _action(step, inbound, message_id)
        return
    content, payload = _pressed(step, inbound.button) if inbound.button else (inbound.content, "")
    if wish is Wish.CONTINUE:
        payload = escalation.CONTINUE
    elif (
        limits is not None
        and not inbound.about
        and not inbound.button
        and not inbound.comment
        and (choice := _chosen(step, content.text, limits))
    ):
        payload = choice.payload
    content = Content(
        text=content.text, attachments=_own_files(step, content), custom=content.custom | _circumstances(step, inbound)
    )
    now = now_ms()
    step.set(customer_at=now, present_at=now)
    said = step.add(Author.CUSTOMER, content, message_id=message_id, client_id=inbound.external_id)
    if wish is Wish.UNSUBSCRIBE:
        _unsubscribe(step, said, inbound)
        return
    if inbound.comment and not inbound.edits and _first_here(step, inbound):
        step.system("public_reply", {"kind": "public_reply", "comment": inbound.comment})
    if inbound.media:
        media = [vars(each) for each in inbound.media]
        step.enqueue(
            "media", f"media:{message_id}", {"message_id": message_id, "channel": inbound.channel, "media": media}
        )
    turn = {"message_id": message_id, "payload": payload, "note": inbound.note, "about": inbound.about}
    step.enqueue("turn", f"turn:{message_id}", turn)


def _first_here(step: Step, inbound: Inbound) -> bool:
    """Whether this customer has not been answered in public there before."""
    became = Delivery(conversation_id=step.conversation.id, message_id=new_id(), seq=0)
    answered = f"public:{inbound.comment}"[:160]
    return messages.record_delivery(step.tx, inbound.channel, inbound.address, answered, became)


def _unsubscribe(step: Step, said: Message, inbound: Inbound) -> None:
    """They want to hear nothing more here, until they write again."""
    who = customers.find_at(step.tx, inbound.channel, inbound.address)
    if who is not None:
        customers.change(step.tx, who.id, **consented(Consent.WITHDRAWN, "stop"))
    told = step.system("unsubscribed", {"kind": "unsubscribed"})
    if step.owner is not Owner.BOT:
        for message in (said, told):
            escalation.append(step, message)


def _chosen(step: Step, text: str, limits: Limits) -> Button | None:
    """The choice that a customer means who types its number or its words, on a channel of a vendor.

    A number, and a short word such as a mark, is a choice only as the answer to what was offered last; once a human
    has said something since, it is the answer to that.
    """
    if len(text) > LONGEST_CHOICE:
        return None
    earlier = messages.latest(step.tx, step.conversation.id, OFFERED)
    since = list(takewhile(lambda message: message.author not in HUMANS, reversed(earlier)))
    last = next((message.content.buttons for message in since if message.content.buttons), ())
    found = chosen(text, last)
    if found is not None and (is_title(text, found) or numbered(last, limits)):
        return found
    titles = [button for message in reversed(earlier) for button in message.content.buttons]
    return next((button for button in titles if is_title(text, button) and _says_itself(button)), None)


def _says_itself(button: Button) -> bool:
    """Whether a title means the same whenever it is said ("Talk to a human"), and is not the answer to a question that
    may be another one by now ("5").
    """
    return not button.title.strip().isdecimal()


def _circumstances(step: Step, inbound: Inbound) -> JSON:
    """What else is to be known of a message: that it corrects an earlier one, or was said in public."""
    found: JSON = {}
    if inbound.edits:
        earlier = messages.find_delivery(step.tx, inbound.channel, inbound.address, inbound.edits)
        found["edited"] = earlier.message_id if earlier else ""
    if inbound.comment:
        found["comment"] = inbound.comment
    return found


def _action(step: Step, inbound: Inbound, action_id: str) -> None:
    lane = work.conversation_lane(step.conversation.id)
    if inbound.action in URGENT:
        lane = work.urgent_lane(step.conversation.id)
    step.set(present_at=now_ms())
    step.enqueue(
        "action",
        f"action:{action_id}",
        {"action": str(inbound.action), "data": inbound.data, "id": action_id},
        lane=lane,
    )


def _pressed(step: Step, token: str) -> tuple[Content, str]:
    """The words and the payload of a button that we issued in this conversation."""
    message_id, _, _ = token.rpartition(".")
    message = messages.find(step.tx, step.conversation.id, message_id) if message_id else None
    for button in message.content.buttons if message else ():
        if button.token == token:
            return Content(text=button.title), button.payload
    raise Malformed("this button was never offered here", code="unknown_button", field="token")


def _own_files(step: Step, content: Content) -> tuple[Attachment, ...]:
    """Attachments as we stored them; what the sender claims about them is not believed."""
    found = []
    for each in content.attachments:
        row = files.find(step.tx, each.id)
        if row is None or row.conversation_id != step.conversation.id:
            raise Malformed(
                "there is no such attachment in this conversation", code="bad_attachment", field="attachments"
            )
        found.append(row.attachment())
    return tuple(found)
