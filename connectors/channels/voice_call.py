"""A call, request by request: what the caller is told next, and what they can do then.

Twilio waits 15 s for a document. So the answer to what was said is waited for a little less than that; whatever comes
later is asked for again and again by `wait`, while the caller holds the line.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from connectors.channel import Answer
from connectors.channels.voice_line import CALL_S, PERSON_S, Lines
from connectors.channels.voice_parse import PATIENCE, REPEAT, TEXT, Caller, Rules, is_silent, is_unclear, language_of
from connectors.channels.voice_step import Do, Step
from connectors.channels.voice_twiml import Script, Speech
from connectors.channels.voice_words import choices, is_heard, keys, shortened, spoken, word, written
from connectors.feed import Feed, FeedEndedError
from connectors.message import JSON
from connectors.ports import Ports
from connectors.twilio import NOTHING_TO_DO, Form

ANSWER_S = 10.0  # of Twilio's 15
MORE_S = 0.3  # after the first message of an answer, for those that follow it
HOLD_S = 1.0  # while a human has the conversation: the caller is listened to in between
LISTEN_S, HOLD_LISTEN_S = 6, 5
STILL_EVERY = 10  # polls: about a minute
SLOW_POLLS = 3  # after which a bot that says nothing is not waited for any longer
NOBODY = frozenset({"handoff_closed", "handoff_offline"})
"""Kinds of messages after which no human comes while the caller waits."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What of the settings matters for answering."""

    rules: Rules
    transfer_to: str
    ring_s: int
    voicemail: bool
    hold_s: int
    texts: bool


@dataclass(frozen=True, kw_only=True)
class News:
    """What was said to the caller since the last request, up to number `last`, and how the conversation stands."""

    messages: list[JSON]
    last: int
    conversation: JSON


