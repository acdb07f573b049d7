"""How WeChat and WeCom sign and encrypt what they push, and want it in what we answer.

A signature is the SHA-1 of the token and what it vouches for, sorted and joined. A message is AES-256-CBC of 16 random
bytes, its length (4 bytes, big-endian), itself and the id of whom it is for, padded to 32 bytes as in PKCS #7.

https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html
https://developer.work.weixin.qq.com/document/path/90968
"""

import binascii
import hashlib
import hmac
import os
import re
import struct
from base64 import b64decode, b64encode
from typing import Annotated

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pydantic import AfterValidator, SecretStr

from connectors.errors import Forged, Malformed
from connectors.settings import invalid

BLOCK = 32  # of the padding; AES itself has 16
CIPHER_BLOCK = 16
RANDOM = 16
_LENGTH = struct.Struct(">I")
_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


def _aes_key(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value() and not _KEY.fullmatch(secret.get_secret_value()):
        raise invalid("is not an EncodingAESKey", "It has 43 letters and digits; copy it from the vendor's console.")
    return secret


AesKey = Annotated[SecretStr, AfterValidator(_aes_key)]
"""An EncodingAESKey: 43 characters of base64; may be empty where messages come in plain."""


def signature(token: str, *parts: str) -> str:
    """What a push or an answer is signed with: `parts` are the time stamp, the nonce and, where it is encrypted, the
    encrypted text.
    """
    joined = "".join(sorted((token, *parts)))
    return hashlib.sha1(joined.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def check_signature(given: str, token: str, *parts: str) -> None:
    """Compare in constant time. Raises `Forged`."""
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), signature(token, *parts).encode()):
        raise Forged("the signature is not ours", code="signature_invalid")


class MessageCipher:
    """Encrypts and decrypts for one account; `receiver` is its app id, corp id or suite id."""

    def __init__(self, encoding_aes_key: SecretStr, receiver: str) -> None:
        key = b64decode(encoding_aes_key.get_secret_value() + "=")
        self._cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:CIPHER_BLOCK]))
        self._receiver = receiver.encode()

    def encrypt(self, content: bytes) -> str:
        """A message as it travels, in base64."""
        plain = os.urandom(RANDOM) + _LENGTH.pack(len(content)) + content + self._receiver
        padding = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher.encryptor()
        encrypted = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        return b64encode(encrypted).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """The message in what came. Check its signature before. Raises `Malformed`, and `Forged` when it is for
        somebody else.
        """
        plain = self._unpadded(_from_base64(encrypted))
        if len(plain) < RANDOM + _LENGTH.size:
            raise _malformed("is too short")
        start = RANDOM + _LENGTH.size
        (length,) = _LENGTH.unpack_from(plain, RANDOM)
        if start + length > len(plain):
            raise _malformed("says that it is longer than it is")
        if not hmac.compare_digest(plain[start + length :], self._receiver):
            raise Forged("the message is for another account", code="receiver_invalid")
        return plain[start : start + length]

    def _unpadded(self, encrypted: bytes) -> bytes:
        if not encrypted or len(encrypted) % CIPHER_BLOCK:
            raise _malformed("has no whole blocks")
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(encrypted) + decryptor.finalize()
        padding = plain[-1]
        if not 1 <= padding <= min(BLOCK, len(plain)) or plain[-padding:] != bytes([padding]) * padding:
            raise _malformed("is not padded as documented")
        return plain[:-padding]


def _from_base64(text: str) -> bytes:
    try:
        return b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise _malformed("is not base64") from None


def _malformed(why: str) -> Malformed:
    return Malformed(f"the encrypted message {why}", code="bad_encryption")
