"""What stands in channels.yml for a mailbox."""

from typing import Annotated

from pydantic import Field

from connectors.mail.mailbox import ImapServer
from connectors.settings import ChannelSettings, Text
from connectors.smtp import MailServer


class EmailSettings(ChannelSettings):
    """A mailbox that customers write to: fetched by IMAP, answered by SMTP."""

    address: Annotated[str, Field(pattern=r"^[^@\s+]+@[^@\s]+$", max_length=90)]
    """The address that customers write to and that answers come from."""

    imap_url: ImapServer
    """Where mail is fetched: imaps:// (TLS from the start), imap+starttls:// or imap://, then user:password@host:port.
    Write `%40` for an @ within the user."""

    smtp_url: MailServer
    """Where mail is sent: smtps://, smtp+starttls:// or smtp://, then user:password@host:port."""

    folder: Text = "INBOX"
    """The folder that is watched."""

    move_to: str = ""
    """Folder that mails are moved to once they are stored; empty: they stay and are marked as read."""

    take_unread: bool = False
    """Whether unread mails that lie in the folder at the very first start are taken too; false: only later ones."""

    plus_address: bool = True
    """Whether the mail server delivers support+anything@… to support@…; answers then find their conversation from any
    address."""

    trusted_server: str = ""
    """The name by which your mail server signs Authentication-Results, such as mx.google.com. It must remove such
    headers of others. Empty: no sender counts as proven."""

    own_addresses: tuple[str, ...] = ()
    """Further addresses of yours, whose mails are never answered."""

    lists: tuple[str, ...] = ()
    """Mailing lists or groups (their List-Id) through which customers write; mails of other lists are not answered."""

    mails_per_hour: Annotated[int, Field(ge=1)] = 30
    """Mails from one address in an hour; more are left in the folder, unanswered, as programs writing to each other."""

    mail_bytes: Annotated[int, Field(ge=100_000)] = 30_000_000
    """Of a larger mail only the text is taken."""

    attachment_bytes: Annotated[int, Field(ge=0)] = 15_000_000
    """Larger files are sent as links."""

    idle_s: Annotated[int, Field(ge=10, le=1740)] = 240
    """Seconds after which the server is asked again, although it says by itself when mail comes (IMAP IDLE)."""

    poll_s: Annotated[int, Field(ge=5, le=1740)] = 30
    """Seconds between two looks where the server does not say it by itself."""
