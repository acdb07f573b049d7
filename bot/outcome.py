"""What to do about a message, as a pure function of what is known: the heart of the decision, free of Rasa."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

KB_QUESTION = "kb_question"
OUT_OF_SCOPE = "out_of_scope"  # near: the shop could be asked that, but the base does not know
OFF_TOPIC = "off_topic"  # far: nothing a shop is asked
URGENT = frozenset({"ask_human", "complaint"})
SENSITIVE = "sensitive"  # and all intents that begin with it
ANSWERS_FORM = frozenset({"inform", "affirm", "deny"})
WHILE_WAITING = frozenset({"order_status", "ticket_status"})
AT_ONCE = frozenset({"sensitive_safety", "sensitive_self_harm"})  # what to do now is said even while a human is coming
COUNTED = frozenset({"abuse", OFF_TOPIC, "upset"})  # what is answered differently when it comes again
NEUTRAL = frozenset({"greet", "thank", "goodbye", "bot_challenge", "smalltalk", "switch_language", "repeat"})
HEARD_IN_FORM = NEUTRAL | {"help", "abuse", "order_status", "another_order", "ticket_status"}
OWN_NAMES = {"smalltalk": "smalltalk", "abuse": "abuse"}  # dialogue that evidence tells apart
NUMBERS = {"order_number": "order_status", "ticket_number": "ticket_status"}  # what a bare number asks for
FAILED = frozenset({"not_helpful", "none_of_these"})
SMALL_TALK_BONUS = 0.1
GIVE_UP_AFTER = 2  # failed attempts that are tolerated
OFF_TOPIC_TWICE = 2  # then it may be that we don't understand


@dataclass(frozen=True)
class Thresholds:
    """Confidences 0..1. `answer`, `clarify` and `alternatives` are about articles (docs/confidence.md), the others
    about what the intent head thinks."""

    answer: float
    clarify: float
    alternatives: float = 0.8  # an answer below it comes with alternatives
    dialogue: float = 0.5
    urgent: float = 0.55  # missing a call for help costs more than a superfluous one
    unsupported: float = 0.97  # the same where no word of the text is about it
    form: float = 0.75  # what it takes to be something else than an answer to a form's question
    form_off_topic: float = 0.95  # the same for what is off topic: names and addresses look like it


@dataclass(frozen=True)
class Situation:
    """What is known when the decision falls. `intent` and `certainty` are the head's; `candidates` the confidences of
    the ranked articles, best first, in which the head's doubts are reckoned with already (`knowledge.together`);
    `failures` the attempts that failed before this message."""

    intent: str
    certainty: float
    candidates: tuple[float, ...] = ()
    exact: bool = False
    answerable: float = 0.0  # that any article answers
    waiting: bool = False
    form: bool = False
    failures: int = 0
    number: str = ""  # the kind of number it contains, a key of NUMBERS
    cue: str = ""  # the urgent intent that it says in so many words (`bot.cues`)
    hinted: bool = True  # whether one of its words supports the head's urgent guess
    times: Mapping[str, int] = field(default_factory=dict)  # how often each of COUNTED came before

    @property
    def asks_exactly(self) -> bool:
        """Whether this literally is an article's question, and not also an example of something else."""
        return self.exact and self.intent == KB_QUESTION


@dataclass(frozen=True)
class Outcome:
    """The intent that rules see, its confidence, the decision's name (docs/protocol/brain.md) and the failures so
    far."""

    intent: str
    confidence: float
    decision: str
    failures: int


def decide(now: Situation, thresholds: Thresholds) -> Outcome:
    """Choose the outcome of one text."""
    best = max(now.candidates, default=0.0)
    now = _heard(now, thresholds)
    if now.waiting:
        return _while_waiting(now, best, thresholds)
    if now.form:
        return _in_form(now, best, thresholds)
    if now.asks_exactly:
        return _answer(best, thresholds)
    if _is_dialogue(now, best, thresholds):
        return _dialogue(now)
    if best >= thresholds.answer:
        return _answer(best, thresholds)
    if now.intent in ("upset", OFF_TOPIC) and now.certainty >= thresholds.dialogue:
        return _aside(now, best, thresholds)
    return _not_answered(now, best, thresholds)


def decide_button(intent: str, failures: int) -> Outcome:
    """Choose the outcome of a button's payload: what it says, except that a repeated failure climbs the ladder."""
    if intent in FAILED:
        return _failed(intent, 1.0, failures)
    if intent == "ask_article":
        return Outcome(intent, 1.0, "answer", 0)
    return Outcome(intent, 1.0, "dialogue", failures if intent in NEUTRAL else 0)


def is_urgent(intent: str) -> bool:
    """Whether an intent belongs to humans, at once."""
    return intent in URGENT or intent.startswith(SENSITIVE)


