"""One connection to an IMAP server (RFC 3501), used from one thread at a time. imap-tools speaks the protocol.

Mails are read without changing them (BODY.PEEK); only `done` marks one as read, or moves it.
"""

import contextlib
import imaplib
import re
import socket
import ssl
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.utils import encode_folder
from pydantic import AfterValidator, SecretStr

from connectors.settings import invalid

SCHEMES = {"imap": 143, "imaps": 993, "imap+starttls": 143}
TIMEOUT_S = 30.0
HEAD = 512 * 1024
"""Bytes that are fetched of a mail which is too large to be taken whole."""
TROUBLES = (ImapToolsError, imaplib.IMAP4.error, OSError, ssl.SSLError)
"""What can be raised here. None of it is to be shown: servers quote what they were sent."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_CLIENT = '("name" "Front Door")'


def _imap_server(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in SCHEMES or not parts.hostname or not parts.username or not parts.password:
        raise invalid("is not the address of a mailbox", "Write imaps://user:password@imap.example.")
    return url


ImapServer = Annotated[SecretStr, AfterValidator(_imap_server)]
"""imaps:// (TLS from the start), imap+starttls:// or imap://, then user:password@host:port."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A mailbox and how to get there."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str

    @classmethod
    def of(cls, url: str, folder: str) -> "Place":
        """The mailbox at an address that `ImapServer` accepts."""
        parts = urlsplit(url)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "localhost",
            port=parts.port or SCHEMES[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=folder,
        )