class Calls:
    """Answers the requests of calls. `text` sends a number a text message, once for each key; whether that worked."""

    def __init__(
        self, plan: Plan, ports: Ports, lines: Lines, script: Script, text: Callable[[str, str, str], Awaitable[bool]]
    ) -> None:
        self._plan, self._ports, self._lines, self._script, self._text = plan, ports, lines, script, text

    async def answer(self, form: Form, step: Step, until: float) -> Answer:
        """The next document; `until` is of `time.monotonic()`."""
        caller = Caller.of(form, step)
        match step.do:
            case Do.CALL:
                return await self._welcome(step, caller)
            case Do.MENU:
                language = language_of(form, step, self._plan.rules)
                if not language:
                    return self._menu(step, step.quiet)
                return await self._go_on(replace(step, language=language, quiet=0), caller, until)
            case Do.HEARD:
                return await self._heard(form, step, caller, until)
            case Do.WAIT:
                return await self._go_on(step, caller, until)
            case Do.DIALED:
                await self._lines.remember(caller, step.heard)
                if form.get("DialCallStatus") in {"completed", "answered"}:
                    return await self._end(caller, self._ours(step, "goodbye"))
                return await self._record_or(step, caller, self._ours(step, "nobody"), "goodbye")
            case Do.RECORDED:
                return await self._end(caller, self._ours(step, "recorded"))
            case Do.ENDED:
                await self._lines.forget(caller)
        return NOTHING_TO_DO

    async def _end(self, caller: Caller, speeches: Sequence[Speech]) -> Answer:
        await self._lines.forget(caller)
        return self._script.end(speeches)

    # what they hear

    async def _welcome(self, step: Step, caller: Caller) -> Answer:
        found = await self._ports.conversations.find(self._plan.rules.channel, caller.address)
        heard = found["last"] if found else 0
        await self._lines.remember(caller, heard)
        return self._menu(replace(step, heard=heard, asked=heard), 0)

    def _menu(self, step: Step, quiet: int) -> Answer:
        languages = self._plan.rules.languages
        if len(languages) == 1:  # nothing to choose: the greeting comes from the conversation
            return self._script.pause([], self._url(step.next(Do.MENU)))
        speeches = []
        for key, language in enumerate(languages, 1):
            hello = word("hello", language, brand=self._ports.brand[language])
            speeches.append(Speech(text=f"{hello} {word('choose', language, key=key)}", language=language))
        chosen, nothing = step.next(Do.MENU), step.next(Do.MENU, quiet=quiet + 1)
        return self._script.menu(speeches, self._url(chosen), self._url(nothing))

    async def _heard(self, form: Form, step: Step, caller: Caller, until: float) -> Answer:
        key = form.get("Digits")
        if key in {REPEAT, TEXT}:
            return await self._again(step, caller, as_text=key == TEXT)
        if is_silent(form) or is_unclear(form, self._plan.rules):
            if is_silent(form) and await self._has_news(step, caller):
                return await self._go_on(step, caller, until)
            if step.quiet + 1 < PATIENCE:
                name = "nothing_heard" if is_silent(form) else "unclear"
                return self._listen(replace(step, quiet=step.quiet + 1), self._ours(step, name), [])
            step = replace(step, quiet=0)
        return await self._go_on(replace(step, quiet=0, since=0), caller, until)

    async def _go_on(self, step: Step, caller: Caller, until: float) -> Answer:
        """Tell what is new, and do what follows from how the conversation stands."""
        found = await self._ports.conversations.find(self._plan.rules.channel, caller.address)
        if found is None:
            return self._listen(step, self._ours(step, "ready"), [])
        news = await self._news(step, caller, found["conversation"], until)
        queued = [each for each in news.messages if _kind(each) == "handoff_queued"]
        transfer = bool(queued and self._plan.transfer_to and not news.conversation["opens_at"])
        speeches, short = self._speeches(news.messages if not transfer else _without(news.messages, queued), step)
        after = replace(step, heard=news.last, asked=step.heard if speeches else step.asked)
        await self._lines.remember(caller, news.last, PERSON_S if transfer else CALL_S)
        if transfer:
            dialed = self._url(after.next(Do.DIALED))
            speeches += self._ours(step, "connecting")
            return self._script.dial(speeches, self._plan.transfer_to, dialed, self._plan.ring_s)
        if self._plan.voicemail and any(_kind(each) in NOBODY for each in news.messages):
            return await self._record_or(after, caller, speeches, "goodbye")
        if news.conversation["owner"] == "bot":
            return self._with_bot(after, speeches, news.messages, short)
        return await self._with_human(after, caller, speeches, news.messages)

    def _with_bot(self, step: Step, speeches: list[Speech], messages: list[JSON], short: bool) -> Answer:
        if not speeches and step.polls < SLOW_POLLS:
            waiting = self._ours(step, "slow") if step.polls == 1 else []
            return self._script.pause(waiting, self._url(step.next(Do.WAIT, polls=step.polls + 1)))
        if short:
            speeches += self._ours(step, "shortened_or_text" if self._plan.texts else "shortened")
        return self._listen(replace(step, polls=0, since=0), speeches or self._ours(step, "ready"), choices(messages))

    async def _with_human(self, step: Step, caller: Caller, speeches: list[Speech], messages: list[JSON]) -> Answer:
        """The caller holds the line: they are told what is written, and what they say is written down."""
        since = step.since or int(time.time())
        if time.time() - since > self._plan.hold_s:
            return await self._record_or(step, caller, speeches, "later")
        polls = 0 if speeches else step.polls + 1
        if polls and polls % STILL_EVERY == 0:
            speeches = self._ours(step, "still")
        return self._script.listen(
            speeches, step.language, self._url(step.next(Do.HEARD, polls=0, since=since)),
            self._url(step.next(Do.WAIT, polls=polls, since=since)), hints=choices(messages), seconds=HOLD_LISTEN_S,
        )  # fmt: skip

    def _listen(self, step: Step, speeches: Sequence[Speech], titles: Sequence[str]) -> Answer:
        heard = self._url(step.next(Do.HEARD))
        return self._script.listen(speeches, step.language, heard, heard, hints=titles, seconds=LISTEN_S)

    async def _record_or(self, step: Step, caller: Caller, speeches: Sequence[Speech], otherwise: str) -> Answer:
        """Take a message, where that is wanted; else say `otherwise` and hang up."""
        if not self._plan.voicemail:
            return await self._end(caller, [*speeches, *self._ours(step, otherwise)])
        ready = step.next(Do.RECORDING, who=(caller.phone or caller.call).removeprefix("+"))
        return self._script.record(
            [*speeches, *self._ours(step, "record")], self._url(step.next(Do.RECORDED)), self._url(ready),
            self._ours(step, "goodbye"),
        )  # fmt: skip

    async def _again(self, step: Step, caller: Caller, *, as_text: bool) -> Answer:
        """What was said last, in full: by voice, or as a text message."""
        found = await self._ports.conversations.find(self._plan.rules.channel, caller.address)
        stored = await self._ports.conversations.history(found["conversation"]["id"], step.asked) if found else []
        messages = [each for each in stored if each["seq"] <= step.heard and is_heard(each)]
        if not as_text:
            speeches = [Speech(text=spoken(each), language=_language(each, step)) for each in messages]
            titles = choices(messages)
            speeches += [Speech(text=each, language=step.language) for each in keys(titles, step.language)]
            return self._listen(step, speeches or self._ours(step, "ready"), titles)
        whole = "\n\n".join(written(each) for each in messages)
        sent = bool(caller.phone and whole) and await self._text(caller.phone, whole, f"{caller.call}:{step.number}")
        return self._listen(step, self._ours(step, "texted" if sent else "not_texted"), [])

    async def _has_news(self, step: Step, caller: Caller) -> bool:
        """Whether something was said while the caller was asked: a bot that took very long, a human of a sudden."""
        found = await self._ports.conversations.find(self._plan.rules.channel, caller.address)
        stored = await self._ports.conversations.history(found["conversation"]["id"], step.heard) if found else []
        return any(is_heard(each) for each in stored)

    async def _news(self, step: Step, caller: Caller, conversation: JSON, until: float) -> News:
        """What there is to tell, when it is there; `until` at the latest."""
        messages: list[JSON] = []
        with_human = conversation["owner"] == "agent" or (step.do is Do.WAIT and conversation["owner"] != "bot")
        patience = min(until, time.monotonic() + HOLD_S) if with_human else until
        async with Feed(self._ports.conversations, conversation["id"], step.heard) as feed:
            try:
                while (frame := await feed.next(max(0.0, patience - time.monotonic()))) is not None:
                    if frame["type"] == "message" and is_heard(frame["message"]):
                        messages.append(frame["message"])
                        patience = min(until, time.monotonic() + MORE_S)
                    elif frame["type"] == "state":
                        conversation = frame["conversation"]
                        if conversation["owner"] == "agent":
                            patience = min(patience, time.monotonic() + HOLD_S)
            except FeedEndedError:
                pass  # the service is going down: Twilio asks the next one
            last = feed.after
        found = await self._ports.conversations.find(self._plan.rules.channel, caller.address)
        return News(messages=messages, last=last, conversation=found["conversation"] if found else conversation)

    def _speeches(self, messages: Sequence[JSON], step: Step) -> tuple[list[Speech], bool]:
        """What is said of the messages, and whether it is less than all."""
        speeches, short = [], False
        for message in messages:
            text = shortened(message)
            short = short or text != spoken(message)
            speeches.append(Speech(text=text, language=_language(message, step)))
        speeches += [Speech(text=each, language=step.language) for each in keys(choices(messages), step.language)]
        return speeches, short

    def _ours(self, step: Step, name: str, **values: object) -> list[Speech]:
        return [Speech(text=word(name, step.language, **values), language=step.language)]

    def _url(self, step: Step) -> str:
        return step.url(self._ports.webhook_url)


def _kind(message: JSON) -> str:
    return str(message.get("custom", {}).get("kind", ""))


def _without(messages: Sequence[JSON], left_out: Sequence[JSON]) -> list[JSON]:
    return [each for each in messages if each not in left_out]


def _language(message: JSON, step: Step) -> str:
    found: str = message.get("language") or step.language
    return found if found in {"en", "zh"} else step.language
