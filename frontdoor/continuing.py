"""Continuing: one conversation, gone on with on another channel.

A customer asks for a code where they are and sends it from where they want to go on: that proves that both are theirs.
From then on the other address leads to the same conversation, its ticket, agent and bot as they were, and answers go to
where the customer wrote last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import Connection

from connectors.channel import Channel, InvitingChannel
from connectors.desk import Line, TicketChange
from connectors.message import Action, Author, Button, Content, Inbound
from connectors.ports import Accepted
from connectors.rates import Rate
from frontdoor import escalation
from frontdoor.names import channel_name
from frontdoor.recognition import PROOFS
from frontdoor.sentences import say
from frontdoor.states import WAITING, WITH_HUMAN, Owner, State
from frontdoor.step import Effects, Step, Steps
from frontdoor.welcome import welcome
from storage import aliases, codes, continuing, conversations, customers, links, messages
from storage.clock import now_ms
from storage.conversations import Conversation
from storage.customers import Customer
from storage.links import How
from storage.messages import Delivery
from storage.tables import new_id

log = structlog.get_logger(__name__)

GUESSES, GUESSES_S = 5, 900.0
"""So many messages that look like codes are looked up for one address in a quarter of an hour."""
ALL_GUESSES = 1_200
"""And for all together, in each worker: with a thousand codes out, one in two million quarters of an hour hits one."""
ISSUED = 5
"""Codes for one conversation in a quarter of an hour."""
UNLINK = Button(title="", payload="action:unlink")


@dataclass(frozen=True, kw_only=True)
class Redeemed:
    """What became of a message that was a code, with its effects by conversation."""

    accepted: Accepted
    effects: Mapping[str, Effects]


def says_only_words(inbound: Inbound) -> bool:
    """Whether an event is a message of the customer's without anything but text."""
    more = inbound.action or inbound.button or inbound.media or inbound.content.attachments
    return not more and not inbound.note and not inbound.comment


