"""Passwords: hashed with argon2id on threads of their own, and refused when they are easy to guess."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM, MAXIMUM = 10, 200  # characters
AT_ONCE = 2  # each takes 64 MB for a moment

# The ones of ten characters and more that lead every published list; shorter ones are refused anyway.
_COMMON = frozenset({
    "0987654321", "10987654321", "1122334455", "12345678910", "1234512345", "1314520520", "1q2w3e4r5t", "1qaz2wsx3edc",
    "123456789a", "5201314520", "abc1234567", "abcd123456", "admin123456", "administrator", "asdfghjkl123",
    "changeme123", "customerservice", "frontdoor123", "iloveyou123", "letmein123", "p@ssw0rd123", "passw0rd123",
    "password12", "password123", "password1234", "q123456789", "qwerty12345", "qwerty123456", "welcome123",
    "a123456789", "woaini1314", "woaini1314520", "woaini520", "z123456789", "zxcvbnm123",
})  # fmt: skip
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm")


class Passwords:
    """Hashes and checks. The defaults of `hasher` are those of RFC 9106 for machines with little memory."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    async def hash(self, password: str) -> str:
        """What is stored instead of the password."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one that was stored; takes as long when there is none (`stored` is None)."""
        async with self._slots:
            fits = await asyncio.to_thread(self._verify, stored or self._nobody, password)
        return fits and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with weaker settings than those of today."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def weakness(password: str, *, login: str, name: str) -> str:
    """Why a password is refused (a problem of `desk.errors`); empty when it is fine."""
    if len(password) < MINIMUM:
        return "password_short"
    if len(password) > MAXIMUM:
        return "password_long"
    lowered = password.lower()
    personal = [part for part in (login.lower(), *name.lower().split()) if len(part) > 2]
    if any(part in lowered for part in personal):
        return "password_personal"
    run = any(lowered in line or lowered in line[::-1] for line in _RUNS)
    if run or lowered in _COMMON or len(set(lowered)) < 5:
        return "password_common"
    return ""


def new_password() -> str:
    """A generated password that can be read out: four groups of five, about 98 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))
