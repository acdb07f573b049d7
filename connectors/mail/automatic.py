"""Mails that no person has written: they are never answered, or two programs would write to each other for ever.

RFC 3834 says what answers by themselves must say; what real programs say instead stands below.
"""

import re

from connectors.mail import headers
from connectors.mail.headers import Mime

_ROBOTS = re.compile(r"(mailer-daemon|postmaster|mail-daemon|mdaemon)(\+.*)?", re.IGNORECASE)
_NO_REPLY = re.compile(r"(no|not|do-?not|donot)[-_.]?reply([-_.+].*)?", re.IGNORECASE)
_ANSWERS = re.compile(
    r"(自动回复|自动答复|自動回覆|自動回復|automatic reply|auto[- ]?reply|auto[- ]?response|autosvar|abwesenheitsnotiz|"
    r"réponse automatique|respuesta automática|out of (the )?office)\s*([:：]|$)",
    re.IGNORECASE,
)
_AUTOMATIC_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Mail-Autoreply")
_LIST_HEADERS = ("List-Id", "List-Unsubscribe", "List-Post", "Mailing-List")
_BULK = {"bulk", "list", "junk"}


def is_robot(address: str) -> bool:
    """Whether it is the address that mail servers write from."""
    return bool(_ROBOTS.fullmatch(address.rpartition("@")[0]))


def has_no_sender(part: "Mime[str, str]") -> bool:
    """Whether nobody wants an answer: the empty return path of bounces (RFC 5321 section 4.5.5)."""
    return headers.raw(part, "Return-Path") == "<>"


def why_automatic(part: "Mime[str, str]", *, address: str, own: frozenset[str], lists: tuple[str, ...] = ()) -> str:
    """One word for why nobody has written it; empty for a person's mail. `own` are our addresses, in lower case;
    `lists` are lists through which customers write to us.
    """
    local, _, domain = address.lower().rpartition("@")
    if f"{local.partition('+')[0]}@{domain}" in own:
        return "own"
    if has_no_sender(part) or is_robot(address):
        return "bounce"
    if _answers_by_itself(part):
        return "auto_reply"
    list_id = headers.raw(part, "List-Id").lower()
    welcome = bool(list_id) and any(each.lower() in list_id for each in lists)
    if not welcome and any(headers.raw(part, name) for name in _LIST_HEADERS):
        return "list"
    if not welcome and headers.raw(part, "Precedence").lower() in _BULK:
        return "bulk"
    return "no_reply" if _NO_REPLY.fullmatch(local) else ""


def _answers_by_itself(part: "Mime[str, str]") -> bool:
    """An answer that a program gave: away, received, on holiday."""
    submitted = headers.raw(part, "Auto-Submitted").lower().partition(";")[0].strip()
    return (
        submitted not in {"", "no"}
        or headers.raw(part, "Precedence").lower() == "auto_reply"
        # Other values stand in mails that people write with Exchange; they only keep other programs from answering.
        or headers.raw(part, "X-Auto-Response-Suppress").lower() == "all"
        or any(headers.raw(part, name).lower() not in {"", "no"} for name in _AUTOMATIC_HEADERS)
        or bool(_ANSWERS.match(headers.line(part, "Subject")))
    )