class Continuing:
    """Gives out codes and takes them. `channels` are put in when they run."""

    def __init__(self, steps: Steps, *, key: str) -> None:
        self._steps, self._key = steps, key
        self.channels: Mapping[str, Channel] = {}
        self._each, self._all = Rate(GUESSES, GUESSES_S), Rate(ALL_GUESSES, GUESSES_S)

    def read(self, inbound: Inbound) -> str:
        """The code that an event may bring; empty when it brings none, or too many came from there."""
        if inbound.channel not in self._steps.linked_channels:
            return ""
        if inbound.action in {Action.START, Action.CONTINUE}:
            code = codes.read_code(str(inbound.data.get("code") or ""))
        elif not says_only_words(inbound):
            code = ""
        else:
            code = codes.read_code(inbound.content.text)
        if code and (self._each.take(f"{inbound.channel}:{inbound.address}") or self._all.take("")):
            log.warning("codes.too_many", channel=inbound.channel)
            return ""
        return code

    def issue(self, step: Step, given: str = "") -> None:
        """Give the customer a code for another channel. One that was `given` here was none of ours."""
        if given:
            step.system("code_expired", {"kind": "code_expired"})
            return
        conversation = step.conversation
        channel, address = conversation.replies_at
        who = customers.find_at(step.tx, channel, address)
        if who is None or not self._steps.elsewhere(channel):
            step.system("continue_nowhere", {"kind": "continue"})
            return
        if codes.issued_since(step.tx, conversation.id, now_ms() - codes.GOOD_FOR_MS) >= ISSUED:
            step.system("continue_wait", {"kind": "continue"})
            return
        code = codes.new_code()
        hash_ = codes.hashed(self._key, code)
        codes.issue(step.tx, hash_, conversation_id=conversation.id, customer_id=who.id)
        others = self._others(channel, code)
        names = say("or", conversation.language).join(channel_name(name, conversation.language) for name in others)
        ways = "".join(f"\n{way}" for way in others.values() if way)
        minutes = codes.GOOD_FOR_MS // 60_000
        custom = {"kind": "continue_code", "expires_at": now_ms() + codes.GOOD_FOR_MS}
        step.system("continue_code", custom, code=code, minutes=minutes, channels=names, ways=ways)

    def unlink(self, step: Step) -> None:
        """The customer says that a channel is not theirs: the one they say it on, when they came to it by a code; else
        all that came by one.
        """
        where = step.conversation.replies_at
        there = aliases.of_conversation(step.tx, step.conversation.id)
        leaving = [each for each in there if (each.channel, each.address) == where] or there
        if not leaving:
            step.system("unlinked_nothing", {"kind": "unlinked"})
            return
        step.system("unlinked", {"kind": "unlinked"})
        persons = [person for each in leaving for person in links.separate(step.tx, each.customer_id)]
        continuing.part_ways(step.tx, persons)
        if any((each.channel, each.address) == where for each in leaving):
            step.set(reply_channel="", reply_address="", left_at=None)
        step.effects.frames.append({"type": "moved"})
        step.effects.person = True

    def redeem(self, tx: Connection, inbound: Inbound, code: str) -> Redeemed | None:
        """Go on here with the conversation in which the code was asked for; None when it is none of ours."""
        if seen := messages.find_delivery(tx, inbound.channel, inbound.address, inbound.external_id):
            return Redeemed(accepted=Accepted(**seen.__dict__), effects={})
        hash_ = codes.hashed(self._key, code)
        found = codes.find(tx, hash_)
        if found is None:
            return None
        asked = customers.find(tx, found.customer_id)
        if asked is None or not found.good:
            return self._say_here(tx, inbound, "code_expired")
        if (asked.channel, asked.address) == (inbound.channel, inbound.address):
            return self._say_here(tx, inbound, "code_here")
        if not codes.use(tx, hash_):
            return self._say_here(tx, inbound, "code_expired")
        who = customers.meet(tx, inbound.channel, inbound.address)
        learned = customers.learn(tx, who.id, who, inbound.profile)
        who = replace(who, **learned)
        links.join(tx, asked.id, who.id, How.CODE)
        if learned.keys() & PROOFS:
            links.join_proven(tx, who)
        return self._go_on(tx, inbound, continuing.follow(tx, found.conversation_id), who)

    def _go_on(self, tx: Connection, inbound: Inbound, conversation_id: str, who: Customer) -> Redeemed:
        step = self._steps.begin(tx, conversations.lock(tx, conversation_id))
        left = continuing.lead_to(tx, conversation_id, who)
        became = self._record(tx, inbound, conversation_id)
        language = step.conversation.language
        undo = Content(buttons=(replace(UNLINK, title=say("unlink_button", language)),))
        custom = {"kind": "continued", "channel": who.channel}
        said = step.system("continued_there", custom, undo, channel=channel_name(who.channel, language))
        if step.owner is not Owner.BOT:
            escalation.append(step, said)
        welcome(self._steps, step, who, inbound)
        self._wake(step)
        number = escalation.number_of(step) if step.owner is not Owner.BOT else ""
        step.system("continued_ticket" if number else "continued_here", custom, undo, number=number)
        effects = {conversation_id: step.end()}
        if left is not None:
            effects[left.id] = self._leave(tx, left, number)
        log.info("conversation.continued", conversation=conversation_id, channel=inbound.channel)
        return Redeemed(accepted=became, effects=effects)

    def _wake(self, step: Step) -> None:
        """Who comes to another channel is there."""
        now = now_ms()
        step.set(customer_at=now, present_at=now)
        if step.conversation.state == State.ABANDONED:
            escalation.come_back(step)
        elif step.conversation.state == State.IDLE:
            escalation.change(step, TicketChange.ACTIVE)
            step.move(State.WITH_AGENT)

    def _leave(self, tx: Connection, left: Conversation, number: str) -> Effects:
        """The conversation that the customer had there until now: nobody waits in it, and its people know."""
        step = self._steps.begin(tx, conversations.lock(tx, left.id))
        handoff = step.handoff
        if handoff is not None and step.conversation.state in {*WAITING, State.ABANDONED}:
            escalation.change(step, TicketChange.WITHDRAWN)
            step.change_handoff(handoff, status="withdrawn")
            step.move(State.BOT, position=None, wait_seconds=None, opens_at=None)
        elif handoff is not None and handoff.ticket_id and step.conversation.state in WITH_HUMAN:
            text = say("went_on", left.language, number=number or "–")
            content = Content(text=text, custom={"kind": "went_on", "number": number})
            line = Line(message_id=new_id(), author=Author.SYSTEM, author_name="", at=now_ms(), content=content)
            payload = {"handoff_id": handoff.id, "line": line.to_json()}
            step.tell_desk("desk_append", f"append:{handoff.id}:{line.message_id}", payload)
        step.effects.frames.append({"type": "moved"})
        return step.end()

    def _say_here(self, tx: Connection, inbound: Inbound, sentence: str) -> Redeemed:
        """Answer where the customer wrote, in the conversation they have there."""
        arrival = conversations.arrive(tx, inbound.channel, inbound.address, inbound.profile)
        step = self._steps.begin(tx, arrival.conversation)
        became = self._record(tx, inbound, step.conversation.id)
        welcome(self._steps, step, arrival.customer, inbound)
        step.system(sentence, {"kind": sentence})
        return Redeemed(accepted=became, effects={step.conversation.id: step.end()})

    def _record(self, tx: Connection, inbound: Inbound, conversation_id: str) -> Accepted:
        became = Delivery(conversation_id=conversation_id, message_id=new_id(), seq=0)
        messages.record_delivery(tx, inbound.channel, inbound.address, inbound.external_id, became)
        return Accepted(**became.__dict__)

    def _others(self, channel: str, code: str) -> dict[str, str]:
        """Where the customer could go on, with a link that leads there where the channel has one."""
        found = {}
        for name in sorted(self._steps.linked_channels - {channel}):
            vendor = self.channels.get(name)
            found[name] = vendor.invitation(code) if isinstance(vendor, InvitingChannel) else ""
        return found
