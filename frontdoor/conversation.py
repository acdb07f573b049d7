"""Conversation: whoever owns it answers. This is the heart: one customer's message, one decision, one transaction."""

from typing import Any

import structlog
from sqlalchemy import Connection

from connectors.desk import Reason, TicketChange
from connectors.fields import is_email
from connectors.message import JSON, Action, Author, Button, Content
from frontdoor import asking, escalation, metrics, personal
from frontdoor.asking import SERVICE_BUTTON, Asking, View, apologise
from frontdoor.brain import Brain, BrainError, Reply
from frontdoor.bulletins import Bulletins
from frontdoor.escalation import CALLED_SOLVED
from frontdoor.lanes import Handler, RetryError
from frontdoor.ownership import Ownership, unsolved
from frontdoor.phrasing import Phrasing
from frontdoor.sentences import say
from frontdoor.states import WITH_HUMAN, Owner, State, owner
from frontdoor.step import Step, Steps
from frontdoor.surveys import PARTING, Surveys
from frontdoor.typing import Typing
from storage import conversations, handoffs, messages, work
from storage.clock import now_ms
from storage.messages import Message
from storage.work import Work

log = structlog.get_logger(__name__)

HAND_OVER_AFTER_S = 60.0
HAND_OVER_ATTEMPTS = range(4, 20)  # neither sooner nor later than that: the clock may have been set meanwhile
RETRY_S = (0.3, 0.7, 1.5, 3.0, 5.0)
TOGETHER_MS = 60_000  # files that follow each other faster are answered as one
NEIGHBOURS = 20


