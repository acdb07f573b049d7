"""What mail servers tell about mails of ours: not delivered (RFC 3464, qmail, QQ Mail, 163), or read (RFC 8098)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.fields import clean_line
from connectors.mail import headers
from connectors.mail.charset import decode
from connectors.mail.headers import Mime
from connectors.message import Outcome

TEXT = 64 * 1024
"""Bytes of a part in which a copy of our mail is looked for."""
IDS = 20
_COPIED_ID = re.compile(r"(?im)^[ \t]*Message-ID:\s*<([^<>\s]{1,250})>")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"\b(5[0-5]\d)\b")
_STATUSES = {"message/delivery-status", "message/global-delivery-status"}  # RFC 3464, and RFC 6533 with UTF-8
_OUTCOMES = {"failed": Outcome.FAILED, "delivered": Outcome.DELIVERED}
"""Action of a delivery status; `delayed`, `relayed` and `expanded` say nothing final."""


@dataclass(frozen=True, kw_only=True)
class MailReport:
    """`ids` are message ids that may be of mails of ours; `outcome` is None where nothing final is said."""

    ids: tuple[str, ...]
    outcome: Outcome | None
    reason: str = ""


def report_in(part: "Mime[str, str]", *, from_server: bool) -> MailReport | None:
    """The report that a mail is. One without the standard's parts counts only `from_server`, as mail servers write."""
    kind = str(part.get_param("report-type", "") or "").lower()
    if part.get_content_type() == "multipart/report" and kind == "disposition-notification":
        return _read_receipt(part)
    status = next((each for each in _parts(part) if each.get_content_type() in _STATUSES), None)
    if status is not None:
        return _delivery_status(part, status)
    return _old(part) if from_server else None


def _delivery_status(part: "Mime[str, str]", status: "Mime[str, str]") -> MailReport:
    blocks = status.get_payload() if status.is_multipart() else [status]
    groups = [group for each in blocks if isinstance(each, Mime) for group in _groups(each)]
    actions = [headers.raw(each, "Action").lower() for each in groups if each.get("Action")]
    action = "failed" if "failed" in actions else actions[0] if actions else ""
    code = next((headers.raw(each, "Status") for each in groups if each.get("Status")), "")
    answer = next((headers.line(each, "Diagnostic-Code") for each in groups if each.get("Diagnostic-Code")), "")
    return MailReport(ids=_copied_ids(part), outcome=_OUTCOMES.get(action), reason=_reason(code, answer))


def _groups(block: "Mime[str, str]") -> "list[Mime[str, str]]":
    """A group of fields, and those behind it, where Python has taken them for the body of a mail."""
    body = block.get_payload()
    later = body.replace("\r\n", "\n").split("\n\n") if isinstance(body, str) else []
    return [block, *(headers.read(f"{each.strip()}\n\n".encode("utf-8", "surrogateescape")) for each in later[:IDS])]


def _read_receipt(part: "Mime[str, str]") -> MailReport:
    notes = [each for each in _parts(part) if each.get_content_type() == "message/disposition-notification"]
    text = "\n".join(_text(each) for each in notes)
    found = re.findall(r"(?im)^Original-Message-ID:\s*<([^<>\s]{1,250})>", text)
    shown = re.search(r"(?im)^Disposition:.*;\s*displayed", text)
    return MailReport(ids=tuple(found[:IDS]), outcome=Outcome.READ if shown else None)


def _old(part: "Mime[str, str]") -> MailReport | None:
    """A bounce in a program's own words (qmail: https://cr.yp.to/proto/qsbmf.txt), with a copy of our mail below."""
    found = _copied_ids(part)
    if not found:
        return None
    text = "\n".join(_text(each) for each in _parts(part) if each.get_content_maintype() == "text")
    status = _STATUS.search(text)
    code = _CODE.search(text)
    return MailReport(ids=found, outcome=Outcome.FAILED, reason=(status or code or [""])[0])


def _copied_ids(part: "Mime[str, str]") -> tuple[str, ...]:
    """The ids in the copy of our mail that comes with a report: attached, its headers only, or in the text."""
    found: list[str] = []
    for each in _parts(part):
        if each is part:
            continue
        found += headers.ids(each, "Message-ID")
    for each in _parts(part):
        if each.get_content_maintype() == "text":
            found += _COPIED_ID.findall(_text(each))
    return tuple(dict.fromkeys(found))[:IDS]


def _parts(part: "Mime[str, str]") -> "Iterator[Mime[str, str]]":
    for number, each in enumerate(part.walk()):
        if number >= 60:
            return
        yield each


def _text(part: "Mime[str, str]") -> str:
    if part.is_multipart():
        return "\n".join(f"{name}: {value}" for each in part.walk() for name, value in each.items())[:TEXT]
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    return decode(data[:TEXT], str(part.get_content_charset("") or ""))


def _reason(code: str, answer: str) -> str:
    """The status and what the other server said, without its claims of who it is talking to."""
    said = clean_line(answer.partition(";")[2] or answer)
    status = clean_line(code)[:12]
    return (said if status and status in said else f"{status} {said}".strip())[:160]
