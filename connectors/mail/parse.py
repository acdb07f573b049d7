"""A mail as it lies in the mailbox becomes what it says: who, what about, the words, the files, and what it is.

Pure functions over bytes that anybody may have sent. Where a mail is broken, what can be read of it is read.
"""

import hashlib
from dataclasses import dataclass, field

import structlog

from connectors.fields import clean_text
from connectors.html_text import to_text
from connectors.mail import headers
from connectors.mail.automatic import has_no_sender, is_robot, why_automatic
from connectors.mail.charset import decode
from connectors.mail.flowed import joined
from connectors.mail.headers import Mime
from connectors.mail.origin import checks, is_proven
from connectors.mail.quotes import is_forward, is_reply, written
from connectors.mail.reports import MailReport, report_in
from connectors.message import JSON

log = structlog.get_logger(__name__)

TEXT_BYTES = 4 << 20
"""Of words that are read; nobody writes more."""
PARTS = 300
FILES = 20
LOGO_BYTES = 8 * 1024
"""A picture within the text that is smaller is a logo, a line, or a counter of readers."""
_NO_FILES = {
    "application/ms-tnef",
    "application/vnd.ms-tnef",
    "application/pkcs7-signature",
    "application/pgp-signature",
}
_NO_FILES |= {"application/x-pkcs7-signature", "text/x-amp-html", "application/pgp-encrypted"}
_NO_FILE_NAMES = {"winmail.dat", "win.dat"}
_KEPT_HEADERS = ("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "User-Agent", "X-Mailer")
_RECIPIENTS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To")


@dataclass(frozen=True, kw_only=True)
class MailFile:
    """A file of a mail; `part` is its number among all parts."""

    part: int
    name: str
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail. `automatic` is one word for why no person has written it, else empty."""

    address: str  # of the sender; empty where there is none
    name: str = ""
    proven: bool = False  # its domain vouches for it
    checks: str = ""  # what our mail server found of its origin
    subject: str = ""
    text: str = ""  # what was written now
    files: tuple[MailFile, ...] = ()
    left_out: int = 0  # files beyond the most that are taken
    message_id: str = ""  # without angle brackets
    references: tuple[str, ...] = ()  # message ids, oldest first
    recipients: tuple[str, ...] = ()
    to: tuple[str, ...] = ()  # those of them in To
    is_reply: bool = False
    automatic: str = ""
    report: MailReport | None = None
    digest: str = ""  # the same for the same mail, however often and by whichever way it comes
    raw: JSON = field(default_factory=dict)  # some headers, for support


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What is known of our side when mails are read."""

    own: frozenset[str]  # our addresses, in lower case
    trusted_server: str = ""  # whose Authentication-Results count
    lists: tuple[str, ...] = ()  # mailing lists through which customers write
    own_words: bool = False  # never what a mail quotes, also of a forwarded one, and when nothing is left

    def read(self, data: bytes, *, whole: bool = True) -> Mail:
        """The mail in these bytes; of one that is not `whole` only the text. Never fails."""
        try:
            return self._read(data, whole)
        except Exception as error:  # one mail must not keep all later ones from being read; it stays in the folder
            log.error("email.unreadable", error=type(error).__name__, digest=digest_of(data))
            return Mail(address="", automatic="unreadable", digest=digest_of(data))

    def _read(self, data: bytes, whole: bool) -> Mail:
        part = headers.read(data)
        name, address, only_one = headers.sender(part)
        report = report_in(part, from_server=has_no_sender(part) or is_robot(address))
        automatic = why_automatic(part, address=address, own=self.own, lists=self.lists) if address else "no_sender"
        if report is not None or automatic:
            return Mail(address=address, automatic=automatic or "report", report=report, digest=digest_of(data))
        subject = headers.line(part, "Subject")[:300]
        references = headers.ids(part, "References", "In-Reply-To")
        recipients = headers.addresses(part, *_RECIPIENTS)
        replying = bool(references) or is_reply(subject) or any(self._is_plus(each) for each in recipients)
        replying = self.own_words or (replying and not is_forward(subject))
        files = _files(part) if whole else ()
        return Mail(
            address=address,
            name=name,
            proven=only_one and self._is_proven(part, address),
            checks=checks(headers.raw(part, "Authentication-Results"), server=self.trusted_server),
            subject=subject,
            text=written(
                _words(part, replying, empty=self.own_words), reply=replying, sender=address, empty=self.own_words
            ),
            files=files[:FILES],
            left_out=max(0, len(files) - FILES),
            message_id=next(iter(headers.ids(part, "Message-ID")), ""),
            references=tuple(dict.fromkeys(references)),
            recipients=tuple(recipients),
            to=tuple(headers.addresses(part, "To")),
            is_reply=replying,
            digest=digest_of(data),
            raw={each: headers.line(part, each)[:500] for each in _KEPT_HEADERS if part.get(each)},
        )  # fmt: skip

    def _is_proven(self, part: "Mime[str, str]", address: str) -> bool:
        results = headers.raw(part, "Authentication-Results")
        return is_proven(results, server=self.trusted_server, address=address)

    def _is_plus(self, address: str) -> bool:
        local, _, domain = address.lower().rpartition("@")
        return "+" in local and f"{local.partition('+')[0]}@{domain}" in self.own


def words_of(data: bytes) -> str:
    """All the words of a mail, quotes too."""
    return _words(headers.read(data), False)


def bytes_of(data: bytes, number: int) -> bytes:
    """The file that is part `number`, texts in UTF-8. Raises IndexError when there is none."""
    part = _walk(headers.read(data))[number]
    if part.get_content_type() == "message/rfc822":
        inner = _inner(part)
        return inner.as_bytes() if inner is not None else b""
    content = _payload(part)
    if part.get_content_maintype() == "text":
        return decode(content, str(part.get_content_charset("") or "")).encode("utf-8", "replace")
    return content


def digest_of(data: bytes) -> str:
    """The same for the same mail: servers on the way put lines on top, and line ends are not always the same."""
    head, _, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    part = headers.read(head + b"\n\n")
    made = "\n".join(headers.raw(part, name) for name in ("Message-ID", "Date", "From", "Subject"))
    return hashlib.sha256(made.encode("utf-8", "surrogateescape") + b"\n\n" + body.rstrip()).hexdigest()[:40]


def _walk(part: "Mime[str, str]") -> "list[Mime[str, str]]":
    """The parts in order; not into mails that are attached."""
    found: list[Mime[str, str]] = []
    waiting = [part]
    while waiting and len(found) < PARTS:
        each = waiting.pop(0)
        found.append(each)
        if each.get_content_maintype() == "multipart" and each.is_multipart():
            payload = each.get_payload()
            waiting = [inner for inner in payload if isinstance(inner, Mime)] + waiting
    return found


def _inner(part: "Mime[str, str]") -> "Mime[str, str] | None":
    """The mail that is attached."""
    payload = part.get_payload() if part.is_multipart() else None
    first = payload[0] if isinstance(payload, list) and payload else None
    return first if isinstance(first, Mime) else None


def _payload(part: "Mime[str, str]") -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _is_body(part: "Mime[str, str]") -> bool:
    """Whether its words are the mail's own, not a file's."""
    disposition = headers.raw(part, "Content-Disposition").partition(";")[0].strip().lower()
    kind = part.get_content_type()
    return kind in {"text/plain", "text/html"} and disposition != "attachment" and not headers.file_name(part)


def _words(part: "Mime[str, str]", reply: bool, *, empty: bool = False) -> str:
    """The words of the plain parts, or those of the HTML where there are none; what is quoted too where nothing else
    is there, unless it may be `empty`.
    """
    found: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for each in _walk(part):
        if _is_body(each) and sum(len(text) for texts in found.values() for text in texts) < TEXT_BYTES:
            text = decode(_payload(each)[:TEXT_BYTES], str(each.get_content_charset("") or ""))
            if _says(each, "format", "flowed") and each.get_content_type() == "text/plain":
                text = joined(text, delete_space=_says(each, "delsp", "yes"))
            found[each.get_content_type()].append(text)
    plain = clean_text("\n".join(found["text/plain"])).strip()
    if plain or not found["text/html"]:
        return plain
    shown = clean_text("\n".join(to_text(each, reply=reply) for each in found["text/html"])).strip()
    if shown or empty:
        return shown
    return clean_text("\n".join(to_text(each, reply=False) for each in found["text/html"])).strip()


def _says(part: "Mime[str, str]", parameter: str, value: str) -> bool:
    """Whether the content type has this parameter."""
    return str(part.get_param(parameter, "") or "").lower() == value


def _files(part: "Mime[str, str]") -> tuple[MailFile, ...]:
    found = []
    for number, each in enumerate(_walk(part)):
        kind = each.get_content_type()
        if each.get_content_maintype() == "multipart" or _is_body(each) or kind in _NO_FILES:
            continue
        name = headers.file_name(each)
        if name.lower() in _NO_FILE_NAMES or _is_logo(each, kind):
            continue
        found.append(MailFile(part=number, name=name or _name(each, kind, number), media_type=kind))
    return tuple(found)


def _is_logo(part: "Mime[str, str]", kind: str) -> bool:
    disposition = headers.raw(part, "Content-Disposition").partition(";")[0].strip().lower()
    within = kind.startswith("image/") and disposition != "attachment" and bool(part.get("Content-ID"))
    return within and len(_payload(part)) < LOGO_BYTES


def _name(part: "Mime[str, str]", kind: str, number: int) -> str:
    """For a file without a name."""
    if kind == "message/rfc822":
        inner = _inner(part)
        subject = headers.line(inner, "Subject") if inner is not None else ""
        return f"{subject[:80] or 'mail'}.eml"
    extension = {"text/plain": "txt", "text/html": "html", "text/calendar": "ics", "image/jpeg": "jpg"}
    ending = extension.get(kind, kind.partition("/")[2].partition("+")[0])
    return f"file-{number}.{ending if ending.isalnum() and len(ending) < 6 else 'bin'}"
