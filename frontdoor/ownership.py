"""Ownership: how a conversation passes between bot, queue and humans, by what customers and desks do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind, Reason, TicketChange
from connectors.fields import is_email
from connectors.message import JSON, Action, Author, Button, Content
from frontdoor import escalation
from frontdoor.continuing import Continuing
from frontdoor.lanes import Handler, RetryError
from frontdoor.sentences import say
from frontdoor.states import WAITING, WITH_HUMAN, Owner, State
from frontdoor.step import Step, Steps
from frontdoor.surveys import Surveys, ask_rating
from storage import handoffs, messages, work
from storage.clock import now_ms
from storage.continuing import follow
from storage.handoffs import HandoffRow
from storage.surveys import NOT_SOLVED, SOLVED, Survey
from storage.work import Work

log = structlog.get_logger(__name__)

COMMENT = 1_000
SCORES = frozenset("12345")
ANSWERS = frozenset({DeskEventKind.REPLIED, DeskEventKind.EDITED, DeskEventKind.DELETED})
UNCONFIRMED = frozenset({"resolved", "silent"})
ABOUT_THE_BOT_TOO = frozenset({Action.SOLVED, Action.RATE})
LANGUAGES = {"action:language:en": "English", "action:language:zh": "简体中文"}
"""Payload and title of the buttons that ask for one."""
OPENING_S = 0.2
OPENING_ATTEMPTS = 3_000
MESSAGE_ID = 26  # characters
BEGINNING = 30  # characters by which a message is told from others


@dataclass(frozen=True, kw_only=True)
class About:
    """The handoff that an event of a desk is about, and the conversation in which its customer is now."""

    handoff: HandoffRow
    now_in: str


class Ownership:
    """Acts on what customers and desks do."""

    def __init__(
        self, steps: Steps, continuing: Continuing, asking: Surveys, *, desk: str, brand: Mapping[str, str]
    ) -> None:
        self._steps = steps
        self._continuing = continuing
        self._asking = asking
        self._desk = desk
        self._brand = brand

    @property
    def handlers(self) -> dict[str, Handler[Any]]:
        """By kind of work."""
        return {"desk_event": Handler(look=_about, do=self._desk_happened)}

    async def _desk_happened(self, item: Work, about: About | None) -> None:
        """Something happened at a desk."""
        event = DeskEvent.from_json(item.payload)
        if about is None:
            # The desk was faster than our own note that it has the ticket.
            if item.attempts >= OPENING_ATTEMPTS:
                log.error("desk.event_for_unknown_ticket", desk=event.desk)
                await self._steps.database.write(work.bury, item.id, error="unknown ticket")
                return
            raise RetryError("the ticket is not noted yet", after=OPENING_S)
        if event.kind in ANSWERS and about.now_in != about.handoff.conversation_id:
            await self._steps.run(about.now_in, self._answer_elsewhere, item, event, about.handoff)
            return
        await self._steps.run(about.handoff.conversation_id, self._desk_event, item, event, about.handoff)

    def _desk_event(self, step: Step, item: Work, event: DeskEvent, handoff: HandoffRow) -> None:
        if not work.finish(step.tx, item.id):
            return
        match event.kind:
            case DeskEventKind.TAKEN:
                self._taken(step, event, handoff)
            case DeskEventKind.REPLIED:
                self._replied(step, event, handoff)
            case DeskEventKind.QUEUED:
                self._queued(step, event, handoff)
            case DeskEventKind.RETURNED:
                self._returned(step, event, handoff)
            case DeskEventKind.RESOLVED:
                self._resolved(step, event, handoff)
            case DeskEventKind.EDITED:
                self._corrected(step, event)
            case DeskEventKind.DELETED:
                self._taken_back(step, event, handoff)
            case _:
                log.warning("desk.event_not_stored", kind=str(event.kind))

    def _answer_elsewhere(self, step: Step, item: Work, event: DeskEvent, handoff: HandoffRow) -> None:
        """The customer has gone on with another conversation since: the answer, and what becomes of it, reaches them
        there, whoever owns it.
        """
        if not work.finish(step.tx, item.id):
            return
        match event.kind:
            case DeskEventKind.EDITED:
                self._corrected(step, event)
            case DeskEventKind.DELETED:
                self._taken_back(step, event, handoff)
            case _:
                self._say(step, event)

    def _taken(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        current = step.handoff
        same = current is not None and current.id == handoff.id
        if same and step.conversation.state in WITH_HUMAN and step.conversation.agent_id == event.agent_id:
            return
        if current is not None and not same and current.status in {"requested", "open"}:
            # An agent was quicker than the customer who left the line, and is there already: nobody waits any more.
            escalation.change(step, TicketChange.WITHDRAWN)
            step.change_handoff(current, status="withdrawn")
        if handoff.status == "withdrawn":  # the agent was quicker, and the desk is being told that nobody waits
            escalation.change(step, TicketChange.REOPENED, {"by": "agent"}, handoff=handoff)
        if handoff.status != "open":
            step.change_handoff(handoff, status="open")
        was = step.owner
        step.move(
            State.WITH_AGENT, handoff_id=handoff.id, agent_id=event.agent_id, agent_name=event.agent_name,
            position=None,
            wait_seconds=None, opens_at=None,
        )  # fmt: skip
        if was is Owner.BOT:
            escalation.catch_up(step)
        if handoff.reason == Reason.AGENT and was is not Owner.AGENT:
            return  # nobody joins: the agent began it
        step.system("agent_joined", {"kind": "agent_joined", "name": event.agent_name}, name=event.agent_name)

    def _replied(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        """A human's message is always delivered, whoever owns the conversation by now."""
        if step.conversation.handoff_id == handoff.id and step.conversation.state in {*WAITING, State.ABANDONED}:
            self._taken(step, event, handoff)  # a desk where one simply answers
        self._say(step, event)
        if step.conversation.handoff_id == handoff.id and step.conversation.state in WITH_HUMAN:
            step.move(State.WAITING_CUSTOMER)

    def _say(self, step: Step, event: DeskEvent) -> None:
        """A human's message, by the id that its desk gave it."""
        message_id = _message_id(step, event)
        step.add(Author.AGENT, event.content, name=event.agent_name, message_id=message_id, client_id=event.id[:160])

    def _corrected(self, step: Step, event: DeskEvent) -> None:
        """What an agent changes in a reply that the customer has is said once more; what was said, was said."""
        text = say("corrected", step.conversation.language, text=event.content.text)
        step.add(Author.AGENT, replace(event.content, text=text), name=event.agent_name)

    def _taken_back(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        """What an agent deletes cannot be unsaid on every channel: the customer is asked to forget it."""
        places = dict.fromkeys((step.conversation.id, handoff.conversation_id))
        found = (messages.find_by_client(step.tx, each, event.message_id) for each in places)
        said = next((each for each in found if each is not None), None)
        if said is None:
            return
        custom = {"kind": "taken_back", "message_id": said.id}
        step.system("taken_back", custom, name=said.author_name, text=_beginning(said.content.text))

    def _queued(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        if step.conversation.handoff_id != handoff.id:
            return
        team = (event.team or {}).get("zh" if step.conversation.language == "zh" else "en", "")
        if step.conversation.state == State.QUEUED:  # reopened: the customer knows, the desk says where they stand
            step.move(State.QUEUED, position=event.position, wait_seconds=event.wait_seconds)
            if team:
                custom = {"kind": "escalated", "team": team, "name": ""}
                step.system("escalated_waiting", custom, team=team, number=handoff.number)
            return
        if step.conversation.state not in WITH_HUMAN:
            return
        name = step.conversation.agent_name
        step.move(
            State.QUEUED,
            agent_id="",
            agent_name="",
            position=event.position,
            wait_seconds=event.wait_seconds,
            opens_at=None,
        )
        if team:
            custom = {"kind": "escalated", "team": team, "name": name}
            step.system("escalated", custom, team=team, name=name)
            return
        custom = {"kind": "agent_left", "name": name}
        step.system("agent_left_queue", custom, name=name)

    def _returned(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        step.change_handoff(handoff, status="returned")
        if step.conversation.handoff_id != handoff.id:
            return
        step.move(State.BOT, agent_id="", agent_name="")
        briefing = {"conversation_id": step.conversation.id, "message_id": event.id, "briefing": event.briefing}
        step.enqueue("brief", f"brief:{handoff.id}:{event.id}", briefing)
        step.system("agent_left_bot", {"kind": "returned", "name": event.agent_name}, name=event.agent_name)

    def _resolved(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        if handoff.status in {"withdrawn", "returned"}:
            return  # its customer left, or was given back to the bot: the desk has closed what nobody waits for
        step.change_handoff(handoff, status="resolved")
        if step.conversation.handoff_id != handoff.id:
            return
        language = step.conversation.language
        step.move(State.RESOLVED, agent_id="", agent_name="")
        self._asking.of_ticket(step, handoff)
        buttons = (
            Button(title=say("yes", language), payload=f"action:solved:yes:{handoff.id}"),
            Button(title=say("no", language), payload=f"action:solved:no:{handoff.id}"),
        )
        step.system(
            "solved_question", {"kind": "solved_question", "number": handoff.number}, Content(buttons=buttons),
            number=handoff.number, name=event.agent_name,
        )  # fmt: skip

    def act(self, step: Step, action: Action, data: JSON, about: str = "") -> None:
        """A customer's action, `about` a handoff (empty: the current one); one that does not fit changes nothing."""
        handoff = step.find_handoff(about) if about else step.handoff
        asked = self._asking.meant(step, about) if action in ABOUT_THE_BOT_TOO else None
        match action:
            case Action.HUMAN:
                self._human(step)
            case Action.REOPEN:
                self._reopen(step, handoff)
            case Action.SOLVED if asked is not None:
                self._asking.answered(step, asked, bool(data.get("solved")))
            case Action.RATE if asked is not None:
                self._rate_bot(step, asked, str(data.get("score")), str(data.get("comment") or "")[:COMMENT])
            case Action.LEAVE_QUEUE:
                self._leave(step)
            case Action.SOLVED:
                self._solved(step, handoff, bool(data.get("solved")))
            case Action.RATE:
                self._rate(step, handoff, str(data.get("score")), str(data.get("comment") or "")[:COMMENT])
            case Action.FEEDBACK:
                messages.mark_helpful(
                    step.tx, step.conversation.id, str(data.get("message_id")), bool(data.get("helpful"))
                )
            case Action.CONTACT:
                self._contact(step, str(data.get("email") or "").strip())
            case Action.LANGUAGE:
                self._language(step, str(data.get("language")), aloud=bool(data.get("aloud")))
            case Action.START:
                self._start(step)
            case Action.CONTINUE:
                self._continuing.issue(step, given=str(data.get("code") or ""))
            case Action.UNLINK:
                self._continuing.unlink(step)

    def _language(self, step: Step, language: str, *, aloud: bool) -> None:
        """Speak another language, or ask which one; `aloud` for those who have no page that shows it."""
        known = language in {"en", "zh"}
        if known:
            step.set(language=language)
            step.effects.state_changed = True
        if aloud and known:
            step.system("language_set", {"kind": "language"})
        elif aloud:
            buttons = tuple(Button(title=title, payload=payload) for payload, title in LANGUAGES.items())
            step.system("ask_language", {"kind": "language"}, Content(buttons=buttons))

    def _start(self, step: Step) -> None:
        """The chat was opened without a word: whoever is with the bot is greeted."""
        if step.owner is not Owner.BOT:
            return
        language = step.conversation.language or "en"
        button = Button(title=say("human_button", language), payload="action:human")
        brand = self._brand["zh" if language == "zh" else "en"]
        step.system("welcome", {"kind": "welcome"}, Content(buttons=(button,)), brand=brand)

    def _human(self, step: Step) -> None:
        if step.conversation.state == State.ABANDONED:
            escalation.come_back(step)
        elif unsolved(step, self._asking.rules.reopen_days) and step.handoff is not None:
            self._reopen(step, step.handoff)
        elif step.owner is Owner.BOT:
            escalation.begin(step, Reason.REQUESTED, self._desk)

    def _leave(self, step: Step) -> None:
        handoff = step.handoff
        if step.conversation.state not in {*WAITING, State.ABANDONED} or handoff is None:
            return
        escalation.change(step, TicketChange.WITHDRAWN)
        step.change_handoff(handoff, status="withdrawn")
        step.move(State.BOT, position=None, wait_seconds=None, opens_at=None)
        step.system("left_queue", {"kind": "left_queue"})

    def _solved(self, step: Step, handoff: HandoffRow | None, solved: bool) -> None:
        current = handoff is not None and handoff.id == step.conversation.handoff_id
        if handoff is None or handoff.status not in UNCONFIRMED or not (solved or current):
            return
        if not solved:
            self._reopen(step, handoff)
            return
        escalation.change(step, TicketChange.CONFIRMED, handoff=handoff)
        step.change_handoff(handoff, status="confirmed")
        self._asking.close(step, handoff, SOLVED)
        ask_rating(step, handoff.id, number=handoff.number)

    def _reopen(self, step: Step, handoff: HandoffRow | None) -> None:
        """The same ticket again, unless that is too long ago or the customer has a newer one."""
        if escalation.reopenable(step, handoff, self._asking.rules.reopen_days) and handoff is not None:
            self._asking.close(step, handoff, NOT_SOLVED)
            escalation.reopen(step, handoff)
        elif handoff is not None and handoff.status in escalation.CALLED_SOLVED and step.owner is Owner.BOT:
            step.system("reopen_late", {"kind": "reopen_late"}, number=handoff.number)

    def _rate(self, step: Step, handoff: HandoffRow | None, given: str, comment: str) -> None:
        if handoff is None or handoff.status not in escalation.CALLED_SOLVED or given not in SCORES:
            return
        score = int(given)
        handoffs.rate(step.tx, handoff.id, score, comment, now_ms())
        escalation.change(step, TicketChange.RATED, {"score": score, "comment": comment}, handoff=handoff)
        step.change_handoff(handoff, status="confirmed")
        self._asking.close(step, handoff, SOLVED)
        if step.conversation.state == State.RESOLVED and step.conversation.handoff_id == handoff.id:
            step.move(State.RATED)
        step.system("rated", {"kind": "rated", "score": score})

    def _rate_bot(self, step: Step, asked: Survey, given: str, comment: str) -> None:
        if given in SCORES:
            self._asking.rated(step, asked, int(given), comment)

    def _contact(self, step: Step, email: str) -> None:
        if not is_email(email):
            step.system("email_invalid", {"kind": "ask_email"})
            return
        step.set_customer(email=email)
        said = step.system("email_saved", {"kind": "email_saved"}, email=email)
        if step.owner is not Owner.BOT:
            escalation.append(step, said)


def unsolved(step: Step, days: int) -> bool:
    """Whether the customer comes back to a ticket of which they have not said that it is solved."""
    handoff, state = step.handoff, step.conversation.state
    waiting = state == State.RESOLVED and handoff is not None and handoff.status in UNCONFIRMED
    return waiting and escalation.reopenable(step, handoff, days)


def _about(tx: Connection, item: Work) -> About | None:
    handoff = handoffs.find_by_ticket(tx, item.payload["desk"], item.payload["ticket_id"])
    return About(handoff=handoff, now_in=follow(tx, handoff.conversation_id)) if handoff else None


def _beginning(text: str) -> str:
    """Enough of a text to tell which one it is."""
    return text if len(text) <= BEGINNING else f"{text[:BEGINNING]}…"


def _message_id(step: Step, event: DeskEvent) -> str:
    """The desk's own id where it can be ours: an id of a helpdesk may be too long, or taken at another one."""
    fits = len(event.id) <= MESSAGE_ID and not messages.is_taken(step.tx, event.id)
    return event.id if fits else ""
