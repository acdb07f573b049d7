"""Surveys: whether customers were helped, by the bot alone or by people, and what follows from what they say.

Tickets are asked about when they are resolved (`frontdoor.ownership`). Here is what the bot answered by itself: asked
about once, when the customer says thanks or has gone quiet, and never where that would be a nuisance.
"""

from dataclasses import dataclass

from connectors.message import Author, Button, Content
from desk.aftersales_settings import AfterSales
from frontdoor.sentences import say
from frontdoor.states import State
from frontdoor.step import Step, Steps
from storage import customers, followups, handoffs, messages, openings, surveys
from storage.clock import now_ms
from storage.followups import FollowUp
from storage.handoffs import HandoffRow
from storage.messages import Message
from storage.surveys import Survey
from storage.tables import new_id

HOUR_MS = 3_600_000
LOOK_BACK = 12  # messages in which an answer is looked for
PARTING = frozenset({"thank", "goodbye"})
"""Intents with which customers end a conversation."""


@dataclass(frozen=True, kw_only=True)
class Surveys:
    """Asks and takes the answers. `tier` gets in touch with those who were not helped."""

    steps: Steps
    rules: AfterSales
    tier: str

    def of_ticket(self, step: Step, handoff: HandoffRow) -> None:
        """The customer is asked about a ticket now."""
        tried = handoffs.packet_of(step.tx, handoff.id).get("tried", ())
        by = surveys.BOTH if any(each.get("shown") for each in tried) else surveys.AGENT
        self._add(step, by, handoff.id)

    def close(self, step: Step, handoff: HandoffRow, outcome: str) -> None:
        """What the customer made of a ticket."""
        asked = surveys.of_handoff(step.tx, handoff.id, step.conversation.id)
        if asked is not None:
            surveys.close(step.tx, asked.id, outcome, now_ms())

    def meant(self, step: Step, about: str) -> Survey | None:
        """The question about the bot that an answer belongs to: the one it names, else the last one of all."""
        tx, conversation_id = step.tx, step.conversation.id
        found = surveys.find(tx, conversation_id, about) if about else surveys.last(tx, conversation_id)
        return found if found is not None and found.of_bot else None

    def offer(self, step: Step, *, quiet: bool) -> bool:
        """Ask about the bot's answer, `quiet`: it is the last thing that was said. Whether that was asked now."""
        if step.conversation.state != State.BOT or not _answered(step, quiet=quiet) or not self._may_ask(step):
            return False
        asked = self._add(step, surveys.BOT)
        language = step.conversation.language
        buttons = tuple(
            Button(title=say(answer, language), payload=f"action:solved:{answer}:{asked.id}")
            for answer in ("yes", "no")
        )
        step.system("survey", {"kind": "solved_question", "number": ""}, Content(buttons=buttons))
        return True

    def answered(self, step: Step, asked: Survey, solved: bool) -> None:
        """The customer says whether the bot's answer helped."""
        outcome = surveys.SOLVED if solved else surveys.NOT_SOLVED
        if not surveys.close(step.tx, asked.id, outcome, now_ms()):
            return
        language = step.conversation.language
        if solved:
            ask_rating(step, asked.id, number="")
            return
        button = Button(title=say("human_button", language), payload="action:human")
        step.system("survey_no", {"kind": "survey_no"}, Content(buttons=(button,)))
        if surveys.not_solved_in_a_row(step.tx, step.conversation.id) >= self.rules.not_solved_times:
            self._follow_up(step, asked, followups.NOT_SOLVED)

    def rated(self, step: Step, asked: Survey, score: int, comment: str) -> None:
        """The customer gives the bot a score."""
        surveys.close(step.tx, asked.id, surveys.SOLVED, now_ms(), unless=(surveys.NOT_SOLVED,))
        surveys.rate(step.tx, asked.id, score, comment, now_ms())
        if score <= self.rules.low_rating:
            self._follow_up(step, asked, followups.LOW_RATING, comment)
        step.system("rated", {"kind": "rated", "score": score})

    def _may_ask(self, step: Step) -> bool:
        """Not too often, and not where it is unwelcome, impossible, or read by others."""
        channel, address = step.conversation.replies_at
        before = surveys.last_of_person(step.tx, step.conversation.person_id)
        if before is not None and before.asked_at > now_ms() - self.rules.ask_once_in_hours * HOUR_MS:
            return False
        if channel in self.rules.ask_not_on or self.steps.in_company(channel, address):
            return False
        if channel in self.steps.stored_channels:
            return True
        return reachable(step, channel, address, self.steps)

    def _add(self, step: Step, solved_by: str, handoff_id: str = "") -> Survey:
        return surveys.add(
            step.tx, conversation_id=step.conversation.id, person_id=step.conversation.person_id,
            channel=step.conversation.replies_at[0], solved_by=solved_by, handoff_id=handoff_id, at=now_ms(),
        )  # fmt: skip

    def _follow_up(self, step: Step, asked: Survey, reason: str, note: str = "") -> None:
        now = now_ms()
        followups.add(
            step.tx,
            FollowUp(
                id=new_id(), key=f"{reason}:{asked.id}", conversation_id=step.conversation.id,
                customer_name=step.conversation.name, channel=step.conversation.replies_at[0], reason=reason,
                due_at=now + self.rules.follow_up_within_hours * HOUR_MS, tier=self.tier, note=note, created_at=now,
                updated_at=now,
            ),
        )  # fmt: skip


def ask_rating(step: Step, about: str, *, number: str) -> None:
    """Ask for a score from 1 to 5, of a ticket (`about` its handoff) or of the bot (`about` its survey)."""
    rate = f"action:rate:{{}}:{about}"
    scores = tuple(Button(title=str(score), payload=rate.format(score)) for score in range(1, 6))
    step.system("ask_rating", {"kind": "ask_rating", "number": number}, Content(buttons=scores))


def reachable(step: Step, channel: str, address: str, steps: Steps) -> bool:
    """Whether something may be sent to an address now, of ourselves."""
    if channel not in steps.outlets.sending or customers.forbidden(step.tx, channel, address):
        return False
    if channel not in steps.outlets.windowed:
        return True
    window = openings.find(step.tx, channel, address)
    return window is not None and not window.closed


def _answered(step: Step, *, quiet: bool) -> bool:
    """Whether the bot has answered from the knowledge base lately: as the last thing, or since a human spoke."""
    said = messages.latest(step.tx, step.conversation.id, LOOK_BACK)
    if quiet:
        return bool(said) and _is_answer(said[-1])
    for message in reversed(said):
        if message.author is Author.AGENT:
            return False
        if _is_answer(message):
            return True
    return False


def _is_answer(message: Message) -> bool:
    return message.author is Author.BOT and message.content.article is not None
