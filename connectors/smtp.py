"""Mail that leaves: one message by SMTP, with every failure told in the answers the core needs (`connectors.errors`).

Until the server has been given the message itself, nothing can have been delivered; afterwards only its answer tells.
"""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from typing import Annotated
from urllib.parse import unquote, urlsplit

import aiosmtplib
from pydantic import AfterValidator, SecretStr

from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.settings import invalid

ANSWER_S = 20.0
QUIT_S = 2.0
SCHEMES = {"smtp", "smtps", "smtp+starttls"}
_PATH = re.compile(r"[^\x00-\x20\x7f<>]+@[^\x00-\x20\x7f<>]+")
"""What may stand between the angle brackets of a command."""
IDS = {"in-reply-to", "references", "message-id", "x-frontdoor-id"}


def _mail_server(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise invalid("is not the address of a mail server", "Write smtp+starttls://user:password@mail.example:587.")
    return url


MailServer = Annotated[SecretStr, AfterValidator(_mail_server)]
"""smtp://, smtps:// (TLS from the start) or smtp+starttls://, then user:password@host:port."""


class MailPolicy(EmailPolicy):
    """Python's own for SMTP, except that ids are never broken: a long one would be written as an encoded word."""

    def fold(self, name: str, value: str) -> str:
        """One header as text."""
        if name.lower() in IDS:
            return f"{name}: " + f"{self.linesep} ".join(value.split()) + self.linesep
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header as bytes."""
        if name.lower() in IDS:
            return self.fold(name, value).encode("ascii", "replace")
        return bytes(super().fold_binary(name, value))


POLICY = MailPolicy(linesep=SMTP.linesep, max_line_length=SMTP.max_line_length)


@dataclass(frozen=True, kw_only=True)
class SmtpServer:
    """A mail server that takes what we send. A connection of its own for each mail."""

    host: str
    port: int | None
    tls: bool
    starttls: bool
    user: str | None
    password: str | None = field(repr=False)

    @classmethod
    def of(cls, url: str) -> "SmtpServer":
        """The server at an address that `MailServer` accepts."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port,
            tls=parts.scheme == "smtps",
            starttls=parts.scheme == "smtp+starttls",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )

    async def look(self) -> None:
        """Connect and log in, and send nothing. Raises `TryLater`."""
        await _good_bye(await self._connected())

    async def deliver(self, mail: EmailMessage, *, sender: str, recipient: str, also: Sequence[str] = ()) -> None:
        """Hand over one mail, for its recipient and those who get it `also`: for all of them or for nobody. Raises
        `SendError`.
        """
        client = await self._connected()
        try:
            await _hand_over(client, mail, sender, (recipient, *also))
        finally:
            await _good_bye(client)

    async def _connected(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname=self.host, port=self.port, use_tls=self.tls, start_tls=self.starttls, timeout=ANSWER_S
        )
        try:
            await client.connect()
            if self.user is not None and self.password is not None:
                await client.login(self.user, self.password)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            client.close()
            raise TryLater(f"the mail server can't be used: {type(error).__name__}") from None
        return client


async def _good_bye(client: aiosmtplib.SMTP) -> None:
    """Nobody hangs up without QUIT (RFC 5321 section 4.1.1.10); what the server says to it changes nothing."""
    try:
        with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await client.quit(timeout=QUIT_S)
    finally:
        client.close()


async def _hand_over(client: aiosmtplib.SMTP, mail: EmailMessage, sender: str, recipients: Sequence[str]) -> None:
    """RFC 5321: MAIL and RCPT name who it is for, DATA is what counts."""
    if not all(_PATH.fullmatch(each) for each in (sender, *recipients)):
        raise Undeliverable("no mail can be sent to such an address")
    wide = not all(each.isascii() for each in (sender, *recipients))
    encoding = "utf-8" if wide else "ascii"
    try:
        data = mail.as_bytes(policy=POLICY.clone(utf8=True) if wide else POLICY)
        await client.ehlo()
        if wide and not client.supports_extension("smtputf8"):
            raise Undeliverable("the mail server can't write to such an address")
        options = [f"size={len(data)}"] if client.supports_extension("size") else []
        await client.mail(sender, options=[*options, *(["SMTPUTF8"] if wide else [])], encoding=encoding)
        for each in recipients:
            await client.rcpt(each, encoding=encoding)
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(error.code) from None
    except (UnicodeError, ValueError):
        raise Undeliverable("the mail server can't write to such an address") from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise TryLater(f"the mail server broke off: {type(error).__name__}") from None
    try:
        await client.data(data)
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(error.code) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise OutcomeUnknown(f"the mail server broke off: {type(error).__name__}") from None


def _refused(code: int) -> TryLater | Undeliverable:
    """RFC 5321 section 4.2.1: 4yz may work later, 5yz never will."""
    kind = TryLater if 400 <= code < 500 else Undeliverable
    return kind(f"the mail server answered {code}")
