"""Mail: an unseen human reply reaches the customer who left an address and closed the page, and reports those who read
them.
"""

from collections.abc import Awaitable, Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

from connectors.channel import Limits, Receipt, Standing
from connectors.errors import Undeliverable
from connectors.message import Outbound
from connectors.smtp import POLICY, SmtpServer
from desk.ports import Letter
from frontdoor.sentences import say

XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"

ReplyAddress = Callable[[str], Awaitable[str]]
"""Where a mail continues a conversation (`connectors.channel.MailboxChannel`), by the conversation's id."""


class MailNotices:
    """A channel of the outbox that only sends: the reply and a link back to the conversation, and where customers may
    write to us by mail, an address at which their answer continues it.
    """

    name = "mail"
    limits = Limits()
    standing = Standing.INDEPENDENT

    def __init__(
        self, smtp_url: str, *, sender: str, brand: dict[str, str], url: str, reply_address: ReplyAddress | None = None
    ) -> None:
        self._server = SmtpServer.of(smtp_url)
        self._sender, self._brand, self._url, self._reply_address = sender, brand, url, reply_address

    async def send(self, message: Outbound) -> Receipt:
        """Mail one reply. The Message-ID is made from the message id, so a mail client shows a repeat once."""
        reply_to = await self._reply_address(message.conversation_id) if self._reply_address else ""
        try:
            mail = self._compose(message, reply_to)
        except (ValueError, IndexError):
            raise Undeliverable("no mail can be written to such an address") from None
        await self._server.deliver(mail, sender=self._sender, recipient=message.address)
        return Receipt(vendor_id=str(mail["Message-ID"]))

    def _compose(self, message: Outbound, reply_to: str) -> EmailMessage:
        language = "zh" if message.language == "zh" else "en"
        brand = self._brand[language]
        mail = EmailMessage(policy=POLICY)
        mail["From"] = Address(display_name=brand, addr_spec=self._sender)
        mail["To"] = message.address
        if reply_to:
            mail["Reply-To"] = Address(display_name=brand, addr_spec=reply_to)
        mail["Subject"] = say("mail_subject", language, brand=brand)
        mail["Date"] = formatdate(message.at / 1000)
        mail["Message-ID"] = f"<{message.message_id}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        body = "mail_body_reply" if reply_to else "mail_body"
        mail.set_content(
            say(body, language, name=message.author_name, text=message.content.text, url=self._url, brand=brand)
        )
        return mail

    async def close(self) -> None:
        """Nothing is kept open between mails."""


class DeskMail:
    """Mail of the desk itself: implements `desk.ports.Mailer`."""

    def __init__(self, smtp_url: str, *, sender: str, brand: dict[str, str]) -> None:
        self._server, self._sender, self._brand = SmtpServer.of(smtp_url), sender, brand

    def brand(self, language: str) -> str:
        """The company's name."""
        return self._brand[language]

    async def send(self, letter: Letter) -> None:
        """Hand over one mail; its Message-ID is made of the letter's id. Raises `connectors.errors.SendError`."""
        mail = EmailMessage(policy=POLICY)
        mail["From"] = self._sender
        mail["To"] = letter.recipient
        mail["Subject"] = letter.subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{letter.id}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(letter.text)
        if letter.html:
            mail.add_alternative(letter.html, subtype="html")
        if letter.file:
            mail.add_attachment(letter.file, maintype="application", subtype=XLSX, filename=letter.file_name)
        await self._server.deliver(mail, sender=self._sender, recipient=letter.recipient)
