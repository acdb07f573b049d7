"""What Twilio posts about a call.

https://www.twilio.com/docs/voice/twiml#request-parameters, and the pages of the verbs below it: gather, dial, record.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.channels.voice_step import Do, Step
from connectors.channels.voice_words import NOTES, duration
from connectors.errors import Malformed
from connectors.message import JSON, Action, Content, Event, Ignored, Inbound, Media, Profile
from connectors.twilio import E164, Form

NAMELESS = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""What callers without a number seem to have: the keys of ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE."""
ATTESTED = "TN-Validation-Passed-A"
"""STIR/SHAKEN: the carrier knows who calls and that the number is theirs. Any other number may be made up."""
LONGEST_CALL_S = 24 * 3600
HUMAN, REPEAT, TEXT = "0", "*", "#"
PATIENCE = 3  # times that nothing can be understood, until a human shall


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls. Without a number each call is somebody else's."""

    call: str
    address: str
    phone: str
    proven: bool

    @classmethod
    def of(cls, form: Form, step: Step) -> "Caller":
        """Raises `Malformed`."""
        call = form.sid("CallSid")
        number = form.get("From") or (f"+{step.who}" if step.who.isdecimal() else "")
        known = bool(E164.fullmatch(number)) and number not in NAMELESS
        proven = known and form.get("StirVerstat") == ATTESTED
        return cls(call=call, address=number if known else call, phone=number if known else "", proven=proven)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What of the settings matters for understanding. `languages` in the order of their keys."""

    channel: str
    languages: tuple[str, ...]
    min_confidence: float


def language_of(form: Form, step: Step, rules: Rules) -> str:
    """The language that a caller chose in the menu; the first one when they were asked twice; empty: ask again."""
    pressed = form.get("Digits")
    if pressed in {str(key) for key in range(1, len(rules.languages) + 1)}:
        return rules.languages[int(pressed) - 1]
    return rules.languages[0] if step.quiet > 1 or len(rules.languages) == 1 else ""


def is_silent(form: Form) -> bool:
    """Neither a word nor a key."""
    return not form.get("SpeechResult") and not form.get("Digits")


def is_unclear(form: Form, rules: Rules) -> bool:
    """Whether the words are perhaps not those that were said. Some of Twilio's models say nothing about that."""
    try:
        confidence = float(form.get("Confidence") or 0)
    except ValueError:
        raise Malformed("must be a number", code="bad_form", field="Confidence") from None
    return bool(form.get("SpeechResult")) and not form.get("Digits") and 0 < confidence < rules.min_confidence


def parse_call(form: Form, step: Step, rules: Rules) -> Sequence[Event]:
    """The events of a request. Raises `Malformed`."""
    caller = Caller.of(form, step)
    match step.do:
        case Do.MENU:
            language = language_of(form, step, rules)
            if not language:
                return []
            choice = {"language": language}
            return [
                _inbound(caller, rules, language, "language", form, action=Action.LANGUAGE, data=choice),
                _inbound(caller, rules, language, "start", form, action=Action.START),
            ]
        case Do.HEARD:
            return [_heard(form, step, rules, caller)]
        case Do.DIALED:
            return [_note(caller, rules, step, form, _of_dial(form))]
        case Do.RECORDING:
            return [_recording(form, step, rules, caller)]
        case Do.ENDED:
            seconds = form.whole("CallDuration", LONGEST_CALL_S)
            return [_note(caller, rules, step, form, NOTES["ended"].format(time=duration(seconds)), "ended")]
    return []


def _heard(form: Form, step: Step, rules: Rules, caller: Caller) -> Event:
    key, text = form.get("Digits"), form.get("SpeechResult").rstrip(".。")
    helpless = (is_silent(form) or is_unclear(form, rules)) and step.quiet + 1 >= PATIENCE
    if key == HUMAN or helpless:
        return _inbound(caller, rules, step.language, str(step.number), form, action=Action.HUMAN)
    if key in {REPEAT, TEXT} or is_silent(form) or is_unclear(form, rules):
        return Ignored(channel=rules.channel, why="key" if key else "not_understood")
    return _inbound(caller, rules, step.language, str(step.number), form, text=key or text)


def _of_dial(form: Form) -> str:
    status = form.get("DialCallStatus")
    if status in {"completed", "answered"}:
        return NOTES["transferred"].format(time=duration(form.whole("DialCallDuration", LONGEST_CALL_S)))
    return NOTES["not_transferred"].format(status=status[:40] or "?")


def _recording(form: Form, step: Step, rules: Rules, caller: Caller) -> Event:
    if form.get("RecordingStatus") not in {"", "completed"}:
        return Ignored(channel=rules.channel, why="recording")
    recording, url = form.sid("RecordingSid"), form.get("RecordingUrl")
    if not url.startswith(("https://", "http://")) or len(url) > 2_000:
        raise Malformed("must be an address", code="bad_form", field="RecordingUrl")
    seconds = form.whole("RecordingDuration", LONGEST_CALL_S)
    return Inbound(
        channel=rules.channel,
        address=caller.address,
        external_id=recording,
        content=Content(text=NOTES["voicemail"].format(time=duration(seconds))),
        media=(Media(ref=f"{url}.mp3", name=f"voicemail-{recording[-6:]}.mp3", media_type="audio/mpeg"),),
        profile=_profile(caller, step.language),
        note=True,
        raw=form.raw,
    )


def _note(caller: Caller, rules: Rules, step: Step, form: Form, text: str, ending: str = "") -> Inbound:
    return Inbound(
        channel=rules.channel,
        address=caller.address,
        external_id=f"{caller.call}:{ending or step.number}",
        content=Content(text=text),
        profile=_profile(caller, ""),
        note=True,
        raw=form.raw,
    )


def _inbound(
    caller: Caller,
    rules: Rules,
    language: str,
    ending: str,
    form: Form,
    *,
    action: Action | None = None,
    text: str = "",
    data: JSON | None = None,
) -> Inbound:
    return Inbound(
        channel=rules.channel,
        address=caller.address,
        external_id=f"{caller.call}:{ending}",
        content=Content(text=text),
        action=action,
        data=data or {},
        profile=_profile(caller, language),
        raw=form.raw,
    )


def _profile(caller: Caller, language: str) -> Profile:
    proven = frozenset({"phone"}) if caller.proven else frozenset[str]()
    return Profile(phone=caller.phone, proven=proven, language=language)
