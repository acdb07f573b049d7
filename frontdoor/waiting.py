"""Waiting: what customers read when the desk has their ticket: their place, and how to go on elsewhere."""

from connectors.desk import TicketRef
from connectors.message import Button, Content
from frontdoor.escalation import CONTINUE
from frontdoor.sentences import moment, say
from frontdoor.step import Step, Steps
from storage.handoffs import HandoffRow

SLOW_S = 300
"""A wait that is long enough to offer another way."""


class Waiting:
    """Says it. `zone` is the company's, `can_mail` whether an answer could go by mail."""

    def __init__(self, steps: Steps, *, zone: str, can_mail: bool) -> None:
        self._steps, self._zone, self._can_mail = steps, zone, can_mail

    def tell(self, step: Step, ref: TicketRef, handoff: HandoffRow) -> None:
        """Where they stand, and what they can do meanwhile."""
        number, status = ref.number, self._steps.private_link(step, handoff.id)
        slow = ref.opens_at is not None or ref.position is None or (ref.wait_seconds or 0) > SLOW_S
        elsewhere = Content(buttons=self._elsewhere(step) if slow else ())
        if ref.opens_at is not None:
            opens = moment(ref.opens_at, step.conversation.language, self._zone)
            step.system(
                "closed",
                {"kind": "handoff_closed", "number": number, "opens_at": ref.opens_at} | status,
                elsewhere,
                number=number,
                opens=opens,
            )
        elif ref.position is None:
            step.system(
                "nobody_now" if ref.in_line else "with_team",
                {"kind": "handoff_queued", "number": number, "position": None, "wait_seconds": None} | status,
                elsewhere,
                number=number,
            )
        else:
            custom = {
                "kind": "handoff_queued",
                "number": number,
                "position": ref.position,
                "wait_seconds": ref.wait_seconds,
            }
            minutes = -(-(ref.wait_seconds or 0) // 60)
            sentence = "queued_wait" if minutes else "queued"
            step.system(sentence, custom | status, elsewhere, number=number, position=ref.position, minutes=minutes)
        if self._can_mail and slow and not step.conversation.email:
            step.system("ask_email", {"kind": "ask_email"})

    def _elsewhere(self, step: Step) -> tuple[Button, ...]:
        """To go on elsewhere is offered where an answer could come too late: on pages, which are closed, and where the
        vendor lets us write for a while only.
        """
        channel, _ = step.conversation.replies_at
        outlets = self._steps.outlets
        late = channel not in outlets.sending or channel in outlets.windowed
        if not late or not self._steps.elsewhere(channel):
            return ()
        return (Button(title=say("continue_button", step.conversation.language), payload=CONTINUE),)
