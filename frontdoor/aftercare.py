"""Aftercare: what silence after an answer means. Found by looking at the store, so a restart forgets nothing.

The bot's answer is asked about once. Who does not say whether a ticket is solved is reminded once, in opening hours,
where we may write to them; then silence counts as confirmed, and is kept apart from a customer's "yes".
"""

import asyncio

import structlog

from connectors.desk import TicketChange
from connectors.message import Button, Content
from desk.hours import Hours
from frontdoor import escalation
from frontdoor.listening import Listening
from frontdoor.sentences import say
from frontdoor.states import State
from frontdoor.step import Step, Steps
from frontdoor.surveys import HOUR_MS, Surveys, reachable
from storage import customers, surveys
from storage.clock import now_ms
from storage.customers import Consent
from storage.reach import next_best
from storage.surveys import Survey

log = structlog.get_logger(__name__)

SWEEP_S = 15.0
CALM_MS = 300_000
"""How long the clock has to run evenly before hours of silence are believed: it may have been set."""
LATE_MS = 2 * HOUR_MS
"""An answer that is older is not asked about any more: while we were away the customer has gone on."""

Way = tuple[str, str]


class Aftercare:
    """Sweeps over questions that nobody has answered. `hours` are the desk's, `mail_channel` is empty without mail."""

    def __init__(
        self, steps: Steps, asking: Surveys, *, hours: Hours | None = None, mail_channel: str = "",
        calm_ms: int = CALM_MS,
    ) -> None:  # fmt: skip
        self._steps, self._asking, self._rules = steps, asking, asking.rules
        self._hours, self._mail_channel, self._calm_ms = hours, mail_channel, calm_ms
        self._listening = Listening()
        self._asked_until = 0  # ms

    async def run(self) -> None:
        """Sweep until cancelled."""
        self._listening.begin()
        while True:
            try:
                await self.sweep()
            except Exception as error:  # a database in trouble must not end the service: look again
                log.error("aftercare.sweep_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_S)

    async def sweep(self) -> None:
        """Look once."""
        now = self._listening.now()
        if self._rules.ask_after_minutes:
            await self._ask(now)
        if now - self._listening.since < self._calm_ms:
            return
        if self._hours is None or self._hours.is_open(now):
            await self._remind(now)
        await self._settle(now)

    async def _ask(self, now: int) -> None:
        until = now - self._rules.ask_after_minutes * 60_000
        if until < self._listening.since:
            return
        since = max(min(self._asked_until, until), until - LATE_MS)
        people_since = now - self._rules.ask_once_in_hours * HOUR_MS
        quiet = await self._steps.database.read(
            surveys.quiet_after_answer, state=State.BOT, since=since, until=until, people_since=people_since
        )
        for conversation_id in quiet:
            await self._try(conversation_id, until)
        self._asked_until = until

    async def _try(self, conversation_id: str, until: int) -> None:
        try:
            await self._steps.run(conversation_id, self._offer, until)
        except KeyError:  # it has been forgotten meanwhile
            log.info("aftercare.conversation_gone")

    def _offer(self, step: Step, until: int) -> None:
        if step.conversation.customer_at <= until:
            self._asking.offer(step, quiet=True)

    async def _remind(self, now: int) -> None:
        before = now - self._rules.remind_after_hours * HOUR_MS
        for asked in await self._steps.database.read(surveys.open_since, before):
            await self._steps.run(asked.conversation_id, self._again, asked)

    def _again(self, step: Step, asked: Survey) -> None:
        handoff = step.find_handoff(asked.handoff_id)
        if handoff is None or handoff.status != "resolved":
            surveys.close(step.tx, asked.id, surveys.MOOT, now_ms())
            return
        if not surveys.remind(step.tx, asked.id, now_ms()):
            return
        here = step.conversation.state == State.RESOLVED and step.conversation.handoff_id == handoff.id
        way = self._way(step) if here else None
        if way is None:  # they have gone on, or cannot be reached without cost or against their will
            return
        language = step.conversation.language
        own = way == step.conversation.replies_at or way[0] == self._mail_channel
        buttons = tuple(
            Button(title=say(answer, language), payload=f"action:solved:{answer}:{handoff.id}")
            for answer in ("yes", "no")
        )
        custom = {"kind": "solved_question", "number": handoff.number}
        custom |= self._steps.private_link(step, handoff.id)
        content = Content(buttons=buttons if own else ())
        step.say(say("remind_solved", language, number=handoff.number), custom, content, via=way)

    def _way(self, step: Step) -> Way | None:
        """Where the reminder goes: where they wrote last, else the next best of their channels, else by mail."""
        conversation = step.conversation
        channel, address = conversation.replies_at
        mail = self._mail(step)
        if channel in self._steps.stored_channels:
            return mail or (channel, address)
        if reachable(step, channel, address, self._steps) and not self._steps.in_company(channel, address):
            return channel, address
        for way in next_best(step.tx, conversation.person_id, self._steps.outlets, besides=(channel, address)):
            if not self._steps.in_company(way.customer.channel, way.customer.address):
                return way.customer.channel, way.customer.address
        return mail

    def _mail(self, step: Step) -> Way | None:
        """By mail to those who gave an address for that and have not withdrawn."""
        conversation = step.conversation
        if not self._mail_channel or not conversation.email or conversation.consent == Consent.WITHDRAWN:
            return None
        if customers.forbidden(step.tx, "email", conversation.email):
            return None
        return self._mail_channel, conversation.email

    async def _settle(self, now: int) -> None:
        before = now - self._rules.settle_after_hours * HOUR_MS
        for asked in await self._steps.database.read(surveys.open_since, now, reminded_before=before):
            await self._steps.run(asked.conversation_id, self._silent, asked)
        for asked in await self._steps.database.read(surveys.open_since, before, of_bot=True):
            await self._steps.database.write(surveys.close, asked.id, surveys.SILENT, now_ms())

    def _silent(self, step: Step, asked: Survey) -> None:
        handoff = step.find_handoff(asked.handoff_id)
        if handoff is None or handoff.status != "resolved":
            surveys.close(step.tx, asked.id, surveys.MOOT, now_ms())
            return
        if surveys.close(step.tx, asked.id, surveys.SILENT, now_ms(), unless=surveys.ANSWERED):
            escalation.change(step, TicketChange.CONFIRMED, {"by": "silence"}, handoff=handoff)
            step.change_handoff(handoff, status="silent")