class Conversations:
    """What is done in the conversation lanes."""

    def __init__(
        self, steps: Steps, brain: Brain, ownership: Ownership, *, desk: str, typing: Typing,
        surveys: Surveys, bulletins: Bulletins, phrasing: Phrasing | None = None,
    ) -> None:  # fmt: skip
        self._steps = steps
        self._brain = brain
        self._surveys = surveys
        self._bulletins = bulletins
        self._asking = Asking(steps, brain, phrasing)
        self._ownership = ownership
        self._desk = desk
        self._typing = typing

    @property
    def handlers(self) -> dict[str, Handler[Any]]:
        """By kind of work."""
        return {
            "turn": Handler(look=_view, do=self._turn),
            "action": Handler(look=_nothing, do=self._action),
            "brief": Handler(look=_nothing, do=self._brief),
        }

    async def _turn(self, item: Work, view: View) -> None:
        """A customer's message."""
        conversation_id = view.conversation.id
        payload = item.payload["payload"]
        if item.payload.get("about"):
            await self._steps.run(conversation_id, self._on_the_page, item, view.message, item.payload["about"])
        elif item.payload.get("note"):
            await self._steps.run(conversation_id, self._noted, item, view.message)
        elif payload.startswith(SERVICE_BUTTON):
            await self._steps.run(conversation_id, self._service_button, item, payload.removeprefix(SERVICE_BUTTON))
        elif owner(view.conversation.state) is Owner.AGENT:
            await self._steps.run(conversation_id, self._to_human, item, view.message)
        elif not view.message.content.text.strip() and not payload:
            await self._steps.run(conversation_id, self._file_only, item, view.message)
        else:
            await self._ask_bot(item, view, payload)
        await self._steps.bus.publish(
            f"conversation:{conversation_id}", {"type": "done", "message_id": view.message.id}
        )

    async def _action(self, item: Work, _: None) -> None:
        """A customer did something besides talking."""
        conversation_id = item.lane.partition(":")[2]
        await self._steps.run(conversation_id, self._act, item)
        await self._steps.bus.publish(
            f"conversation:{conversation_id}", {"type": "done", "message_id": item.payload["id"]}
        )

    async def _brief(self, item: Work, _: None) -> None:
        """The bot learns what the human did."""
        payload = item.payload
        try:
            await self._brain.brief(payload["conversation_id"], payload["message_id"], payload["briefing"])
        except BrainError as error:
            if item.attempts >= len(RETRY_S) * 4:
                log.warning("brain.brief_given_up")
            else:
                raise RetryError(str(error), after=RETRY_S[min(item.attempts, len(RETRY_S) - 1)]) from error
        await self._steps.database.write(work.finish, item.id)

    def give_up(self, step: Step, item: Work) -> None:
        """A turn or a wish for a human that can't be dealt with: nobody is left in silence, so humans take over."""
        wanted = item.kind == "turn" or (item.kind == "action" and item.payload["action"] == Action.HUMAN)
        if wanted and step.owner is Owner.BOT:
            escalation.begin(step, Reason.BOT_UNAVAILABLE, self._desk)

    async def _ask_bot(self, item: Work, view: View, payload: str) -> None:
        conversation = view.conversation
        await self._steps.bus.publish(
            f"conversation:{conversation.id}", {"type": "typing", "author": "bot", "name": "", "on": True}
        )
        self._typing.show(*conversation.replies_at)
        try:
            reply = await self._asking.ask(view, payload)
        except BrainError as error:
            metrics.BRAIN_ERRORS.inc()
            log.warning("brain.unavailable", error=str(error), attempt=item.attempts + 1)
            if owner(conversation.state) is Owner.BOT and _is_patient(view, item.attempts):
                if view.waited_s >= asking.APOLOGISE_AFTER_S:
                    await self._steps.run(conversation.id, apologise)
                raise RetryError(str(error), after=RETRY_S[min(item.attempts, len(RETRY_S) - 1)]) from error
            await self._steps.run(conversation.id, self._without_bot, item, view)
            return
        if not await self._steps.run(conversation.id, self._answered, item, view, reply):
            raise RetryError("the conversation changed hands and came back meanwhile", after=0)
        if not reply.messages:  # nothing comes that would end it
            await self._steps.bus.publish(
                f"conversation:{conversation.id}", {"type": "typing", "author": "bot", "name": "", "on": False}
            )
        metrics.TURNS.labels(str(reply.evidence.get("decision")), str(reply.evidence.get("language"))).inc()

    def _answered(self, step: Step, item: Work, view: View, reply: Reply) -> bool:
        """False when what the bot thought is stale, and yet nobody but the bot will answer: it must think again."""
        stale = step.conversation.epoch != view.conversation.epoch
        if stale and step.owner is Owner.BOT:
            return False
        if not work.finish(step.tx, item.id):
            return True
        step.seen_by_us(view.message.seq)
        evidence = {**reply.evidence, "slots": reply.slots}
        messages.keep_evidence(step.tx, view.message.id, evidence)
        if stale:
            log.info("bot.stale", messages=len(reply.messages))
            _pass_on(step, view.message)
            return True
        back = unsolved(step, self._surveys.rules.reopen_days)
        _wake_up(step)
        _learn(step, reply)
        _pass_on(step, view.message)
        self._bulletins.tell(step, view.message.content.text)
        for content in reply.messages:
            told, may_ask = personal.filled(step, content, alone=self._alone(step))
            _pass_on(step, step.add(Author.BOT, told))
            if may_ask and step.owner is Owner.BOT:
                personal.ask(step, content.custom["personal"])
        if not reply.messages:
            _acknowledge(step)
        for signal in reply.signals:
            if signal.get("type") != "handoff" or step.owner is not Owner.BOT:
                continue
            if back and step.handoff is not None:
                self._ownership.act(step, Action.REOPEN, {}, step.handoff.id)
            else:
                escalation.begin(step, Reason(signal.get("reason", Reason.REQUESTED)), self._desk, reply.slots)
        if reply.evidence.get("intent") in PARTING:
            self._surveys.offer(step, quiet=False)
        return True

    def _without_bot(self, step: Step, item: Work, view: View) -> None:
        if not work.finish(step.tx, item.id):
            return
        _wake_up(step)
        if step.owner is Owner.BOT:
            apologise(step)
            escalation.begin(step, Reason.BOT_UNAVAILABLE, self._desk)
        else:
            _pass_on(step, view.message)
            _acknowledge(step)

    def _to_human(self, step: Step, item: Work, message: Message) -> None:
        if not work.finish(step.tx, item.id):
            return
        _wake_up(step)
        escalation.append(step, message)

    def _on_the_page(self, step: Step, item: Work, message: Message, about: str) -> None:
        """Said on the private page of a ticket: it is for those who have it, whoever has the conversation."""
        if not work.finish(step.tx, item.id):
            return
        handoff = handoffs.find(step.tx, about)
        if handoff is not None and handoff.id == step.conversation.handoff_id and handoff.status not in CALLED_SOLVED:
            _wake_up(step)
        if handoff is not None:
            self._ownership.act(step, Action.REOPEN, {}, handoff.id)  # unless it is open
            escalation.append_to(step, handoff, message)

    def _noted(self, step: Step, item: Work, message: Message) -> None:
        if work.finish(step.tx, item.id):
            _pass_on(step, message)

    def _file_only(self, step: Step, item: Work, message: Message) -> None:
        if not work.finish(step.tx, item.id):
            return
        _wake_up(step)
        if step.owner is not Owner.BOT:
            escalation.append(step, message)
            return
        if not message.content.attachments or _comes_along(step, message):
            return  # the customer has been told that it could not be taken, or that we have the others
        button = Button(title=say("human_button", step.conversation.language), payload=f"{SERVICE_BUTTON}human")
        step.system("file_received", {"kind": "file_received"}, Content(buttons=(button,)))

    def _act(self, step: Step, item: Work) -> None:
        if work.finish(step.tx, item.id):
            data = item.payload["data"]
            self._do(step, Action(item.payload["action"]), data, str(data.get("about") or ""))

    def _service_button(self, step: Step, item: Work, command: str) -> None:
        if not work.finish(step.tx, item.id):
            return
        name, argument, about = (*command.split(":"), "", "")[:3]
        data: JSON = {"solved": argument == "yes"} if name == "solved" else {"score": argument}
        if name == "personal":
            data = {"granted": argument == "yes"}
        if name == "language":
            data = {"language": argument, "aloud": True}
        self._do(step, Action(name), data, about)

    def _alone(self, step: Step) -> bool:
        """Whether only the customer reads what is said to them."""
        return not self._steps.in_company(*step.conversation.replies_at)

    def _do(self, step: Step, action: Action, data: JSON, about: str) -> None:
        if action in {Action.HUMAN, Action.START}:
            self._bulletins.tell(step, "")
        if action is Action.PERSONAL:
            personal.decide(step, bool(data.get("granted")), alone=self._alone(step))
        else:
            self._ownership.act(step, action, data, about)


