"""TwiML: what Twilio shall do next in a call. https://www.twilio.com/docs/voice/twiml"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from connectors.channel import Answer
from connectors.splitting import split

SAY = 1_000  # characters in one <Say>; Twilio takes 4096
SPEECH = {"en": "en-US", "zh": "cmn-Hans-CN"}
"""Tags of https://www.twilio.com/docs/voice/twiml/gather#languagetags"""
SPOKEN = {"en": "en-US", "zh": "cmn-CN"}
"""Tags of https://www.twilio.com/docs/voice/twiml/say/text-speech"""
HINT = 100  # characters of one, https://www.twilio.com/docs/voice/twiml/gather#hints
LONGEST_MESSAGE_S = 180


@dataclass(frozen=True, kw_only=True)
class Speech:
    """A sentence in a language."""

    text: str
    language: str


class Script:
    """Writes documents. `voices` by language."""

    def __init__(self, voices: Mapping[str, str]) -> None:
        self._voices = voices

    def say(self, speeches: Sequence[Speech]) -> str:
        """Spoken text."""
        return "".join(
            _verb("Say", escape(piece), language=SPOKEN[each.language], voice=self._voices[each.language])
            for each in speeches
            for piece in split(each.text, SAY)
        )

    def menu(self, speeches: Sequence[Speech], chosen: str, nothing: str) -> Answer:
        """A question that one key answers."""
        gather = _verb(
            "Gather", self.say(speeches), input="dtmf", numDigits="1", timeout="6", action=chosen, method="POST"
        )
        return document(gather, redirect(nothing))

    def listen(
        self, speeches: Sequence[Speech], language: str, heard: str, silence: str, *, hints: Sequence[str], seconds: int
    ) -> Answer:
        """Say something, which the caller may interrupt, and hear what they answer, by words or one key."""
        gather = _verb(
            "Gather", self.say(speeches), input="dtmf speech", language=SPEECH[language], timeout=str(seconds),
            speechTimeout="auto", numDigits="1", finishOnKey="", action=heard, method="POST",
            hints=",".join(each.replace(",", " ")[:HINT] for each in hints),
        )  # fmt: skip
        return document(gather, redirect(silence))

    def dial(self, speeches: Sequence[Speech], number: str, then: str, seconds: int) -> Answer:
        """Connect the caller with a person."""
        dial = _verb(
            "Dial", _verb("Number", escape(number)), action=then, method="POST", timeout=str(seconds),
            answerOnBridge="true",
        )  # fmt: skip
        return document(self.say(speeches), dial)

    def record(self, speeches: Sequence[Speech], then: str, ready: str, farewell: Sequence[Speech]) -> Answer:
        """Take a message; whoever says nothing is told goodbye."""
        record = _verb(
            "Record", "", action=then, method="POST", maxLength=str(LONGEST_MESSAGE_S), timeout="8", finishOnKey="#",
            recordingStatusCallback=ready, recordingStatusCallbackMethod="POST",
        )  # fmt: skip
        return document(self.say(speeches), record, self.say(farewell), "<Hangup/>")

    def end(self, speeches: Sequence[Speech]) -> Answer:
        """Say something and hang up."""
        return document(self.say(speeches), "<Hangup/>")

    def pause(self, speeches: Sequence[Speech], then: str) -> Answer:
        """Say something, if anything, and ask again."""
        return document(self.say(speeches), _verb("Pause", "", length="1"), redirect(then))


def redirect(url: str) -> str:
    """Go on with another document."""
    return _verb("Redirect", escape(url), method="POST")


def document(*verbs: str) -> Answer:
    """The answer to Twilio."""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{"".join(verbs)}</Response>'
    return Answer(body=body.encode(), content_type="text/xml")


def _verb(name: str, inside: str, **attributes: str) -> str:
    kept = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items() if value or key == "finishOnKey")
    return f"<{name}{kept}>{inside}</{name}>"
