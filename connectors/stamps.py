"""Signatures of our own protocols: HMAC-SHA256 over the time and the body, so that what somebody overheard is soon
worth nothing.

The header is `t=<seconds since 1970>,v1=<hex>`, with one more `v1` while two secrets are in use.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

from connectors.errors import Forged

HEADER = "Front-Door-Signature"
WINDOW_S = 300
"""How far the clocks of both sides may be apart, and how long a call may be repeated."""
_LONGEST = 1_000  # characters of a header
_TIME = re.compile(r"[0-9]{1,12}")


def stamp(secrets: Sequence[bytes], body: bytes, at: int) -> str:
    """The header for a body that leaves at `at`, signed with each of the secrets."""
    return ",".join([f"t={at}", *(f"v1={_digest(secret, str(at), body)}" for secret in secrets)])


def check(header: str, body: bytes, secrets: Sequence[bytes], now: float) -> None:
    """Raise `Forged` unless one of the secrets signed this body within the window."""
    if not header or len(header) > _LONGEST:
        raise Forged(f"sign the body: {HEADER}: t=<seconds>,v1=<hex>", code="signature_missing")
    parts = [part.strip().partition("=") for part in header.split(",")]
    at = next((value for name, _, value in parts if name == "t"), "")
    if not _TIME.fullmatch(at):
        raise Forged("the signature has no time: t=<seconds>", code="signature_invalid")
    expected = [_digest(secret, at, body).encode() for secret in secrets]
    given = [value.encode("utf-8", "replace") for name, _, value in parts if name == "v1"]
    if not any(hmac.compare_digest(one, other) for one in given for other in expected):
        raise Forged("the signature is not that of this body with our secret", code="signature_invalid")
    if abs(now - int(at)) > WINDOW_S:
        raise Forged(f"the signature is more than {WINDOW_S} s away from our clock", code="signature_expired")


def _digest(secret: bytes, at: str, body: bytes) -> str:
    return hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
