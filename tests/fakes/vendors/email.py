"""Customers with mail programs: what they send goes into a real Dovecot, what we send arrives at an SMTP server."""

import asyncio
import logging
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, House, VendorBench
from tests.fakes.vendors.base import FakeVendor, Said, Trouble
from tests.fakes.vendors.dovecot import PASSWORD, USER, Dovecot

DOMAIN = "customers.example"
SMTP_PASSWORD = "sending-7b2d9e4f1a"
GREETINGS = ("Hello,", "您好！")


class EmailVendor(FakeVendor):
    """Both servers. `troubles` are what the SMTP server answers to DATA, by their `status`."""

    def __init__(self) -> None:
        super().__init__()
        self.dovecot = Dovecot()
        self.mails: list[EmailMessage] = []
        self.smtp_port = 0
        self._smtp: asyncio.Server | None = None
        self._connections: list[SMTP] = []

    def routes(self) -> None:
        """No HTTP."""

    async def __aenter__(self) -> Self:
        await self.dovecot.__aenter__()
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # the server's own, of every line
        loop = asyncio.get_running_loop()

        def authenticated(*arguments: Any) -> AuthResult:
            data = arguments[-1]
            return AuthResult(success=data.login == b"support" and data.password == SMTP_PASSWORD.encode())

        def server() -> SMTP:
            made = SMTP(
                Handler(self), loop=loop, authenticator=authenticated, auth_require_tls=False, enable_SMTPUTF8=True
            )
            self._connections.append(made)
            return made

        self._smtp = await loop.create_server(server, "127.0.0.1", 0)
        self.smtp_port = self._smtp.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self.silence.set()
        if self._smtp is not None:
            self._smtp.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.close()
        await asyncio.sleep(0)
        await self.dovecot.__aexit__(*error)

    async def taken(self, session: Session, envelope: Envelope) -> str:
        """RFC 5321 section 4.2: the answer to a message."""
        self.requests.append("DATA")
        if not session.authenticated:
            self.wrongs.append("nobody has logged in")
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self._look_at(mail, content, envelope)
        if not self.troubles:
            return self._shown(mail, envelope)
        trouble = self.troubles.popleft()
        if trouble.sends:
            self._shown(mail, envelope)
        if not trouble.status:
            await asyncio.wait({asyncio.ensure_future(self.silence.wait())}, timeout=trouble.silent_s or None)
            return "451 4.3.0 too late"
        return f"{trouble.status} no"

    def _look_at(self, mail: EmailMessage, content: bytes, envelope: Envelope) -> None:
        """RFC 5322 and 3834: what a mail that a program sends must have."""
        for name in ("From", "To", "Date", "Message-ID", "Subject"):
            if len(mail.get_all(name, [])) != 1:
                self.wrongs.append(f"{name} is not there once")
        if any(len(line) > 998 for line in content.split(b"\r\n")):
            self.wrongs.append("a line is too long")
        if envelope.mail_from != USER:
            self.wrongs.append(f"the sender is {envelope.mail_from}")
        for name in ("Message-ID", "In-Reply-To", "References"):
            if "=?" in str(mail.get(name, "")):
                self.wrongs.append(f"{name} is an encoded word")

    def _shown(self, mail: EmailMessage, envelope: Envelope) -> str:
        files = tuple((part.get_filename() or "", part.get_content()) for part in mail.iter_attachments())
        self.mails.append(mail)
        for recipient in envelope.rcpt_tos:
            local, _, domain = recipient.partition("@")
            address = local if domain == DOMAIN else recipient
            text = "" if files else written(body(mail))
            self.show(Said(address=address, text=text, files=files, raw=mail))
        return "250 2.0.0 taken"


class Handler:
    """What aiosmtpd calls."""

    def __init__(self, vendor: EmailVendor) -> None:
        self._vendor = vendor

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """The answer to a message."""
        return await self._vendor.taken(session, envelope)

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - its name
        """Who goes says so first: RFC 5321 section 4.1.1.10."""
        self._vendor.requests.append("QUIT")
        return "221 2.0.0 bye"


def body(mail: EmailMessage) -> str:
    """The words of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def written(text: str) -> str:
    """What the customer reads as the answer: without greeting and signature."""
    text = text.rpartition("\n\n-- \n")[0]
    for greeting in GREETINGS:
        text = text.removeprefix(f"{greeting}\n\n")
    return text


def address_of(customer: str) -> str:
    """Customers of the suite have names only."""
    return customer if "@" in customer else f"{customer}@{DOMAIN}"


def letter(
    text: str, message_id: str, *, sender: str = CUSTOMER, to: str = USER, subject: str = "Re: Hearthline", **more: str
) -> bytes:
    """A mail as a customer's program writes it; the same for the same id. `more` are headers, with `_` for `-`."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = f"Ann <{address_of(sender)}>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = formatdate(1_790_000_000)
    mail["Message-ID"] = f"<{message_id}@mail.{DOMAIN}>"
    for name, value in more.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


class EmailBench(VendorBench):
    """Customers who write mails."""

    kind = "email"
    vendor_class = EmailVendor
    secrets = (PASSWORD, SMTP_PASSWORD)
    vendor: EmailVendor

    def settings(self) -> JSON:
        return {
            "address": USER,
            "imap_url": self.vendor.dovecot.url,
            "smtp_url": f"smtp://support:{SMTP_PASSWORD}@127.0.0.1:{self.vendor.smtp_port}",
            "mails_per_hour": 200,
            "take_unread": True,
        }

    def address_of(self, customer: str) -> str:
        return address_of(customer)

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        return Hook(body=letter(text, message_id, sender=address))

    def unsupported(self) -> list[Hook]:
        return [
            Hook(body=letter("I am away.", "away", Auto_Submitted="auto-replied")),
            Hook(body=letter("News!", "news", List_Id="<news.customers.example>")),
            Hook(body=letter("", "empty", subject="")),
        ]

    def echoes(self) -> list[Hook]:
        return [Hook(body=letter("hello", "echo", sender=USER))]

    def blocked(self) -> list[Trouble]:
        return [Trouble(status=550), Trouble(status=554)]

    def limited(self) -> Trouble:
        return Trouble(status=421)

    async def deliver(self, house: House, hook: Hook) -> int:
        """The mail is put into the mailbox; returns once it has been looked at. In another process it is known by the
        mail being read.
        """
        await self.vendor.dovecot.put(hook.body)
        if not isinstance(house, House):
            deadline = asyncio.get_running_loop().time() + 20
            while await asyncio.to_thread(self.vendor.dovecot.unread):
                assert asyncio.get_running_loop().time() < deadline, "nobody reads the mail"
                await asyncio.sleep(0.1)
            return 200
        last = await asyncio.to_thread(self.vendor.dovecot.next_uid) - 1
        await self.watched(house, last)
        return 200

    async def watched(self, house: House, uid: int = 0) -> None:
        """Wait until the channel has looked at a mail."""
        deadline = asyncio.get_running_loop().time() + 20
        while (await house.channel._ports.state.get("mark") or {"uid": -1})["uid"] < uid:
            assert asyncio.get_running_loop().time() < deadline, house.explain()
            await asyncio.sleep(0.01)
