"""Secrets that lie in the database without being readable there: encrypted for one person, or hashed with a key."""

import base64
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Unreadable(Exception):
    """A sealed secret does not open: it was sealed with another key, for somebody else, or was changed."""


class Seal:
    """Seals with keys derived from `key`, a text of any length; without one nothing outlives the process."""

    def __init__(self, key: str) -> None:
        source = key.encode() or secrets.token_bytes(32)
        self._box = AESGCM(_derived(source, b"front door: second factor"))
        self._hash = _derived(source, b"front door: recovery codes")

    def close(self, secret: str, owner: str) -> str:
        """`secret`, for the database row of `owner` and no other."""
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._box.encrypt(nonce, secret.encode(), owner.encode())).decode()

    def open(self, sealed: str, owner: str) -> str:
        """What was sealed for `owner`. Raises `Unreadable`."""
        raw = base64.b64decode(sealed)
        try:
            return self._box.decrypt(raw[:_NONCE], raw[_NONCE:], owner.encode()).decode()
        except InvalidTag as error:
            raise Unreadable from error

    def hashed(self, text: str, owner: str) -> str:
        """A fingerprint that nobody can try texts against without the key."""
        return hmac.new(self._hash, f"{owner}:{text}".encode(), "sha256").hexdigest()


def _derived(source: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(source)