def _heard(now: Situation, thresholds: Thresholds) -> Situation:
    """What is believed of the intent: a cue above all, an urgent guess only when it is sure enough. An angry word that
    complains of nothing of ours is `upset`."""
    if now.cue:
        return replace(now, intent=now.cue, certainty=1.0)
    if not is_urgent(now.intent):
        return now
    if now.certainty >= (thresholds.urgent if now.hinted else thresholds.unsupported):
        return now
    return replace(now, intent="upset" if now.intent == "complaint" else KB_QUESTION)


def _while_waiting(now: Situation, best: float, thresholds: Thresholds) -> Outcome:
    if now.intent in AT_ONCE:
        return _dialogue(now)
    if now.intent in WHILE_WAITING and _is_dialogue(now, best, thresholds):
        return _dialogue(now)
    if now.asks_exactly or (best >= thresholds.answer and now.intent not in NEUTRAL and not is_urgent(now.intent)):
        return _answer(best, thresholds)
    if now.form:  # an order number was asked for: what follows belongs to the form
        outcome = _in_form(now, best, thresholds)
        if outcome.intent in ANSWERS_FORM | {"cancel"}:
            return outcome
    return Outcome("pass_", 1.0, "pass", now.failures)


def _in_form(now: Situation, best: float, thresholds: Thresholds) -> Outcome:
    sure = now.certainty >= thresholds.dialogue or is_urgent(now.intent)
    if sure and (now.intent in ANSWERS_FORM | {"cancel", "switch_language"} or is_urgent(now.intent)):
        return _dialogue(now)
    if now.asks_exactly or (sure and now.intent == KB_QUESTION and best >= thresholds.answer):
        return _answer(best, thresholds)
    if now.intent in HEARD_IN_FORM and now.certainty >= thresholds.form:
        return _dialogue(now)
    if now.intent == OFF_TOPIC and now.certainty >= thresholds.form_off_topic:
        return Outcome(OFF_TOPIC, now.certainty, "off_topic", now.failures)
    return Outcome("inform", 1.0, "dialogue", now.failures)


def _is_dialogue(now: Situation, best: float, thresholds: Thresholds) -> bool:
    if now.intent in (KB_QUESTION, OUT_OF_SCOPE, OFF_TOPIC, "upset", ""):
        return False
    if is_urgent(now.intent):
        return True
    # "What is up?" resembles many questions a little: small talk need not beat the best of them.
    needed = best - SMALL_TALK_BONUS if now.intent in NEUTRAL else best
    return now.certainty >= max(thresholds.dialogue, needed)


def _dialogue(now: Situation) -> Outcome:
    if now.intent in FAILED:
        return _failed(now.intent, now.certainty, now.failures)
    decision = "handoff" if is_urgent(now.intent) else OWN_NAMES.get(now.intent, "dialogue")
    failures = now.failures if now.intent in NEUTRAL else 0
    if now.intent == "abuse":
        again = ("abuse", "abuse_again", "abuse_limit")[min(now.times.get("abuse", 0), 2)]
        return Outcome(again, now.certainty, decision, now.failures)
    return Outcome(now.intent, now.certainty, decision, failures)


def _aside(now: Situation, best: float, thresholds: Thresholds) -> Outcome:
    """Neither a question nor a wish of ours. Politely once or twice; then it is taken as said and not understood."""
    times = now.times.get(now.intent, 0)
    if now.intent == "upset":
        return (
            Outcome("complaint", now.certainty, "handoff", 0)
            if times
            else Outcome("upset", now.certainty, "upset", now.failures)
        )
    if times >= OFF_TOPIC_TWICE:
        return _not_answered(now, best, thresholds)
    return Outcome(OFF_TOPIC, now.certainty, "off_topic", now.failures)


def _failed(intent: str, certainty: float, failures: int) -> Outcome:
    """The customer says that what we offered was not it: once more in other words, then a human."""
    if intent == "not_helpful" and failures:
        return Outcome("not_helpful_again", certainty, "handoff", 0)
    if failures >= GIVE_UP_AFTER:
        return Outcome("kb_give_up", certainty, "handoff", 0)
    return Outcome(intent, certainty, "rephrase", failures + 1)


def _answer(best: float, thresholds: Thresholds) -> Outcome:
    name = "answer" if best >= thresholds.alternatives else "answer_alternatives"
    return Outcome("kb_answer", best, name, 0)


def _not_answered(now: Situation, best: float, thresholds: Thresholds) -> Outcome:
    if now.number:
        return Outcome(NUMBERS[now.number], 1.0, "dialogue", 0)
    if now.failures >= GIVE_UP_AFTER:
        return Outcome("kb_give_up", 1.0, "handoff", 0)
    if max(best, now.answerable) >= thresholds.clarify:
        return Outcome("kb_clarify", best, "clarify", now.failures + 1)
    if now.failures:
        return Outcome("kb_give_up", 1.0, "handoff", 0)
    return Outcome("kb_none", 1.0 - best, "rephrase", 1)
