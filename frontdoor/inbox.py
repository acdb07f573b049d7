"""Inbox: what a channel received becomes a stored message and the work it causes, in one transaction.

When `accept` returns, everything is on disk and the channel may acknowledge. A second delivery returns the
first one's answer.
"""

from sqlalchemy import Connection

from connectors.errors import Malformed, TooLarge
from connectors.message import Action, Attachment, Author, Content, Inbound
from connectors.ports import Accepted
from frontdoor import metrics
from frontdoor.step import Effects, Step, Steps
from storage import conversations, files, messages, work
from storage.clock import now_ms
from storage.messages import Delivery
from storage.tables import new_id

URGENT = frozenset({Action.HUMAN})
"""Actions that do not wait for what the bot is thinking about: the change of owner makes that stale."""


class Inbox:
    """The only way in for customers' messages."""

    def __init__(self, steps: Steps, *, text_limit: int) -> None:
        self._steps = steps
        self._text_limit = text_limit

    async def accept(self, inbound: Inbound) -> Accepted:
        """Store one event. Raises `Malformed` (`empty`, `unknown_button`, `bad_attachment`, `bad_action`) or
        `TooLarge` (`too_long`).
        """
        self._check(inbound)

        def transaction(tx: Connection) -> tuple[Accepted, Effects | None]:
            # The conversation is held from here on, so of two deliveries of the same thing one is first.
            step = self._steps.begin(tx, conversations.begin(tx, inbound.channel, inbound.address, inbound.profile))
            became = _becomes(step, inbound)
            if not messages.record_delivery(tx, inbound.channel, inbound.address, inbound.external_id, became):
                seen = messages.find_delivery(tx, inbound.channel, inbound.address, inbound.external_id)
                return Accepted(**seen.__dict__), None
            _store(step, inbound, became.message_id)
            return Accepted(**became.__dict__), step.end()

        with metrics.timed("accept"):
            accepted, effects = await self._steps.database.write(transaction)
        if effects is not None:
            metrics.RECEIVED.labels(inbound.channel).inc()
            await self._steps.publish(accepted.conversation_id, effects)
        return accepted

    def _check(self, inbound: Inbound) -> None:
        content = inbound.content
        if len(content.text) > self._text_limit:
            raise TooLarge(f"a message has at most {self._text_limit} characters", code="too_long", field="text")
        if inbound.action is None and not inbound.button and not content.text.strip() and not content.attachments:
            raise Malformed("a message needs text or an attachment", code="empty", field="text")


def _becomes(step: Step, inbound: Inbound) -> Delivery:
    seq = 0 if inbound.action is not None else step.conversation.seq + 1
    return Delivery(conversation_id=step.conversation.id, message_id=new_id(), seq=seq)


def _store(step: Step, inbound: Inbound, message_id: str) -> None:
    if not step.conversation.language and inbound.profile.language:
        step.set(language=inbound.profile.language)
    if inbound.action is not None:
        _action(step, inbound, message_id)
        return
    content, payload = _pressed(step, inbound.button) if inbound.button else (inbound.content, "")
    content = Content(text=content.text, attachments=_own_files(step, content))
    now = now_ms()
    step.set(customer_at=now, present_at=now)
    step.add(Author.CUSTOMER, content, message_id=message_id, client_id=inbound.external_id)
    step.enqueue("turn", f"turn:{message_id}", {"message_id": message_id, "payload": payload})


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
