"""A team with mail programs: what we send goes through an SMTP server into real mailboxes of Dovecot, and they answer
from theirs.
"""

import asyncio
import itertools
import logging
import re
from collections import deque
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from connectors.message import JSON
from tests.contract.helpdesk_bench import HelpdeskBench
from tests.fakes.desks.base import FakeFile
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.dovecot import PASSWORD, Dovecot
from tests.fakes.vendors.email import SMTP_PASSWORD

DOMAIN = "hearthline.example"
PEOPLE = {"a1": ("Li Na", "li.na"), "a2": ("王伟", "wang.wei")}
DONE = ("has left the queue", "gone while waiting")
_numbers = itertools.count(1)


class MailRoom:
    """An SMTP server that delivers into Dovecot. `troubles` happen to the next mails, in order."""

    def __init__(self, dovecot: Dovecot) -> None:
        number = next(_numbers)
        self.dovecot = dovecot
        self.ours, self.team = f"frontdoor-{number}@{DOMAIN}", f"team-{number}@{DOMAIN}"
        self.troubles: deque[Trouble] = deque()
        self.wrongs: list[str] = []
        self.renames = False  # whether it gives mails a Message-ID of its own, as Amazon SES does
        self.port = 0
        self._server: asyncio.Server | None = None
        self._connections: list[SMTP] = []

    async def __aenter__(self) -> Self:
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # the server's own, of every line
        await self.listen()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()
        await asyncio.sleep(0)

    async def listen(self) -> None:
        """Take mail, always at the same port."""
        loop = asyncio.get_running_loop()

        def authenticated(*arguments: Any) -> AuthResult:
            data = arguments[-1]
            return AuthResult(success=data.login == b"frontdoor" and data.password == SMTP_PASSWORD.encode())

        def server() -> SMTP:
            made = SMTP(self, loop=loop, authenticator=authenticated, auth_require_tls=False, enable_SMTPUTF8=True)
            self._connections.append(made)
            return made

        self._server = await loop.create_server(server, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Take none."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """RFC 5321 section 4.2: the answer to a message; for all its recipients at once."""
        content, recipients = envelope.content, list(envelope.rcpt_tos)
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        if not session.authenticated:
            self.wrongs.append("nobody has logged in")
        self._look_at(mail, content, envelope)
        if self.renames:
            head, _, body = content.partition(b"\r\n\r\n")
            head = re.sub(rb"(?m)^Message-ID: <", b"Message-ID: <0100-", head)
            content = head + b"\r\n\r\n" + body
        trouble = self.troubles.popleft() if self.troubles else Trouble(status=250)
        if trouble.status == 250 or trouble.sends:
            for each in recipients:
                await self.dovecot.put(content, sender=str(envelope.mail_from), to=each)
        if trouble.sends and server.transport is not None:
            server.transport.close()
        return f"{trouble.status} so it is"

    def _look_at(self, mail: EmailMessage, content: bytes, envelope: Envelope) -> None:
        """RFC 5322, 3834: what a mail that a program sends must have."""
        for name in ("From", "To", "Date", "Message-ID", "Subject", "Reply-To", "Auto-Submitted"):
            if len(mail.get_all(name, [])) != 1:
                self.wrongs.append(f"{name} is not there once")
        if any(len(line) > 998 for line in content.split(b"\r\n")):
            self.wrongs.append("a line is too long")
        if envelope.mail_from != self.ours or mail["To"] not in envelope.rcpt_tos:
            self.wrongs.append(f"from {envelope.mail_from} to {envelope.rcpt_tos}")
        if any("=?" in str(mail.get(name, "")) for name in ("Message-ID", "In-Reply-To", "References")):
            self.wrongs.append("an id is an encoded word")


class EmailDeskBench(HelpdeskBench):
    """The team. A ticket's mails are found by the reference in their subject."""

    kind = "email"
    secrets = (PASSWORD, SMTP_PASSWORD)

    def __init__(self, room: MailRoom) -> None:
        self.room = room
        self.more: JSON = {}  # settings
        self._written = itertools.count(1)

    def settings(self) -> JSON:
        return {
            "queue": self.room.team,
            "address": self.room.ours,
            "imap_url": self.room.dovecot.url_of(self.room.ours),
            "smtp_url": f"smtp://frontdoor:{SMTP_PASSWORD}@127.0.0.1:{self.room.port}",
            **self.more,
        }

    def inbox(self, user: str = "") -> list[EmailMessage]:
        """The mails of the team, or of somebody else, in order."""
        with self.room.dovecot.box(user=user or self.room.team) as box:
            return [message_from_bytes(each.obj.as_bytes(), policy=policy.default) for each in box.fetch()]

    async def mails(self, ticket_id: str) -> list[EmailMessage]:
        """The thread: the mail that opened a ticket, and those that refer to it."""
        found = await asyncio.to_thread(self.inbox)
        opened = next(each for each in found if _ticket_id(each) == ticket_id)
        root = str(opened["Message-ID"])
        return [each for each in found if each["Message-ID"] == root or root in str(each["References"])]

    async def tickets_of(self, reference: str) -> list[str]:
        found = await asyncio.to_thread(self.inbox)
        return [_ticket_id(each) for each in found if reference in each["Subject"] and not each["In-Reply-To"]]

    async def shown(self, ticket_id: str) -> str:
        mails = await self.mails(ticket_id)
        return "\n".join([str(mails[0]["Subject"]), *(_text(each) for each in mails)])

    async def files(self, ticket_id: str) -> dict[str, bytes]:
        return {
            part.get_filename() or "": bytes(part.get_payload(decode=True))
            for mail in await self.mails(ticket_id)
            for part in mail.iter_attachments()
        }

    async def resolved(self, ticket_id: str) -> bool:
        last = _text((await self.mails(ticket_id))[-1])
        return any(said in last for said in DONE)

    async def takes(self, ticket_id: str, agent: str = "a1") -> None:
        await self.replies(ticket_id, "#take", agent=agent)

    async def notes(self, ticket_id: str, text: str, agent: str = "a1") -> None:
        await self.replies(ticket_id, f"#note\n{text}", agent=agent)

    async def resolves(self, ticket_id: str) -> None:
        await self.replies(ticket_id, "#解决")

    async def reopens(self, ticket_id: str) -> None:
        await self.replies(ticket_id, "#reopen")

    async def replies(self, ticket_id: str, text: str, files: Sequence[FakeFile] = (), agent: str = "a1") -> str:
        return await self.deliver(await self.answer(ticket_id, text, files, agent))

    async def answer(
        self, ticket_id: str, text: str, files: Sequence[FakeFile] = (), agent: str = "a1"
    ) -> EmailMessage:
        """What a mail program makes of an answer: to Reply-To, with the whole mail quoted below."""
        last = (await self.mails(ticket_id))[-1]
        name, local = PEOPLE[agent]
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"] = f"{name} <{local}@{DOMAIN}>"
        mail["To"] = str(last["Reply-To"])
        mail["Subject"] = f"Re: {last['Subject']}"
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{next(self._written)}.{self.room.port}@mail.{DOMAIN}>"
        mail["In-Reply-To"] = str(last["Message-ID"])
        mail["References"] = f"{last['References'] or ''} {last['Message-ID']}".strip()
        quoted = "\n".join(f"> {line}" for line in _text(last).splitlines())
        mail.set_content(f"{text}\n\n-- \n{name}\nHearthline\n\nOn {last['Date']}, {last['From']} wrote:\n{quoted}\n")
        for each in files:
            kind, _, subtype = each.media_type.partition("/")
            mail.add_attachment(each.data, maintype=kind, subtype=subtype, filename=each.name)
        return mail

    async def deliver(self, mail: EmailMessage) -> str:
        """It arrives in our mailbox."""
        everybody = f"{mail['To']}, {mail['Cc']}".split(", ")
        to = next(each for each in everybody if each.startswith(self.room.ours.partition("@")[0]))
        await self.room.dovecot.put(mail.as_bytes(), sender=f"somebody@{DOMAIN}", to=to)
        return str(mail["Message-ID"])

    def trouble(self, *troubles: object) -> None:
        self.room.troubles.extend(each for each in troubles if isinstance(each, Trouble))

    async def goes_down(self) -> None:
        self.room.close()

    async def comes_back(self) -> None:
        await self.room.listen()

    def wrongs(self) -> list[str]:
        return self.room.wrongs


def _ticket_id(mail: EmailMessage) -> str:
    """The handoff's id stands in the id of the mail, in front of a signature."""
    return "" if mail["In-Reply-To"] else str(mail["Message-ID"]).partition(".")[2][:26].upper()


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