def _nothing(_tx: Connection, _item: Work) -> None:
    """For work that says everything itself."""


def _view(tx: Connection, item: Work) -> View:
    conversation_id = item.lane.partition(":")[2]
    conversation = conversations.find(tx, conversation_id)
    message = messages.find(tx, conversation_id, item.payload["message_id"])
    if conversation is None or message is None:
        raise LookupError("a turn without its message")
    return View(conversation=conversation, message=message, waited_s=(now_ms() - item.created_at) / 1000)


def _is_patient(view: View, attempts: int) -> bool:
    """Whether the bot gets another try before humans take over."""
    if attempts not in HAND_OVER_ATTEMPTS:
        return attempts < HAND_OVER_ATTEMPTS.start
    return view.waited_s < HAND_OVER_AFTER_S


def _wake_up(step: Step) -> None:
    """The customer writes: whatever their silence meant is over."""
    state = step.conversation.state
    if state == State.ABANDONED:
        escalation.come_back(step)
    elif state in {State.RESOLVED, State.RATED}:
        step.move(State.BOT)
    elif state in WITH_HUMAN and state != State.WITH_AGENT:
        if state == State.IDLE:
            escalation.change(step, TicketChange.ACTIVE)
        step.move(State.WITH_AGENT)


def _learn(step: Step, reply: Reply) -> None:
    """What the turn told us about the customer: language, contact details."""
    language = reply.evidence.get("language") or step.conversation.language
    for signal in reply.signals:
        if signal.get("type") == "language":
            language = signal["language"]
        elif signal.get("type") == "contact":
            learned = {name: str(signal[name]) for name in ("name", "email", "phone") if signal.get(name)}
            if "email" in learned and not is_email(learned["email"]):
                log.warning("bot.no_address")
                del learned["email"]
            if learned:
                step.set_customer(**learned)
    if step.conversation.apologised or language != step.conversation.language:
        step.set(language=language, apologised=False)


def _comes_along(step: Step, message: Message) -> bool:
    """Whether a file belongs to what is answered already: to an album, or to files sent one after the other."""
    around = messages.latest(step.tx, step.conversation.id, NEIGHBOURS)
    album = message.content.custom.get("album")
    if album and any(each.seq < message.seq and each.content.custom.get("album") == album for each in around):
        return True
    last = next((each for each in reversed(around) if each.author is not Author.CUSTOMER), None)
    said_so = last is not None and last.content.custom.get("kind") == "file_received"
    return last is not None and said_so and now_ms() - last.at < TOGETHER_MS


def _pass_on(step: Step, message: Message) -> None:
    if step.owner is not Owner.BOT:
        escalation.append(step, message)


def _acknowledge(step: Step) -> None:
    """Say once, not after every line, that the humans have it."""
    if step.owner is not Owner.QUEUE:
        return
    last = [each for each in messages.latest(step.tx, step.conversation.id, 5) if each.author is not Author.CUSTOMER]
    if not last or last[-1].content.custom.get("kind") != "passed_on":
        waits = step.conversation.state == State.FAILED  # for its desk
        step.system("kept" if waits else "passed_on", {"kind": "passed_on"})
