"""What the channels of Twilio have in common: the account, signed requests in forms, and what its error codes mean.

https://www.twilio.com/docs/usage/webhooks/webhooks-security, https://www.twilio.com/docs/api/errors
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from pydantic import Field

from connectors.channel import Answer, Request
from connectors.errors import Forged, Malformed
from connectors.fields import clean_text
from connectors.settings import ChannelSettings, Credential, WebAddress

SIGNATURE = "x-twilio-signature"
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_FIELDS = 200  # of one form
_DEFAULT_PORTS = {"https": 443, "http": 80}

AGAIN = "#rc=3&rp=5xx,ct"
"""Behind an address: Twilio tries three times more when it cannot connect or hears of an error.
https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides"""

NOTHING_TO_DO = Answer(
    body=b'<?xml version="1.0" encoding="UTF-8"?><Response/>',
    content_type="text/xml",
)
"""TwiML that does nothing: the answer comes by the API."""

REASONS: Mapping[int, str] = {
    20003: "the credentials are not accepted",
    20429: "too many requests",
    21211: "the number is not valid",
    21212: "the sender is not valid",
    21408: "the account may not write to this country",
    21606: "the sender cannot send messages",
    21608: "a trial account writes to verified numbers only",
    21610: "the customer has unsubscribed (STOP)",
    21611: "the queue of the sender is full",
    21612: "this sender does not reach this number",
    21614: "the number is not a mobile",
    21617: "the message is too long",
    21659: "the sender is not a number of this account",
    30001: "the queue is full",
    30002: "the account is suspended",
    30003: "the phone is off or unreachable",
    30004: "the number or the carrier has blocked the message",
    30005: "the number does not exist",
    30006: "a landline, or a carrier that takes no messages",
    30007: "the carrier's filter has stopped it",
    30008: "the carrier gave no reason",
    30034: "the sender is not registered (A2P 10DLC)",
    30410: "the carrier did not answer in time",
    63038: "the account's daily limit is reached",
}
"""By Twilio's error code, for agents and logs."""


class TwilioSettings(ChannelSettings):
    """An account at Twilio."""

    account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-f]{32}$")]
    """Console, Account Info: Account SID."""

    auth_token: Credential
    """Console, Account Info: Auth Token. Twilio signs its requests with it, and we sign in with it."""

    secondary_auth_token: Credential | None = None
    """While you change to the secondary token: requests that it signed are genuine too."""

    api_url: WebAddress = "https://api.twilio.com"
    """Twilio's API; another region has its own, such as https://api.dublin.ie1.twilio.com."""

    @property
    def tokens(self) -> list[bytes]:
        """What may have signed a request."""
        given = (self.auth_token, self.secondary_auth_token)
        return [each.get_secret_value().encode() for each in given if each is not None]


class Form:
    """A form as Twilio posts it. Readers raise `Malformed`."""

    def __init__(self, body: bytes) -> None:
        try:
            self.pairs = parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS
            )
        except ValueError:
            raise Malformed("is not a form in UTF-8", code="bad_form") from None
        self._first = dict(reversed(self.pairs))

    def get(self, name: str) -> str:
        """A value, cleaned and trimmed; empty when it is missing."""
        return clean_text(self._first.get(name, "")).strip()

    def sid(self, name: str) -> str:
        """An id of Twilio's."""
        value = self.get(name)
        if not SID.fullmatch(value):
            raise Malformed("must be an id of Twilio's", code="bad_form", field=name)
        return value

    def whole(self, name: str, highest: int) -> int:
        """A whole number from 0; 0 when it is missing."""
        value = self.get(name) or "0"
        if not (value.isascii() and value.isdecimal() and len(value) < 10 and int(value) <= highest):
            raise Malformed(f"must be a whole number from 0 to {highest}", code="bad_form", field=name)
        return int(value)

    @property
    def raw(self) -> dict[str, str]:
        """What came, for support."""
        return {name: clean_text(value) for name, value in self._first.items()}


def verify(request: Request, tokens: Sequence[bytes]) -> None:
    """Raise `Forged` unless Twilio signed the URL and the form."""
    given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
    pairs = Form(request.body).pairs if request.body else []
    expected = [signature(token, url, pairs).encode() for token in tokens for url in _spellings(request.url)]
    if not any([hmac.compare_digest(given, each) for each in expected]):  # noqa: C419 (all, in constant time)
        raise Forged("the signature is not Twilio's: is public_url what Twilio calls?", code="signature_invalid")


def signature(token: bytes, url: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Base64 of HMAC-SHA1 over the URL and the fields in the order of their names; of one that comes several times,
    each value once.
    """
    signed = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token, signed.encode(), hashlib.sha1).digest()).decode()


def _spellings(url: str) -> Iterator[str]:
    """The URL with and without its port, of which Twilio signs one or the other, and with what `connect` put behind it,
    which Twilio's pages do not say whether it signs.
    """
    parts = urlsplit(url)
    spellings = [url]
    if parts.port is not None:
        spellings.append(urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0])))
    elif parts.scheme in _DEFAULT_PORTS:
        spellings.append(urlunsplit(parts._replace(netloc=f"{parts.netloc}:{_DEFAULT_PORTS[parts.scheme]}")))
    for each in spellings:
        yield each
        yield f"{each}{AGAIN}"


def reason_of(code: int) -> str:
    """An error code in words."""
    return f"Twilio {code}: {REASONS[code]}" if code in REASONS else f"Twilio {code}"
