"""A team that works with mail: a ticket is a thread in its shared mailbox, and who replies answers the customer.

All that leaves is copied to a mailbox of ours, in the same delivery: by that copy, which has an id of its own, a mail
that was cut off is found (RFC 5321 takes a mail for all recipients or for none). Answers come to the same mailbox, at
an address with a signed word of the ticket. docs/desks/email.md tells the rest.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from email.errors import MessageError
from email.message import EmailMessage

import structlog

from connectors.channel import Finding, Standing
from connectors.desk import AcceptNews, Entry
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desks.email_inbox import Inbox
from connectors.desks.email_letters import OWN_ID, Stationery
from connectors.desks.email_settings import EmailDeskSettings
from connectors.desks.email_tickets import Came, Kept, Tickets
from connectors.desks.email_words import Act, answer_in
from connectors.errors import TryLater, Undeliverable
from connectors.fields import is_email
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, Remark, RemoteFile, Thread, TicketState
from connectors.mail.check import both_ways
from connectors.mail.mailbox import TROUBLES, Mailbox, Place
from connectors.mail.originals import Originals
from connectors.mail.parse import Reader, bytes_of, digest_of
from connectors.mail.tokens import Tokens, tokens_of
from connectors.mail.watch import Found, Habits, Watcher
from connectors.packet_document import subject
from connectors.smtp import SmtpServer
from connectors.vendor import chunks

log = structlog.get_logger(__name__)

MOVES = {TicketState.RESOLVED: Act.CLOSE, TicketState.OPEN: Act.REOPEN}


class EmailDesk(Helpdesk):
    """The connector. A ticket's id is its handoff's."""

    Settings = EmailDeskSettings
    standing = Standing.INDEPENDENT
    features = Features(
        finds="a copy of each mail, by its Message-ID",
        finds_after_s=30,
        file_bytes=15_000_000,
        edits=False,
        deletions=False,
        returns="#return in the first line",
    )

    def __init__(self, settings: EmailDeskSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self.features = replace(type(self).features, file_bytes=settings.attachment_bytes)  # type: ignore[misc]
        self._settings = settings
        self._smtp = SmtpServer.of(settings.smtp_url.get_secret_value())
        self._place = Place.of(settings.imap_url.get_secret_value(), settings.folder)
        self._paper = Stationery(address=settings.address, brand=ports.brand, language=settings.language)
        own = frozenset({settings.address.lower()})
        self._reader = Reader(own=own, trusted_server=settings.trusted_server, own_words=True)
        self._originals = Originals(self._place, move_to=settings.move_to, most=settings.mail_bytes)
        self._tickets = Tickets(ports.state)
        self._inbox = Inbox(ports.name, settings, ports.ledger, self._reader, self._tickets)
        self._known_tokens: Tokens | None = None

    # what leaves

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the copy of the mail that opened it."""
        there = await self._has_come((await self._tokens()).message_id("open", attempt.handoff_id))
        return Opened(ticket_id=attempt.handoff_id, number=attempt.reference) if there else None

    async def create(self, draft: Draft) -> Opened:
        """One mail to the team."""
        handoff, tokens = draft.handoff, await self._tokens()
        draft = draft if is_email(draft.queue) else replace(draft, queue=self._settings.queue)
        await self._tickets.begin(handoff.id, to=draft.queue, about=subject(handoff))
        try:
            mail = self._paper.opening(
                draft, self._document, self._packet_file(handoff), message_id=tokens.message_id("open", handoff.id),
                reply_to=self._reply_to(tokens, handoff.id, draft.queue),
            )  # fmt: skip
        except (ValueError, IndexError, MessageError):
            raise Undeliverable("no mail can be written to such an address") from None
        await self._send(mail, draft.queue)
        return Opened(ticket_id=handoff.id, number=handoff.reference)

    async def post(self, ticket_id: str, post: Post) -> str:
        """One mail in the thread; its id."""
        tokens, kept = await self._tokens(), await self._kept(ticket_id)
        team = kept.to or self._settings.queue
        message_id = tokens.message_id(_key(post.message_id), ticket_id)
        mail = self._paper.following(
            post, to=team, about=kept.about, root=tokens.message_id("open", ticket_id), message_id=message_id,
            reply_to=self._reply_to(tokens, ticket_id, team),
        )  # fmt: skip
        await self._send(mail, team)
        return message_id

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Nothing leaves: the note before it says what became of the customer."""
        await self._tickets.add(ticket_id, Came(acts=(MOVES[state],), at=_now()))

    async def _send(self, mail: EmailMessage, to: str) -> None:
        async with self._pace.turn():
            await self._smtp.deliver(mail, sender=self._settings.address, recipient=to, also=(self._settings.address,))

    async def _already(self, ticket_id: str, before: Entry) -> str | None:
        """By the copy of the mail that was cut off, as soon as it must have come."""
        left = before.at / 1000 + self.features.finds_after_s - time.time()
        if left > 0:
            raise TryLater(f"{self.name} may have the mail already, and is asked in a while", after=left)
        message_id = (await self._tokens()).message_id(_key(before.message_id), ticket_id)
        return message_id if await self._has_come(message_id) else None

    async def _has_come(self, message_id: str) -> bool:
        return await asyncio.to_thread(_has_come, self._place, self._settings.move_to, message_id.strip("<>"))

    def _reply_to(self, tokens: Tokens, ticket_id: str, team: str) -> tuple[str, ...]:
        own = tokens.address(ticket_id) if self._settings.plus_address else ""
        return (own or self._settings.address, *((team,) if self._settings.answers_to_team else ()))

    # what arrives

    async def run(self, accept: AcceptNews) -> None:
        """Watch our mailbox until cancelled. Raises `MailServerTroubleError` when the connection ends."""
        settings = self._settings
        habits = Habits(
            place=self._place, move_to=settings.move_to, take_unread=True, mail_bytes=settings.mail_bytes,
            idle_s=settings.idle_s, poll_s=settings.poll_s,
        )  # fmt: skip

        async def take(found: Found) -> str | None:
            return await self._inbox.take(found, await self._tokens(), accept)

        await Watcher(habits, self._ports.state, take, digest_of).run()

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The mails of agents that came since then, read again where they lie."""
        kept = await self._kept(ticket_id)
        remarks = [await self._remark(each) for each in kept.came[int(since or 0) :] if each.digest]
        owner_id, owner_name = kept.owner
        return Thread(
            state=kept.state, remarks=tuple(each for each in remarks if each is not None), owner_id=owner_id,
            owner_name=owner_name, cursor=str(len(kept.came)),
        )  # fmt: skip

    async def _remark(self, came: Came) -> Remark | None:
        try:
            data = await asyncio.to_thread(self._originals.find, came.media())
        except Undeliverable:
            log.error("desk.mail_gone", desk=self.name)
            return None
        mail = await asyncio.to_thread(self._reader.read, data, whole=came.whole)
        files = tuple(
            RemoteFile(ref=_reference(came, each.part), name=each.name, media_type=each.media_type)
            for each in mail.files
        )
        return Remark(
            id=came.digest, at=came.at, text=answer_in(mail.text).text, public=came.public, author_id=came.who,
            author_name=came.name, files=files,
        )  # fmt: skip

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of a file in a mail."""
        reference = json.loads(file.ref)
        came = Came.from_json(reference["came"])
        data = await asyncio.to_thread(self._originals.find, came.media())
        async for chunk in chunks(await asyncio.to_thread(bytes_of, data, int(reference["part"]))):
            yield chunk

    # small parts

    async def _kept(self, ticket_id: str) -> Kept:
        kept = await self._tickets.find(ticket_id)
        if kept is None:
            raise Undeliverable(f"{self.name} knows nothing of this ticket any more")
        return kept

    async def _tokens(self) -> Tokens:
        if self._known_tokens is None:
            self._known_tokens = await tokens_of(self._ports.state, self._settings.address)
        return self._known_tokens

    async def check(self) -> list[Finding]:
        """Log in on both sides."""
        settings = self._settings
        return await both_ways(self._place, self._smtp, move_to=settings.move_to, poll_s=settings.poll_s)

    async def close(self) -> None:
        """Nothing is kept open between mails; the watcher closes its own."""


def _has_come(place: Place, move_to: str, message_id: str) -> bool:
    """Whether the mailbox has a mail, in the folder or where it was moved to. Raises `TryLater`."""
    try:
        mailbox = Mailbox.open(place)
        try:
            for folder in ("", move_to):
                if folder:
                    mailbox.select(folder)
                if mailbox.named(message_id) or mailbox.named(message_id, OWN_ID):
                    return True
            return False
        finally:
            mailbox.close()
    except TROUBLES as error:
        raise TryLater(f"the mailbox can't be read: {type(error).__name__}") from None


def _key(message_id: str) -> str:
    """What a Message-ID has room for."""
    return hashlib.sha256(message_id.encode()).hexdigest()[:32]


def _reference(came: Came, part: int) -> str:
    return json.dumps({"came": asdict(replace(came, acts=(), name="", who="")), "part": part})


def _now() -> int:
    return int(time.time() * 1000)
