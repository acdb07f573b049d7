"""How QQ and we prove ourselves to each other: Ed25519 with a key that is the bot's secret, repeated.

https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/sign.html
"""

import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.errors import Forged, Malformed

SEED = 32  # bytes
TIME = re.compile(r"[0-9]{1,20}")
TOKEN = re.compile(r"[0-9A-Za-z_-]{1,128}")
_SIGNATURE = re.compile(r"[0-9A-Fa-f]{128}")


def key_of(secret: str) -> Ed25519PrivateKey:
    """The key that the secret stands for; QQ and we both have it."""
    seed = secret.encode()
    return Ed25519PrivateKey.from_private_bytes((seed * (SEED // len(seed) + 1))[:SEED])


def verify(key: Ed25519PrivateKey, timestamp: str, signature: str, body: bytes) -> None:
    """Raise `Forged` unless QQ has signed it. QQ names no age at which a call is too old; repeats change nothing."""
    if not TIME.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        raise Forged("there is no signature", code="signature_missing")
    try:
        key.public_key().verify(bytes.fromhex(signature), timestamp.encode() + body)
    except InvalidSignature:
        raise Forged("the signature is not QQ's", code="signature_invalid") from None


def answer_to_challenge(key: Ed25519PrivateKey, plain_token: str, event_ts: str) -> str:
    """The signature with which we show that we have the secret. Raises `Malformed`.

    Anybody can ask for it, and it is made with the key that proves calls to be QQ's. So nothing is signed that could be
    taken for a call: no brace, no quote, only what QQ's own tokens are made of.
    """
    if not TIME.fullmatch(event_ts) or not TOKEN.fullmatch(plain_token):
        raise Malformed("is not a challenge of QQ's", code="bad_frame", field="d")
    return key.sign(f"{event_ts}{plain_token}".encode()).hex()
