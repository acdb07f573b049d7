"""What Twilio posts for texts: messages, and what became of ours.

https://www.twilio.com/docs/messaging/guides/webhook-request, https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
"""

from collections.abc import Sequence

from connectors.errors import Malformed
from connectors.message import (
    Action,
    Content,
    Event,
    Ignored,
    Inbound,
    Media,
    Outcome,
    Profile,
    Reachable,
    Report,
)
from connectors.twilio import E164, Form, reason_of

MEDIA = 10  # of one message
UNSUBSCRIBED = 21610
OUTCOMES = {
    "delivered": Outcome.DELIVERED,
    "read": Outcome.READ,
    "undelivered": Outcome.FAILED,
    "failed": Outcome.FAILED,
}
ARRIVED = frozenset({"", "receiving", "received"})
"""What stands there for a customer's message, if anything: it has its status in SmsStatus."""
CHINESE = frozenset({"CN", "HK", "MO", "TW"})
START_WORDS = frozenset({"start", "unstop"})
HELP_WORDS = frozenset({"help", "info"})


def parse_form(form: Form, channel: str, stop_words: frozenset[str]) -> Sequence[Event]:
    """The events of a request. Raises `Malformed`."""
    sid = form.sid("MessageSid")
    if form.get("MessageStatus") not in ARRIVED:
        return _status(form, sid, channel)
    sender = form.get("From")
    if not sender:
        raise Malformed("is missing", code="bad_form", field="From")
    if not E164.fullmatch(sender):  # a short code, a name, another of Twilio's channels: programs, not customers
        return [Ignored(channel=channel, why="no_phone")]
    return _message(form, sid, sender, channel, stop_words)


def _message(form: Form, sid: str, sender: str, channel: str, stop_words: frozenset[str]) -> Sequence[Event]:
    text, word = form.get("Body"), form.get("Body").casefold()
    media = tuple(_media(form, number, sid) for number in range(form.whole("NumMedia", MEDIA)))
    opted = form.get("OptOutType").upper()
    inbound = Inbound(
        channel=channel,
        address=sender,
        external_id=sid,
        content=Content(text=text),
        media=media,
        profile=Profile(phone=sender, proven=frozenset({"phone"}), language=_language(form)),
        raw=form.raw,
    )
    greeted = Inbound(
        channel=channel, address=sender, external_id=sid, action=Action.START, profile=inbound.profile, raw=inbound.raw
    )
    if opted == "STOP" or (not opted and word in stop_words):
        return [Reachable(channel=channel, address=sender, reachable=False)]
    if opted == "START" or (not opted and word in START_WORDS):
        return [Reachable(channel=channel, address=sender, reachable=True), greeted]
    if opted == "HELP":  # Twilio has answered with the words of its console
        return [Ignored(channel=channel, why="help")]
    if word in HELP_WORDS:
        return [greeted]
    return [inbound] if text or media else [Ignored(channel=channel, why="empty")]


def _media(form: Form, number: int, sid: str) -> Media:
    url = form.get(f"MediaUrl{number}")
    if not url.startswith(("https://", "http://")) or len(url) > 2_000:
        raise Malformed("must be an address", code="bad_form", field=f"MediaUrl{number}")
    return Media(ref=url, name=f"{sid[:8]}-{number + 1}", media_type=form.get(f"MediaContentType{number}")[:100])


def _status(form: Form, sid: str, channel: str) -> Sequence[Event]:
    outcome = OUTCOMES.get(form.get("MessageStatus"))
    if outcome is None:  # accepted, queued, sending, sent
        return [Ignored(channel=channel, why="status")]
    code = form.whole("ErrorCode", 999_999)
    reason = reason_of(code) if code and outcome is Outcome.FAILED else ""
    report = Report(channel=channel, vendor_id=sid, outcome=outcome, reason=reason)
    if code == UNSUBSCRIBED:
        return [report, Reachable(channel=channel, address=form.get("To"), reachable=False)]
    return [report]


def _language(form: Form) -> str:
    return "zh" if form.get("FromCountry") in CHINESE else ""
