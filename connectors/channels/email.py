"""E-mail: a mailbox that customers write to, fetched by IMAP and answered by SMTP.

A customer is the address they write from. Whoever holds the signed word of a conversation (`connectors.mail.tokens`)
may write into it from elsewhere; answers always go to the conversation's own address. docs/channels/email.md tells the
rest.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email.errors import MessageError

from connectors.channel import Accept, Finding, Limits, Receipt, Standing
from connectors.channels.email_compose import Letterhead, thread_of
from connectors.channels.email_settings import EmailSettings
from connectors.channels.email_translate import Conversation, Translator, file_names, part_of
from connectors.errors import Rejected, Undeliverable
from connectors.http import ComeBackLater, count_refusal
from connectors.mail.check import both_ways
from connectors.mail.mailbox import Place
from connectors.mail.originals import Originals
from connectors.mail.parse import Mail, Reader, digest_of
from connectors.mail.tokens import Tokens, tokens_of
from connectors.mail.watch import Found, Habits, Watcher
from connectors.message import Content, Event, Ignored, Inbound, Media, Outbound, Report
from connectors.ports import Ports
from connectors.rates import Rate
from connectors.smtp import SmtpServer
from connectors.vendor import chunks, collected

HOUR_S = 3600


class EmailChannel:
    """Mails, both ways."""

    Settings = EmailSettings
    limits = Limits(attachments=True, attachment_bytes=15_000_000, first=True)
    standing = Standing.INDEPENDENT

    def __init__(self, settings: EmailSettings, ports: Ports) -> None:
        self.name = ports.name
        self.limits = replace(type(self).limits, attachment_bytes=settings.attachment_bytes)
        self._settings, self._ports = settings, ports
        self._smtp = SmtpServer.of(settings.smtp_url.get_secret_value())
        self._place = Place.of(settings.imap_url.get_secret_value(), settings.folder)
        self._letterhead = Letterhead(sender=settings.address, brand=ports.brand)
        self._reader = Reader(
            own=frozenset(each.lower() for each in (settings.address, *settings.own_addresses)),
            trusted_server=settings.trusted_server,
            lists=settings.lists,
        )
        self._translator = Translator(channel=self.name, text=ports.text)
        self._originals = Originals(self._place, move_to=settings.move_to, most=settings.mail_bytes)
        self._rate = Rate(settings.mails_per_hour, HOUR_S)
        self._known_tokens: Tokens | None = None

    # what arrives

    async def run(self, accept: Accept) -> None:
        """Watch the folder until cancelled. Raises `MailServerTroubleError` when the connection ends."""
        settings = self._settings
        habits = Habits(
            place=self._place,
            move_to=settings.move_to,
            take_unread=settings.take_unread,
            mail_bytes=settings.mail_bytes,
            idle_s=settings.idle_s,
            poll_s=settings.poll_s,
        )

        async def take(found: Found) -> str | None:
            return await self._take(found, accept)

        await Watcher(habits, self._ports.state, take, digest_of).run()

    async def _take(self, found: Found, accept: Accept) -> str | None:
        """Store one mail. Its digest; None when it is nothing for us and stays as it is."""
        mail = await asyncio.to_thread(self._reader.read, found.data, whole=found.whole)
        events = await self.events(mail, found)
        for event in events:
            if isinstance(event, Inbound):
                if self._rate.take(mail.address.lower()):
                    await accept(Ignored(channel=self.name, why="flood"))
                    return None
                await self._remember(event, mail)
            try:
                await accept(event)
            except ComeBackLater:
                raise
            except Rejected as refused:
                count_refusal(self.name, refused.code)
        return None if all(isinstance(each, Ignored) for each in events) else mail.digest

    async def _remember(self, event: Inbound, mail: Mail) -> None:
        """Keep what the answer needs, before there can be one. Who writes from elsewhere changes nothing."""
        if (event.channel, event.address) == (self.name, mail.address):
            thread = thread_of(message_id=mail.message_id, references=mail.references, subject=mail.subject)
            await self._ports.state.put(f"thread:{event.address}", thread)

    async def events(self, mail: Mail, found: Found) -> list[Event]:
        """What a mail is."""
        tokens = await self._tokens()
        if mail.report is not None:
            ours = [own for each in mail.report.ids if (own := tokens.own_id(each))]
            if not ours or mail.report.outcome is None:
                return [Ignored(channel=self.name, why="report" if ours else "bounce")]
            outcome, reason = mail.report.outcome, mail.report.reason
            return [Report(channel=self.name, vendor_id=own, outcome=outcome, reason=reason) for own in ours]
        if mail.automatic:
            return [Ignored(channel=self.name, why=mail.automatic)]
        conversation = await self._conversation(tokens, mail)
        inbound = self._translator.inbound(mail, conversation, whole=found.whole, place=(found.validity, found.uid))
        if isinstance(inbound, Inbound) and inbound.channel != self.name and inbound.media:
            inbound = await self._with_files(inbound, conversation, found.data)
        return [inbound]

    async def _conversation(self, tokens: Tokens, mail: Mail) -> Conversation:
        """The conversation that a signed word names, else the sender's own."""
        own = Conversation(channel=self.name, address=mail.address)
        named = tokens.in_addresses(mail.recipients) or tokens.in_ids(mail.references)
        whose = await self._ports.conversations.whose(named) if named else None
        if whose is None:
            return own
        found = await self._ports.conversations.find(self.name, mail.address)
        if found is not None and found["conversation"]["id"] == named:  # also one that began on another channel
            return own
        return Conversation(id=named, channel=whose[0], address=whose[1])

    async def _with_files(self, inbound: Inbound, conversation: Conversation, data: bytes) -> Inbound:
        """The files of a mail to a conversation of another channel, which could not fetch them later."""
        kept, refused = [], []
        for media in inbound.media:
            try:
                content = chunks(await asyncio.to_thread(part_of, data, media))
                kept.append(replace(await self._ports.files.save(conversation.id, media.name, content), url=""))
            except Rejected as error:
                count_refusal(self.name, error.code)
                refused.append(media.name)
        text = inbound.content.text + file_names(refused, inbound.content.text)
        return replace(
            inbound, media=(), content=Content(text=text, attachments=tuple(kept), custom=inbound.content.custom)
        )

    async def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """The bytes of a file in a mail. Raises `TryLater`, `Undeliverable`."""
        data = await asyncio.to_thread(self._originals.find, media)
        async for chunk in chunks(await asyncio.to_thread(part_of, data, media)):
            yield chunk

    # what leaves

    async def send(self, message: Outbound) -> Receipt:
        """One mail. Raises `SendError`."""
        tokens = await self._tokens()
        thread = await self._ports.state.get(f"thread:{message.address}") or {}
        file = None
        for attachment in message.content.attachments[:1]:
            most = self._settings.attachment_bytes
            data = await collected(self._ports.files.read(attachment), most)
            file = (attachment.name, attachment.media_type, data)
        message_id = tokens.message_id(message.key, message.conversation_id)
        reply_to = tokens.address(message.conversation_id) if self._settings.plus_address else ""
        try:
            mail = self._letterhead.compose(message, message_id=message_id, reply_to=reply_to, thread=thread, file=file)
        except (ValueError, IndexError, MessageError):
            raise Undeliverable("no mail can be written to such an address") from None
        await self._smtp.deliver(mail, sender=self._settings.address, recipient=message.address)
        return Receipt(vendor_id=message_id)

    async def reply_address(self, conversation_id: str) -> str:
        """The address at which a mail continues any conversation of ours; empty where there is none."""
        return (await self._tokens()).address(conversation_id) if self._settings.plus_address else ""

    async def _tokens(self) -> Tokens:
        """Made with a secret of this mailbox, which all workers share."""
        if self._known_tokens is None:
            self._known_tokens = await tokens_of(self._ports.state, self._settings.address)
        return self._known_tokens

    # what it is

    async def check(self) -> list[Finding]:
        """Log in on both sides."""
        settings = self._settings
        return await both_ways(self._place, self._smtp, move_to=settings.move_to, poll_s=settings.poll_s)

    async def close(self) -> None:
        """Nothing is kept open between mails; the watcher closes its own."""