class Mailbox:
    """A folder that is open. Methods raise `TROUBLES`."""

    def __init__(self, box: BaseMailBox, *, validity: int, next_uid: int) -> None:
        self._box, self.validity, self.next_uid = box, validity, next_uid
        self._idling: bytes | None = None
        self._refused = False

    @classmethod
    def open(cls, place: Place) -> "Mailbox":
        """Connect, log in and select the folder."""
        box = _connected(place)
        try:
            if place.user.isascii() and place.password.isascii():
                box.login(place.user, place.password, initial_folder=None)
            else:
                box.login_utf8(place.user, place.password, initial_folder=None)
            if "ID" in _capabilities(box):
                box.client.xatom("ID", _CLIENT)  # RFC 2971; 163 and 126 let nobody in who does not say it
            box.folder.set(place.folder)
            status = box.folder.status(place.folder, ["UIDVALIDITY", "UIDNEXT"])
            return cls(box, validity=status["UIDVALIDITY"], next_uid=status["UIDNEXT"])
        except BaseException:
            _hang_up(box)
            raise

    @property
    def can_idle(self) -> bool:
        """Whether the server says by itself when mail comes (RFC 2177)."""
        return "IDLE" in _capabilities(self._box) and not self._refused

    @property
    def fileno(self) -> int:
        """The connection, to wait on."""
        return self._box.client.sock.fileno()

    def above(self, uid: int) -> list[int]:
        """The mails that came after this one, in order."""
        self._box.client.untagged_responses.clear()
        # "n:*" always has the last mail in it, even when that is below n.
        return [each for each in self._search(f"UID {uid + 1}:*") if each > uid]

    def unread(self) -> list[int]:
        """The mails that nobody has read."""
        return self._search("UNSEEN")

    def since(self, day: date) -> list[int]:
        """The mails that came since then, and were written since then."""
        name = f"{day.day}-{MONTHS[day.month - 1]}-{day.year}"
        return self._search(f"SINCE {name} SENTSINCE {name}")

    def named(self, message_id: str, header: str = "Message-ID") -> list[int]:
        """The mails with this Message-ID, or with this id in another header."""
        if not message_id or not message_id.isascii() or '"' in message_id or "\\" in message_id:
            return []
        return self._search(f'HEADER {header} "<{message_id}>"')

    def _search(self, criteria: str) -> list[int]:
        return sorted(int(each) for each in self._box.uids(criteria, charset=None))

    def fetch(self, uid: int, most: int) -> tuple[bytes, bool] | None:
        """A mail, and whether it is whole: of one with more than `most` bytes the beginning. None when it is gone."""
        size = self._fetched(uid, "(RFC822.SIZE)")
        found = _SIZE.search(b" ".join(each if isinstance(each, bytes) else each[0] for each in size))
        if found is None:
            return None
        whole = int(found[1]) <= most
        answer = self._fetched(uid, "(BODY.PEEK[])" if whole else f"(BODY.PEEK[]<0.{HEAD}>)")
        data = next((each[1] for each in answer if isinstance(each, tuple)), None)
        return None if data is None else (data, whole)

    def _fetched(self, uid: int, what: str) -> list[Any]:
        status, answer = self._box.client.uid("FETCH", str(uid), what)
        if status != "OK":
            raise imaplib.IMAP4.error("FETCH was refused")
        return [each for each in answer if each is not None]

    def done(self, uid: int, move_to: str) -> None:
        """Mark a mail as read, or move it. Others' mails that are marked as deleted stay what they are."""
        client, folder = self._box.client, encode_folder(move_to).decode() if move_to else ""
        client.uid("STORE", str(uid), "+FLAGS", r"(\Seen)")
        if not folder:
            return
        if "MOVE" in _capabilities(self._box):
            client.uid("MOVE", str(uid), folder)
        elif client.uid("COPY", str(uid), folder)[0] == "OK":
            client.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")
            if "UIDPLUS" in _capabilities(self._box):
                client.uid("EXPUNGE", str(uid))

    def select(self, folder: str) -> None:
        """Go to another folder."""
        self._box.folder.set(folder)

    def begin_idle(self) -> bool:
        """Ask to be told; False when there already was something new, or the server does not want to."""
        client: Any = self._box.client
        if "EXISTS" in client.untagged_responses:
            return False
        tag = client._command("IDLE")
        while client._get_response() is not None:  # None: the server waits
            if client.tagged_commands[tag]:
                client.tagged_commands.pop(tag)
                self._refused = True
                return False
        self._idling = tag
        return "EXISTS" not in client.untagged_responses

    def has_news(self) -> bool:
        """Whether something that the server said lies here already, read with what came before."""
        client: Any = self._box.client
        client.sock.settimeout(0)
        try:
            return bool(client.file.peek(1))
        except (ssl.SSLWantReadError, BlockingIOError):
            return False
        finally:
            client.sock.settimeout(TIMEOUT_S)

    def end_idle(self) -> None:
        """Stop being told."""
        if self._idling is not None:
            self._box.client.send(b"DONE\r\n")
            self._box.consume_until_tagged_response(self._idling)
            self._idling = None

    def hang_up(self) -> None:
        """End the connection at once, from any thread: whoever waits for the server gets an error."""
        _hang_up(self._box)

    def close(self) -> None:
        """Say good-bye."""
        with contextlib.suppress(*TROUBLES):
            self._box.logout()
        _hang_up(self._box)


def _connected(place: Place) -> BaseMailBox:
    if place.scheme == "imaps":
        return MailBox(place.host, place.port, timeout=TIMEOUT_S, ssl_context=ssl.create_default_context())
    if place.scheme == "imap+starttls":
        return MailBoxStartTls(place.host, place.port, timeout=TIMEOUT_S, ssl_context=ssl.create_default_context())
    return MailBoxUnencrypted(place.host, place.port, timeout=TIMEOUT_S)


def _capabilities(box: BaseMailBox) -> frozenset[str]:
    """What the server can do, as it says once one is logged in; asked once."""
    known: frozenset[str] | None = getattr(box, "_frontdoor_capabilities", None)
    if known is None:
        status, answer = box.client.capability()
        words = b" ".join(each for each in answer if each).decode("ascii", "replace").upper().split()
        known = frozenset(words) if status == "OK" else frozenset(box.client.capabilities)
        box._frontdoor_capabilities = known  # type: ignore[attr-defined]
    return known


def _hang_up(box: BaseMailBox) -> None:
    with contextlib.suppress(OSError):
        box.client.sock.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        box.client.shutdown()
