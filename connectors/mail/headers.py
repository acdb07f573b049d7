"""Headers of a mail as they really come: encoded words, words cut in the middle of a character, raw GBK, RFC 2231.

A header is kept as it came (bytes beyond ASCII as surrogates) until it is known what it means; Python's own decoding
loses them.
"""

import base64
import binascii
import quopri
import re
from email import message_from_bytes
from email._policybase import Compat32
from email.message import Message
from email.utils import getaddresses
from typing import Any
from urllib.parse import unquote_to_bytes

from connectors.fields import clean_line, is_email
from connectors.mail.charset import decode

Mime = Message
HEADER = 4_096
"""Characters of one header that are looked at."""
LONGEST, STRUCTURED = 4 * HEADER, HEADER
"""Characters of one header that are read, and of one with parameters."""
SAME = 50
"""Headers of one name that are looked at."""
LINES = 1_000_000
"""Of a mail that are read: base64 of the largest mail has fewer. Each takes its time and its memory."""
_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]*)?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)\s+(?==\?)")
_ID = re.compile(r"<([^<>\s]{1,250})>")
_NAME_PARTS = re.compile(r"(?i)^(?:file)?name\*(\d{1,3})?(\*)?$")


class _AsItCame(Compat32):
    """Gives header values untouched."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Name and value; of a value that nobody writes the beginning, as Python takes long to find parameters."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[: STRUCTURED if name.lower().startswith("content-") else LONGEST]

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """The value as it stands in the mail."""
        return value


def read(data: bytes) -> "Mime[str, str]":
    """The parts of a mail. Raises RecursionError for one that is nested too deep."""
    if data.count(b"\n") > LINES:
        data = b"\n".join(data.split(b"\n", LINES)[:LINES])
    return message_from_bytes(data, policy=_AsItCame())


def raw(part: "Mime[str, str]", name: str) -> str:
    """A header as it came, unfolded."""
    value = part.get(name)
    return " ".join(str(value).split())[:HEADER] if value is not None else ""


def line(part: "Mime[str, str]", name: str) -> str:
    """A header as people read it."""
    return clean_line(words(raw(part, name)))


def words(text: str) -> str:
    """Text with encoded words (RFC 2047) and raw bytes read. Words side by side are one: programs cut characters."""
    found: list[str] = []
    waiting, charset, end = b"", "", 0
    text = _BETWEEN.sub(r"\1", text)
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        name, data = match[1].lower(), _bytes_of(match[2], match[3])
        if between or name != charset:
            found += [decode(waiting, charset) if waiting else "", _plain(between)]
            waiting, charset = b"", name
        waiting += data
        end = match.end()
    return "".join([*found, decode(waiting, charset) if waiting else "", _plain(text[end:])])


def _bytes_of(encoding: str, text: str) -> bytes:
    if encoding in "bB":
        data = re.sub(rb"[^A-Za-z0-9+/]", b"", text.encode("ascii", "ignore"))
        try:
            return base64.b64decode(data + b"=" * (-len(data) % 4))
        except binascii.Error:  # a character too many
            return base64.b64decode(data[: len(data) // 4 * 4])
    return quopri.decodestring(text.replace("_", " ").encode("latin-1", "ignore"))


def _plain(text: str) -> str:
    """Raw bytes beyond ASCII are read for what they look like."""
    return text if text.isascii() else decode(text.encode("utf-8", "surrogateescape"))


def sender(part: "Mime[str, str]") -> tuple[str, str, bool]:
    """Name and address of who wrote it, and whether that is one sender without doubt; the address is empty where
    there is none.
    """
    values = part.get_all("From", [])[:SAME]
    found = [(name, address) for name, address in _addresses([str(each) for each in values]) if address]
    if not found:
        return "", "", False
    name, address = found[0]
    return name, address, len(values) == len(found) == 1


def addresses(part: "Mime[str, str]", *names: str) -> list[str]:
    """Every address in these headers."""
    return [
        address for _, address in _addresses([str(each) for name in names for each in part.get_all(name, [])[:SAME]])
    ]


def _addresses(values: list[str]) -> list[tuple[str, str]]:
    found = []
    for name, address in getaddresses([" ".join(value.split())[:HEADER] for value in values]):
        known = _plain(address.strip()).lower()  # of the local part too: no server tells Ann@ from ann@
        shown = clean_line(words(name)).strip("\"' ")
        found.append(("" if "@" in shown else shown[:100], known if is_email(known) else ""))
    return found


def ids(part: "Mime[str, str]", *names: str) -> list[str]:
    """Message ids in these headers, without the angle brackets. Python writes long ones as encoded words."""
    return [match for name in names for match in _ID.findall(words(raw(part, name)))]


def file_name(part: "Mime[str, str]") -> str:
    """What the sender calls a file: RFC 2231, in pieces or not, else RFC 2047 or raw bytes in `filename` or `name`."""
    for header, plain in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        parameters = _parameters(str(part.get(header, "")))
        if extended := _extended(parameters, plain):
            return clean_line(extended)
        if value := parameters.get(plain):
            return clean_line(words(value))
    return ""


def _parameters(value: str) -> dict[str, str]:
    """The parameters of a header, names in lower case; the first of a name counts."""
    found: dict[str, str] = {}
    for match in re.finditer(r';\s*([\w*-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))', value[: 4 * HEADER]):
        quoted, bare = match[2], match[3]
        text = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare.strip()
        found.setdefault(match[1].lower(), re.sub(r"\r?\n[ \t]*", " " if quoted is None else "", text))
    return found


def _extended(parameters: dict[str, str], plain: str) -> str:
    """RFC 2231: `filename*=utf-8''%E5…`, or `filename*0*=…; filename*1*=…`."""
    pieces = sorted(
        (int(match[1] or 0), bool(match[2]) or name == f"{plain}*", value)
        for name, value in parameters.items()
        if name.startswith(plain) and (match := _NAME_PARTS.match(name))
    )
    if not pieces:
        return ""
    charset, data = "", b""
    for number, (_, encoded, value) in enumerate(pieces):
        if number == 0 and encoded and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "surrogateescape")
    text = decode(data, charset)
    return text if charset else words(text)
