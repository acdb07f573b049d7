"""What WhatsApp delivers, as events.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

import re
from contextlib import suppress
from dataclasses import replace

import phonenumbers

from connectors.batch import Batch
from connectors.channels.whatsapp_content import TEXT, card, card_text, chosen_of, file_of, location_text, order_text
from connectors.channels.whatsapp_errors import reason
from connectors.errors import Malformed
from connectors.fields import Fields
from connectors.message import JSON, Content, Event, Ignored, Inbound, Media, Outcome, Profile, Reachable, Report
from connectors.meta_graph import delivery, message_id, objects, read_code, required, some_text

NUMBER = re.compile(r"[0-9]{5,20}")
USER_ID = re.compile(r"[A-Z]{2}\.[0-9A-Za-z.]{1,132}")
"""A business-scoped user id, of customers who hide their number behind a name:
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids"""
TOKEN = re.compile(r"[0-9A-Z]{26}\.[0-9]{1,2}")  # of a button of ours
NAME = 160

OUTCOMES = {
    "delivered": Outcome.DELIVERED,
    "read": Outcome.READ,
    "played": Outcome.READ,
    "failed": Outcome.FAILED,
}
QUIET = frozenset({"reaction", "revoke"})
ECHOES = frozenset({"smb_message_echoes", "message_echoes", "history", "smb_app_state_sync"})
"""What somebody of ours wrote in the WhatsApp Business app, and what was said before we were connected."""


def events_of(channel: str, number_id: str, body: bytes) -> list[Event]:
    """The events in one delivery; those of other numbers of the same app are `Ignored`. Raises `Malformed`."""
    topic, entries = delivery(body)
    if topic != "whatsapp_business_account":
        return [Ignored(channel=channel, why="other_product")]
    batch = Batch(channel)
    for entry in entries:
        for change in objects(entry, "changes"):
            with batch.update() as events:
                field = change.text("field", longest=80)
                if field != "messages":
                    events.append(Ignored(channel=channel, why="echo" if field in ECHOES else "account"))
                elif _number_id(change) != number_id:
                    events.append(Ignored(channel=channel, why="other_number"))
                else:
                    _Delivered(channel, required(change, "value")).read(batch)
    return batch.events()


def own_number(number_id: str, body: bytes) -> str:
    """The digits of our own number, as far as a delivery that `events_of` has read tells them."""
    for entry in delivery(body)[1]:
        for change in objects(entry, "changes"):
            with suppress(Malformed):  # it was left out, or is about something else
                if _number_id(change) == number_id:
                    metadata = required(required(change, "value"), "metadata")
                    return "".join(filter(str.isdecimal, some_text(metadata, "display_phone_number", 40)))
    return ""


def _number_id(change: Fields) -> str:
    return required(required(change, "value"), "metadata").text("phone_number_id", longest=40)


def e164(number: str) -> str:
    """A WhatsApp number as E.164, empty when it is no valid one: `wa_id`s of some countries differ from it."""
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class _Delivered:
    """The messages, reports and errors of one change."""

    def __init__(self, channel: str, value: Fields) -> None:
        self._channel, self._value = channel, value
        self._names = _names(objects(value, "contacts"))

    def read(self, batch: Batch) -> None:
        for message in objects(self._value, "messages"):
            with batch.update() as events:
                events.append(self._message(message))
        for status in objects(self._value, "statuses"):
            with batch.update() as events:
                events.append(self._status(status))
        for _ in objects(self._value, "errors"):
            with batch.update() as events:
                events.append(self._ignored("error"))

    def _message(self, message: Fields) -> Event:
        kind = message.text("type", longest=40)
        if "group_id" in message:
            return self._ignored("group")
        if kind == "system":
            return self._moved(message)
        if kind in QUIET or kind not in message:  # without its content: Meta could not deliver what they sent
            return self._ignored(kind if kind in QUIET else "unsupported")
        inbound = Inbound(
            channel=self._channel,
            address=_address(message),
            external_id=message_id(message, "id"),
            profile=self._profile(message),
            raw=message.data,
        )
        if kind == "edit":
            edit = required(message, "edit")
            inbound = replace(inbound, edits=message_id(edit, "original_message_id"))
            message = required(edit, "message")
            kind = message.text("type", longest=40)
        return self._said(inbound, kind, message)

    def _said(self, inbound: Inbound, kind: str, message: Fields) -> Event:
        if kind == "interactive":
            chosen = chosen_of(required(message, "interactive"))
            if chosen is None:
                return self._ignored("unsupported")
            return _chosen(inbound, chosen)
        if kind == "button":
            return _pressed(inbound, required(message, "button"))
        media: tuple[Media, ...] = ()
        if kind == "text":
            text = required(message, "text").text("body", longest=TEXT)
        elif kind in {"image", "video", "audio", "document", "sticker"}:
            media, text = file_of(kind, required(message, kind))
            media = () if inbound.edits else media  # only what is written under it can be edited
        elif kind == "location":
            text = location_text(required(message, "location"))
        elif kind == "contacts":
            text = "\n\n".join(card_text(card(each)) for each in objects(message, "contacts"))
        elif kind == "order":
            text = order_text(required(message, "order"))
        else:
            return self._ignored("unsupported")
        if not text and not media:
            return self._ignored("empty")
        custom = {} if inbound.edits else _circumstances(message)
        return replace(inbound, content=Content(text=text, custom=custom), media=media)

    def _moved(self, message: Fields) -> Event:
        """The customer has another number (or id) now: at the old one nobody reads any more. With the new one they
        are somebody new here, as a number may change hands.
        """
        kind = required(message, "system").text("type", longest=60, default="")
        if "changed_number" in kind or ("changed_user_id" in kind and "from" not in message):
            return Reachable(channel=self._channel, address=_address(message), reachable=False)
        return self._ignored("system")

    def _status(self, status: Fields) -> Event:
        outcome = OUTCOMES.get(status.text("status", longest=40))
        if outcome is None:
            return self._ignored("status")
        error = next(iter(objects(status, "errors")), None) if outcome is Outcome.FAILED else None
        why = reason(read_code(error.data)[0], some_text(error, "title", 200)) if error else ""
        return Report(channel=self._channel, vendor_id=message_id(status, "id"), outcome=outcome, reason=why)

    def _profile(self, message: Fields) -> Profile:
        number = str(message.data.get("from") or "")
        phone = e164(number) if NUMBER.fullmatch(number) else ""
        name = self._names.get(number) or self._names.get(str(message.data.get("from_user_id") or ""), "")
        return Profile(name=name, phone=phone, proven=frozenset({"phone"} if phone else ()))

    def _ignored(self, why: str) -> Ignored:
        return Ignored(channel=self._channel, why=why)


def _address(message: Fields) -> str:
    """Where answers go: the number, or the id of a customer who hides it."""
    sender = message.data.get("from") or message.data.get("from_user_id")
    if not isinstance(sender, str) or not (NUMBER.fullmatch(sender) or USER_ID.fullmatch(sender)):
        raise message.wrong("from", "must be a number or a user id")
    return sender


def _names(contacts: list[Fields]) -> dict[str, str]:
    names: dict[str, str] = {}
    for contact in contacts:
        profile = contact.object("profile")
        name = some_text(profile, "name", NAME) or some_text(profile, "username", NAME)
        names |= {str(contact.data.get(key) or ""): name for key in ("wa_id", "user_id")}
    return names


def _chosen(inbound: Inbound, chosen: Fields) -> Inbound:
    """A choice of ours; of a message that another program has sent by this number, its words."""
    token, title = chosen.text("id", longest=256), chosen.text("title", longest=TEXT, default="")
    if title and not TOKEN.fullmatch(token):
        return replace(inbound, content=Content(text=title))
    return replace(inbound, button=token or "-")


def _pressed(inbound: Inbound, button: Fields) -> Inbound:
    """A button of a template: one of our own tokens, or just its words."""
    payload = button.text("payload", longest=256, default="")
    if TOKEN.fullmatch(payload):
        return replace(inbound, button=payload)
    return replace(inbound, content=Content(text=button.text("text", longest=TEXT, default="") or payload))


def _circumstances(message: Fields) -> JSON:
    """What else is to be known: which message it answers, which advertisement or product it is about."""
    found: JSON = {}
    context = message.object("context")
    if context is not None:
        if replied := some_text(context, "id", 160):
            found["reply_to"] = replied
        if context.data.get("forwarded") is True or context.data.get("frequently_forwarded") is True:
            found["forwarded"] = True
        product = context.object("referred_product")
        if product is not None:
            found["product"] = some_text(product, "product_retailer_id", 100)
    referral = message.object("referral")
    if referral is not None:
        names = ("source_type", "source_id", "source_url", "headline", "body")
        found["referral"] = {name: text for name in names if (text := some_text(referral, name, 500))}
    return found
