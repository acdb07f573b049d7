"""Mail: an unseen human reply reaches the customer who left an address and closed the page."""

from email.message import EmailMessage
from email.utils import formataddr, formatdate
from urllib.parse import unquote, urlsplit

import aiosmtplib

from connectors.channel import Limits, Receipt, Standing
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.message import Outbound
from frontdoor.sentences import say


class MailNotices:
    """A channel of the outbox that only sends: the reply and a link back to the conversation."""

    name = "mail"
    limits = Limits()
    standing = Standing.INDEPENDENT

    def __init__(self, smtp_url: str, *, sender: str, brand: dict[str, str], url: str) -> None:
        parts = urlsplit(smtp_url)
        self._host = parts.hostname or "localhost"
        self._port = parts.port
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._tls = parts.scheme == "smtps"
        self._starttls = parts.scheme == "smtp+starttls"
        self._sender, self._brand, self._url = sender, brand, url

    async def send(self, message: Outbound) -> Receipt:
        """Mail one reply. The Message-ID is made from the message id, so a mail client shows a repeat once."""
        mail = self._compose(message)
        client = aiosmtplib.SMTP(
            hostname=self._host, port=self._port, use_tls=self._tls, start_tls=self._starttls, timeout=20
        )
        try:
            await client.connect()
            if self._user is not None and self._password is not None:
                await client.login(self._user, self._password)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            client.close()
            raise TryLater(f"the mail server can't be used: {type(error).__name__}") from error
        try:
            await client.send_message(mail)
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(400 <= each.code < 500 for each in error.recipients):  # greylisting, a full mailbox
                raise TryLater("the mail server does not take the address just now") from error
            raise Undeliverable("the mail server refuses the address") from error
        except (aiosmtplib.SMTPNotSupported, UnicodeError) as error:
            raise Undeliverable("the mail server can't write to such an address") from error
        except aiosmtplib.SMTPResponseException as error:
            kind = TryLater if 400 <= error.code < 500 else Undeliverable
            raise kind(f"the mail server answered {error.code}") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise OutcomeUnknown(f"the mail server broke off: {type(error).__name__}") from error
        finally:
            client.close()
        return Receipt(vendor_id=str(mail["Message-ID"]))

    def _compose(self, message: Outbound) -> EmailMessage:
        language = "zh" if message.language == "zh" else "en"
        brand = self._brand[language]
        name = message.author_name or say("team", language)
        mail = EmailMessage()
        mail["From"] = formataddr((brand, self._sender))
        mail["To"] = message.address
        mail["Subject"] = say("mail_subject", language, brand=brand)
        mail["Date"] = formatdate(message.at / 1000)
        mail["Message-ID"] = f"<{message.message_id}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(say("mail_body", language, name=name, text=message.content.text, url=self._url, brand=brand))
        return mail

    async def close(self) -> None:
        """Nothing is kept open between mails."""
