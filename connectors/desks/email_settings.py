"""What stands in desks.yml for a team that works with mail."""

import re
from typing import Annotated, Self

from pydantic import Field, model_validator

from connectors.desk_settings import HelpdeskSettings
from connectors.fields import is_email
from connectors.mail.mailbox import ImapServer
from connectors.settings import Text, invalid
from connectors.smtp import MailServer

_HEADER = re.compile(r"X-[A-Za-z0-9-]{1,60}")


class EmailDeskSettings(HelpdeskSettings):
    """A team that reads a shared mailbox, and a mailbox of ours that its answers come back to."""

    asks = ("queue", "address", "imap_url", "smtp_url")

    queue: Annotated[str, Field(max_length=200)]
    """Address of the team, such as service-team@company.example: a shared mailbox or a distribution list."""

    address: Annotated[str, Field(pattern=r"^[^@\s+]+@[^@\s]+$", max_length=90)]
    """Our own address: tickets come from it and answers go to it. Its mailbox is used for nothing else."""

    imap_url: ImapServer
    """Where that mailbox is read: imaps:// (TLS from the start), imap+starttls:// or imap://, then
    user:password@host:port. Write `%40` for an @ within the user."""

    smtp_url: MailServer
    """Where mail is sent: smtps://, smtp+starttls:// or smtp://, then user:password@host:port."""

    folder: Text = "INBOX"
    """The folder that is watched."""

    move_to: str = ""
    """Folder that mails are moved to once they are taken; empty: they stay and are marked as read."""

    plus_address: bool = True
    """Whether the mail server delivers frontdoor+anything@… to frontdoor@…; answers then find their ticket by the
    address, else only by the ids that mail programs copy."""

    answers_to_team: bool = True
    """Whether answers go to the team's address too, so that colleagues see who has answered what."""

    agents: tuple[str, ...] = ()
    """Who may answer customers: addresses, and domains as @company.example. Empty: the domain of `queue`. Name them
    where that domain is open to everybody."""

    trusted_server: str = ""
    """The name by which your mail server signs Authentication-Results, such as mx.google.com: then only answers count
    for which SPF, DKIM or DMARC vouches. Empty: the signed word in the address is the proof."""

    answers_per_hour: Annotated[int, Field(ge=1)] = 60
    """Answers from one address to one ticket in an hour; more are left unread, as programs writing to each other."""

    mail_bytes: Annotated[int, Field(ge=100_000)] = 30_000_000
    """Of a larger mail only the text is taken."""

    attachment_bytes: Annotated[int, Field(ge=0)] = 15_000_000
    """Larger files of customers are sent as links."""

    idle_s: Annotated[int, Field(ge=10, le=1740)] = 240
    """Seconds after which the server is asked again, although it says by itself when mail comes (IMAP IDLE)."""

    @model_validator(mode="after")
    def _addresses(self) -> Self:
        teams = {"queue": self.queue} | {
            f"placements.{tier}.queue": place.queue for tier, place in self.placements.items() if place.queue
        }
        for name, value in teams.items():
            if not is_email(value) or value.lower() == self.address.lower():
                raise invalid(
                    f"{name} is not the address of a team", "Write one of theirs, and another one as `address`."
                )
        if wrong := [each for each in self.agents if not is_email(f"a{each}" if each.startswith("@") else each)]:
            raise invalid(f"agents has {wrong[0]!r}", "Write addresses, and domains as @company.example.")
        if wrong := [name for name in self.fields if not _HEADER.fullmatch(name)]:
            raise invalid(f"fields has {wrong[0]!r}", "Fields become headers of the mail: write X-Something.")
        return self
